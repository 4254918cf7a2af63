"""Which data is taken, what happens without it, and how it is parted."""

import gzip
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from train.data.dataset import Images, Source, load_test, load_training, moments, resolve, split
from train.data.idx import BadData, find

DIGITS = Source(name="digits")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that refuses every connection."""
    _set_proxies(monkeypatch, http="http://127.0.0.1:9", https="http://127.0.0.1:9")


def _set_proxies(monkeypatch: pytest.MonkeyPatch, *, http: str, https: str) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (("http_proxy", http), ("https_proxy", https)):
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.upper(), value)


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


@pytest.mark.usefixtures("no_network")
def test_without_network_auto_means_digits_with_a_note(tmp_path: Path) -> None:
    began = time.perf_counter()
    source = resolve("auto", tmp_path / "new" / "data", download_seconds=60)
    assert time.perf_counter() - began < 30
    assert source.name == "digits"
    assert "Connection refused" in source.note
    assert "figures are not MNIST's" in source.note
    assert "\n" not in source.note
    assert not (tmp_path / "new").exists()


@pytest.mark.usefixtures("no_network")
def test_without_network_mnist_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"could not be downloaded .*put its four files"):
        resolve("mnist", tmp_path, download_seconds=60)
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        _set_proxies(monkeypatch, http=proxy, https=proxy)
        began = time.perf_counter()
        source = resolve("auto", tmp_path / "data", download_seconds=8)
        assert 8 <= time.perf_counter() - began < 12
        silent.settimeout(0.1)
        connection, _ = silent.accept()  # the child did wait for an answer
        with connection:
            connection.settimeout(2)
            assert connection.recv(4) == b"CONN"  # of CONNECT; then the end, as the child is dead
            while connection.recv(4096):
                pass
    assert "not complete within 8 s" in source.note
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("another_was_first", [False, True])
def test_a_download_appears_whole(
    idx_folder: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, another_was_first: bool
) -> None:
    """The child is played by a copy, since torchvision accepts files of MNIST's checksums only."""
    files, target = idx_folder(), tmp_path / "data" / "MNIST" / "raw"
    target.mkdir(parents=True)

    def child(command: list[str], **_: object) -> subprocess.CompletedProcess:
        shutil.copytree(files, Path(command[-1]) / "MNIST" / "raw")
        assert find(tmp_path / "data") is None
        if another_was_first:
            shutil.copytree(files, target, dirs_exist_ok=True)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", child)
    source = resolve("mnist", tmp_path / "data")
    assert source.folder == target
    assert len(load_training(source)) == 12
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["MNIST"]


def test_digits_are_the_real_ones_in_a_black_frame() -> None:
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    training, test = load_training(DIGITS), load_test(DIGITS)
    images = torch.cat([training.images, test.images])
    assert (len(training), len(test)) == (1_500, 297)
    assert images.shape == (1_797, 1, 28, 28)
    assert images.dtype == torch.uint8
    assert torch.equal(torch.cat([training.labels, test.labels]), torch.from_numpy(labels).long())
    inside = images[:, :, 4:24, 4:24].float()
    assert images.long().sum() == images[:, :, 4:24, 4:24].long().sum()
    # Averaged back to 4x4 they are the 4x4 averages of the original: enlarging moved no ink far.
    ours = torch.nn.functional.adaptive_avg_pool2d(inside, 4).flatten(1).numpy() / 255 * 16
    theirs = torch.nn.functional.adaptive_avg_pool2d(torch.from_numpy(pixels).view(-1, 1, 8, 8), 4).flatten(1).numpy()
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.99


def test_digits_moments_are_those_of_the_training_pixels() -> None:
    training = load_training(DIGITS)
    pixels = training.images.numpy() / 255
    assert moments(training, DIGITS) == (
        pytest.approx(pixels.mean(), abs=1e-4),
        pytest.approx(pixels.std(), abs=1e-4),
    )


@pytest.mark.parametrize(("n", "held"), [(1_500, 250), (60_000, 10_000), (7, 1)])
def test_a_split_parts_all_images(n: int, held: int) -> None:
    images = Images(torch.zeros(n, 1, 28, 28, dtype=torch.uint8), torch.arange(n))
    parts = split(images, seed=3, source=DIGITS)
    assert (len(parts.train), len(parts.held_out)) == (n - held, held)
    assert torch.equal(torch.cat([parts.train.labels, parts.held_out.labels]).sort().values, torch.arange(n))


def test_a_split_follows_from_its_seed_alone() -> None:
    images = Images(torch.zeros(600, 1, 28, 28, dtype=torch.uint8), torch.arange(600))

    def held(seed: int) -> torch.Tensor:
        return split(images, seed=seed, source=DIGITS).held_out.labels

    first = held(1)
    torch.rand(5)
    assert torch.equal(held(1), first)
    assert not torch.equal(held(2), first)


def test_images_keep_their_labels_in_a_split() -> None:
    labels = torch.arange(60)
    images = Images(labels.to(torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, 28, 28), labels)
    parts = split(images, seed=0, source=DIGITS)
    for part in (parts.train, parts.held_out):
        assert torch.equal(part.images[:, 0, 5, 5].long(), part.labels)


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


def test_the_real_moments_are_the_published_ones(mnist_dir: Path) -> None:
    source = resolve("mnist", mnist_dir)
    training = load_training(source)
    assert len(training) == 60_000
    pixels = training.images.numpy() / np.float32(255)
    assert moments(training, source) == (
        pytest.approx(pixels.mean(), abs=1e-4),
        pytest.approx(pixels.std(), abs=1e-4),
    )
