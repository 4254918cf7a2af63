"""Learning curves in a line of text."""

import math

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(shares: tuple[float, ...]) -> str:
    """Draws a bar an epoch; on the scale of the errors' logarithm, because what matters lies above 99 %."""
    errors = [math.log(max(1 - share, 1e-4)) for share in shares]
    low, high = min(errors), max(errors)
    span = (high - low) or 1.0
    return "".join(_BARS[round((high - error) / span * (len(_BARS) - 1))] for error in errors)
