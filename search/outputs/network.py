"""The network of a design, with its trained weights."""

from typing import TYPE_CHECKING

from search.errors import UserError
from search.study.designs import NamedDesign

if TYPE_CHECKING:
    from train.model import Network


def network_of(found: NamedDesign) -> "Network":
    """Returns the trained network, or an untrained one where there are no weights, ready to predict.

    Raises:
        UserError: The weights are damaged, or are not this network's.
    """
    from train.files.weights import BadWeights, load
    from train.model import build

    model = build(found.design.architecture, seed=0)
    if found.weights:
        try:
            load(model, found.weights, found.weights_sha256)
        except BadWeights as error:
            raise UserError(f"{error}; put a copy of it back, or train the design again") from None
    return model.eval()
