"""Leases: who trains a trial, and whether they still live."""

import datetime
import time
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any, get_type_hints

from search.study.owners import Owner

BEAT_SECONDS = 5.0  # between an owner's signs of life
SILENT_SECONDS = 24.0  # without one after which an owner on another host is taken for dead
_RECENT = datetime.timedelta(minutes=2)  # a sign of life by the clocks of two machines, which differ
_BLIND_SECONDS = 5.0  # between two looks after which nothing is said about the silence in between


@dataclass(frozen=True, slots=True)
class Lease:
    """A value that says who trains a trial, stored on the trial.

    Attributes:
        epoch: The furthest that was scored, of the short training where the trial is screened and that is not over.
        deaths: Workers that died in the epoch after it.
        beats: Signs of life so far. Others go by whether it changes, so that no clock matters.
        seen: When the last of them was, for people.
    """

    owner: Owner
    epoch: int = 0
    deaths: int = 0
    beats: int = 0
    seen: str = ""

    def renewed(self, *, epoch: int, deaths: int) -> "Lease":
        """Return the lease with one more sign of life."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        return replace(self, epoch=epoch, deaths=deaths, beats=self.beats + 1, seen=now)

    def lives(self, me: Owner) -> bool:
        """Say whether its owner, seen from `me` in one look, still trains: on another system by the time of its last
        sign of life."""
        if self.owner.system == me.system:
            return not self.owner.gone(me)
        try:
            return datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(self.seen) < _RECENT
        except (TypeError, ValueError):
            return False

    def to_json(self) -> dict[str, Any]:
        """Write the lease as one flat object, the owner's fields first."""
        lease = asdict(self)
        return lease.pop("owner") | lease

    @classmethod
    def from_json(cls, stored: Any) -> "Lease | None":
        """Read what `to_json` wrote; None where it is no lease, of a trial that something claimed without one."""
        if stored is None:
            return None
        try:
            if any(type(stored[name]) is not kind for name, kind in _kinds().items()):
                return None
            owner = Owner(*(stored[name] for name in ("host", "system", "process", "began")))
            return cls(owner, *(stored[name] for name in ("epoch", "deaths", "beats", "seen")))
        except (KeyError, TypeError):
            return None


@cache
def _kinds() -> dict[str, type]:
    """Return the types of what `to_json` writes, by name."""
    kinds = get_type_hints(Owner) | get_type_hints(Lease)
    del kinds["owner"]
    return kinds


class Watch:
    """Watches the leases of other coordinators' trials."""

    def __init__(self, me: Owner) -> None:
        self._me = me
        self._since: dict[int, tuple[Lease, float]] = {}  # when a lease was first seen as it is
        self._looked = time.monotonic()

    def dead(self, leases: dict[int, Lease | None]) -> list[int]:
        """Name the trials whose owner is gone, judged by the leases of all that are running elsewhere.

        One on this host is found at the next look; on another host after SILENT_SECONDS, of which those do not
        count in which nobody looked, because the database was away or this process was stopped.
        """
        now = time.monotonic()
        if now - self._looked > _BLIND_SECONDS:
            self._since.clear()
        self._looked = now
        self._since = {trial: since for trial, since in self._since.items() if trial in leases}
        return [trial for trial, lease in leases.items() if self._dead(trial, lease, now)]

    def _dead(self, trial: int, lease: Lease | None, now: float) -> bool:
        if lease is None or lease.owner.gone(self._me):
            return True
        seen, since = self._since.setdefault(trial, (lease, now))
        if seen != lease:
            self._since[trial] = (lease, now)
            return False
        return now - since > SILENT_SECONDS
