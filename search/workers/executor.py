"""`Executor`: workers that train, wherever they are."""

from collections.abc import Iterator
from typing import Protocol

from search.workers.messages import Event, Job


class Executor(Protocol):
    """Workers that train a trial each, wherever they are.

    A trial that is submitted trains one epoch; after each but the last it waits for `proceed` or `stop`. What happens
    comes from `events`: a score for each epoch, and at the end one of `Trained`, `Ended`, `Lost`, `Unwritable`
    and `Uncompiled`, after which the worker is free.
    """

    @property
    def size(self) -> int:
        """Count the workers."""
        ...

    @property
    def free(self) -> int:
        """Count the workers that can begin a trial at once."""
        ...

    def submit(self, job: Job) -> None:
        """Have the trial trained by a worker that is free."""
        ...

    def proceed(self, trial: int) -> None:
        """Ask for the trial's next epoch."""
        ...

    def stop(self, trial: int) -> None:
        """Ask for no more of the trial; its worker is free."""
        ...

    def events(self, timeout: float) -> Iterator[Event]:
        """Yield what happened, waiting for at most `timeout` seconds; raise UserError where workers cannot start."""
        ...

    def close(self) -> None:
        """End the workers, wherever they are in a trial."""
        ...
