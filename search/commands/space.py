"""The command `space`: shows a search space."""

import json as json_module
from typing import Annotated

import typer

from search.api.spaces import search_space
from search.commands.app import (
    Budget,
    DataDir,
    Gray,
    ImageSize,
    Json,
    MaxActivationBytes,
    MaxMacs,
    Rgb,
    Space,
    command,
    preparation_of,
    source_of,
)
from search.errors import UserError
from search.limits import check_reachable, parse_budget
from space.choices.augment_sets import default_augment
from space.choices.search_space import name_of
from space.task import DIGITS


@command(
    short_help="Print a search space and the share of it that fits a budget.",
    epilog="Example: python -m search space --budget 4000",
)
def space(
    budget: Budget = 8000,
    max_macs: MaxMacs = None,
    max_activation_bytes: MaxActivationBytes = None,
    space: Space = "wide",
    toml: Annotated[
        bool, typer.Option("--toml", help="Print the space as a TOML file, to be changed and given to --space.")
    ] = False,
    dataset: Annotated[
        str | None,
        typer.Option(
            help="The images that networks are for, as run takes them (default: MNIST's digits).", metavar="DATA"
        ),
    ] = None,
    data_dir: DataDir = None,
    image_size: ImageSize = None,
    gray: Gray = False,
    rgb: Rgb = False,
    json: Json = False,
) -> int:
    """A search space, and the share of it that fits the budget."""
    from space.choices.survey import survey

    if toml and json:
        raise UserError("`toml` and `json` are two forms; leave one out")
    if dataset is None and (data_dir, image_size, gray, rgb) != (None, None, False, False):
        raise UserError("`data_dir`, `image_size`, `gray` and `rgb` go with `dataset`; add that or leave them out")
    preparation = preparation_of(image_size, gray=gray, rgb=rgb, limit_images=None, hold_out=None)
    task = DIGITS if dataset is None else source_of(dataset, data_dir, preparation).task
    chosen, augment = search_space(space), default_augment(task)
    limits = parse_budget(budget, max_macs, max_activation_bytes, task, chosen)
    check_reachable(chosen, limits, task, augment, "inside")
    if toml:
        from space.choices.own_writing import toml_of

        print(toml_of(chosen, task=task, augment=augment), end="")
        return 0
    surveyed = survey(chosen, limits, task=task, augment=augment)
    if json:
        facts = {
            "budget": limits.parameters,
            "max_macs": limits.macs,
            "max_activation_bytes": limits.activation_bytes,
            "space": name_of(surveyed.space),
            "choices": {name: str(choice) for name, choice in surveyed.choices.items()},
            "share_inside_budget": dict(surveyed.shares),
        }
        print(json_module.dumps(facts))
    else:
        from search.commands.drawing.choices import print_survey

        print_survey(surveyed)
    return 0
