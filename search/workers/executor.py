"""`Executor`: workers that train, wherever they are."""

from collections.abc import Iterator
from typing import Protocol

from search.workers.messages import Event, Job


class Executor(Protocol):
    """Workers that train a trial each, wherever they are; `events` waits for at most `timeout` seconds."""

    @property
    def size(self) -> int: ...

    @property
    def free(self) -> int: ...

    def submit(self, job: Job) -> None: ...

    def proceed(self, trial: int) -> None: ...

    def stop(self, trial: int) -> None: ...

    def events(self, timeout: float) -> Iterator[Event]: ...

    def close(self) -> None: ...
