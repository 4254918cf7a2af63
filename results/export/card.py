"""The model card: what a network is, what it reaches and what it is for, on one Markdown page."""

import html
import json
import re
import shlex
from pathlib import Path

from results.export.evidence import Evidence
from results.export.templates import plain, template
from results.wording.layers import as_markdown
from space.architecture import Architecture
from space.design import Design


def render_card(
    design: Design,
    evidence: Evidence,
    *,
    module: Path,
    weights: str | None,
    onnx: str | None,
    unfolded: Architecture | None = None,
) -> str:
    """Writes the model card.

    Args:
        module: The Python file that it goes with.
        weights: The file beside it that has the trained weights, as the module's folder names it.
        onnx: The ONNX file, likewise.
        unfolded: The network as it was trained, where `design` is what is left with its norms folded.
    """
    architecture = design.architecture
    return template("card.md.j2").render(
        title=plain(evidence.title),
        scores=[plain(line) for line in evidence.scores],
        found_by=plain(evidence.found_by),
        pixels=plain(evidence.pixels),
        architecture=architecture,
        layers=as_markdown(architecture, named=True),
        unfolded=unfolded,
        recipe=design.recipe.describe(),
        distilled=bool(design.recipe.distillation),
        dataset=evidence.dataset,
        name=_shown(evidence.dataset),
        task=evidence.task,
        class_names=[_shown(name) for name in evidence.task.class_names],
        module=module,
        weights=weights and json.dumps(weights, ensure_ascii=False),
        onnx=onnx and json.dumps(onnx, ensure_ascii=False),
        command=weights and shlex.join(["python", module.name, weights, "picture.png"]),
        versions=evidence.versions,
        date=evidence.date,
    )


def _shown(name: str) -> str:
    """Returns a name as Markdown that shows it as it is."""
    letters = "".join(letter if letter.isprintable() else " " for letter in name)
    return html.escape(re.sub(r"([\\`*_{}\[\]|~])", r"\\\1", letters), quote=False)
