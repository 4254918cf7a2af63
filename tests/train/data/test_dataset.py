"""Which data is taken, what it is, and what is read of it."""

import gzip
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from train.data.bad_data import BadData
from train.data.dataset import on_this_machine, open_dataset
from train.data.preparation import Preparation


def test_naming_data_loads_neither_torch_nor_numpy_nor_sklearn() -> None:
    code = (
        "import sys; import train.data.dataset;"
        "print([name for name in ('torch', 'numpy', 'sklearn', 'PIL', 'pandas', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_opening_what_is_prepared_and_its_first_image_load_no_torch() -> None:
    open_dataset("digits", Path())
    code = (
        "import sys; from pathlib import Path; from train.data.dataset import open_dataset;"
        "assert open_dataset('digits', Path()).first_image().shape == (28, 28);"
        "print([name for name in ('torch', 'sklearn', 'pandas', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("dataset", ["auto", "mnist"])
def test_files_that_are_there_are_taken(idx_folder: Callable, tmp_path: Path, dataset: str) -> None:
    folder = idx_folder()
    opened = open_dataset(dataset, tmp_path, required=True)
    assert (opened.given, opened.root) == ("mnist", tmp_path)
    assert opened.name.startswith("idx-"), "its content is not MNIST's"
    assert opened.notes == (
        f"the files in {folder} are called as MNIST's are and hold other images: taken as {opened.name}",
    )
    assert len(opened.training()) == opened.counts.training == 12
    assert len(opened.test()) == opened.counts.test == 6


def test_a_data_set_is_sent_without_its_images(tmp_path: Path) -> None:
    digits = open_dataset("digits", tmp_path)
    sent = pickle.dumps(digits)
    assert len(sent) < 2_000
    assert pickle.loads(sent) == digits
    assert hash(pickle.loads(sent)) == hash(digits)


def test_damaged_files_are_never_replaced_by_digits(idx_folder: Callable, tmp_path: Path) -> None:
    path = idx_folder() / "t10k-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BadData, match="t10k-images-idx3-ubyte is cut short"):
        open_dataset("auto", tmp_path)


def test_a_named_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"the data folder .*absent does not exist"):
        open_dataset("auto", tmp_path / "absent", required=True)
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(BadData, match="is not a folder"):
        open_dataset("auto", file, required=True)


@pytest.mark.parametrize("given", ["no/such/folder", "picture.png", "", "."])
def test_what_is_no_data_set_is_refused_in_one_line(given: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "picture.png").touch()
    with pytest.raises(BadData) as caught:
        open_dataset(given, tmp_path)
    assert "\n" not in str(caught.value)


def test_the_real_files_are_mnist_and_what_torchvision_reads(mnist_dir: Path, tmp_path: Path) -> None:
    from train.data.torchvision_schemas import define_missing_operators

    define_missing_operators()
    from torchvision.datasets.mnist import read_image_file, read_label_file

    opened = open_dataset("mnist", mnist_dir)
    assert (opened.name, opened.notes) == ("mnist", ())
    assert (opened.task.mean, opened.task.std) == ((0.1307,), (0.3081,))
    for part, ours in (("train", opened.training()), ("t10k", opened.test())):
        for kind, read, got in (
            ("images-idx3", read_image_file, ours.images[:, 0]),
            ("labels-idx1", read_label_file, ours.labels),
        ):
            packed = mnist_dir / "MNIST" / "raw" / f"{part}-{kind}-ubyte.gz"
            (tmp_path / "file").write_bytes(gzip.decompress(packed.read_bytes()))
            assert torch.equal(got, read(str(tmp_path / "file")))
    first = opened.first_image()
    assert np.array_equal(first, opened.training().images[0, 0].numpy())


def test_inverted_mnist_is_not_called_mnist(mnist_dir: Path, tmp_path: Path) -> None:
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for file in (mnist_dir / "MNIST" / "raw").glob("*.gz"):
        content = gzip.decompress(file.read_bytes())
        if "images" in file.name:
            content = content[:16] + bytes(255 - np.frombuffer(content, np.uint8, offset=16))
        (raw / file.name).write_bytes(content)  # raw under a packed file's name
    opened = open_dataset("mnist", tmp_path)
    assert "mnist" not in opened.name
    assert opened.task.mean == (pytest.approx(1 - 0.1307, abs=1e-4),)
    assert "hold other images" in opened.notes[0]


def test_mnist_is_mnist_under_another_name(mnist_dir: Path, tmp_path: Path) -> None:
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for file in (mnist_dir / "MNIST" / "raw").glob("*.gz"):
        (raw / file.name).symlink_to(file)
    opened = open_dataset("fashion-mnist", tmp_path)
    assert (opened.name, opened.given, opened.task.class_names) == ("mnist", "fashion-mnist", tuple("0123456789"))
    assert opened.digest == open_dataset("mnist", mnist_dir).digest
    assert "are MNIST's" in opened.notes[0]


def test_the_digest_is_of_what_is_in_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (30, 5, 4), dtype=np.uint8), np.arange(30) % 3

    def digest(name: str, **arrays: np.ndarray) -> str:
        np.savez(tmp_path / name, **arrays)
        return open_dataset(str(tmp_path / name), tmp_path).digest

    parts = {"x_train": x[:20], "y_train": y[:20], "x_test": x[20:], "y_test": y[20:]}
    first = digest("a.npz", **parts)
    assert digest("b.npz", **parts) == first
    other = x[:20].copy()
    other[7, 2, 2] ^= 1
    differing = [
        digest("c.npz", **parts | {"x_train": other}),
        digest("d.npz", **parts | {"y_train": y[1:21]}),
        digest("e.npz", **parts | {"y_test": y[19:29]}),
        digest("f.npz", **parts, class_names=np.array(["a", "b", "c"])),
        digest("g.npz", **parts | {"x_train": x[:14], "y_train": y[:14], "x_val": x[14:20], "y_val": y[14:20]}),
    ]
    assert len({first, *differing}) == 6


