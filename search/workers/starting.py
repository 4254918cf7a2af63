"""How processes of ours start beside a script of the user's."""

import contextlib
import multiprocessing
import signal
import threading
from collections.abc import Iterator
from multiprocessing import spawn
from multiprocessing.process import BaseProcess
from typing import Any

from search.errors import UserError
from search.workers.stopping import asking_to_end

_one_at_a_time = threading.Lock()


def start(process: BaseProcess) -> None:
    """Start a process of ours by `spawn`, which does not run the caller's script again, as such processes do to find
    what it defines: ours need nothing of it, and it may search without asking whether it is `__main__`. Neither does
    it take over how the caller's processes start, which joblib's workers have names of their own for.

    Signals that ask for the end are held back: from this thread until the process is started whole, and from the
    process itself until `end_with_parent` says what becomes of them.

    Raises:
        UserError: This process is a daemon of multiprocessing's, which may have no processes of its own.
    """
    if multiprocessing.current_process().daemon:
        raise UserError(
            "training starts processes, and a daemon of multiprocessing's, such as a worker of its Pool, may start "
            "none; train in a thread, in a process that is no daemon, or in one of concurrent.futures"
        )
    with _one_at_a_time, _held_back():
        thread, ask = threading.get_ident(), spawn.get_preparation_data

        def about_us(name: str) -> dict[str, Any]:
            about = ask(name)
            if threading.get_ident() != thread:  # somebody else starts a process at this moment
                return about
            ours = {key: value for key, value in about.items() if not key.startswith("init_main_")}
            return ours | {"start_method": "spawn"}

        spawn.get_preparation_data = about_us
        try:
            process.start()
        finally:
            spawn.get_preparation_data = ask


@contextlib.contextmanager
def _held_back() -> Iterator[None]:
    """Block the signals in this thread, and in what it starts meanwhile, where the system can."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # which unblocks signals when it starts, as it would with the first process
    before = signal.pthread_sigmask(signal.SIG_BLOCK, asking_to_end())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
