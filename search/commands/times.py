"""Times as they are typed."""

import re

from search.errors import UserError

_NUMBER = r"([0-9]{1,9}(?:\.[0-9]{1,6})?)"
_FORMS = re.compile(rf"(?:{_NUMBER}h)?(?:{_NUMBER}m)?(?:{_NUMBER}s)?|{_NUMBER}")
_SECONDS = (3600, 60, 1, 1)


def parse_timeout(text: str | None) -> float | None:
    """Returns the seconds of `90`, `90s`, `30m`, `2h` or `1h30m`; raises UserError."""
    if text is None:
        return None
    match = _FORMS.fullmatch(text)
    seconds = sum(float(part or 0) * of for part, of in zip(match.groups(), _SECONDS, strict=True)) if match else 0
    if seconds <= 0:
        raise UserError(f"`timeout` must be a time such as 90, 90s, 30m, 2h or 1h30m, not {text!r}")
    return seconds
