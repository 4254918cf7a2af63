"""A terminal for tests: runs a command in a pseudo-terminal, and knows what stands on its screen (by pyte)."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

import pyte


def _take_terminal():
    """Makes the terminal the new process's own, which hears its end, also where these tests run under nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A command in a terminal of its own.

    Attributes:
        wrapped: Whether the command ever wrote beyond the last column, so that the terminal broke a line.
        said: All that it wrote.
    """

    def __init__(self, command, *, columns=80, lines=24, cwd=None, env=None):
        self.screen = _Screen(columns, lines, history=10_000, ratio=0.5)
        self.stream = pyte.ByteStream(self.screen)
        self.said = b""
        self.master, slave = pty.openpty()
        _size(slave, columns, lines)
        ours = ("COLUMNS", "LINES", "NO_COLOR")
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, cwd=cwd, start_new_session=True,
            env=environment | {"TERM": "xterm-256color"} | (env or {}),
            preexec_fn=_take_terminal,
        )  # fmt: skip
        os.close(slave)

    @property
    def wrapped(self):
        return self.screen.wrapped

    def read(self, seconds=0.1):
        """Takes in what comes within the time; false where nothing can come any more."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the other side is closed
            return False
        self.said += data
        self.stream.feed(data)
        return bool(data)

    def until(self, condition, *, seconds=120):
        """Reads until the condition holds on the terminal; fails where time is over or the command ends first."""
        ends = time.monotonic() + seconds
        while not condition(self):
            assert time.monotonic() < ends, self.text
            assert self.read() or condition(self), self.text
        return self

    def finish(self, *, seconds=120):
        """Reads to the end; returns the exit code."""
        ends = time.monotonic() + seconds
        while self.read():
            assert time.monotonic() < ends, self.text
        return self.process.wait(seconds)

    def resize(self, columns, lines=24):
        """Changes the terminal's size, as a user does, which the kernel tells the command."""
        self.screen.resize(lines, columns)
        _size(self.master, columns, lines)

    def hang_up(self):
        """Closes the terminal, which the kernel tells the command; returns the exit code."""
        os.close(self.master)
        return self.process.wait(60)

    @property
    def text(self):
        """The screen as it is, without the empty lines at its end."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    @property
    def everything(self):
        """All lines, those that have left the screen too."""
        history = ["".join(line[x].data for x in range(self.screen.columns)) for line in self.screen.history.top]
        return "\n".join([*(line.rstrip() for line in history), self.text])

    def close(self):
        """Ends the command, if it is still there."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        with contextlib.suppress(OSError):
            os.close(self.master)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class _Screen(pyte.HistoryScreen):
    """A screen that notices when a line goes over its right edge."""

    wrapped = ""

    def draw(self, data):
        if self.cursor.x + len(data) > self.columns and not self.wrapped:
            self.wrapped = data
        super().draw(data)


def _size(file, columns, lines):
    fcntl.ioctl(file, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
