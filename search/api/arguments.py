"""Arguments that a caller in Python may get wrong in ways that a command line cannot."""

import operator
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any

from search.errors import UserError
from search.limits import LIMITS, MOST, parse_budgets, parse_count
from search.loop.callbacks import Callback

_WHOLE = (
    *("trials", "epochs", "last_epochs", "seed", "finals", "image_size", "limit_images"),
    *("max_macs", "max_activation_bytes", "patience"),
)
_MAY_LACK = ("last_epochs", "image_size", "limit_images", "max_macs", "max_activation_bytes", "patience")
_NUMBERS = ("target", "timeout", "hold_out", "gpus_per_trial")
PATH, PATH_IF_GIVEN = str | PathLike[str], str | PathLike[str] | None  # as arguments are annotated
_PATHS = (PATH, PATH_IF_GIVEN)
_SWITCHES = ("gray", "rgb", "minimize_parameters", "cost_aware", "deterministic")


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a search's arguments with numbers and truth values that are Python's own, whosever they came as, and
    `workers` as `parse_workers` reads it; None is left of what may lack.

    Raises:
        UserError: One is no number or no truth value, `target` is no share, or `timeout` not above 0.
    """
    lacking = {name for name in (*_MAY_LACK, *_NUMBERS) if given[name] is None}
    numbers = {name: whole(name, given[name]) for name in _WHOLE if name not in lacking}
    numbers |= {name: number(name, given[name]) for name in _NUMBERS if name not in lacking}
    numbers |= {name: switch(name, given[name]) for name in _SWITCHES}
    target, timeout = numbers.get("target"), numbers.get("timeout")
    if target is None or not 0 < target <= 1:
        share = f"; {target:g} % is {target / 100:g}" if target and 1 < target <= 100 else ""
        raise UserError(f"`target` is an accuracy as a share above 0 and up to 1, not {target}{share}")
    if timeout is not None and not timeout > 0:
        raise UserError(f"`timeout` must be seconds above 0, not {timeout:g}")
    return {**given, **numbers, "budget": _budget(given["budget"]), "workers": str(given["workers"])}


def _budget(value: Any) -> int | tuple[int, ...]:
    """Returns one budget, or several."""
    if isinstance(value, str):
        value = _parsed("budget", value, parse_budgets)
    if isinstance(value, Sequence):
        if not value:
            raise UserError("`budget` must have the parameters of one network at least, not none")
        return tuple(whole("budget", one) for one in value)
    return whole("budget", value)


def whole(name: str, value: Any) -> int:
    """Returns it as a whole number, of a limit of networks also from a text such as "8k"; raises UserError where it
    is none."""
    given: Any = _parsed(name, value, parse_count) if isinstance(value, str) and name in LIMITS.values() else value
    try:
        if isinstance(given, bool):
            raise TypeError
        number = operator.index(given)
    except TypeError:
        raise UserError(f"`{name}` must be a whole number, not {value!r}") from None
    if number > MOST and name != "seed":
        raise UserError(f"`{name}` {number:,} is more than {MOST:,}, the most of any limit")
    return number


def whole_if_given(name: str, value: Any) -> int | None:
    """Returns it as `whole` does, or None where it is that."""
    return None if value is None else whole(name, value)


def _parsed(name: str, text: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise UserError(f"`{name}` {error}") from None


def switch(name: str, value: Any) -> bool:
    """Returns it as a truth value; raises UserError where it is none."""
    if type(value).__name__ in ("bool", "bool_"):  # numpy's too
        return bool(value)
    raise UserError(f"`{name}` must be True or False, not {value!r}")


def check_kind(name: str, value: Any, kind: Any) -> None:
    """Raises UserError where an argument that is annotated as a truth value or a path is none."""
    if kind in (bool, "bool"):
        switch(name, value)
    elif kind in _PATHS and not isinstance(value, str | PathLike) and (value is not None or kind != PATH_IF_GIVEN):
        raise UserError(f"`{name}` must be a path, a text or a pathlib.Path, not {value!r}")


def number(name: str, value: Any) -> float:
    """Returns it as a number; raises UserError where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise UserError(f"`{name}` must be a number, not {value!r}") from None


def image_shape_of(value: Any) -> tuple[int, ...] | None:
    """Returns an `image_shape` as Python's own numbers; None is left; raises UserError where it is no shape."""
    if value is None:
        return None
    try:
        shape = tuple(operator.index(side) for side in value)
    except TypeError:
        shape = ()
    if len(shape) not in (2, 3) or min(shape) < 1:
        raise UserError(
            f"`image_shape` must be whole numbers (H, W), (H, W, C) or (C, H, W), such as (8, 8), not {value!r}"
        )
    return shape


def callbacks_of(value: Any) -> Sequence[Callback]:
    """Returns callbacks for certain, before anything is trained; raises UserError where one is none."""
    try:
        every = list(value)
    except TypeError:
        raise UserError(
            f"`callbacks` must be a list of `thimble.Callback` objects, such as [thimble.TensorBoard()], "
            f"not {value!r}"
        ) from None
    for one in every:
        if isinstance(one, type) and issubclass(one, Callback):
            raise UserError(f"`callbacks` must hold objects, and {one.__name__} is a class; write {one.__name__}()")
        if not isinstance(one, Callback):
            raise UserError(f"`callbacks` must be a list of `thimble.Callback` objects, and {one!r} is not one")
    return every
