"""Which data is taken, and what is read of it."""

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from train.data.dataset import Source, load_test, load_training, resolve
from train.data.idx import BadData

DIGITS = Source(name="digits")


def test_choosing_the_data_loads_neither_torch_nor_numpy_nor_sklearn(idx_folder: Callable, tmp_path: Path) -> None:
    idx_folder()
    code = (
        "import sys; from pathlib import Path; from train.data.dataset import resolve;"
        f"resolve('mnist', Path({str(tmp_path)!r}));"
        "print([name for name in ('torch', 'numpy', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_digits_at_once() -> None:
    assert resolve("digits", Path("/absent")) == DIGITS


@pytest.mark.parametrize("dataset", ["auto", "mnist"])
def test_files_that_are_there_are_taken(idx_folder: Callable, tmp_path: Path, dataset: str) -> None:
    folder = idx_folder()
    source = resolve(dataset, tmp_path, required=True)  # type: ignore[arg-type]
    assert (source.name, source.folder, source.note) == ("mnist", folder, "")
    assert len(load_training(source)) == 12
    assert len(load_test(source)) == 6


def test_damaged_files_are_never_replaced_by_digits(idx_folder: Callable, tmp_path: Path) -> None:
    path = idx_folder() / "t10k-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BadData, match="t10k-images-idx3-ubyte is truncated"):
        resolve("auto", tmp_path)


def test_a_named_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"the data folder .*absent does not exist"):
        resolve("auto", tmp_path / "absent", required=True)
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(BadData, match="is not a folder"):
        resolve("auto", file, required=True)


def test_the_real_files_are_what_torchvision_reads(mnist_dir: Path, tmp_path: Path) -> None:
    from train.data.torchvision_schemas import define_missing_operators

    define_missing_operators()
    from torchvision.datasets.mnist import read_image_file, read_label_file

    source = resolve("mnist", mnist_dir)
    assert source.folder is not None
    for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        raw, packed = source.folder / name, source.folder / f"{name}.gz"
        content = raw.read_bytes() if raw.exists() else gzip.decompress(packed.read_bytes())
        (tmp_path / name).write_bytes(content)
    ours = load_test(source)
    assert torch.equal(ours.images[:, 0], read_image_file(str(tmp_path / "t10k-images-idx3-ubyte")))
    assert torch.equal(ours.labels, read_label_file(str(tmp_path / "t10k-labels-idx1-ubyte")))
