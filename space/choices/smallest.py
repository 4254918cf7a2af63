"""The smallest networks of a search space: what the tightest limits leave."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import get_args

from space.architecture import Architecture
from space.choices.stages import Stages
from space.choices.structure import Head, Structure
from space.choices.widths import NARROWEST
from space.task import Task

_SMALLEST = Structure(
    first_pool_field=5,
    blocks_after_pool=1,
    second_pool=0,
    transition="none",
    transition_dress="bare",
    normalisation="none",
    dropout="none",
    dropout_rate=0.02,
    dropout_place="every block",
    padding="none",
    head="gap then 1x1",
    hidden=0,
    head_dress="bare",
    mean_crop=0,
)


def narrowest(task: Task) -> Architecture:
    """Builds the smallest network for the task that every space has."""
    return _narrow(_SMALLEST, task)


@lru_cache(maxsize=64)
def smallest(task: Task, *, stages: bool) -> tuple[Architecture, ...]:
    """Returns networks for the task of which one, for any network of a space, costs no more in any limit of a budget;
    those with fewest parameters first.

    stages: Whether the space has residual stages, too, and not only networks as people make them by hand.
    """
    forms = itertools.chain(_structures(), _stages() if stages else ())
    found = {_costs(network): network for network in (_narrow(form, task) for form in forms)}
    return tuple(
        network
        for costs, network in sorted(found.items(), key=lambda item: item[0])
        if not any(other != costs and all(map(int.__le__, other, costs)) for other in found)
    )


def _costs(network: Architecture) -> tuple[int, int, int]:
    return network.parameters, network.macs, network.activation_bytes


def _narrow(form: Structure | Stages, task: Task) -> Architecture:
    return form.assemble(lambda _: NARROWEST, image=task.image, classes=task.classes)


def _structures() -> Iterator[Structure]:
    heads = get_args(Head)
    for after, pool, head, hidden, padding in itertools.product((1, 2), (0, 1), heads, (0, 1), ("none", "all")):
        yield replace(_SMALLEST, blocks_after_pool=after, second_pool=pool, head=head, hidden=hidden, padding=padding)


def _stages() -> Iterator[Stages]:
    for stages, entry, pool, depthwise, blur in itertools.product(
        (2, 3, 4, 5), ("separable", "pointwise"), ("before entry", "after entry"), (3, 5), (False, True)
    ):
        yield Stages(
            stages=stages,
            blocks_1=0,
            blocks_2=0,
            blocks_3=0,
            block="separable",
            convolutions=1,
            entry=entry,
            pool=pool,
            entry_padding=False,
            stem_padding=False,
            depthwise=depthwise,
            between="nothing",
            order="norm act",
            sum_first=False,
            blur=blur,
        )
