"""What an exported module says of the images that it takes: their shape and classes, and how it reads them."""

import json
from collections.abc import Sequence
from typing import Any

from results.export.evidence import Evidence
from results.export.templates import plain

_WIDTH = 118  # of a line of code
_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")  # of pictures in a folder


def context(evidence: Evidence, weights: str) -> dict[str, Any]:
    """Returns what the templates ask for; `weights` is the name of the file that pictures are classified by.

    A module for MNIST reads the idx files, and no pictures.
    """
    task, mnist = evidence.task, evidence.dataset == "mnist"
    channels, height, width = task.image
    pictures = not mnist and channels in (1, 3)
    return {
        "mnist": mnist,
        "pictures": pictures,
        "grey": channels == 1,
        "image": task.image,
        "shape": ", ".join(map(str, task.image)),
        "stored": f"{height}, {width}" + ("" if channels == 1 else f", {channels}"),
        "classes": task.classes,
        "class_names": _assigned("CLASSES", task.class_names),
        "mean": task.mean,
        "std": task.std,
        "place": "folder" if mnist else "place",
        "suffixes": _assigned("SUFFIXES", _SUFFIXES),
        "weights": plain(weights),
        "weights_literal": _literal(weights),
        "files_help": "load these weights; print the classes of these pictures" if pictures else "load these weights",
    }


def imports(*, trains: bool, needs: set[str], mnist: bool, pictures: bool) -> list[str]:
    """Returns the statements that import what is neither torch's nor Pillow's, with an empty line between kinds.

    Args:
        trains: Whether the module trains its network again.
        needs: Of the standard library, what the training asks for.
    """
    names = {"argparse"} | ({"sys"} if pictures else set())
    if trains:
        names |= {"os", "time"} | needs | ({"gzip", "zlib"} if mnist else set())
    lines = [f"import {name}" for name in sorted(names)]
    if trains or not mnist:
        lines.append("from pathlib import Path")
    return [*lines, "", *(["import numpy as np"] if trains or pictures else [])]


def _assigned(name: str, values: Sequence[str]) -> list[str]:
    """Returns a statement that gives a name to a tuple, on one line or with as many values a line as it holds."""
    literals = [_literal(value) for value in values]
    line = f"{name} = ({', '.join(literals)}{',' if len(literals) == 1 else ''})"
    if len(line) <= _WIDTH:
        return [line]
    lines: list[str] = []
    for literal in literals:
        if lines and len(lines[-1]) + len(literal) + 2 <= _WIDTH:
            lines[-1] += f" {literal},"
        else:
            lines.append(f"    {literal},")
    return [f"{name} = (", *lines, ")"]


def _literal(text: str) -> str:
    """Returns text as Python writes it, in double quotes where all of it can be printed."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else repr(text)
