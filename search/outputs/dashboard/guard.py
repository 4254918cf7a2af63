"""`Guard`: what stands before every request to the dashboard.

The dashboard that it guards would erase a study for whoever asks, and a browser asks for any page that somebody has
open: one that has its own name lead to 127.0.0.1 (DNS rebinding), or that sends a form across. So a request must name
us as its host, must not come from a page of others, and may change nothing but notes. Where other machines may ask,
it must also have the token, as in Jupyter: once in the address, from then on in a cookie.
"""

import contextlib
import hmac
import html
import io
import json
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

_NOTE = re.compile(r"/api/studies/[0-9]{1,18}(/[0-9]{1,18})?/note", re.ASCII)
_MOST = 200_000  # bytes of a note; every reader of the study loads it
_TYPE = "application/json"

Environment = dict[str, Any]
StartResponse = Callable[..., Any]
_ADDED = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


class _Refused(Exception):
    """A request that is answered with this status and this reason."""

    def __init__(self, reason: str, status: HTTPStatus = HTTPStatus.FORBIDDEN) -> None:
        super().__init__(reason)
        self.status = status


class Guard:
    """A WSGI application that answers for another, or refuses with a reason.

    Args:
        hosts: What the header Host may be, each with the port, in small letters.
        token: What whoever asks must know; None where only this machine can ask.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]], *, hosts: frozenset[str], token: str | None):
        self._application = application
        self._hosts = hosts
        self._token = token

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers a request, as WSGI has it."""
        try:
            host = self._check_host(environ)
            cookie = self._check_token(environ, host)
            _check_source(environ, host)
            _check_change(environ)
            _read_note(environ)
        except _Refused as refused:
            return _answer(environ, start_response, refused)

        def start(status: str, headers: list[tuple[str, str]], *exception: Any) -> Any:
            sent = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
            if environ.get("PATH_INFO", "").startswith("/artifacts/"):  # a file of somebody's is no page of ours
                sent.append(("Content-Security-Policy", "sandbox"))
            return start_response(status, [*sent, *_ADDED, *cookie], *exception)

        return self._application(environ, start)

    def _check_host(self, environ: Environment) -> str:
        host = environ.get("HTTP_HOST", "").lower()
        if host not in self._hosts:
            raise _Refused(
                f"this dashboard answers to {' and '.join(sorted(self._hosts))}, and the request asked for "
                f"{host or 'no host'}; open one of these addresses"
            )
        return host

    def _check_token(self, environ: Environment, host: str) -> list[tuple[str, str]]:
        """Returns the headers that spare the next requests the token in their address; takes it out of this one's."""
        if self._token is None:
            return []
        name = f"thimble-{host.rpartition(':')[2]}"  # browsers do not keep the cookies of ports apart
        query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        environ["QUERY_STRING"] = urlencode([(key, value) for key, value in query if key != "token"])
        if any(key == "token" and self._is_token(value) for key, value in query):
            return [("Set-Cookie", f"{name}={self._token}; HttpOnly; SameSite=Strict; Path=/")]
        cookies = (part.strip().partition("=") for part in environ.get("HTTP_COOKIE", "").split(";"))
        if any(key == name and self._is_token(value) for key, _, value in cookies):
            return []
        raise _Refused(
            "this dashboard wants its token: open the whole address that `python -m search dashboard` printed, "
            "with ?token=… at its end"
        )

    def _is_token(self, given: str) -> bool:
        assert self._token is not None
        return hmac.compare_digest(given.encode(errors="replace"), self._token.encode())


def _check_source(environ: Environment, host: str) -> None:
    """Raises where a page of others asks. Programs that are no browser say neither Origin nor Referer."""
    changes = environ.get("REQUEST_METHOD") not in ("GET", "HEAD")
    for header in ("HTTP_ORIGIN", "HTTP_REFERER") if changes else ("HTTP_ORIGIN",):
        source = environ.get(header)
        if source is not None and not _is_of(source, host):
            raise _Refused(f"a page of {source[:200]} asked for this, and only the dashboard's own may")


def _is_of(source: str, host: str) -> bool:
    try:
        parts = urlsplit(source)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.netloc.lower() == host


def _check_change(environ: Environment) -> None:
    """Raises where a request would change something other than a note, by its method as it stands there."""
    method = environ.get("REQUEST_METHOD")
    if method in ("GET", "HEAD"):
        return
    if method != "PUT" or not _NOTE.fullmatch(environ.get("PATH_INFO", "")):
        raise _Refused("this dashboard shows a study and takes notes; nothing else can be changed in it")
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != _TYPE:
        raise _Refused(f"a note comes as {_TYPE}", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    length = environ.get("CONTENT_LENGTH") or ""
    if not re.fullmatch("[0-9]{1,18}", length, re.ASCII) or "HTTP_TRANSFER_ENCODING" in environ:
        raise _Refused("a note comes with its length", HTTPStatus.LENGTH_REQUIRED)
    if int(length) > _MOST:
        raise _Refused(f"a note has at most {_MOST:,} bytes", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _read_note(environ: Environment) -> None:
    """Reads what a changing request brings and raises where it is no note, and keeps it for the application."""
    if environ.get("REQUEST_METHOD") != "PUT":
        return
    content = _content(environ, int(environ["CONTENT_LENGTH"]))
    if not _is_note(content):
        raise _Refused('a note is {"version": NUMBER, "body": TEXT} in JSON', HTTPStatus.BAD_REQUEST)
    environ["wsgi.input"] = io.BytesIO(content)


def _is_note(content: bytes) -> bool:
    try:
        note = json.loads(content)
        note["body"].encode()  # half a character can be written in JSON and nowhere else
        return type(note["version"]) is int
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return False


def _content(environ: Environment, length: int) -> bytes:
    """Reads what a request brings; less where it ends before or keeps silent."""
    with contextlib.suppress(OSError):
        return environ["wsgi.input"].read(length)
    return b""


def _answer(environ: Environment, start_response: StartResponse, refused: _Refused) -> list[bytes]:
    """Answers with the reason: as the page of the dashboard expects it, or as a page of its own."""
    length = environ.get("CONTENT_LENGTH") or ""
    if re.fullmatch("[0-9]{1,6}", length, re.ASCII) and refused.status != HTTPStatus.BAD_REQUEST:
        _content(environ, int(length))  # or the answer would be lost with what was not read
    kind = _TYPE
    body = json.dumps({"reason": str(refused)})
    if not environ.get("PATH_INFO", "").startswith(("/api/", "/artifacts/", "/csv/")):
        kind = "text/html; charset=utf-8"
        body = (
            f"<!DOCTYPE html><meta charset=utf-8><title>Refused</title><p>Refused: {html.escape(str(refused))}.</p>"
        )
    content = body.encode()
    headers = [("Content-Type", kind), ("Content-Length", str(len(content))), ("Cache-Control", "no-store"), *_ADDED]
    start_response(f"{refused.status.value} {refused.status.phrase}", headers)
    return [content] if environ.get("REQUEST_METHOD") != "HEAD" else []
