"""Worker processes on this machine, one thread each."""

import contextlib
import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from search.messages import Event, Job, Lost, Noted, Scored
from search.worker import Workplace, serve

_END_SECONDS = 1.0  # between asking a worker to end and killing it


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    connection: Connection
    trial: int | None = None


class ProcessExecutor:
    """`workers` processes that each train one trial at a time."""

    def __init__(self, workers: int, place: Workplace) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._place = place
        self._workers = [self._start() for _ in range(workers)]

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=serve, args=(theirs, self._place), name="thimble-worker", daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    @property
    def size(self) -> int:
        return len(self._workers)

    @property
    def free(self) -> int:
        return sum(worker.trial is None for worker in self._workers)

    def submit(self, job: Job) -> None:
        worker = next(worker for worker in self._workers if worker.trial is None)
        worker.trial = job.trial
        self._send(worker, job)

    def proceed(self, trial: int) -> None:
        """Asks for the trial's next epoch."""
        self._send(self._of(trial), "next")

    def stop(self, trial: int) -> None:
        """Asks for no more of the trial; its worker is free."""
        worker = self._of(trial)
        worker.trial = None
        self._send(worker, "stop")

    def events(self, timeout: float) -> Iterator[Event]:
        """What happened, waiting for at most `timeout` seconds."""
        busy = {worker.connection: worker for worker in self._workers if worker.trial is not None}
        if not busy:
            time.sleep(timeout)
        for connection in wait(list(busy), timeout) if busy else ():
            worker = busy[connection]  # type: ignore[index]
            try:
                event = worker.connection.recv()
            except (EOFError, OSError):
                yield self._replace(worker)
                continue
            if not isinstance(event, Scored | Noted):
                worker.trial = None
            yield event

    def close(self) -> None:
        """Ends the workers, wherever they are in a trial."""
        for worker in self._workers:
            worker.process.terminate()
        deadline = time.monotonic() + _END_SECONDS
        for worker in self._workers:
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.connection.close()

    def _of(self, trial: int) -> _Worker:
        return next(worker for worker in self._workers if worker.trial == trial)

    def _send(self, worker: _Worker, message: object) -> None:
        # Where the worker is dead, `events` finds its connection at an end and says so.
        with contextlib.suppress(OSError):
            worker.connection.send(message)

    def _replace(self, worker: _Worker) -> Lost:
        worker.process.join()
        lost = Lost(worker.trial if worker.trial is not None else -1, _how_it_died(worker.process.exitcode))
        worker.connection.close()
        self._workers[self._workers.index(worker)] = self._start()
        return lost


def _how_it_died(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return f"its worker was killed by signal {-exitcode}"
    return f"its worker ended with exit code {exitcode}"
