"""Times as they are typed."""

import re

from search.errors import UserError

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


def parse_timeout(text: str | None) -> float | None:
    """Returns the seconds of `90`, `90s`, `30m` or `2h`; raises UserError."""
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)([smh]?)", text)
    if not match or float(match[1]) <= 0:
        raise UserError(f"`timeout` must be a time such as 90, 90s, 30m or 2h, not {text!r}")
    return float(match[1]) * _SECONDS[match[2]]
