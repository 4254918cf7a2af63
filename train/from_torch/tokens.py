"""`Tokens`: the layers that the calls of a recording stand for, or the line of the first that has none."""

from space.invalid import InvalidDesign
from space.layers import Flatten, Sigmoid
from train.from_torch.bad_code import BadCode, FailsOnImages
from train.from_torch.blocks import Branches, Part, PartOfGate, joined
from train.from_torch.layers import DEFAULTS, LAYERS, Layers, NoToken, came_in
from train.from_torch.recording import BATCH, RESHAPES, Call, Recording

_NOTHING = {"contiguous", "clone", "float", "to", "type", "alias", "identity", "cat"}  # of one
_FORM = {"expand", "expand_as", "transpose", "permute", "squeeze", "unsqueeze"} | RESHAPES


class Tokens:
    """The layers of a recording's calls.

    Attributes:
        notes: What the layers do otherwise than the calls, a line each.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.notes: list[str] = []

    def parts(self, call: Call) -> list[Part]:
        """Returns the layers of a call into which one activation comes; raises BadCode where it has no token."""
        if call.operation in RESHAPES and call.shape[0] != BATCH == call.inputs[0].shape[0]:
            raise FailsOnImages(
                f"{self._recording.where(call)} makes {call.shape[0]} row{'s' * (call.shape[0] != 1)} of {BATCH} "
                "images, as it is written for images of another size"
            )
        try:
            if within := _part_of_gate(call):
                return [Part(within, self._parameters(call), call)]
            layers = _layers(call)
        except (NoToken, InvalidDesign) as error:
            raise self.no_token(call, error) from None
        if layers:
            self._note(call)
        return [Part(layer, self._parameters(call), call) for layer in layers]

    def joined(self, call: Call, branches: Branches) -> list[Part]:
        """Returns the layers of a call into which branches of one activation come; raises BadCode where none are."""
        try:
            return joined(call, branches)
        except NoToken as error:
            raise self.no_token(call, error) from None

    def no_token(self, call: Call, error: Exception | None = None) -> BadCode:
        """Returns the error that names a call without a token; error: what is said of it."""
        where, said = self._recording.where(call), str(error or "")
        if isinstance(error, InvalidDesign):
            return BadCode(f"{where} has no token in the notation: {said}")
        return BadCode(f"{where}{f' {said}' if said else ''} has no token in the notation")

    def _parameters(self, call: Call) -> tuple[str, ...]:
        names = []
        for role in ("weight", "bias"):
            if (value := call.arguments.get(role)) is None:
                continue
            if id(value) not in self._recording.parameters:
                raise self.no_token(call, NoToken(f"with a {role} that is no parameter"))
            names.append(self._recording.parameters[id(value)])
        return tuple(names)

    def _note(self, call: Call) -> None:
        for ours in DEFAULTS.get(call.operation, ()):
            if (theirs := call.arguments.get(ours.argument, ours.value)) != ours.value:
                self.notes.append(
                    f"{self._recording.where(call)} has {ours.argument} {theirs}, and the network read of it "
                    f"{ours.value}"
                )


def _layers(call: Call) -> Layers:
    """Returns the layers of a call; raises NoToken or InvalidDesign where it has none."""
    came = came_in(call)
    if len(set(call.inputs)) > 1:
        raise NoToken
    if _is_nothing(call):
        layers: Layers = ()
    elif call.operation in LAYERS:
        layers = LAYERS[call.operation](call)
    else:
        raise NoToken
    if call.flat and not call.inputs[0].flat:
        layers = (*layers, Flatten())
    for layer in layers:
        came = layer.output(came)
    if came != call.maps:
        raise NoToken("that rounds its size up (ceil_mode)" if call.arguments.get("ceil_mode") else "")
    return layers


def _is_nothing(call: Call) -> bool:
    """Whether a call changes the form at most."""
    if call.operation in RESHAPES:
        return call.maps is not None
    neutral = {"add": 0, "mul": 1}.get(call.operation)  # as in sum(...), which begins with 0
    if neutral is not None:
        return any(type(value) in (int, float) and value == neutral for value in call.arguments.values())
    return call.operation in _NOTHING and call.shape == call.inputs[0].shape


def _part_of_gate(call: Call) -> PartOfGate | Sigmoid | None:
    """Returns what a call may be within a gate, where it is nothing elsewhere."""
    came = call.inputs[0]
    unknown = came.maps is None or call.maps is None or (came.flat and not call.flat)
    if call.operation in _FORM and (unknown or call.operation not in RESHAPES):
        return PartOfGate()
    if call.operation == "sigmoid" and unknown:
        return Sigmoid()
    weight = call.arguments.get("weight")
    if call.operation == "conv1d" and weight is not None and weight.shape[:2] == (1, 1):
        plain = call.shape == came.shape and call.arguments.get("bias") is None
        return PartOfGate(weight.shape[2]) if plain and call.arguments.get("dilation", (1,)) in (1, (1,)) else None
    return None
