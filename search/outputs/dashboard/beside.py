"""The dashboard beside a search, in a process of its own."""

import multiprocessing
import os
import socket
import sys
from multiprocessing.process import BaseProcess
from typing import Self

from search.outputs.dashboard.serving import HOST, listen, serve
from search.study.folder import StudyFolder
from search.workers.starting import start
from search.workers.stopping import end_with_parent

_END_SECONDS = 1.0  # between asking the process to end and killing it


class DashboardProcess:
    """The dashboard beside a search, in a process that ends with it and takes no lock, lease or turn of its own.

    The address is bound before anything else is done, and stays so. What goes wrong in the process is written to the
    study's dashboard.log; the search goes on.

    Raises:
        UserError: The address is taken.
    """

    def __init__(self, port: int) -> None:
        self._listening = listen(HOST, port, fields=f"`dashboard_port` {port}")
        self._process: BaseProcess | None = None
        self.address = f"http://{HOST}:{port}/"

    def __enter__(self) -> Self:
        return self

    def start(self, folder: StudyFolder) -> None:
        """Begins to serve; to be called when the study is in its database."""
        # A daemon of multiprocessing's could start no process to export in.
        process = multiprocessing.get_context("spawn").Process(
            target=_serve_beside, args=(self._listening, folder), name="thimble-dashboard", daemon=False
        )
        start(process)
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
