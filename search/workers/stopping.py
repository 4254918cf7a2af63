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


def of_the_group() -> set[int]:
    """Name the signals that a terminal sends to all processes of a command at once."""
    return {signal.SIGINT, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])}


def end_with_parent() -> None:
    """Leave the end of this process to its parent: let Ctrl-C and the end of the terminal, which reach the whole
    group, pass, and have the kernel kill us when the parent is gone, however it went, where it can. Elsewhere a
    worker notices at the end of an epoch that nobody listens."""
    for number in of_the_group():
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # What is missing elsewhere: prctl, a C library to be asked for it, the signal.
    with contextlib.suppress(AttributeError, OSError, TypeError):
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
