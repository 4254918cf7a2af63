"""Workers on the nodes of a Ray cluster, one thread each. Ray itself is loaded when an executor is made."""

import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from search.errors import UserError
from search.workers.messages import Event, Job, Lost, Noted, Scored
from search.workers.worker import Workbench
from search.workers.workplace import Workplace
from train.data.bad_data import BadData

if TYPE_CHECKING:
    from ray.job_config import JobConfig

_JOIN_SECONDS = 10.0
_STARTS = 3  # of a worker that may fail in a row
_JOIN = {"log_to_driver": False, "logging_level": "ERROR"}
# Ray's own name for staying on the loopback interface, meant for other systems and obeyed on all
# (ENABLE_RAY_CLUSTER in ray/_private/ray_constants.py, 2.60). Without it Ray listens on every interface, and takes
# 127.0.0.1 for the machine's outer address, where a cluster that was started with it does not listen.
_LOOPBACK = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
_NO_REPORTS = "RAY_USAGE_STATS_ENABLED"  # to Ray's makers, of how it is used: what starts a cluster decides that
_START = f"{_NO_REPORTS}=0 {_LOOPBACK}=0 ray start --head --include-dashboard=false"
_PROBE = f"""
import ray, sys
try:
    ray.init(sys.argv[1], **{_JOIN})
except Exception as error:
    sys.exit(" ".join(str(error).split()))
ray.shutdown()
"""


class Trainer:
    """A worker, run by Ray as an actor: trains up to the next score, then waits to be asked for more."""

    def open(self, workplace: Workplace) -> None:
        """Load the images; raise BadData, with the node's name, where they are missing or damaged."""
        try:
            self._bench = Workbench(workplace)
        except BadData as error:
            raise BadData(f"{platform.node()}: {error}") from None

    def begin(self, job: Job) -> None:
        self._job, self._events = job, self._bench.train(job)

    def go_on(self) -> list[Event]:
        """Return what happens up to the next score, or to the trial's end."""
        events = []
        for event in self._events:
            events.append(event)
            if isinstance(event, Scored) and event.score.epoch < self._job.epochs:
                break
        return events


@dataclass(slots=True)
class _Worker:
    """awaited: Ray's promise of what the actor does now; begun: of its having taken the job."""

    actor: Any
    awaited: Any
    failed_starts: int
    ready: bool = False
    job: Job | None = None
    begun: Any = None

    @property
    def idle(self) -> bool:
        return self.ready and self.job is None


class RayExecutor:
    """An executor: actors that each train one trial at a time, on whichever nodes have room.

    An actor that is lost, alone or with its node, is replaced by one that may have to wait for room; the search
    goes on with the others meanwhile.
    """

    def __init__(self, workers: int | None, workplace: Workplace, *, address: str, gpus_per_trial: float) -> None:
        """Joins the cluster at `address`: HOST:PORT, or `auto` for the one that this machine is in.

        workers: How many actors; None is as many as the cluster has room for now.
        gpus_per_trial: GPUs that a worker has to itself; below 1 it shares one with others.

        Raises:
            UserError: Ray is not installed, or the cluster cannot be joined.
        """
        self._ray = _join(address)
        self._workplace = workplace
        self._actors = self._ray.remote(num_cpus=1, num_gpus=gpus_per_trial, max_restarts=0)(Trainer)
        count = _room(self._ray.cluster_resources(), gpus_per_trial) if workers is None else workers
        self._workers = [self._start() for _ in range(count)]
        self._waiting: deque[Job] = deque()  # where the worker that was free for it turned out to be lost

    def _start(self, failed_starts: int = 0) -> _Worker:
        actor = self._actors.remote()
        return _Worker(actor, actor.open.remote(self._workplace), failed_starts)

    @property
    def size(self) -> int:
        return len(self._workers)

    @property
    def free(self) -> int:
        """Workers that can begin a trial at once: not those that start, or wait for room in the cluster."""
        return max(0, sum(worker.idle for worker in self._workers) - len(self._waiting))

    def submit(self, job: Job) -> None:
        """Have the trial trained as soon as a worker is free."""
        self._waiting.append(job)
        self._dispatch()

    def _dispatch(self) -> None:
        for worker in self._workers:
            if worker.idle and self._waiting:
                worker.job = self._waiting.popleft()
                worker.begun = worker.actor.begin.remote(worker.job)
                worker.awaited = worker.actor.go_on.remote()

    def proceed(self, trial: int) -> None:
        """Ask for the trial's next epoch."""
        worker = self._of(trial)
        worker.awaited = worker.actor.go_on.remote()

    def stop(self, trial: int) -> None:
        """Ask for no more of the trial; its worker is free."""
        self._of(trial).job = None

    def events(self, timeout: float) -> Iterator[Event]:
        """Yield what happened, waiting for at most `timeout` seconds.

        Raises:
            UserError: Workers cannot start, for example where a node has no data set.
        """
        self._dispatch()
        busy = {worker.awaited: worker for worker in self._workers if worker.awaited is not None}
        if not busy:
            time.sleep(timeout)
            return
        done, rest = self._ray.wait(list(busy), timeout=timeout)
        if done and rest:
            done += self._ray.wait(rest, num_returns=len(rest), timeout=0)[0]
        for promise in done:
            worker = busy[promise]
            worker.awaited = None
            try:
                events = self._ray.get(promise)
            except self._ray.exceptions.RayError as error:
                yield from self._replace(worker, error)
                continue
            if not worker.ready:
                worker.ready = True
                continue
            for event in events:
                if not isinstance(event, Scored | Noted):
                    worker.job = None
                yield event

    def close(self) -> None:
        """End the workers, wherever they are in a trial, and leave the cluster."""
        for worker in self._workers:
            self._ray.kill(worker.actor)
        self._workers = []  # a second call must not kill, for which Ray would look for a cluster again
        self._ray.shutdown()

    def _of(self, trial: int) -> _Worker:
        return next(worker for worker in self._workers if worker.job and worker.job.trial == trial)

    def _replace(self, worker: _Worker, error: Exception) -> Iterator[Lost]:
        """Start another in the place of a worker that failed, and say which trial that cost an epoch."""
        self._ray.kill(worker.actor)
        failed = 0 if worker.ready else worker.failed_starts + 1
        if isinstance(error, BadData):
            told = getattr(error, "cause", error)  # without Ray's account of where it was raised
            raise UserError(f"{told}; each node of the Ray cluster needs the data set in the same place")
        if failed == _STARTS:
            raise UserError(
                f"Ray workers do not start, {_STARTS} times in a row: {_reason(error)}; "
                f"each node needs the same thimble installed"
            )
        self._workers[self._workers.index(worker)] = self._start(failed)
        if worker.job is None:
            return
        try:
            self._ray.get(worker.begun, timeout=1)
        except self._ray.exceptions.RayActorError:  # it was lost while it was idle, and no trial is to blame
            self._waiting.appendleft(worker.job)
        except self._ray.exceptions.RayError as earlier:
            yield Lost(worker.job.trial, f"its Ray worker failed: {_reason(earlier)}")
        else:
            yield Lost(worker.job.trial, f"its Ray worker or node was lost: {_reason(error)}")


