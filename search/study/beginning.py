"""What is written down when a study is begun."""

import platform
from importlib.metadata import version


def versions() -> dict[str, str]:
    """Of Python and of the packages that a score depends on."""
    packages = ("thimble", "torch", "optuna", "fvcore")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}
