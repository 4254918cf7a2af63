"""Worker processes on this machine, one thread each."""

import contextlib
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from search.errors import UserError
from search.workers.messages import Event, Job, Lost, Noted, Ready, Rest, Scored
from search.workers.starting import start
from search.workers.worker import serve
from search.workers.workplace import Workplace

_STARTS = 6  # of a worker that may fail in a row


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    connection: Connection
    failed_starts: int
    ready: bool = False
    thread: threading.Thread = field(default_factory=threading.current_thread)
    job: Job | None = None


_resting: list[_Worker] = []  # of this process, for the next executor: loading torch anew takes seconds
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_resting.clear)


class ProcessExecutor:
    """An executor: `workers` processes that each train one trial at a time.

    Those that have nothing to do when it is closed rest for a minute, in which the next executor may take them.
    """

    def __init__(self, workers: int, workplace: Workplace) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._workplace = workplace
        self._workers: list[_Worker] = []
        try:
            for _ in range(workers):
                self._workers.append(self._awakened() or self._start())
        except BaseException:  # as Ctrl-C, which must leave none behind
            self.close()
            raise

    def _awakened(self) -> _Worker | None:
        """Give our workplace to a worker that rests, if one does. The kernel ends a worker with the thread that
        started it, so others leave it alone until then."""
        for worker in list(_resting):
            ours = worker.thread is threading.current_thread()
            if not ours and worker.thread.is_alive():
                continue
            try:
                _resting.remove(worker)
            except ValueError:  # another thread had it first
                continue
            if ours and worker.process.is_alive():
                self._send(worker, self._workplace)
                return replace(worker, ready=False, failed_starts=0)
            worker.connection.close()
        return None

    def _start(self, failed_starts: int = 0) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=serve, args=(theirs, self._workplace), name="thimble-worker", daemon=True
        )
        start(process)
        theirs.close()
        return _Worker(process, ours, failed_starts)

    @property
    def size(self) -> int:
        return len(self._workers)

    @property
    def free(self) -> int:
        return sum(worker.job is None for worker in self._workers)

    def submit(self, job: Job) -> None:
        worker = next(worker for worker in self._workers if worker.job is None)
        worker.job = job
        self._send(worker, job)

    def proceed(self, trial: int) -> None:
        """Ask for the trial's next epoch."""
        self._send(self._of(trial), "next")

    def stop(self, trial: int) -> None:
        """Ask for no more of the trial; its worker is free."""
        worker = self._of(trial)
        worker.job = None
        self._send(worker, "stop")

    def events(self, timeout: float) -> Iterator[Event]:
        """Yield what happened, waiting for at most `timeout` seconds.

        Raises:
            UserError: Workers cannot start.
        """
        if not self._workers:
            time.sleep(timeout)
        of = {worker.connection: worker for worker in self._workers}
        for connection in wait(list(of), timeout) if of else ():
            worker = of[connection]  # type: ignore[index]
            try:
                event = worker.connection.recv()
            except (EOFError, OSError):
                yield from self._replace(worker)
                continue
            worker.ready = worker.ready or isinstance(event, Ready)
            if isinstance(event, Ready) or not worker.ready:  # what it sent before it rested is of another search
                continue
            if not isinstance(event, Scored | Noted):
                worker.job = None
            yield event

    def close(self) -> None:
        """End the workers, wherever they are in a trial; those that are in none rest."""
        rest = [worker for worker in self._workers if worker.ready and not worker.job]
        if self._workplace.device == "cuda" or sys.exception():  # whose memory is not theirs alone; as after Ctrl-C
            rest = []
        for worker in rest:
            self._send(worker, Rest())
            _resting.append(worker)
        ending = [worker for worker in self._workers if worker not in rest]
        for worker in ending:
            worker.process.kill()  # at once, also where it still starts and SIGTERM is held back
        for worker in ending:
            worker.process.join()
            worker.connection.close()

    def _of(self, trial: int) -> _Worker:
        return next(worker for worker in self._workers if worker.job and worker.job.trial == trial)

    def _send(self, worker: _Worker, message: object) -> None:
        # Where the worker is dead, `events` finds its connection at an end and says so.
        with contextlib.suppress(OSError):
            worker.connection.send(message)

    def _replace(self, worker: _Worker) -> Iterator[Lost]:
        """Start another in the place of a worker that died, and say which trial that cost an epoch."""
        worker.process.join()
        worker.connection.close()
        how = _how_it_died(worker.process.exitcode)
        failed = 0 if worker.ready else worker.failed_starts + 1
        if failed == _STARTS:
            raise UserError(f"workers do not start, {_STARTS} times in a row: the last {how}; see above for why")
        new = self._workers[self._workers.index(worker)] = self._start(failed)
        if worker.job and worker.ready:
            yield Lost(worker.job.trial, f"its worker {how}")
        elif worker.job:  # no trial is to blame
            new.job = worker.job
            self._send(new, worker.job)


def _how_it_died(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return f"was killed by signal {-exitcode}"
    return f"ended with exit code {exitcode}"
