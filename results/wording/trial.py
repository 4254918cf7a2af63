"""What a trial reached, in words."""

from results.findings.records import TrialRecord
from results.wording.percent import percent


def standing(record: TrialRecord, target: float) -> str:
    """Tells a trained trial's accuracy in the finals, or else its held-out one, by which the search chooses. target:
    That it stands beside."""
    return f"{percent(record.accuracy, target=target)}{' in the finals' if record.finals else ''}"


def reached(record: TrialRecord) -> str:
    """Tells a trial's held-out accuracy and, without a score, when it had that; empty where it has none."""
    if record.reached is None:
        return ""
    when = "" if record.score is not None else f" after epoch {record.epochs}" if record.epochs else " in screening"
    return f"held-out accuracy {percent(record.reached)}{when}"
