"""Ctrl-C and SIGTERM: the first asks the search to end, a second Ctrl-C ends it at once."""

import contextlib
import ctypes
import os
import signal
from types import FrameType


class Stop:
    """Installed, it notes which signal asked for the end.

    Attributes:
        signal: The signal's number, or None while nothing asked.
    """

    def __init__(self) -> None:
        self.signal: int | None = None

    def install(self) -> None:
        signal.signal(signal.SIGINT, self._note)
        signal.signal(signal.SIGTERM, self._note)

    @property
    def requested(self) -> bool:
        return self.signal is not None

    @property
    def exit_code(self) -> int:
        """130 after Ctrl-C, 143 after SIGTERM, 0 otherwise."""
        return 0 if self.signal is None else 128 + self.signal

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.signal is not None and number == signal.SIGINT:
            os._exit(128 + number)  # workers die with us; the next start repairs what is left
        self.signal = number


def end_with_parent() -> None:
    """Leave the end of this process to its parent: let Ctrl-C, which reaches the whole group, pass, and have the
    kernel kill us when the parent is gone, however it went, where it can. Elsewhere a worker notices at the end of an
    epoch that nobody listens."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(
        AttributeError, OSError, TypeError
    ):  # of a system without prctl, or C library, or signal
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
