"""Figures in words, for every place that tells people of them."""

from results.findings.records import TrialRecord
from results.wording.percent import spread


def duration(seconds: float | None) -> str:
    """A time as people say it; a dash for None."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def in_finals(record: TrialRecord) -> str:
    """What the record reached in the finals, to be followed by more; empty where it was not in them."""
    if not record.finals:
        return ""
    return f"{spread(record.finals)} in {len(record.finals)} finals, "