def _room(resources: dict[str, float], gpus_per_trial: float) -> int:
    """Count the workers that fit at once; one at least, which waits for nodes to come."""
    cpus = int(resources.get("CPU", 0))
    gpus = resources.get("GPU", 0)
    return max(1, min(cpus, int(gpus / gpus_per_trial)) if gpus_per_trial else cpus)


def _join(address: str) -> ModuleType:
    """Return Ray, connected to the cluster."""
    os.environ[_NO_REPORTS] = "0"
    if _is_here(address):
        os.environ.setdefault(_LOOPBACK, "0")  # read when Ray is loaded; an open cluster is joined all the same
    try:
        import ray
        import ray._private.worker as ray_worker
    except ImportError:
        raise UserError("`executor` ray needs Ray: pip install 'thimble[ray]'") from None
    if why := _why_not(address):
        raise UserError(
            f"no Ray cluster can be joined at {address} ({why}); "
            f"start one with `{_START}`, which this machine alone can reach, or leave `executor` ray out"
        )
    # Ray prints what becomes of nodes on stdout, where our JSON goes, whatever `log_to_driver` says
    # (listen_error_messages in ray/_private/worker.py, 2.60); this can go when it no longer does.
    ray_worker._worker_logs_enabled = False
    handler = signal.getsignal(signal.SIGTERM)
    ray.init(address, job_config=_installed_code_only(), **_JOIN)
    if threading.current_thread() is threading.main_thread():  # where alone Ray sets one, which ends us at once
        signal.signal(signal.SIGTERM, handler)
    return ray


def _is_here(address: str) -> bool:
    """Say whether the cluster is one that this machine is in."""
    if address == "auto":
        return not os.environ.get("RAY_ADDRESS")
    return address.rpartition(":")[0] in ("127.0.0.1", "localhost", "[::1]")


def _installed_code_only() -> "JobConfig":
    """Make a job whose workers import what is installed on their node. Ray would have them look for modules in our
    current folder first (connect in ray/_private/worker.py, 2.60), where a `train.py` or `space.py` is the user's
    own; this can go when it asks before it does so."""
    from ray.job_config import JobConfig

    class InstalledCodeOnly(JobConfig):
        def _serialize(self) -> str:
            self._py_driver_sys_path = []
            return super()._serialize()

    return InstalledCodeOnly()


def _why_not(address: str) -> str:
    """Say why the cluster cannot be joined; "" if it can. That is tried in a process of its own, for Ray tries for
    ten minutes and more where nothing answers."""
    try:
        probe = subprocess.run(
            [sys.executable, "-P", "-c", _PROBE, address],
            capture_output=True,
            text=True,
            timeout=_JOIN_SECONDS,
            check=False,
            start_new_session=True,  # out of a terminal's Ctrl-C, which is ours to answer
        )
    except subprocess.TimeoutExpired:
        return f"nothing answers within {_JOIN_SECONDS:g} s"
    return probe.stderr.strip().rpartition("\n")[2].split(". ")[0] if probe.returncode else ""


def _reason(error: Exception) -> str:
    """Say in one line what Ray's report of several comes to."""
    if cause := getattr(error, "cause", None):  # of an error in our code
        return " ".join(f"{type(cause).__name__}: {cause}".split())
    lines = [line for line in str(error).splitlines() if line.strip() and not line.startswith("\t")]
    if getattr(error, "actor_init_failed", False):
        return lines[-1]
    return lines[min(1, len(lines) - 1)].rpartition("unavailable: ")[2].split(". ")[0]
