"""`Targets`: which files an export is asked for, and what must hold before any work for them is done."""

import os
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from search.errors import UserError
from search.outputs.files import check_target
from search.study.designs import NamedDesign


@dataclass(frozen=True, kw_only=True, slots=True)
class Targets:
    """The files that an export makes; None for one that is not asked for.

    Attributes:
        module: Stand-alone Python.
        weights: Trained, as safetensors.
        onnx: The trained network for other runtimes.
        card: The model card in Markdown, which names the other files.
    """

    module: Path
    weights: Path | None = None
    onnx: Path | None = None
    card: Path | None = None

    @property
    def named(self) -> dict[str, Path]:
        """Those asked for, by what a caller calls them."""
        fields = {"output": self.module, "weights": self.weights, "onnx": self.onnx, "card": self.card}
        return {name: path for name, path in fields.items() if path}

    def check(self, found: NamedDesign, *, force: bool) -> None:
        """Raises UserError where one cannot be written, two are the same, or one cannot be made of the design."""
        for path in self.named.values():
            check_target(path, force=force)
        for (first, path), (second, other) in combinations(self.named.items(), 2):
            if os.path.realpath(path) == os.path.realpath(other):
                raise UserError(f"`{first}` and `{second}` both name {path}; name two files")
        self.check_made_of(found)

    def check_made_of(self, found: NamedDesign) -> None:
        """Raises UserError where the design lacks weights that are asked for, or packages that make a file."""
        if self.weights and not found.weights:
            raise UserError(f"{found.name} has no trained weights to write; leave `weights` out or train it")
        if self.onnx:
            from results.export.onnx_file import missing

            if lacking := missing():
                raise UserError(f"`onnx` needs {' and '.join(lacking)}: pip install 'thimble[onnx]'")
