"""A search space written as a TOML file with a comment to each choice, which reads back as the same space."""

from collections.abc import Iterator, Mapping
from typing import Any

from space.choices.augment_sets import Augment
from space.choices.choices import choices, drawn_width
from space.choices.kinds import Choice
from space.choices.own_reading import said_of
from space.choices.own_words import GROUPS, MATTERS, WORDS
from space.choices.ranges import SHARE
from space.choices.search_space import FORMS_OF, OwnSpace, SearchSpace, base_of
from space.task import Task
from space.toml_text import written

_HEAD = """\
# A search space of your own: `python -m search run --space FILE` searches it.
#
# A choice is a value, a list of values, or a range: {{ low = 1, high = 4 }}, with log = true where every factor is as
# likely. What is left out keeps all of its range. It may matter beside others alone, and be another value otherwise:
#   momentum = {{ low = 0.8, high = 0.98, when = {{ optimizer = "sgd" }}, otherwise = 0.9 }}
# The guide's page "Your own space" has every key.

{name}
base = {base}  # whose choices there are: core, wide or taught
forms = {forms}  # of networks: plain (as by hand), stages (residual), template (below)

# Layers of your own, each ? a width that is found. What ends in maps is followed by gap and a convolution to the
# classes.
{templates}

# Networks that are tried first.
{start}
"""


def toml_of(space: SearchSpace, *, task: Task, augment: Augment) -> str:
    """Returns the space as the text of a TOML file that `space.choices.own_reading.read_space` reads back.

    task, augment: For which the choices are written.

    Raises:
        BadSpace: It is not for such a search.
    """
    own = space if isinstance(space, OwnSpace) else None
    every = {
        name: choice
        for name, choice in choices(space, "inside", task=task, augment=augment).items()
        if name not in ("family", "template")
    }
    head = _HEAD.format(
        name=f"name = {written(own.name)}"
        if own
        else '# name = "mine"  # in reports; the file\'s where there is none',
        base=written(base_of(space)),
        forms=written(list(own.forms if own else FORMS_OF[base_of(space)])),
        templates=_texts("templates", own.templates if own else (), "c? bn relu mp [ c?k3p1g? bn relu ]"),
        start=_texts("start", own.start if own else (), "c8 relu mp c16 relu gap c10k1"),
    )
    said = said_of(every, dict(own.conditions) if own else {})
    lines = [head]
    for title, names in GROUPS.items():
        there = [name for name in names if name in said]
        lines += (
            [f"## {title}", "", *(line for name in there for line in _choice(name, said[name])), ""] if there else []
        )
    lines += ["## Widths", "", *_widths(own, every, task)]
    return "\n".join(lines)


def _choice(name: str, stated: Any) -> Iterator[str]:
    words = WORDS[name] + (f"; only with {MATTERS[name]}" if name in MATTERS else "")
    yield f"# {words[:1].upper()}{words[1:]}."
    yield f"{name} = {written(stated)}"


def _widths(own: OwnSpace | None, every: Mapping[str, Choice], task: Task) -> Iterator[str]:
    said = dict(own.narrowed) if own else {}
    usual: dict[str, Choice] = {"fill": every["fill"], "share": SHARE, "width": drawn_width(task)}
    for name, choice in usual.items():
        yield from _choice(name, said_of({name: said.get(name, choice)}, {})[name])
    for name, choice in said.items():
        if name.startswith(("share_", "width_")):
            yield f"{name} = {written(said_of({name: choice}, {})[name])}"


def _texts(key: str, texts: tuple[str, ...], example: str) -> str:
    if not texts:
        return f'# {key} = ["{example}"]'
    return "\n".join([f"{key} = [", *(f"    {written(text)}," for text in texts), "]"])
