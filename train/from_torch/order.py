"""Brings calls into the order of the notation: one after the other, and branches between where they part and meet."""

from train.from_torch.bad_code import BadCode
from train.from_torch.blocks import Part, PartOfGate
from train.from_torch.recording import RESHAPES, Call, Recording
from train.from_torch.tokens import Tokens

_JOINING = {"add", "mul", "cat"}
_AT_THE_END = {"log_softmax", "softmax"}  # which the loss has, and which leave the order of the classes as it is
_CHANGES_NOTHING = "log_softmax"  # before a softmax


def ordered(recording: Recording, tokens: Tokens) -> list[Part]:
    """Returns the layers from the images to what is returned; raises BadCode where a call has no token, or calls
    hang together as no notation does."""
    return _Order(recording, tokens).parts()


class _Order:
    def __init__(self, recording: Recording, tokens: Tokens) -> None:
        self._recording, self._tokens = recording, tokens
        self._place = {call: place for place, call in enumerate(recording.calls)}
        _simplify(recording.calls)
        self._parting: dict[Call, Call] = {}
        self._parts: dict[Call, list[Part]] = {}  # of calls that join no branches
        self._passed: set[Call] = set()

    def parts(self) -> list[Part]:
        last = _logits(self._recording)
        needed = before(last)
        for call in self._recording.calls[1:]:
            self._parting[call] = call.inputs[0]
            for other in call.inputs[1:]:
                self._parting[call] = self._common(self._parting[call], other)
            if call in needed and not _joins(call):  # in their order, so that the first is named that has no token
                self._parts[call] = self._tokens.parts(call)
        parts = self._path(self._recording.first, last)
        for part in parts:
            if isinstance(part.layer, PartOfGate):
                raise self._tokens.no_token(part.call)
        return parts

    def _common(self, one: Call, other: Call) -> Call:
        """Returns the last call that everything passes on its way to both (Cooper, Harvey and Kennedy, "A Simple,
        Fast Dominance Algorithm")."""
        while one is not other:
            if self._place[one] > self._place[other]:
                one = self._parting[one]
            else:
                other = self._parting[other]
        return one

    def _path(self, start: Call, end: Call) -> list[Part]:
        """Returns the layers behind `start` up to and with `end`."""
        parts: list[Part] = []
        while end is not start:
            if end in self._passed:
                raise BadCode(
                    f"{self._recording.where(end)}: what leaves it is used in branches that cross, as no notation has"
                )
            self._passed.add(end)
            parting = self._parting[end]
            if _joins(end):
                branches = [self._path(parting, one) for one in end.inputs]
                parts = [*self._tokens.joined(end, branches), *parts]
            else:
                parts = [*self._parts[end], *parts]
            end = parting
        return parts


def _logits(recording: Recording) -> Call:
    """Returns what comes before a softmax over the classes that is the last but for views; else the last call.

    Raises:
        BadCode: Another softmax comes before it, and both are another function than one.
    """
    call = last = recording.last
    while call.inputs:
        if call.operation in _AT_THE_END and _over_classes(call):
            if last is not recording.last and call.operation != _CHANGES_NOTHING:
                raise BadCode(
                    f"{recording.where(call)} has another softmax behind it, and the two make another function than "
                    "one; return logits, as the loss here takes them, or use one alone"
                )
            last = call = call.inputs[0]
        elif call.operation in RESHAPES and call.maps is not None and call.maps == call.inputs[0].maps:
            call = call.inputs[0]
        else:
            break
    return last


def _over_classes(call: Call) -> bool:
    """Says whether a softmax is over the classes; without a dimension torch takes that of 2 and of 4 dimensions."""
    dim, count = call.arguments.get("dim"), len(call.shape)
    return count in (2, 4) if dim is None else dim % count == 1


def _joins(call: Call) -> bool:
    return call.operation in _JOINING and len(call.inputs) > 1


def before(last: Call) -> set[Call]:
    """Returns the calls that a call follows from, and it too."""
    found, todo = {last}, [last]
    while todo:
        more = set(todo.pop().inputs) - found
        found |= more
        todo += more
    return found


def _simplify(calls: tuple[Call, ...]) -> None:
    """Writes calls otherwise that have a token only together."""
    earlier: dict[tuple[Call, ...], Call] = {}
    for call in calls:
        came = call.inputs[0] if call.inputs else call
        if call.operation == came.operation == "mean":
            _merge_means(call, came)
        elif call.operation == "conv2d" and came.operation == "pad":
            _take_padding(call, came)
        elif call.operation == "cat":
            every = call.inputs
            call.inputs = _with_earlier(every, earlier)
            earlier.setdefault(every, call)


def _with_earlier(every: tuple[Call, ...], earlier: dict[tuple[Call, ...], Call]) -> tuple[Call, ...]:
    """Returns what a concatenation is made of, those at one end as an earlier one where there is one of them."""
    for count in range(len(every) - 1, 1, -1):
        if every[:count] in earlier:
            return earlier[every[:count]], *every[count:]
        if every[-count:] in earlier:
            return *every[:-count], earlier[every[-count:]]
    return every


def _merge_means(call: Call, first: Call) -> None:
    """Writes a mean over rows and then over columns, or the other way round, as one over both."""
    one, other = first.arguments.get("dim"), call.arguments.get("dim")
    count, left = len(first.inputs[0].shape), len(first.shape)
    if isinstance(one, int) and isinstance(other, int) and count == 4:
        one, other = one % count, other % left
        call.arguments = call.arguments | {"dim": (one, other + (left < count and other >= one))}
        call.inputs = first.inputs


def _take_padding(call: Call, padding: Call) -> None:
    """Writes zeros that are put around maps before a convolution as its own padding."""
    given, own = padding.arguments, call.arguments.get("padding", 0)
    zeros = given.get("mode", "constant") == "constant" and not given.get("value")
    match given.get("pad"):
        case (left, right, top, bottom) if zeros and left == right >= 0 and top == bottom >= 0:
            if isinstance(own, str):
                return
            rows, columns = own if isinstance(own, (tuple, list)) else (own, own)
            call.arguments = call.arguments | {"padding": (rows + top, columns + left)}
            call.inputs = padding.inputs
