"""What somebody may say of a choice: its kind, and how far its range may go, whatever the task."""

from functools import cache
from typing import Any

from space.choices.augment_sets import AUGMENTATIONS, NUMBERS
from space.choices.kinds import Choice, Pick, Real, Value, Whole
from space.choices.ranges import OF_LARGE_IMAGES, RECIPE, STAGES, STRUCTURE, TAUGHT, WIDE_RECIPE

WIDTHS: dict[str, Choice] = {"share": Real(0.01, 1.0), "fill": Real(0.01, 1.0), "width": Whole(1, 4096)}
"""Of all convolutions that are not named: `share` and `width` have the name of one behind a line, as `share_stem`."""


def is_width(name: str) -> bool:
    """Says whether a key is of widths, which a way of sampling need not have."""
    return name.partition("_")[0] in WIDTHS


_FACTOR = Real(0.001, 0.999)
_FARTHEST: dict[str, Choice] = {
    **{f"blocks_{stage}": Whole(0, 12) for stage in range(1, 6)},
    "dropout_rate": Real(0.001, 0.9),
    "sgd_learning_rate": Real(1e-6, 10.0),
    "adam_learning_rate": Real(1e-6, 10.0),
    "momentum": Real(0.0, 0.999),
    "weight_decay": Real(0.0, 1.0),
    "batch_size": Whole(2, 4096),
    "step_every": Whole(1, 1000),
    "step_factor": _FACTOR,
    "decay_per_epoch": _FACTOR,
    "warmup": _FACTOR,
    "plateau_factor": _FACTOR,
    "plateau_patience": Whole(0, 1000),
    "fade": Real(0.0, 1.0),
    "label_smoothing": Real(0.0, 0.9),
    "ema": Real(0.0, 0.9999),
    "start_divisor": Real(1.0, 1e6),
    "end_divisor": Real(1.0, 1e9),
    "distillation": Real(0.0, 1.0),
    "rotation_degrees": Real(0.0, 180.0),
    "affine_degrees": Real(0.0, 180.0),
    "affine_translate": Real(0.0, 1.0),
    "affine_scale": Real(0.0, 0.9),
    "affine_shear": Real(0.0, 80.0),
    "brightness": Real(0.0, 1.0),
    "contrast": Real(0.0, 1.0),
    "saturation": Real(0.0, 1.0),
    "cutout_share": Real(0.0, 1.0),
}
"""Of the choices of which any number means something, how far that goes; others stay within the built-in space."""


@cache
def outer() -> dict[str, Choice]:
    """Returns every choice that a space may have for any task, as far as it may go."""
    numbers = {name: choice for one in NUMBERS.values() for name, choice in one.items()}
    numbers |= {"crop_padding": Whole(1, 64), "interpolation": Pick(("nearest", "bilinear"))}
    sets = dict.fromkeys(name for named in AUGMENTATIONS.values() for name in named)
    every: dict[str, Choice] = {}
    tables = (STAGES, STRUCTURE, OF_LARGE_IMAGES, RECIPE, WIDE_RECIPE, TAUGHT, numbers)
    for name, choice in (pair for table in tables for pair in table.items()):
        every[name] = joined(every[name], choice) if name in every else choice
    del every["family"]
    return every | {"augmentation": Pick(tuple(sets))} | _FARTHEST | WIDTHS


def joined(one: Choice, other: Choice) -> Choice:
    """Returns what is in either of two choices of one kind."""
    if isinstance(one, Pick) and isinstance(other, Pick):
        return Pick(tuple(dict.fromkeys((*one.options, *other.options))))
    assert isinstance(one, Whole)
    assert isinstance(other, Whole)
    return Whole(min(one.low, other.low), max(one.high, other.high))


def limit_of(name: str) -> Choice | None:
    """Returns how far the choice may go; None where there is none of that name."""
    group, _, slot = name.partition("_")
    return WIDTHS[group] if group in ("share", "width") and slot else outer().get(name)


def value_of(limit: Choice, value: Any) -> Value:
    """Returns the value as the choice has it; raises ValueError, which says what it must be."""
    if isinstance(limit, Pick):
        for option in limit.options:
            if type(option) is type(value) and option == value:
                return option
        raise ValueError(f"must be {_listed(limit)}, not {shown(value)}")
    kind = int if isinstance(limit, Whole) else float
    if isinstance(value, bool) or not isinstance(value, (int, kind)):
        raise ValueError(f"must be a {'whole ' if kind is int else ''}number, not {shown(value)}")
    if not limit.low <= value <= limit.high:
        raise ValueError(f"must be from {shown(limit.low)} to {shown(limit.high)}, not {shown(value)}")
    return kind(value)


def choice_of(limit: Choice, stated: Any) -> Choice:
    """Returns the choice that is stated as a value, a list of values, or a table of `low`, `high` and `log`.

    Raises:
        ValueError: It is none; says what it must be.
    """
    if isinstance(stated, dict):
        return _range_of(limit, stated)
    if not isinstance(stated, list):
        return Pick((value_of(limit, stated),))
    if not stated:
        raise ValueError("must list one value at least")
    options = tuple(value_of(limit, one) for one in stated)
    for place, one in enumerate(options):
        if one in options[:place]:
            raise ValueError(f"lists {shown(one)} twice")
    return Pick(options)


def _range_of(limit: Choice, stated: dict[str, Any]) -> Choice:
    if isinstance(limit, Pick):
        raise ValueError(f"has no range; it must be {_listed(limit)}, or some of them in a list")
    if missing := {"low", "high"} - stated.keys():
        raise ValueError(f"needs `{min(missing)}` beside the rest; a range has both low and high")
    low, high = (value_of(limit, stated[end]) for end in ("low", "high"))
    log = stated.get("log", False)
    if not isinstance(log, bool):
        raise ValueError(f"must have log true or false, not {shown(log)}")
    assert not isinstance(low, str)
    assert not isinstance(high, str)
    if low > high:
        raise ValueError(f"has low {shown(low)} above high {shown(high)}, so that nothing is left")
    if isinstance(limit, Whole):
        if log:
            raise ValueError("is a whole number, which has no log")
        return Pick((low,)) if low == high else Whole(int(low), int(high))
    if log and low <= 0:
        raise ValueError(f"must have low above 0 where log is true, not {shown(low)}")
    return Pick((low,)) if low == high else Real(low, high, log=log)


def said(choice: Choice) -> Any:
    """Returns what `choice_of` reads as the choice, of values that JSON and TOML have."""
    if isinstance(choice, Pick):
        return choice.options[0] if len(choice.options) == 1 else list(choice.options)
    ends: dict[str, Any] = {"low": choice.low, "high": choice.high}
    return ends | {"log": True} if isinstance(choice, Real) and choice.log else ends


def shown(value: Any) -> str:
    """Writes a value for people, as TOML has it, in short."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        text = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in value[:41])
        return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _listed(pick: Pick) -> str:
    words = [shown(option) for option in pick.options]
    return " or ".join(words) if len(words) < 3 else f"one of {', '.join(words)}"
