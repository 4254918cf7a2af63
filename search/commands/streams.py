"""Standard output and standard error that never end a command in a traceback, whatever they are.

A character that the encoding lacks is written as one that is like it. What cannot be written is lost, once said, and
the command goes on: its results are in files. Where the reader of a pipe has gone, the command is asked to end, or
ends.
"""

import codecs
import contextlib
import errno
import os
import signal
import sys
from typing import Any, TextIO

from search.workers.stopping import Stop

_ALIKE = {
    "±": "+-", "…": "...", "×": "x", "°": " degrees", "–": "-", "—": "-", "−": "-", "→": "->", "≤": "<=", "≥": ">=",
    "‘": "'", "’": "'", "“": '"', "”": '"', "•": "*", "━": "=", "╸": "=", "╺": "-", "\u00a0": " ",
    **dict(zip("▁▂▃▄▅▆▇█", "12345678", strict=True)),
    **dict.fromkeys("─═╌", "-"), **dict.fromkeys("│║┃", "|"), **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼╔╗╚╝", "+"),
}  # fmt: skip
_HANDLER = "thimble.alike"
_SIGPIPE = getattr(signal, "SIGPIPE", 13)
READER_GONE = 128 + _SIGPIPE  # exit code of a command whose reader has gone, as a shell gives it to every program


class ReaderGone(Exception):
    """The reader of standard output has gone, and nobody is asked to end."""


class _Guarded:
    """Hands everything on to a text stream; where that cannot take it, it takes nothing from then on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.failure: OSError | None = None  # the first

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Writes, as far as that is possible; returns how many characters were taken."""
        try:
            self._stream.write(text)
        except OSError as error:
            self._failed(error)
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Writes each of the lines."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Has the system take what was written, as far as that is possible."""
        try:
            self._stream.flush()
        except OSError as error:
            self._failed(error)

    def _failed(self, error: OSError) -> None:
        # What is still in the buffers goes nowhere, without another error, at the end of the process too.
        _to_nowhere(self._stream.fileno())
        if self.failure is None:
            self.failure = error
            _on_failure(self, error)


class _Output:
    """What the process knows of its streams.

    Attributes:
        stdout: Guarded; None in a process whose streams are not ours to guard.
        closed: Whether it was closed from the start.
        stop: What is asked to end where the reader goes away; None where nothing is under way.
    """

    stdout: _Guarded | None = None
    closed: bool = False
    stop: Stop | None = None


def guard() -> None:
    """Guards the streams of this process, which is a command's."""
    codecs.register_error(_HANDLER, _alike)
    for number in (0, 1, 2):  # one that is closed would be the number of the next file that is opened
        try:
            os.fstat(number)
        except OSError:
            _to_nowhere(number)
            _Output.closed |= number == 1
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, it is open to the end of the process
        stream.reconfigure(errors=_HANDLER)
        setattr(sys, name, _Guarded(stream))
    _Output.stdout = sys.stdout  # type: ignore[assignment]


def ask_where_reader_goes(stop: Stop | None) -> None:
    """Names what is asked to end where the reader of standard output goes away; None: nothing is under way."""
    _Output.stop = stop


def lost() -> bool:
    """Says whether standard output is closed or takes no more."""
    return _Output.closed or (_Output.stdout is not None and _Output.stdout.failure is not None)


def flushed(code: int) -> int:
    """Returns the exit code of a command that would end with `code`, having had the system take what was printed: 1
    where it could not, READER_GONE where nobody reads it."""
    sys.stderr.flush()
    if _Output.stdout is None:
        return code
    with contextlib.suppress(ReaderGone):
        _Output.stdout.flush()
    failure = _Output.stdout.failure
    if failure is None:
        return code
    return code or (READER_GONE if failure.errno == errno.EPIPE else 1)


def _on_failure(stream: _Guarded, error: OSError) -> None:
    if stream is not _Output.stdout:
        return
    if error.errno != errno.EPIPE:
        print(f"error: standard output cannot be written ({error.strerror}); the rest is lost", file=sys.stderr)
    elif _Output.stop is None:
        raise ReaderGone
    else:
        _Output.stop.signal = _Output.stop.signal or _SIGPIPE
        print("the reader of standard output has gone, so this ends", file=sys.stderr)


def _to_nowhere(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere != number:
        os.dup2(nowhere, number)
        os.close(nowhere)


def _alike(error: UnicodeError) -> tuple[str, int]:
    """Writes what the encoding lacks with characters that every encoding has."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_ALIKE.get(c, "?") for c in error.object[error.start : error.end]), error.end
