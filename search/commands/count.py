"""The command `count`: says what a network costs."""

import json as json_module
from typing import TYPE_CHECKING, Any

from search.commands.app import Design, Json, Study, command, named_design, say_latest

if TYPE_CHECKING:
    from space.architecture import Architecture


@command(
    short_help="Count a design's parameters, multiply-adds and memory.",
    epilog="Example: python -m search count 'c8 relu c16 relu mp c16 relu gap c10k1'",
)
def count(design: Design, study: Study = None, json: Json = False) -> int:
    """Parameters, multiply-adds, memory and receptive field of a design, layer by layer; trains nothing."""
    found = named_design(design, study)
    architecture = found.design.architecture
    if json:
        print(json_module.dumps(_as_object(architecture)))
    else:
        from search.commands.drawing.layers import print_network

        print_network(architecture)
    say_latest(study, None if found.named_study else found.folder)
    return 0


def _as_object(architecture: "Architecture") -> dict[str, Any]:
    return {
        "notation": architecture.notation,
        "parameters": architecture.parameters,
        "macs": architecture.macs,
        "activation_bytes": architecture.activation_bytes,
        "receptive_field": architecture.receptive_field,
        "layers": [
            {
                "token": cost.token,
                "shape": list(cost.shape),
                "parameters": cost.parameters,
                "macs": cost.macs,
                "receptive_field": cost.receptive_field,
            }
            for cost in architecture.costs
        ],
    }
