"""Thimble from Python: finds small, accurate convolutional networks, counts, trains, confirms and exports them.

    import thimble

    study = thimble.Search(budget=8_000, data="mnist", folder="runs/mnist-8000").run(trials=50)
    study.confirm(seeds=5).mean
    study.export("net.py", weights="net.safetensors")

Nearly all that the command line can do, this can, by the same functions. Accuracies are shares in [0, 1], times
seconds. What a caller can put right is a ValueError, whose one line says what must hold, what came and what to do.

Importing it loads nothing; torch is loaded by the first call that needs it. It may stand beside modules of yours that
are called `train`, `space`, `results` or `search` as its own packages are: they keep their names, whichever is
imported first.

It is a package, not a module, because type checkers look for `py.typed` in packages alone, as
`pyright --verifytypes thimble` does.
"""

import sys
from typing import TYPE_CHECKING

from thimble.names import with_ours

if TYPE_CHECKING:
    from search.api.classifier import ThimbleClassifier
    from search.api.designs import count, export, network, train, zoo
    from search.api.replicating import confirm, explain, reproduce
    from search.api.search import Search
    from search.api.study import Study, load
    from search.api.tools import bench, compare, data, predict, space, studies
    from search.loop.callbacks import Callback
    from search.loop.loggers.mlflow import MLflow
    from search.loop.loggers.tensorboard import TensorBoard
    from search.loop.loggers.wandb import WandB

    __version__: str

__all__ = [
    "Callback",
    "MLflow",
    "Search",
    "Study",
    "TensorBoard",
    "ThimbleClassifier",
    "WandB",
    "bench",
    "compare",
    "confirm",
    "count",
    "data",
    "explain",
    "export",
    "load",
    "network",
    "predict",
    "reproduce",
    "space",
    "studies",
    "train",
    "zoo",
]

_PLACES = {
    "search.api.classifier": ("ThimbleClassifier",),
    "search.api.designs": ("count", "export", "network", "train", "zoo"),
    "search.api.replicating": ("confirm", "explain", "reproduce"),
    "search.api.search": ("Search",),
    "search.api.study": ("Study", "load"),
    "search.api.tools": ("bench", "compare", "data", "predict", "space", "studies"),
    "search.loop.callbacks": ("Callback",),
    "search.loop.loggers.mlflow": ("MLflow",),
    "search.loop.loggers.tensorboard": ("TensorBoard",),
    "search.loop.loggers.wandb": ("WandB",),
}  # where each name is defined


def __dir__() -> list[str]:
    return [*__all__, "__doc__", "__version__"]


if not TYPE_CHECKING:  # which is told above what each name is

    def __getattr__(name: str) -> object:
        """Loads what is asked for (PEP 562)."""
        if name == "__version__":
            from search.version import thimble_version

            return thimble_version()
        module = next((module for module, names in _PLACES.items() if name in names), None)
        if module is None:
            raise AttributeError(f"module 'thimble' has no attribute {name!r}; it has {', '.join(__all__)}")
        from importlib import import_module

        with with_ours(), import_module("train.importing").undisturbed():
            found = getattr(import_module(module), name)
        if isinstance(found, type):
            found.__module__ = "thimble"  # as a pickle names it
        setattr(sys.modules[__name__], name, found)
        return found
