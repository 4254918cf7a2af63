"""Optuna's dashboard on a study: served until it is told to end, and beside a search in a process of its own."""

import contextlib
import multiprocessing
import os
import socket
import sys
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from socketserver import ThreadingMixIn
from typing import Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from search.errors import UserError
from search.study.folder import StudyFolder
from search.workers.stopping import end_with_parent

PORT = 8080  # where no other is asked for
_HOST = "127.0.0.1"
_TICK = 0.25  # seconds between looks at whether to go on
_END_SECONDS = 1.0  # between asking the process to end and killing it


def listen(host: str, port: int, *, fields: str) -> socket.socket:
    """Returns a socket that listens there; raises UserError, naming the caller's fields, where it cannot."""
    if not host:
        raise UserError("`host` must be an address, and came empty; 0.0.0.0 stands for all of this machine's")
    try:
        host.encode("idna")
        return socket.create_server((host, port))
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{fields} cannot be listened on ({reason}); try others") from None


def serve(listening: socket.socket, folder: StudyFolder, going_on: Callable[[], bool]) -> None:
    """Serves the dashboard on a study until `going_on`, asked four times a second, says no; closes the socket."""
    import optuna
    from optuna.artifacts import FileSystemArtifactStore
    from optuna_dashboard import wsgi

    from search.outputs.exhibits import Exhibits
    from search.study.optuna_private import storage_of
    from search.study.storage import open_storage

    storage = open_storage(folder)
    study = optuna.load_study(study_name=folder.name, storage=storage)
    # Of the study's own storage, which keeps in memory what cannot change any more.
    with contextlib.suppress(OSError):  # a folder that only others may write can be looked at
        folder.uploads.mkdir(parents=True, exist_ok=True)
    application = wsgi(storage_of(study), FileSystemArtifactStore(folder.uploads))
    application.install(Exhibits(folder, study))  # type: ignore[attr-defined]
    with _Server(listening, application) as server:
        server.timeout = _TICK
        while going_on():
            server.handle_request()


class DashboardProcess:
    """The dashboard beside a search, in a process that ends with it and takes no lock, lease or turn of its own.

    The address is bound before anything else is done, and stays so. What goes wrong in the process is written to the
    study's dashboard.log; the search goes on.

    Raises:
        UserError: The address is taken.
    """

    def __init__(self, port: int) -> None:
        self._listening = listen(_HOST, port, fields=f"`dashboard_port` {port}")
        self._process: BaseProcess | None = None
        self.address = f"http://{_HOST}:{port}/"

    def __enter__(self) -> Self:
        return self

    def start(self, folder: StudyFolder) -> None:
        """Begins to serve; to be called when the study is in its database."""
        # A daemon of multiprocessing's could start no process to export in.
        process = multiprocessing.get_context("spawn").Process(
            target=_serve_beside, args=(self._listening, folder), name="thimble-dashboard", daemon=False
        )
        process.start()
        self._process = process
        self._listening.close()  # the process has its own

    def __exit__(self, *_error: object) -> None:
        self._listening.close()
        if self._process:
            self._process.terminate()
            self._process.join(_END_SECONDS)
            self._process.kill()
            self._process.join()


def _serve_beside(listening: socket.socket, folder: StudyFolder) -> None:
    end_with_parent()
    parent = multiprocessing.parent_process()
    assert parent is not None
    with (folder.path / "dashboard.log").open("wb") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
    serve(listening, folder, parent.is_alive)


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each request, so that no slow one keeps the others waiting; they end with the process.

    waitress 3.0 would be a dozen lines shorter; it has a fixed number of threads, which it does not end by itself and
    of whose queue it warns on standard error. cheroot 11 takes no socket that is bound already.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, listening: socket.socket, application: object) -> None:
        host, port = listening.getsockname()[:2]
        super().__init__((host, port), _Quiet, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.server_name, self.server_port = host, port
        self.setup_environ()
        self.set_app(application)  # type: ignore[arg-type]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Requests are not news."""
