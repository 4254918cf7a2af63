"""Draws images by class: those to test with, those that a limit leaves, and how many are held out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from train.data.bad_data import BadData
from train.data.forms.contents import Contents, Part

if TYPE_CHECKING:
    import numpy as np

SIXTH = 6  # one image in so many is held out, and drawn to test with where none are given: 10,000 of MNIST's 60,000
FEW = 100  # pictures; where a class has fewer, images are held out class by class
_SEED = 14  # of draws that are part of what a data set is


def check_classes(contents: Contents) -> None:
    """Raises BadData where there are no images, fewer than two classes, or too few images of one to be parted."""
    import numpy as np

    if not len(contents.train):
        raise BadData("there are no images to train on; at least two classes of them are needed")
    names = contents.class_names
    if len(names) < 2:
        raise BadData(f"there is only one class, {''.join(names)}; at least two are needed")
    parts = ["to train on"]
    parts += ["to hold out"] if contents.held_out is None else []
    parts += ["to test with"] if contents.test is None and contents.draws_test else []
    counts = np.bincount(contents.train.labels, minlength=len(names))
    for name, count in zip(names, counts.tolist(), strict=True):
        if count < len(parts):
            pictures = f"{count:,} picture{'s' * (count != 1)}"
            raise BadData(
                f"class {name} has {pictures}; at least {len(parts)} are needed, one each {', '.join(parts)}"
            )
    for part, images in (("test with", contents.test), ("hold out", contents.held_out)):
        if images is not None and not len(images):
            raise BadData(f"there are no images to {part}, though a part for them is given; fill it or remove it")


def with_test(contents: Contents) -> Contents:
    """Returns the contents with a sixth of each class to test with, or nothing, where nothing is given for that."""
    import numpy as np

    if contents.test is not None:
        return contents
    if not contents.draws_test:
        return replace(contents, test=contents.train.only(np.arange(0)))
    labels = contents.train.labels
    counts = np.bincount(labels, minlength=len(contents.class_names))
    chosen = _drawn(labels, [max(1, round(count / SIXTH)) for count in counts.tolist()])
    others = np.setdiff1d(np.arange(len(labels)), chosen)
    note = f"no test images are given: {len(chosen):,} of {len(labels):,}, a sixth of each class, were drawn for that"
    return replace(
        contents,
        train=contents.train.only(others),
        test=contents.train.only(chosen),
        notes=(*contents.notes, note),
    )


def limited(contents: Contents, limit: int | None) -> Contents:
    """Returns the contents with at most so many images of each part, of each class its share.

    Raises:
        BadData: That is fewer than two of each class.
    """
    if limit is None:
        return contents
    classes = len(contents.class_names)
    if limit < 2 * classes:
        raise BadData(
            f"`limit_images` must be at least {2 * classes:,}, two of each of {classes:,} classes, not {limit:,}"
        )

    def part(one: Part | None) -> Part | None:
        import numpy as np

        if one is None or len(one) <= limit:
            return one
        counts = np.bincount(one.labels, minlength=classes)
        return one.only(_drawn(one.labels, _shares(counts.tolist(), limit)))

    train = part(contents.train)
    assert train is not None
    return replace(contents, train=train, held_out=part(contents.held_out), test=part(contents.test))


def held_out(counts: Sequence[int], share: float | None) -> int | list[int]:
    """Returns how many training images are held out: of all, or of each class where one has few.

    Args:
        counts: Training images of each class.
        share: In [0, 1]; None is a sixth.

    Raises:
        BadData: A share leaves fewer than two images to train on, which have no batch statistics, or to hold out.
    """
    total, wanted = sum(counts), 1 / SIXTH if share is None else share
    if min(counts) >= FEW:
        held = total // SIXTH if share is None else round(total * share)
        _check_share(share, held, total)
        return held
    of_each = [max(1, min(count - 1, round(count * wanted))) for count in counts]
    _check_share(share, sum(of_each), total)
    return of_each


def _check_share(share: float | None, held: int, total: int) -> None:
    if share is not None and not 2 <= held <= total - 2:
        raise BadData(
            f"`hold_out` {share} of {total:,} training images leaves {total - held:,} to train on and {held:,} to "
            f"score by; each needs two at least: give a share nearer to 0.5, or more images"
        )


def _shares(counts: Sequence[int], limit: int) -> list[int]:
    """Returns how many of each class are `limit` in all: in proportion, and two of each that has two."""
    wanted = [min(count, max(2, limit * count // sum(counts))) for count in counts]
    while sum(wanted) != limit:
        step = 1 if sum(wanted) < limit else -1
        places = [place for place, one in enumerate(wanted) if (one < counts[place] if step > 0 else one > 2)]
        place = max(places, key=lambda place: step * (counts[place] * limit / sum(counts) - wanted[place]))
        wanted[place] += step
    return wanted


def _drawn(labels: "np.ndarray", wanted: Sequence[int]) -> "np.ndarray":
    """Returns the places, in their order, of so many of each class."""
    import numpy as np

    order = np.random.RandomState(_SEED).permutation(len(labels))  # whose numbers numpy promises never to change
    chosen = [order[labels[order] == label][:count] for label, count in enumerate(wanted)]
    return np.sort(np.concatenate(chosen))
