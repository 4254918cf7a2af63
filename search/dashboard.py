"""The command `dashboard`: Optuna's own, on the study's database."""

import socket
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

from search.folder import find
from search.settings import BadSettings
from search.stopping import Stop


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Requests are not news."""


def serve_dashboard(study: str | None, *, host: str, port: int) -> int:
    """Serves until Ctrl-C or SIGTERM.

    Raises:
        BadSettings: There is no such study, or the address is taken.
    """
    folder = find(study)
    _check_free(host, port)
    stop = Stop()
    stop.install()
    from optuna_dashboard import wsgi

    from search.storage import open_storage

    with make_server(host, port, wsgi(open_storage(folder)), handler_class=_Quiet) as server:
        server.timeout = 0.25  # seconds between looks at the signals
        print(
            f"dashboard of {folder.name} on http://{host}:{server.server_port}/ ; Ctrl-C ends it",
            file=sys.stderr,
            flush=True,
        )
        while not stop.requested:
            server.handle_request()
    return stop.exit_code


def _check_free(host: str, port: int) -> None:
    if not host:
        raise BadSettings("--host must be an address, and came empty; 0.0.0.0 stands for all of this machine's")
    try:
        host.encode("idna")
        with socket.create_server((host, port)):
            pass
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadSettings(f"--host {host} --port {port} cannot be listened on ({reason}); try others") from None
