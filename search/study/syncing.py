"""`Syncing`: which of what is written to a SQLite database goes to the disk at once."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


class Syncing:
    """The synchronisation of a database whose connections begin with a full one, of each commit.

    A sync takes milliseconds. What is written without one goes to the disk with the next that has one: all is in one
    log, of which a power cut takes nothing but the end (https://sqlite.org/pragma.html#pragma_synchronous).
    """

    def __init__(self, engine: Engine) -> None:
        self._thread = threading.local()  # what one thread leaves to a later sync is nothing to another's
        if engine.dialect.name == "sqlite":
            event.listen(engine, "checkout", self._apply)

    @contextlib.contextmanager
    def later(self) -> Iterator[None]:
        """Leave what this thread writes in the block to the sync of what is written after it."""
        before, self._thread.full = self._full, False
        try:
            yield
        finally:
            self._thread.full = before

    @property
    def _full(self) -> bool:
        return getattr(self._thread, "full", True)

    def _apply(self, connection: Any, record: Any, _: Any) -> None:
        """Have a connection that is about to be used sync or not."""
        if record.info.get("full", True) != self._full:
            connection.execute(f"PRAGMA synchronous={'FULL' if self._full else 'NORMAL'}")
            record.info["full"] = self._full
