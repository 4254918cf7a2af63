"""All trials of a study in their order, to be shown or written as CSV."""

from dataclasses import dataclass

from results.findings.records import TrialRecord
from results.findings.selection import best, front_of, ranked
from results.wording.limits import further
from search.study.allowed import limits_of
from search.study.begun import stored_identity
from search.study.folder import StudyFolder


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialTable:
    """A study's trials as a table has them.

    Attributes:
        records: The best first; of a front the smallest first.
        best: The best of them, or None where none was trained.
        top: How many of them are asked for; 0 for all.
        limits: What the study limits beside parameters, by names of a record's attributes.
    """

    records: tuple[TrialRecord, ...]
    best: TrialRecord | None
    top: int
    limits: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[TrialRecord, ...]:
        """The first `top` records."""
        return self.records[: self.top or None]

    @property
    def left_out(self) -> int:
        """How many records are not shown."""
        return len(self.records) - len(self.shown)

    def as_csv(self) -> str:
        """Returns all records, the best first, with the columns of `results.findings.table`."""
        from results.findings.table import frame

        return frame(list(self.records), self.limits).map(as_cell).to_csv(index=False)


def as_cell(value: object) -> object:
    """Returns the value as it may stand in a CSV file: a text that a spreadsheet would take for a formula has an
    apostrophe in front (https://owasp.org/www-community/attacks/CSV_Injection)."""
    formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if formula else value


def trial_table(folder: StudyFolder, *, only_front: bool = False, top: int = 0) -> TrialTable:
    """Reads the study's trials; only_front: those of `front_of`.

    Raises:
        UserError: The database cannot be opened or has no such study.
    """
    from search.study.reading import read_records

    records = read_records(folder)
    shown = front_of(records) if only_front else ranked(records)
    limits = further(limits_of(stored_identity(folder)))
    return TrialTable(records=tuple(shown), best=best(records), top=top, limits=limits)
