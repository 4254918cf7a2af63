"""Ctrl-C, SIGTERM and the end of the terminal: the first asks what is under way to end, a second Ctrl-C ends the
process at once."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType

from search.commands.streams import ask_where_reader_goes
from search.workers.stopping import Stop


@contextlib.contextmanager
def asked_by_signals() -> Iterator[Stop]:
    """Yields what the first signal asks to stop, or the end of who reads standard output; the handlers that were
    there before come back at the end."""
    stop = Stop()

    def ask(number: int, _frame: FrameType | None) -> None:
        if stop.requested and number == signal.SIGINT:
            _show_cursor()
            os._exit(128 + number)  # workers die with us; the next start repairs what is left
        stop.signal = number

    asking = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as nohup has it
        asking.append(signal.SIGHUP)
    before = {number: signal.signal(number, ask) for number in asking}
    ask_where_reader_goes(stop)
    try:
        yield stop
    finally:
        ask_where_reader_goes(None)
        for number, handler in before.items():
            signal.signal(number, handler)


def _show_cursor() -> None:
    """Has a terminal show the cursor again, which a live table hides."""
    with contextlib.suppress(OSError, ValueError):  # standard output is closed
        if sys.stdout.isatty():
            os.write(sys.stdout.fileno(), b"\x1b[?25h")


def exit_code(stop: Stop) -> int:
    """Returns 130 after Ctrl-C, 143 after SIGTERM, 129 after the end of the terminal, 0 otherwise."""
    return 0 if stop.signal is None else 128 + stop.signal
