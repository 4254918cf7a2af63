"""Functions of the user's that return data."""

import textwrap
from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from train.data.bad_data import BadData
from train.data.dataset import Dataset, open_dataset

_NUMBERS = count()
HEAD = """
import numpy as np, torch
from PIL import Image
from torch.utils.data import Dataset, TensorDataset
rng = np.random.default_rng(0)
x, y = rng.integers(0, 256, (24, 6, 5, 3), dtype=np.uint8), np.arange(24) % 3

class Items(Dataset):
    classes = ["ant", "bee", "cat"]
    def __init__(self, make, start=0, end=24): self.make, self.places = make, range(start, end)
    def __len__(self): return len(self.places)
    def __getitem__(self, place): return self.make(x[self.places[place]]), int(y[self.places[place]])

def data():
"""


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Dataset]:
    """Opens what a function in a module returns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    def opened(body: str) -> Dataset:
        module = f"own_data_{next(_NUMBERS)}"
        (tmp_path / f"{module}.py").write_text(HEAD + textwrap.indent(body, "    "))
        return open_dataset(f"{module}:data", tmp_path)

    return opened


@pytest.mark.parametrize(
    ("body", "test", "names"),
    [
        ("return x, y", None, "012"),
        ("return x[:15], y[:15], x[15:], y[15:]", 9, "012"),
        ("return (x[:15], y[:15]), (x[15:], y[15:])", 9, "012"),
        ("return {'x_train': x[:15], 'y_train': y[:15], 'x_test': x[15:], 'y_test': y[15:]}", 9, "012"),
        ("return torch.from_numpy(x).permute(0, 3, 1, 2), torch.from_numpy(y)", None, "012"),
        ("return TensorDataset(torch.from_numpy(x).permute(0, 3, 1, 2) / 255, torch.from_numpy(y))", None, "012"),
        ("return Items(Image.fromarray)", None, ["ant", "bee", "cat"]),
        ("return Items(Image.fromarray, 0, 15), Items(Image.fromarray, 15, 24)", 9, ["ant", "bee", "cat"]),
    ],
)
def test_what_it_may_return(opened: Callable[[str], Dataset], body: str, test: int | None, names: str) -> None:
    x = np.random.default_rng(0).integers(0, 256, (24, 6, 5, 3), dtype=np.uint8)
    ours = opened(body)
    assert (ours.name, ours.task.image, ours.task.class_names) == ("data", (3, 6, 5), tuple(names))
    assert ours.counts.test == (test or 3)
    assert np.array_equal(ours.first_image(), x[0]) or test is None
    assert any(
        np.array_equal(image.permute(1, 2, 0), x[0]) for image in (*ours.training().images, *ours.test().images)
    )


@pytest.mark.parametrize(
    ("made", "read"),
    [
        ("Image.fromarray(one).quantize(8)", "Image.fromarray(one).quantize(8).convert('RGB')"),
        ("Image.fromarray(one).convert('CMYK')", "Image.fromarray(one).convert('CMYK').convert('RGB')"),
        ("Image.fromarray(one).convert('YCbCr')", "Image.fromarray(one).convert('YCbCr').convert('RGB')"),
        ("Image.fromarray(one[..., 0]).convert('LA')", "one[..., 0]"),
        ("Image.fromarray(one[..., 0] * np.uint16(200))", "((one[..., 0] * 200.0 + 128) // 257).astype(np.uint8)"),
        ("turned(one)", "one.transpose(1, 0, 2)[:, ::-1]"),
    ],
)
def test_pictures_of_pillow_are_read_as_files_of_them_are(
    opened: Callable[[str], Dataset], made: str, read: str
) -> None:
    turned = """
def turned(one):
    image = Image.fromarray(one)
    image.getexif()[0x0112] = 6
    return image
"""
    first, second = (opened(f"{turned}\nreturn Items(lambda one: {body})") for body in (made, read))
    assert first.digest == second.digest


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return None", "returned NoneType; images and labels must come as (x, y)"),
        ("return 1, 2, 3", "returned 3 things; images and labels must come as (x, y)"),
        ("return (1,)", "returned 1 thing; images and labels must come as (x, y)"),
        ("raise RuntimeError('two\\nlines')", "could not be called (RuntimeError: two lines)"),
        ("return [1, 2], [3, 4]", "images of shape (2,)"),
        ("return Items(lambda one: one[: one[0, 0, 0] % 5 + 1])", "shapes"),
        ("return TensorDataset(torch.from_numpy(x))", "items are no pairs of image and label"),
        ("return Items(lambda one: Image.fromarray(one[..., 0] / np.float32(9)))", "its pixels are 32-bit fractions"),
        ("return Items(lambda one: Image.fromarray(one[..., 0].astype(np.int32)))", "32-bit whole numbers"),
        ("return x, y[:5]", "the two must match"),
        ("return x[:, :0], y", "which have no pixels"),
        ("return x[:0], y[:0]", "there are no images to train on"),
        ("return Items(lambda one: Image.new('L', (0, 6)))", "which have no pixels"),
        ("return [x[0], x[1][:2]], [0, 1]", "returned what cannot be read (ValueError: "),
        ("return {'x_train': [[1], [2, 3]], 'y_train': [0, 1]}", "returned what cannot be read (ValueError: "),
        ("return Items(lambda one: 1 / 0)", "returned what cannot be read (ZeroDivisionError: division by zero)"),
    ],
)
def test_what_is_refused_in_one_line(opened: Callable[[str], Dataset], body: str, words: str) -> None:
    with pytest.raises(BadData) as caught:
        opened(body)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("given", ["no_such_module:data", "json:no_such_function", "os.path:no"])
def test_what_is_not_there(given: str, tmp_path: Path) -> None:
    with pytest.raises(BadData, match=rf"{given} could not be called"):
        open_dataset(given, tmp_path)


def test_it_is_called_each_time(opened: Callable[[str], Dataset], tmp_path: Path) -> None:
    first = opened("from pathlib import Path\nreturn x + np.uint8(Path('grows').exists()), y")
    (tmp_path / "grows").touch()
    assert open_dataset(first.given, tmp_path).digest != first.digest
