"""Thimble from Python: what a network costs, and trained networks as torch modules.

    import thimble

    thimble.count("c8 relu mp c16 relu gap c10k1").parameters
    net = thimble.load("zoo/8000")

Importing it loads nothing; torch is loaded by `load`. It may stand beside modules of yours that are called `train`,
`space`, `results` or `search` as its own packages are: they keep their names, whichever is imported first.
"""

import contextlib
import importlib.machinery
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from space.architecture import Architecture
    from space.known.zoo import ZooDesign

__all__ = ["count", "load", "zoo"]

_ROOT = Path(__file__).resolve().parent
_PACKAGES = ("space", "train", "results", "search")
_taking_turns = threading.RLock()
_ours: dict[str, ModuleType] = {}  # modules of ours whose names are the user's between two calls


def count(design: str, *, study: str | None = None, runs: str | Path = "runs") -> "Architecture":
    """Returns what the network costs, without training it: `parameters`, `macs` (multiply-adds for one image),
    `activation_bytes`, `receptive_field`, and the same layer by layer in `costs`.

    Args:
        design: A notation such as "c8 relu mp c16 relu gap c10k1", a published design such as "ladder-3/6",
            "zoo/8000", or of a study a trial's number or "best".
        study: The study's name; the latest searched if not given.
        runs: The folder that has a folder for each study.

    Raises:
        ValueError: No such design, study or trial, or a malformed notation; one line that says what to do.
    """
    with _with_ours():
        from search.study.designs import find_design

        return find_design(design, study, Path(runs)).design.architecture


def load(design: str, *, study: str | None = None, runs: str | Path = "runs") -> "nn.Module":
    """Returns the trained network, ready to predict: normalised float32 images (N, 1, 28, 28) to logits (N, 10).

    The zoo's networks take MNIST's pixels in [0, 1], less 0.1307 and divided by 0.3081.

    Args:
        design: "zoo/8000", or of a study a trial's number or "best".
        study: The study's name; the latest searched if not given.
        runs: The folder that has a folder for each study.

    Raises:
        ValueError: No such design, or one without trained weights; one line that says what to do.
    """
    with _with_ours():
        from search.errors import UserError
        from search.study.designs import find_design
        from train.files.weights import load as load_weights
        from train.model import build

        found = find_design(design, study, Path(runs))
        if found.weights is None:
            raise UserError(f"{found.name} has no trained weights; name a design of the zoo or a trained trial")
        model = build(found.design.architecture)
        load_weights(model, found.weights, found.weights_sha256)
        return model.eval()


def zoo() -> "Mapping[str, ZooDesign]":
    """Returns the networks that this program found and confirmed, by name, the smallest first."""
    with _with_ours():
        from space.known.zoo import zoo as every

        return every()


@contextlib.contextmanager
def _with_ours() -> Iterator[None]:
    """Has our packages bear their names during a call, where a module of the user's own has one of them or would be
    found under it; where none does, they bear them for good, as any package."""
    with _taking_turns:
        taken = [name for name in _PACKAGES if _is_the_users(name)]
        if not taken:
            yield
            return
        users = _take_out(taken)
        sys.modules.update(_ours)
        sys.path.insert(0, str(_ROOT))
        try:
            yield
        finally:
            sys.path.remove(str(_ROOT))
            _ours.update(_take_out(taken))
            sys.modules.update(users)


def _is_the_users(name: str) -> bool:
    loaded = sys.modules.get(name)
    spec = getattr(loaded, "__spec__", None) or importlib.machinery.PathFinder.find_spec(name)
    if spec is None:
        return loaded is not None  # a module made by hand
    places = [spec.origin] if spec.origin else [*(spec.submodule_search_locations or ())]
    return not any(Path(place).resolve().is_relative_to(_ROOT / name) for place in places)


def _take_out(packages: list[str]) -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name.partition(".")[0] in packages]
    return {name: sys.modules.pop(name) for name in names}
