"""Downloads named data sets by torchvision, in a process that its caller may end whatever it waits for.

`python -m train.data.download NAME FOLDER` is that process.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_CLASSES: dict[str, tuple[str, tuple[dict[str, str], ...]]] = {
    "mnist": ("MNIST", ({},)),
    "fashion-mnist": ("FashionMNIST", ({},)),
    "kmnist": ("KMNIST", ({},)),
    "qmnist": ("QMNIST", ({"what": "train"}, {"what": "test"})),
    "emnist-letters": ("EMNIST", ({"split": "letters"},)),
    "emnist-balanced": ("EMNIST", ({"split": "balanced"},)),
    "emnist-digits": ("EMNIST", ({"split": "digits"},)),
    "cifar10": ("CIFAR10", ({},)),
    "cifar100": ("CIFAR100", ({},)),
    "svhn": ("SVHN", ({"split": "train"}, {"split": "test"})),
}  # torchvision's, and what to make them with so that they download everything


def download(name: str, data_dir: Path, seconds: float) -> str:
    """Has torchvision download the set of that name in a process of its own, and ends it after so many seconds.

    Returns why it failed, or "" when the files are in `data_dir`, where they appear only when complete.
    """
    made = [folder for folder in (data_dir, *data_dir.parents) if not os.path.exists(folder)]
    staging = None
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".download-", dir=data_dir)).resolve()
        child = subprocess.run(
            [sys.executable, "-m", "train.data.download", name, str(staging)],
            # -m looks in the current folder before it looks anywhere else, so no `train` of the user's is found.
            cwd=Path(__file__).parents[2],
            env={name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"},  # which forbids that
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if child.returncode:
            return child.stderr.strip().splitlines()[-1] if child.stderr.strip() else "no reason given"
        for entry in staging.iterdir():
            _move(entry, data_dir / entry.name)
        return ""
    except subprocess.TimeoutExpired:
        return f"not complete within {seconds:g} s"
    except OSError as error:
        return f"the folder cannot be written: {error.strerror}"
    finally:
        if staging:
            shutil.rmtree(staging, ignore_errors=True)
        with contextlib.suppress(OSError):  # not empty after a success
            for folder in made:
                folder.rmdir()


def _move(entry: Path, target: Path) -> None:
    """Moves what was downloaded, in one step, to where nothing is yet."""
    if (entry / "raw").is_dir():  # torchvision's MNIST and those like it; the folder may hold something else
        target.mkdir(exist_ok=True)
        entry, target = entry / "raw", target / "raw"
    entry.rename(target)


def main() -> int:
    """Downloads the set to the folder, which are the process's arguments, and returns its exit code."""
    from train.data.torchvision_schemas import define_missing_operators

    define_missing_operators()
    from torchvision import datasets

    name, folder = sys.argv[1:]
    made, ways = _CLASSES[name]
    try:
        for way in ways:
            getattr(datasets, made)(folder, **way, download=True)
    except (OSError, RuntimeError) as error:  # URLError is an OSError; torchvision raises RuntimeError
        lines = str(error).strip().splitlines() or [type(error).__name__]
        print(lines[-1].strip("<> "), file=sys.stderr)  # torchvision lists its mirrors; the last one's reason will do
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
