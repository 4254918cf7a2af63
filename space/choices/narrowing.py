"""What a search space of somebody's own leaves of the choices of a built-in one."""

from collections.abc import Mapping

from space.choices.kinds import Choice, Pick, Real, Value, Whole
from space.choices.own_ranges import is_width, outer, shown
from space.choices.ranges import LATER_STAGES, STAGES, STRUCTURE
from space.choices.search_space import OwnSpace

_OF_STAGES = (STAGES.keys() | LATER_STAGES) - {"family", "activation", "ghost"}
_OF_PLAIN = STRUCTURE.keys() | {"third_pool", "fourth_pool"}


def narrowed(space: OwnSpace, every: Mapping[str, Choice]) -> dict[str, Choice]:
    """Returns the choices of the space. every: those of its base for the task, with the widths of its own forms.

    Raises:
        BadSpace: It says something of a choice that a search for the task does not have, or not so.
    """
    unused = set() if "stages" in space.forms else set(_OF_STAGES)
    unused |= set() if "plain" in space.forms else _OF_PLAIN
    unused |= {"activation", "ghost"} if space.forms == ("template",) else set()
    own: dict[str, Choice] = {}
    if "family" in every or space.forms != ("plain",):
        own["family"] = Pick(space.forms)
    if space.templates:
        own["template"] = Pick(space.templates)
    own |= {name: choice for name, choice in every.items() if name not in {"family", *unused}}
    said = {name: choice for name, choice in space.narrowed if name not in unused}
    conditions = [(name, one) for name, one in space.conditions if name not in unused]
    slots = {name.partition("_")[2] for name in own if is_width(name)} - {""}
    absent = [name for name in (*said, *dict(conditions)) if not (is_width(name) or name in own)]
    if absent:
        names, are = ", ".join(absent), "are no choices" if len(absent) > 1 else "is no choice"
        raise space.error(f"{names} {are} for these images, base and augmentations; leave that out", absent[0])
    for name, choice in said.items():
        if not is_width(name):
            _check_within(space, name, choice, own[name])
        elif (slot := name.partition("_")[2]) and slot not in slots:
            raise space.error(f"{name} is of no convolution; there are {', '.join(sorted(slots))}", name)
    for name, condition in conditions:
        for other in (other for other, _ in condition.needs if other not in own):
            raise space.error(f"{name}, when: there is no choice {other} in this search", name, "when")
        _check_within(space, name, Pick((condition.otherwise,)), own[name], "otherwise")
    every = {}
    for name, choice in own.items():
        of_all = said.get(name.partition("_")[0], choice) if is_width(name) else choice
        every[name] = said.get(name, of_all)
    return every


def _check_within(space: OwnSpace, name: str, choice: Choice, base: Choice, *below: str) -> None:
    """Raises BadSpace where the choice is wider than that of the task, of which a value is no number that may be
    any. below: the key of the choice in which it stands."""
    farthest, named = outer()[name], f"{name}, {below[0]}," if below else name
    if isinstance(farthest, Pick) and isinstance(choice, Pick) and isinstance(base, Pick):
        for place, option in enumerate(choice.options):
            if option not in base.options:
                known = ", ".join(map(shown, base.options))
                raise space.error(
                    f"{named} {shown(option)} is not for such images, of which it is {known}", name, *below, place
                )
    elif isinstance(base, Whole) and name in _BOUNDED:
        low, high = ends(choice)
        if low < base.low or high > base.high:
            rule = f"{named} is from {base.low} to {base.high} for such images, not {choice}"
            raise space.error(rule, name, *below)


_BOUNDED = ("blocks_after_pool", "second_pool", "third_pool", "fourth_pool", "hidden", "crop_padding")
"""Whole numbers that go as far as the built-in space has them, because a convolution has its width by its place, or a
picture its size."""


def ends(choice: Choice) -> tuple[float, float]:
    """Returns the least and the most of a choice of numbers."""
    if isinstance(choice, Pick):
        numbers = [float(option) for option in choice.options]
        return min(numbers), max(numbers)
    return choice.low, choice.high


def nearest(choice: Choice, value: Value) -> Value:
    """Returns the value of the choice that is nearest to one; of words the first, where it is none of them."""
    if value in choice:
        return value
    if isinstance(value, str) or (isinstance(choice, Pick) and isinstance(choice.options[0], str | bool)):
        assert isinstance(choice, Pick)
        return choice.options[0]
    if isinstance(choice, Pick):
        return min(choice.options, key=lambda option: abs(float(option) - float(value)))
    return min(max(value, choice.low), choice.high)


def common(one: Choice, other: Choice) -> Choice | None:
    """Returns what both choices have, in the manner of the first; None for nothing."""
    if isinstance(one, Pick) or isinstance(other, Pick):
        pick, rest = (one, other) if isinstance(one, Pick) else (other, one)
        assert isinstance(pick, Pick)
        options = tuple(option for option in pick.options if option in rest)
        return Pick(options) if options else None
    low, high = max(one.low, other.low), min(one.high, other.high)
    if low > high:
        return None
    return Real(low, high, log=one.log) if isinstance(one, Real) else Whole(int(low), int(high))
