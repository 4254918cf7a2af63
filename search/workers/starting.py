"""How processes of ours start beside a script of the user's."""

import multiprocessing
import sys
import threading
import types
from multiprocessing.process import BaseProcess

from search.errors import UserError

_one_at_a_time = threading.Lock()


def start(process: BaseProcess) -> None:
    """Start a process of ours that does not run the caller's script again, as processes do to find what it defines
    (get_preparation_data in multiprocessing/spawn.py): it needs nothing of it, and the script may search without
    asking whether it is `__main__`.

    Raises:
        UserError: This process is a daemon of multiprocessing's, which may have no processes of its own.
    """
    if multiprocessing.current_process().daemon:
        raise UserError(
            "training starts processes, and a daemon of multiprocessing's, such as a worker of its Pool, may start "
            "none; train in a thread, in a process that is no daemon, or in one of concurrent.futures"
        )
    with _one_at_a_time:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            process.start()
        finally:
            sys.modules["__main__"] = main
