"""`Dataset`: images to train on and to test with, as a value from which everything else follows; and what opens one.

Loads neither torch nor numpy where the images are prepared already, but for tables, which pandas reads.
"""

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from space.task import DIGITS, Task
from train.data import cache
from train.data.bad_data import BadData
from train.data.counts import Counts, usual_counts
from train.data.drawing import held_out
from train.data.forms.contents import Found
from train.data.forms.folder import find_folder
from train.data.forms.function import NAME as FUNCTION
from train.data.forms.function import find_function
from train.data.forms.idx_sets import find_idx_folder
from train.data.forms.named import NAMES, WITH_PACKAGES, find_here, find_named
from train.data.forms.naming import KNOWN
from train.data.forms.npz import find_npz
from train.data.forms.table import find_table
from train.data.images import Images, as_picture
from train.data.preparation import Preparation

if TYPE_CHECKING:
    import numpy as np

IN_MEMORY = "arrays in memory"  # what `given` says of those
LOST = "arrays in memory are not kept for ever, and these are gone; pass the same arrays again from Python"
UNREACHED = ".mnist-unreached"  # what a `memory` of `open_dataset` is called in a folder of studies
_FILES: dict[str, Callable[[Path], Found]] = {".npz": find_npz, ".csv": find_table, ".parquet": find_table}


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """A value that says which images there are, what they are and where; it has none of them and is cheap to send.

    Attributes:
        name: For people: mnist, digits, cifar10, or what the folder or file is called.
        given: What opens it again: a name, a path, or package.module:function; or `IN_MEMORY`.
        root: The data folder that a name was looked for in.
        preparation: What was done to the images; with `digest` it is what makes two data sets the same.
        task: What a network has to know of them.
        digest: SHA-256 of images, labels and class names as they were prepared, in hexadecimal.
        held_out_given: Whether the part to hold out was given; it is the last of the training images then.
        folder: With the prepared arrays, which every process maps.
        notes: Lines for people: what was taken, converted, turned.
        pixels: How the numbers that an estimator was given became pixels, in words; empty where they were pixels.
    """

    name: str
    given: str
    root: Path | None = None
    preparation: Preparation
    task: Task
    digest: str
    counts: Counts
    class_counts: tuple[int, ...]
    held_out_given: bool = False
    folder: Path
    notes: tuple[str, ...] = ()
    pixels: str = ""

    @property
    def key(self) -> str:
        """What is kept of trainings on it goes by this: MNIST and the digits by name, others by content, too."""
        return self.name if self.name in KNOWN and self.plain else f"{self.name}-{self.digest[:12]}"

    @property
    def split_key(self) -> str:
        """What is kept of trainings that leave held-out images out goes by this: `key`, and the share of those."""
        share = self.preparation.hold_out
        return self.key if share is None else f"{self.key}-held-{share}"

    @property
    def plain(self) -> bool:
        """Whether it is as its name says: MNIST and the digits are not where they were prepared otherwise."""
        return self.name not in KNOWN or self.preparation == Preparation()

    def to_json(self) -> dict[str, Any]:
        """Returns what `from_json` reads: all that is known of it, and where it was, but not where it is prepared."""
        facts = asdict(self) | {"root": str(self.root) if self.root else None}
        del facts["folder"], facts["notes"]
        return facts if self.pixels else {name: value for name, value in facts.items() if name != "pixels"}

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> Self:
        """Returns the data set of which `to_json` was written down, whether its images are on this machine or not.

        Raises:
            KeyError, TypeError, ValueError: It is not what `to_json` returns.
        """
        task = {name: tuple(value) for name, value in facts["task"].items()}
        return cls(
            **facts
            | {
                "root": Path(facts["root"]) if facts["root"] else None,
                "preparation": Preparation(**facts["preparation"]),
                "task": Task(**task),
                "counts": Counts(**facts["counts"]),
                "class_counts": tuple(facts["class_counts"]),
            },
            folder=cache.arrays(facts["digest"]),
        )

    @classmethod
    def known_by_name(cls, name: str, **counts: int) -> Self:
        """Returns MNIST or the digits as versions before 0.4 knew them: by name, and maybe by `counts` of their own.

        Raises:
            KeyError, TypeError: They knew no such name or count.
        """
        return cls(
            name=name,
            given=name,
            preparation=Preparation(),
            task=DIGITS,
            digest="",
            counts=replace(usual_counts(name), **counts),
            class_counts=(),
            folder=cache.arrays(name),
        )

    def training(self) -> Images:
        """Returns all training images, the held-out ones among them; mapped, not copied. The search sees no others.

        Raises:
            BadData: They are not on this machine as they were.
        """
        return self._part("train")

    def test(self) -> Images:
        """Returns the test images, mapped, not copied. Nothing may be selected by them; raises as `training` does."""
        return self._part("test")

    def duplicates(self) -> int:
        """Counts the test images whose every pixel is as in a training image; raises BadData as `training` does."""
        from train.data.duplicates import duplicates

        return len(duplicates(self))

    def sheet(self) -> bytes:
        """Draws ten training pictures of each class, the first 100, as a PNG; raises BadData as `training` does."""
        from train.data.sheet import sheet

        return sheet(self)

    def first_image(self) -> "np.ndarray":
        """Returns the first training image, uint8 (H, W), or (H, W, C) in colour; loads no torch.

        Raises:
            BadData: As `training` does.
        """
        import numpy as np

        return as_picture(np.load(self.arrays() / "train_images.npy", mmap_mode="r")[0])

    def arrays(self) -> Path:
        """Returns the folder of its arrays on this machine, where it is prepared again if it was not yet.

        Raises:
            BadData: It is not here as it was.
        """
        if cache.there(self):
            cache.used(self.folder)
            return self.folder
        if self.given == IN_MEMORY:
            raise BadData(f"{self.name}: {LOST}")
        here = on_this_machine(self.given, [self.root] if self.root else [], preparation=self.preparation)
        if here is None or here.digest != self.digest:
            what = "is not on this machine" if here is None else "holds other images on this machine"
            place = f" in {self.root}" if self.root else ""
            raise BadData(f"the data set {self.given}{place} {what}; put it there as it was")
        return here.folder

    def _part(self, part: str) -> Images:
        import numpy as np
        import torch

        folder = self.arrays()
        # Mapped so that a write would be the process's own: torch takes nothing that cannot be written.
        images, labels = (np.load(folder / f"{part}_{what}.npy", mmap_mode="c") for what in ("images", "labels"))
        return Images(torch.from_numpy(images), torch.from_numpy(labels))


