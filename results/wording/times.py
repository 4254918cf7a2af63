"""The unit that times of computing are told in."""

_UNITS = (("hours", 1), ("minutes", 60))  # with how many of it an hour has, the longest first


def unit_of(hours: float) -> tuple[str, int]:
    """Returns the longest unit of which so many hours are one at least, or else seconds, and how many of it an hour
    has."""
    return next(((unit, each) for unit, each in _UNITS if hours * each >= 1), ("seconds", 3600))
