"""`Tally`: what has become of a study's trials so far, whoever trained them."""

from collections import Counter
from dataclasses import dataclass

from results.findings.records import TrialRecord, Verdict, finished
from results.findings.selection import best
from results.findings.shares import reaches

REPEATED = "the same design as trial"
"""Words that begin the reason of a trial that was rejected because its design had been tried."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A value that has what is told apart of trained trials. seconds: of its training, its screening included."""

    score: float
    parameters: int
    seconds: float


class Tally:
    """The trials that have ended, counted one by one.

    Args:
        target: The accuracy asked for, a share in [0, 1].
        since: The first trial that the sampler of now proposes; that what others proposed before had been tried says
            nothing of it.

    Attributes:
        leading: Those of earlier finals, the best of the others, and the best of these that the sampler found.
        counts: How many ended in which way.
        ended: The trials' numbers.
        trained: Each trial that was trained to its end.
        smallest: Parameters of the two smallest networks that reached the target, as far as there are two.
    """

    def __init__(self, target: float, *, since: int = 0) -> None:
        self.leading: list[TrialRecord] = []
        self.counts: Counter[Verdict] = Counter()
        self.ended: set[int] = set()
        self.trained: dict[int, Trained] = {}
        self.smallest: list[int] = []
        self._target = target
        self._first: dict[str, int] = {}  # trials by the fingerprints of their designs
        self._newest = since - 1  # the last trial of a design that had not been tried, or of another sampler
        self._repeated: set[int] = set()  # rejected trials after it, whose designs had been tried
        self._over: set[int] = set()  # those whose networks are over the budget

    def add(self, record: TrialRecord) -> None:
        """Count a trial that has ended."""
        self.ended.add(record.trial)
        self.counts[record.verdict] += 1
        if record.verdict == "rejected":
            self.rejected(record.trial, repeated=record.reason.startswith(REPEATED))
        elif record.fingerprint:
            self.first_with(record.fingerprint, record.trial)
        self._lead(record)
        if record.score is not None:
            self.trained[record.trial] = Trained(record.score, record.parameters, record.seconds)
        if record.score is not None and reaches(record.score, self._target):
            self.smallest = sorted([*self.smallest, record.parameters])[:2]

    def _lead(self, record: TrialRecord) -> None:
        """Have it among the leading ones where it belongs there."""
        every = [*self.leading, record]
        others = [one for one in every if not one.finals]
        found: list[TrialRecord | None] = []
        for budget in {one.of_budget for one in others}:
            of_budget = [one for one in others if one.of_budget == budget]
            found += best(of_budget), best([one for one in of_budget if not one.known])
        self.leading = [one for one in every if one.finals or one in found]

    def first_with(self, fingerprint: str, trial: int) -> int:
        """Return the first trial that had a design of that fingerprint: `trial`, where none has had it."""
        first = self._first.setdefault(fingerprint, trial)
        if first == trial and trial > self._newest:
            self._newest = trial
            for rejected in (self._repeated, self._over):
                rejected.difference_update([number for number in rejected if number < trial])
        return first

    def rejected(self, trial: int, *, repeated: bool) -> None:
        """Count a trial that is rejected, also before it has ended. repeated: as its design had been tried; else its
        network is over the budget."""
        if trial > self._newest:
            (self._repeated if repeated else self._over).add(trial)

    @property
    def tried_in_a_row(self) -> int:
        """Count the trials since the last new design whose designs had been tried, of all runs and machines."""
        return len(self._repeated)

    @property
    def over_in_a_row(self) -> int:
        """Count the trials since the last new design whose networks are over the budget, likewise."""
        return len(self._over)

    @property
    def best(self) -> TrialRecord | None:
        """Return the best trial so far."""
        return best(self.leading)

    @property
    def done(self) -> int:
        """Count the trials that count towards the total."""
        return finished(self.counts)