def open_dataset(
    given: str,
    data_dir: Path,
    *,
    preparation: Preparation = Preparation(),  # noqa: B008, a frozen value
    required: bool = False,
    download_seconds: float = 15.0,
    memory: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Dataset:
    """Returns the data set that `given` stands for, read and prepared where that has not been done before.

    It is a name (`NAMES`), a folder or file, or package.module:function. `auto` is MNIST where its files are in
    `data_dir` or can be downloaded there in time; else digits that come with packages, and a note says so.

    Args:
        required: Whether `data_dir` must be there, for names that are looked for in it.
        memory: A file that remembers for a day that a download failed, and none is tried meanwhile; None for none.
        say: Called with a line before a download.

    Raises:
        BadData: It cannot be had, or is damaged; the message is one line.
    """
    if given in NAMES:
        # os.path's, which answer where pathlib's raise: for a name too long, a folder that may not be entered.
        if required and not os.path.isdir(data_dir):
            came = "is not a folder" if os.path.exists(data_dir) else "does not exist"
            raise BadData(f"the data folder {data_dir} {came}; `data_dir` must hold MNIST/raw, or other sets' files")
        try:
            found = find_named(given, data_dir, download_seconds=download_seconds, memory=memory, say=say)
        except BadData as error:
            if not os.path.exists(given):
                raise
            raise BadData(f"{error}; for what is called so in this folder write `dataset` ./{given}") from None
    else:
        found = _found(given)
    return opened(found, preparation)


def on_this_machine(
    given: str,
    places: Sequence[Path],
    *,
    preparation: Preparation = Preparation(),  # noqa: B008, a frozen value
) -> Dataset | None:
    """Returns the data set that `given` stands for where it can be read at once; nothing is downloaded.

    A name is taken from the first of the places that has all of it; for `auto` the digits do where none has. None
    stands for what is in none of them, or damaged.
    """
    ways: list[Callable[[], Found | None]] = [partial(find_here, given, place) for place in places]
    if given not in NAMES:
        ways = [partial(_found, given)]
    elif given in WITH_PACKAGES or given == "auto":
        ways += [WITH_PACKAGES["digits" if given == "auto" else given]]
    for find in ways:
        with contextlib.suppress(BadData):
            if found := find():
                return opened(found, preparation)
    return None


def _found(given: str) -> Found:
    """Returns what a path, or else package.module:function stands for."""
    if given == IN_MEMORY:
        raise BadData(LOST)
    path = Path(os.path.abspath(os.path.expanduser(given)))
    if os.path.isdir(path):
        return find_idx_folder(path) or find_folder(path)
    if os.path.isfile(path):
        find = _FILES.get(path.suffix.lower())
        if find is None:
            raise BadData(
                f"{given} is no data set by its name; name a folder, or a file that ends in {', '.join(_FILES)}"
            )
        return find(path)
    if FUNCTION.fullmatch(given):
        return find_function(given)
    raise BadData(
        f"`dataset` {given} is no folder or file; name one, or package.module:function, or one of {', '.join(NAMES)}"
    )


def opened(found: Found, preparation: Preparation) -> Dataset:
    """Returns the data set that was found, prepared where that has not been done before; raises BadData."""
    facts, folder = cache.prepared(found, preparation)
    held_out_given = facts.given > 0 and preparation.hold_out is None
    held = facts.given if held_out_given else held_out(facts.class_counts, preparation.hold_out)
    return Dataset(
        name=facts.name,
        given=found.given,
        root=found.root,
        preparation=preparation,
        task=Task(image=facts.image, class_names=facts.class_names, mean=facts.mean, std=facts.std),
        digest=facts.digest,
        counts=Counts(
            training=sum(facts.class_counts), held_out=held if isinstance(held, int) else sum(held), test=facts.test
        ),
        class_counts=facts.class_counts,
        held_out_given=held_out_given,
        folder=folder,
        notes=(*found.notes, *facts.notes),
    )
