"""Downloads MNIST by torchvision, in a process that its caller may end whatever it waits for.

`python -m train.data.download FOLDER` is that process.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def download(data_dir: Path, seconds: float) -> str:
    """Has torchvision download MNIST in a process of its own, and ends it after so many seconds.

    Returns why it failed, or "" when the files are in `data_dir`, where they appear only when complete.
    """
    made = [folder for folder in (data_dir, *data_dir.parents) if not os.path.exists(folder)]
    staging = None
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".download-", dir=data_dir)).resolve()
        child = subprocess.run(
            [sys.executable, "-m", "train.data.download", str(staging)],
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
        (data_dir / "MNIST").mkdir(exist_ok=True)
        (staging / "MNIST" / "raw").rename(data_dir / "MNIST" / "raw")
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


def main() -> int:
    """Downloads MNIST to the folder that is the process's argument, and returns its exit code."""
    from train.data.torchvision_schemas import define_missing_operators

    define_missing_operators()
    from torchvision.datasets import MNIST

    try:
        MNIST(sys.argv[1], download=True)
    except (OSError, RuntimeError) as error:  # URLError is an OSError; torchvision raises RuntimeError
        lines = str(error).strip().splitlines() or [type(error).__name__]
        print(lines[-1].strip("<> "), file=sys.stderr)  # torchvision lists its mirrors; the last one's reason will do
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
