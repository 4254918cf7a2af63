"""How far networks of a search space of somebody's own reach down: what may become of one that is over the budget."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

from space.architecture import Architecture
from space.choices.blueprint import Blueprint
from space.choices.idle import IDLE
from space.choices.kinds import Choice, Pick, Value, Whole
from space.choices.narrowing import nearest
from space.choices.own_ranges import WIDTHS, outer
from space.choices.ranges import forms_of
from space.choices.search_space import OwnSpace
from space.choices.sizing import fit
from space.choices.stages import Stages
from space.choices.structure import Structure
from space.choices.template import Template
from space.choices.widths import NARROWEST
from space.design import Budget
from space.invalid import InvalidDesign
from space.task import Task

Form = Blueprint | Template
_NOUNS = {"parameters": "parameters", "macs": "multiply-adds", "activation_bytes": "bytes of activations"}
_SWEEPS = 4  # through all choices, in search of the smallest network


def form_from(values: Mapping[str, Any]) -> Form:
    """Builds the form that the values stand for; what images of the task have no use for has its default."""
    if values.get("family") == "template":
        return Template(values["template"])
    kind = Stages if values.get("family") == "stages" else Structure
    form = kind(**{f.name: values[f.name] for f in fields(kind) if f.name in values})
    return Blueprint(form=form, **{name: values[name] for name in ("activation", "ghost") if name in values})


@dataclass(frozen=True, slots=True)
class _Kept:
    """A form that gives up no more than the space lets it. values: those of which it is."""

    form: Form
    space: OwnSpace
    values: Mapping[str, Any]

    def assemble(self, width: Callable[[str], int], *, image: Any, classes: int) -> Architecture:
        """Builds the network, asking `width` for the maps of each slot."""
        return self.form.assemble(width, image=image, classes=classes)

    def simpler(self) -> Iterator["_Kept"]:
        """Yields this, then what it becomes by giving up one thing after another."""
        for form in self.form.simpler():
            yield replace(self, form=self._within(form))

    def leaner(self) -> Iterator["_Kept"]:
        """Yields this, then what it becomes by giving up what takes multiply-adds and has few parameters."""
        for form in self.form.leaner():
            yield replace(self, form=self._within(form))

    def _within(self, form: Form) -> Form:
        if isinstance(form, Template) or isinstance(self.form, Template):
            return form
        had, wanted = self.form.form, form.form
        changed = {f.name: self._allowed(f.name, getattr(wanted, f.name), getattr(had, f.name)) for f in fields(had)}
        changed["activation"] = self._allowed("activation", form.activation, self.form.activation)
        return form_from(self._settled({**self.values, **changed}))

    def _allowed(self, name: str, wanted: Any, had: Any) -> Any:
        """Returns what the space has of what is wanted in the place of what was there."""
        choice = dict(self.space.narrowed).get(name)
        if wanted == had or name in dict(self.space.conditions):
            return had
        if choice is None or wanted in choice:
            return wanted
        return had if isinstance(wanted, str | bool) else nearest(choice, wanted)

    def _settled(self, values: dict[str, Any]) -> dict[str, Any]:
        """Returns the values, those of choices with a condition as it has them beside what was given up."""
        said = dict(self.space.narrowed)
        for name, condition in self.space.conditions:
            if name in self.values:
                held = nearest(said[name], values[name]) if name in said else values[name]
                values[name] = held if condition.holds(values) else condition.otherwise
        return values


def fit_within(
    values: Mapping[str, Any],
    space: OwnSpace,
    share: Callable[[str], float],
    *,
    fill: float,
    budget: Budget,
    task: Task,
) -> Architecture:
    """Builds the widest network of the values as `space.choices.sizing.fit` does, but none that the space lacks.

    Where even the narrowest that it can become is over the budget, the smallest of the space is taken, and where that
    is over too, the narrowest that it can become, over the budget as it is.
    """
    kept = _Kept(form_from(values), space, values)

    def narrow(one: _Kept) -> Architecture:
        return one.assemble(lambda _: NARROWEST, image=task.image, classes=task.classes)

    if any(budget.allows(narrow(one)) for one in kept.simpler()):
        return fit(kept, share, fill=fill, budget=budget, task=task, stages=False)
    smallest = least(space, budget, task)
    return smallest if budget.allows(smallest) else narrow([*kept.simpler()][-1])


@lru_cache(maxsize=64)
def least(space: OwnSpace, budget: Budget, task: Task, *, plain: bool = False) -> Architecture:
    """Finds the network of the space that comes nearest to the budget from above, or lies deepest within it.

    Choice by choice, in turns, each is set to what makes the network smaller in the limit that it is worst in; so it
    need not be the smallest of all. plain: whether widths are drawn, so that they are no smaller than is said.
    """
    said = dict(space.narrowed)
    least_width = WIDTHS["width"] if not plain else said.get("width", Whole(NARROWEST, NARROWEST))

    def narrowest(slot: str) -> int:
        choice = said.get(f"width_{slot}", least_width) if plain else least_width
        return NARROWEST if not plain else int(min(choice.options) if isinstance(choice, Pick) else choice.low)  # type: ignore[type-var]

    def built(form: Form) -> Architecture:
        return form.assemble(narrowest, image=task.image, classes=task.classes)

    def cost(network: Architecture) -> tuple[float, int]:
        ratios = (getattr(network, name) / limit for name, limit in budget.limits().items())
        return max(ratios), network.parameters

    found = [built(Template(text)) for text in space.templates]
    for family in space.forms:
        if family != "template":
            found.append(_descended(space, forms_of(task), family, lambda form: cost(built(form)), built))
    return min(found, key=cost)


def _descended(
    space: OwnSpace,
    every: Mapping[str, Choice],
    family: str,
    cost: Callable[[Form], tuple[float, int]],
    built: Callable[[Form], Architecture],
) -> Architecture:
    """Finds a small network of the family."""
    said = dict(space.narrowed)
    looked_at = {other for _, condition in space.conditions for other, _ in condition.needs}
    options = {name: said.get(name, every.get(name, choice)) for name, choice in outer().items()}
    values: dict[str, Value] = {name: nearest(one, IDLE.get(name, _first(one))) for name, one in options.items()}
    values["family"] = family

    def cost_of(changed: Mapping[str, Value]) -> tuple[float, int]:
        return cost(form_from(space.settled(changed)))

    best = cost_of(values)
    for _ in range(_SWEEPS):
        before = best
        for name in sorted((every.keys() | looked_at) - {"family"}):
            for value in _tried(options[name]):
                now = cost_of(values | {name: value})
                if now < best:
                    best, values = now, values | {name: value}
        if best == before:
            break
    return built(form_from(space.settled(values)))


def _tried(choice: Choice) -> tuple[Value, ...]:
    return choice.options if isinstance(choice, Pick) else (choice.low, choice.high)


def _first(choice: Choice) -> Value:
    return _tried(choice)[0]


def check_reach(space: OwnSpace, budget: Budget, task: Task, *, plain: bool) -> None:
    """Raises BadSpace where a template is over the budget whatever its widths, and InvalidDesign where every network
    of the space is."""
    for place, text in enumerate(space.templates):
        network = least(replace(space, forms=("template",), templates=(text,)), budget, task, plain=plain)
        for limit, nearest_is in _exceeded(network, budget):
            which = "templates" if len(space.templates) == 1 else f"number {place + 1} of templates, {text[:60]!r},"
            raise space.error(
                f"{which} has no network within {limit}; the narrowest has {nearest_is}", "templates", place
            )
    network = least(space, budget, task, plain=plain)
    for limit, nearest_is in _exceeded(network, budget):
        raise InvalidDesign(
            f"no network of the search space {space.name} meets a budget of {limit}; "
            f"the smallest that was found has {nearest_is}"
        )


def _exceeded(network: Architecture, budget: Budget) -> Iterator[tuple[str, str]]:
    """Yields each limit that the network is over, in words, and what the network has of that."""
    for name, over in budget.excess(network).items():
        if over > 0:
            limit = budget.limits()[name]
            yield f"{limit:,} {_NOUNS[name]}", f"{limit + over:,}"
