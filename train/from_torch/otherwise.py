"""What a module does otherwise than any network of the notation that is read of it, a line each."""

from collections.abc import Callable

from torch import nn

from train.from_torch.bad_code import BadCode
from train.from_torch.order import before
from train.from_torch.recording import RESHAPES, Call, Recording

_DROPOUTS = {"dropout", "dropout2d"}
_UNTOLD = {*_DROPOUTS, *RESHAPES, "softmax", "log_softmax"}


def frozen(module: nn.Module) -> tuple[str, ...]:
    """Returns what is said of parameters that do not learn."""
    still = [name for name, parameter in module.named_parameters() if not parameter.requires_grad]
    if not still:
        return ()
    listed = ", ".join(still[:2]) + (f" and {len(still) - 2} more" if len(still) > 2 else "")
    return (f"requires_grad is False of {listed}; in the network read of it all parameters learn",)


def in_evaluation(training: Recording, evaluated: Callable[[], Recording], name: str) -> tuple[str, ...]:
    """Returns what is said of a module that is another network in evaluation than in training.

    evaluated: Records it in evaluation; may raise BadCode.
    """
    changes = (
        f"{name} does something else in evaluation than in training; the network read of it does what it does in "
        "training"
    )
    try:
        recording = evaluated()
    except BadCode:
        return (changes,)
    notes = [changes] if _told(recording) != _told(training) else []
    for call in _made(recording):
        if call.operation in _DROPOUTS and call.arguments.get("training", True) and call.arguments.get("p", 0.5):
            where = recording.where(call)
            notes.append(f"{where} drops in evaluation, too; the network read of it drops in training alone")
    return tuple(notes)


def _made(recording: Recording) -> list[Call]:
    """Returns the calls that what is returned follows from."""
    needed = before(recording.last)
    return [call for call in recording.calls if call in needed]


def _told(recording: Recording) -> list[tuple[str, tuple[int, ...], list[str]]]:
    """Returns what is done in order, with what parameters: dropout, views and softmax aside."""
    return [
        (call.operation, call.shape, _parameters(call, recording.parameters))
        for call in _made(recording)
        if call.operation not in _UNTOLD
    ]


def _parameters(call: Call, names: dict[int, str]) -> list[str]:
    return [names[id(value)] for value in call.arguments.values() if id(value) in names]
