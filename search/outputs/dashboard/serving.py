"""Optuna's dashboard on a study, guarded, and served until it is told to end."""

import contextlib
import ipaddress
import secrets
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from search.errors import UserError
from search.outputs.dashboard.guard import Guard
from search.study.folder import StudyFolder

PORT = 8080  # where no other is asked for
HOST = "127.0.0.1"
_OURS = frozenset({HOST, "localhost", "::1"})
_TICK = 0.25  # seconds between looks at whether to go on
_SLOWEST = 30.0  # seconds that whoever asks may keep silent
_CROWD = 100  # threads, beyond which nobody else is answered


@dataclass(frozen=True, kw_only=True, slots=True)
class Remote:
    """A value that says how other machines are let in.

    Attributes:
        host: What was asked to be listened on: a name or an address of this machine, or all of them.
        token: What they must know.
    """

    host: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def shown_host(self) -> str:
        """Names this machine as others do."""
        return socket.gethostname() if _is_wildcard(self.host) else self.host


def listen(host: str, port: int, *, fields: str, remote: bool = False) -> socket.socket:
    """Returns a socket that listens there.

    fields: The caller's, for the message of an error.
    remote: Whether other machines may reach it.

    Raises:
        UserError: It cannot be listened on, or others would reach it and must not.
    """
    if not host:
        raise UserError("`host` must be an address, and came empty; 0.0.0.0 stands for all of this machine's")
    try:
        host.encode("idna")
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        if not remote and not all(ipaddress.ip_address(where[0]).is_loopback for *_, where in found):
            raise UserError(
                f"`host` {host} would let whoever reaches this machine over the network see the study (its trials, "
                f"notes, files and weights) and write notes; `allow_remote` lets in those who have the token that it "
                f"prints, and without `host` only this machine can see it"
            )
        family, _, _, _, where = min(found)  # IPv4 where there is both
        return socket.create_server(where[:2], family=family)  # type: ignore[arg-type]
    except (OSError, UnicodeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{fields} cannot be listened on ({reason}); try others") from None


def url(host: str, port: int, token: str | None = None) -> str:
    """Returns the address as a browser takes it."""
    return f"http://{_in_brackets(host)}:{port}/" + (f"?token={token}" if token else "")


def serve(
    listening: socket.socket,
    folder: StudyFolder,
    going_on: Callable[[], bool],
    *,
    remote: Remote | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serves the dashboard on a study until `going_on`, asked four times a second, says no; closes the socket.

    remote: How other machines are let in; None where they are not.
    ready: Called when everything is loaded.
    """
    from search.outputs.dashboard.application import application

    hosts = _hosts(listening.getsockname(), remote)
    guarded = Guard(application(folder), hosts=hosts, token=remote.token if remote else None)
    with _Server(listening, guarded) as server:
        server.timeout = _TICK
        ready()
        while going_on():
            server.handle_request()


def _hosts(bound: tuple[Any, ...], remote: Remote | None) -> frozenset[str]:
    """Names every host, with the port, that a request may be sent to."""
    address, port = bound[:2]
    names = {*_OURS, address}
    if remote:
        names |= {remote.host, socket.gethostname(), socket.getfqdn(), *_addresses()}
    hosts = {f"{_in_brackets(name)}:{port}".lower() for name in names}
    return frozenset(hosts | {host.removesuffix(":80") for host in hosts if port == 80})


def _addresses() -> set[str]:
    """Returns the addresses of this machine. A page of others cannot make their names into one of these."""
    import psutil

    every = (one for several in psutil.net_if_addrs().values() for one in several)
    return {one.address.partition("%")[0] for one in every if one.family in (socket.AF_INET, socket.AF_INET6)}


def _in_brackets(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_wildcard(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_unspecified
    return False


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

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002
        """Says whether there is room for one more request."""
        return threading.active_count() < _CROWD

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Passes over a client that kept silent or went away; anything else is an error of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Quiet(WSGIRequestHandler):
    timeout = _SLOWEST

    def log_message(self, *_args: object) -> None:
        """Requests are not news."""
