"""Search spaces of somebody's own, drawn at random for tests."""

import random

from space.choices.choices import choices
from space.choices.kinds import Pick, Whole
from space.choices.own_ranges import said
from space.choices.own_reading import space_of
from space.choices.search_space import FORMS_OF, OwnSpace
from space.task import Task

TEMPLATES = (
    "c? bn relu mp [ c?k3p1g? bn relu c?k1 bn ] relu",
    "c?k3s2p1 gn2 silu { c?k3p1 silu } [ c?k3p1 silu | c?k1 ] se? gap c?k1",
    "c?k3 tanh ap2 flatten fc?",
    "c?k3p1 relu c?k3p1 relu =conv2 mp",
)


def random_document(rng: random.Random, task: Task) -> dict:
    """Returns the keys of a file that narrows a third of the choices of a space, some with conditions."""
    base = rng.choice(["core", "wide", "taught"])
    forms = rng.sample([*FORMS_OF[base], "template"], rng.randint(1, len(FORMS_OF[base]) + 1))
    document = {"base": base, "forms": forms}
    if "template" in forms:
        document["templates"] = rng.sample(TEMPLATES, rng.randint(1, 3))
    for name, choice in choices(base, "inside", task=task, augment="digits").items():
        if name in ("family", "fill") or name.startswith("share_") or rng.random() > 0.35:
            continue
        document[name] = said(_narrowed(rng, choice))
    if rng.random() < 0.5:
        document["momentum"] = {"low": 0.5, "high": 0.7, "when": {"optimizer": rng.sample(["sgd", "adam"], 1)}}
    return document


def random_space(rng: random.Random, task: Task) -> OwnSpace:
    return space_of(random_document(rng, task), name="random")


def _narrowed(rng, choice):
    if isinstance(choice, Pick):
        return Pick(tuple(rng.sample(choice.options, rng.randint(1, len(choice.options)))))
    ends = sorted(choice.draw(rng) for _ in range(2))
    if ends[0] == ends[1]:
        return Pick((ends[0],))
    return Whole(*ends) if isinstance(choice, Whole) else type(choice)(*ends, log=choice.log)
