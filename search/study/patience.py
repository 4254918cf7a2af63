"""`Patience`: what may fail because the database is away is attempted again and again, with growing pauses."""

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential

from search.errors import StorageAway

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0  # seconds between attempts to reach a database that is away
_TICK = 0.25  # seconds between looks at whether to give up

T = TypeVar("T")


class Patience:
    """Attempts what may fail because the database is away, again and again with growing pauses.

    Attributes:
        seconds: How long it goes on.
        noted: Called with a line at each pause.
        give_up: Whether somebody asked for the end meanwhile.
    """

    def __init__(
        self,
        seconds: float = 0.0,
        *,
        noted: Callable[[str], None] = lambda _: None,
        give_up: Callable[[], bool] = lambda: False,
    ) -> None:
        self.seconds = seconds
        self.noted = noted
        self.give_up = give_up
        self._reason = ""  # of the pause that is being made
        self._attempts = Retrying(
            retry=retry_if_exception(passing),
            stop=lambda state: (state.seconds_since_start or 0.0) >= self.seconds,
            wait=wait_exponential(multiplier=_FIRST_PAUSE, max=_LONGEST_PAUSE),
            before_sleep=self._say,
            sleep=self._pause,
            reraise=True,
        )

    def __call__(self, attempt: Callable[[], T]) -> T:
        """Return what `attempt` does when it succeeds; raise StorageAway where it does not."""
        try:
            return self._attempts(attempt)
        except (StorageInternalError, SQLAlchemyError) as error:
            raise StorageAway(reason(error)) from None

    def _say(self, state: RetryCallState) -> None:
        error = state.outcome and state.outcome.exception()
        assert error is not None
        self._reason = reason(error)
        self.noted(
            f"the database is away ({self._reason}); results are kept, and it is tried again in "
            f"{state.upcoming_sleep:g} s"
        )

    def _pause(self, seconds: float) -> None:
        """Sleep; raise StorageAway where somebody asks for the end meanwhile."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            if self.give_up():
                raise StorageAway(self._reason)
            time.sleep(min(_TICK, left))


def reason(error: BaseException) -> str:
    """Say in one line what the database's driver has to say."""
    lines = [line.strip() for line in str(_cause(error)).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def passing(error: BaseException) -> bool:
    """Say whether it may work later without anybody's help: a server that is away, a SQLite file that is held."""
    wrapped = error.__cause__ if isinstance(error, StorageInternalError) else error
    if not isinstance(wrapped, OperationalError | InterfaceError):
        return isinstance(wrapped, DBAPIError) and wrapped.connection_invalidated
    return "locked" in str(wrapped) if isinstance(_cause(error), sqlite3.Error) else True


def _cause(error: BaseException) -> BaseException:
    """Return the database driver's own error."""
    if isinstance(error, StorageInternalError) and error.__cause__:
        error = error.__cause__
    return error.orig if isinstance(error, DBAPIError) and error.orig else error
