"""Leases: who trains a trial, and whether they still live."""

import contextlib
import datetime
import hashlib
import os
import socket
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

BEAT_SECONDS = 5.0  # between a holder's signs of life
SILENT_SECONDS = 24.0  # without one after which a holder on another host is taken for dead
_BLIND_SECONDS = 5.0  # between two looks after which nothing is said about the silence in between


@dataclass(frozen=True, slots=True)
class Holder:
    """A coordinator's process.

    Attributes:
        host: Its name, for people.
        system: The running system and its process table: process ids are of one such.
        process: Its id.
        began: Ticks from the system's start to the process's, which tell it from a later one of that id; 0
            where the system does not say.
    """

    host: str
    system: str
    process: int
    began: int

    @classmethod
    def this_process(cls) -> Self:
        boot = namespace = ""
        with contextlib.suppress(OSError):
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
            namespace = os.readlink("/proc/self/ns/pid")
        system = hashlib.sha256(f"{socket.gethostname()} {boot} {namespace}".encode()).hexdigest()[:12]
        return cls(socket.gethostname(), system, os.getpid(), _began(os.getpid()) or 0)

    def gone(self, me: "Holder") -> bool:
        """Whether it is certain, seen from `me`, that the process has ended."""
        if self.system != me.system:
            return False
        if self.began:
            return _began(self.process) != self.began
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass  # it lives, and is another user's
        return False


def _began(process: int) -> int | None:
    """The 22nd field of /proc/PID/stat (proc(5)); None without such a process, or if it is dead and unburied."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


@dataclass(frozen=True, slots=True)
class Lease:
    """A trial's lease, kept on the trial.

    Attributes:
        epoch: The last that was scored.
        deaths: Workers that died in the epoch after it.
        beats: Signs of life so far. Others go by whether it changes, so that no clock matters.
        seen: When the last of them was, for people.
    """

    holder: Holder
    epoch: int = 0
    deaths: int = 0
    beats: int = 0
    seen: str = ""

    def renewed(self, *, epoch: int, deaths: int) -> "Lease":
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        return replace(self, epoch=epoch, deaths=deaths, beats=self.beats + 1, seen=now)

    def to_json(self) -> dict[str, Any]:
        lease = asdict(self)
        return lease.pop("holder") | lease

    @classmethod
    def from_json(cls, kept: Any) -> "Lease | None":
        """None where it is not a lease: of a trial that was claimed by something that keeps none."""
        try:
            holder = Holder(*(kept[name] for name in ("host", "system", "process", "began")))
            return cls(holder, *(kept[name] for name in ("epoch", "deaths", "beats", "seen")))
        except (KeyError, TypeError):
            return None


class Watch:
    """Watches the leases of other coordinators' trials."""

    def __init__(self, me: Holder) -> None:
        self._me = me
        self._since: dict[int, tuple[Lease, float]] = {}  # when a lease was first seen as it is
        self._looked = time.monotonic()

    def dead(self, leases: dict[int, Lease | None]) -> list[int]:
        """The trials whose holder is gone, judged by the leases of all that are running elsewhere.

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
        if lease is None or lease.holder.gone(self._me):
            return True
        kept, since = self._since.setdefault(trial, (lease, now))
        if kept != lease:
            self._since[trial] = (lease, now)
            return False
        return now - since > SILENT_SECONDS
