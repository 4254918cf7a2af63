"""`Targets`: which files an export is asked for, and what must hold before any work for them is done."""

import os
import sys
import sysconfig
from dataclasses import dataclass
from importlib.machinery import PathFinder
from itertools import combinations
from keyword import iskeyword
from pathlib import Path

from results.export.training import untrainable
from results.export.verify import OURS
from search.errors import UserError
from search.limits import check_range
from search.outputs.files import check_ending, check_target
from search.study.designs import NamedDesign
from train.data.dataset import Dataset


@dataclass(frozen=True, kw_only=True, slots=True)
class Targets:
    """The files that an export makes; None for one that is not asked for.

    Attributes:
        module: Stand-alone Python.
        weights: Trained, as safetensors, or, where the name ends so, as torch's own state dict.
        onnx: The trained network for other runtimes.
        opset: The version of ONNX's operators; None is the usual one.
        card: The model card in Markdown, which names the other files.
        data: The images, as an .npz file that the module trains on.
    """

    module: Path
    weights: Path | None = None
    onnx: Path | None = None
    opset: int | None = None
    card: Path | None = None
    data: Path | None = None

    @property
    def named(self) -> dict[str, Path]:
        """Those asked for, by what a caller calls them."""
        files = {"output": self.module, "weights": self.weights, "onnx": self.onnx}
        files |= {"card": self.card, "data": self.data}
        return {name: path for name, path in files.items() if path}

    def from_module(self, path: Path) -> str:
        """Returns how the module's folder names a file, with slashes; one on another drive has its whole path."""
        try:
            return Path(os.path.relpath(path, self.module.parent)).as_posix()
        except ValueError:  # Windows has no way from drive to drive
            return path.absolute().as_posix()

    def check(self, found: NamedDesign, *, force: bool) -> None:
        """Raises UserError where one cannot be written, two are the same, one is called as what it is not, or one
        cannot be made of the design."""
        for path in self.named.values():
            check_target(path, force=force)
        for (first, path), (second, other) in combinations(self.named.items(), 2):
            if os.path.realpath(path) == os.path.realpath(other):
                raise UserError(f"`{first}` and `{second}` both name {path}; name two files")
        for field, path in self.named.items():
            check_ending(field, path, of=field)
        _check_module_name(self.module, imported=self.card is not None)
        if self.opset is not None:
            from results.export.onnx_file import OLDEST_OPSET, OPSET

            if not self.onnx:
                raise UserError("`opset` is of an ONNX file; name one with `onnx`, or leave `opset` out")
            check_range("opset", self.opset, OLDEST_OPSET, OPSET)
        self.check_made_of(found)

    def check_made_of(self, found: NamedDesign) -> None:
        """Raises UserError where the design lacks weights that are asked for, or packages that make a file."""
        if (self.weights or self.onnx) and found.lost_weights:
            raise UserError(f"{found.name} was trained, and {found.lost_weights} is gone; put a copy of it back")
        if self.weights and not found.weights:
            raise UserError(f"{found.name} has no trained weights to write; leave `weights` out or train it")
        if self.onnx:
            from results.export.onnx_file import missing

            if lacking := missing():
                raise UserError(f"`onnx` needs {' and '.join(lacking)}: pip install 'thimble[onnx]'")

    def check_read(self, found: NamedDesign, images: Dataset, *, folded: bool) -> None:
        """Raises UserError where a file of the images is asked for that the module would not read."""
        why = ""
        if folded:
            why = "with `fold_bn` it does not train"
        elif untrainable(found.design.recipe):
            why = "one that learned from a larger network does not train"
        elif images.name == "mnist" and images.plain:
            why = "one for MNIST reads MNIST's four idx files"
        if self.data and why:
            raise UserError(f"`data` is what a module trains on again, and {why}; leave `data` out")


def _check_module_name(module: Path, *, imported: bool) -> None:
    """Raises UserError where Python would take the file for a module that it, or torch, imports.

    imported: Whether code that goes with it imports it, so that its name must be one of Python's, too.
    """
    name = module.stem
    if imported and (not name.isidentifier() or iskeyword(name)):
        raise UserError(
            f"`output` {module} cannot be imported by its name, as the card does; name it with letters, digits and "
            f"_, such as net.py"
        )
    folders = list({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    if name in sys.stdlib_module_names or (name not in OURS and PathFinder.find_spec(name, folders)):
        raise UserError(
            f"`output` {module} would hide the module {name} from Python, and so from the file itself; "
            f"name it otherwise, such as net.py"
        )