def test_data_elsewhere_is_found_there_and_other_content_is_not_taken(idx_folder: Callable, tmp_path: Path) -> None:
    idx_folder()
    opened = open_dataset("mnist", tmp_path)
    (tmp_path / "MNIST").rename(tmp_path / "moved")
    assert on_this_machine("mnist", [tmp_path, tmp_path / "moved"]) is not None
    assert on_this_machine("mnist", [tmp_path]) is None
    assert on_this_machine("digits", []) == open_dataset("digits", tmp_path)
    assert len(opened.training()) == 12, "its arrays are still kept"


def test_a_machine_that_has_no_arrays_of_it_makes_them(idx_folder: Callable, tmp_path: Path, fresh_cache) -> None:
    folder = idx_folder()
    fresh_cache("one")
    opened = open_dataset("mnist", tmp_path)
    images = opened.training().images.clone()
    other = fresh_cache("other")
    (tmp_path / "one").rename(tmp_path / "gone")
    assert torch.equal(opened.training().images, images)
    assert opened.arrays().is_relative_to(other)
    (other / "thimble" / "arrays" / opened.digest).rename(tmp_path / "away")
    path = folder / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1] + b"\1")
    with pytest.raises(BadData, match="holds other images on this machine"):
        opened.training()
    path.unlink()
    with pytest.raises(BadData, match="is not on this machine"):
        opened.training()


def test_a_write_to_images_is_seen_by_nobody_else() -> None:
    digits = open_dataset("digits", Path())
    digits.training().images[:] = 7
    assert digits.training().images.float().mean() > 7


@pytest.mark.parametrize(
    ("preparation", "image"),
    [
        (Preparation(image_size=12), (1, 12, 12)),
        (Preparation(channels="rgb"), (3, 28, 28)),
        (Preparation(image_size=40, channels="rgb", limit=100), (3, 40, 40)),
    ],
)
def test_images_are_prepared(preparation: Preparation, image: tuple[int, int, int]) -> None:
    from PIL import Image

    opened, plain = open_dataset("digits", Path(), preparation=preparation), open_dataset("digits", Path())
    assert opened.task.image == image
    assert opened.digest != plain.digest
    assert len(opened.training()) == (preparation.limit or 1_500)
    if preparation.limit is None:
        theirs = Image.fromarray(plain.first_image()).resize(image[:0:-1], Image.Resampling.BILINEAR)
        assert np.array_equal(opened.training().images[0, 0].numpy(), np.asarray(theirs))
    else:
        assert opened.class_counts == (10,) * 10


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"image_size": 0}, "`image_size` must be from 1"),
        ({"image_size": 100_000}, "`image_size` must be from 1"),
        ({"limit": 0}, "`limit_images` must be at least 1"),
        ({"hold_out": 0.0}, "`hold_out` must be between"),
        ({"hold_out": 1.0}, "`hold_out` must be between"),
        ({"hold_out": float("nan")}, "`hold_out` must be between"),
    ],
)
def test_a_preparation_that_cannot_be(wrong: dict, words: str) -> None:
    with pytest.raises(BadData, match=words):
        Preparation(**wrong)


def test_a_limit_that_is_too_low_for_the_classes() -> None:
    with pytest.raises(BadData, match="`limit_images` must be at least 20"):
        open_dataset("digits", Path(), preparation=Preparation(limit=19))


def test_a_folder_that_is_called_as_a_named_set_is_pointed_at(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("train.data.forms.named.download", lambda name, folder, seconds: "no network here")
    (tmp_path / "cifar10").mkdir()
    with pytest.raises(BadData, match=r"for what is called so in this folder write `dataset` \./cifar10$"):
        open_dataset("cifar10", tmp_path)


@pytest.mark.parametrize("name", ["mnist", "digits"])
def test_data_of_ones_own_are_never_taken_for_mnist(tmp_path, monkeypatch, name):
    """By whose name trainings on it are kept, and files that are taken away speak of it."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (24, 12, 10, 3), dtype=np.uint8), np.arange(24) % 3
    np.savez(tmp_path / f"{name}.npz", x_train=x, y_train=y, x_test=x[:6], y_test=y[:6])
    for place, label in enumerate(y):
        folder = tmp_path / name / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(x[place]).save(folder / f"{place}.png")
    (tmp_path / f"{name}.csv").write_text(
        "file_name,label\n" + "\n".join(f"{name}/{y[place]}/{place}.png,{y[place]}" for place in range(24))
    )
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / f"theirs_{name}.py").write_text(
        f"import numpy as np\ndef {name}():\n    file = np.load({str(tmp_path / name)!r} + '.npz')\n"
        "    return file['x_train'], file['y_train']\n"
    )
    for given in (tmp_path / f"{name}.npz", tmp_path / name, tmp_path / f"{name}.csv", f"theirs_{name}:{name}"):
        made = open_dataset(str(given), tmp_path)
        assert (made.name, made.key) == (f"own-{name}", f"own-{name}-{made.digest[:12]}")
