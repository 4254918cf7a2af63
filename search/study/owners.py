"""Owners of leases: which process of which system that is, and whether it has ended."""

import contextlib
import hashlib
import os
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_UNKNOWN = 0


@dataclass(frozen=True, slots=True)
class Owner:
    """A value that says which process a coordinator is.

    Attributes:
        host: Its name, for people.
        system: The running system and its process table: process ids are of one such.
        process: Its id.
        began: Hundredths of a second from the system's start to the process's, which tell it from a later one of
            that id; 0 where the system does not say.
    """

    host: str
    system: str
    process: int
    began: int

    @classmethod
    def this_process(cls) -> Self:
        """Say who we are."""
        return cls(socket.gethostname(), _system(), os.getpid(), _began(os.getpid()) or _UNKNOWN)

    def gone(self, me: "Owner") -> bool:
        """Say whether it is certain, seen from `me`, that the process has ended."""
        if self.system != me.system:
            return False
        began = _began(self.process)
        if began is None:
            return True
        return _UNKNOWN not in (began, self.began) and began != self.began


def _system() -> str:
    """Name the running system: Linux has a name for each start and each process table. Elsewhere it is the network
    card's address, or, without one, a number that nobody shares, so that nothing is taken for certain."""
    start = table = ""
    with contextlib.suppress(OSError):
        start = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        table = os.readlink("/proc/self/ns/pid")
    if not start:
        start = f"{uuid.getnode():x}"
    return hashlib.sha256(f"{socket.gethostname()} {start} {table}".encode()).hexdigest()[:12]


def _began(process: int) -> int | None:
    """Return when it began, as `Owner` has it; None of a process that has ended, though nobody may have buried it."""
    try:
        import psutil
    except (ImportError, NotImplementedError):  # no such package, or none for this system
        return _UNKNOWN if _may_live(process) else None
    try:
        seen = psutil.Process(process)
        if seen.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            return None
        # A difference, as Linux counts from its start: it stays when the clock is set.
        return round(100 * (seen.create_time() - psutil.boot_time()))
    except psutil.ZombieProcess:
        return None
    except psutil.NoSuchProcess:  # or its files are hidden from us
        return _UNKNOWN if _may_live(process) else None
    except (psutil.Error, OSError, RuntimeError):
        return _UNKNOWN


def _may_live(process: int) -> bool:
    """Say whether the system has a process of that id, or cannot be asked: to Windows the question is a signal."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it lives, and is another user's
        return True
    return True
