"""`Stop`, by which somebody asks what is under way to end, and how a worker process ends with its parent."""

import contextlib
import ctypes
import signal
from dataclasses import dataclass


@dataclass(slots=True)
class Stop:
    """Whoever may ask for the end sets `signal`; whoever trains looks at `requested` at least once an epoch.

    Attributes:
        signal: The number of the signal that asked, or None while nothing did.
    """

    signal: int | None = None

    @property
    def requested(self) -> bool:
        return self.signal is not None


def asking_to_end() -> set[int]:
    """Name the signals that ask a process to end, those that reach all processes of a command at once included."""
    return {signal.SIGTERM, *_of_the_terminal()}


def _of_the_terminal() -> set[int]:
    return {signal.SIGINT, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])}


def end_with_parent(*, when_killed: bool = False) -> None:
    """Leave the end of this process to its parent: let Ctrl-C and the end of the terminal, which reach the whole
    group, pass, and have the kernel kill us when the parent is gone, however it went, where it can. Elsewhere a
    worker notices at the end of an epoch that nobody listens.

    when_killed: Whether SIGTERM, which some send to the whole group, passes too; the parent ends us by SIGKILL then.
    """
    for number in asking_to_end() if when_killed else _of_the_terminal():
        signal.signal(number, signal.SIG_IGN)
    if not when_killed:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # What is missing elsewhere: prctl, a C library to be asked for it, the signal.
    with contextlib.suppress(AttributeError, OSError, TypeError):
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, asking_to_end())  # which whoever started us has blocked
