"""What stands before the dashboard, asked as attackers ask: over a socket, byte by byte where it matters."""

import json
import socket
import threading
from contextlib import contextmanager

import pytest

from search.errors import UserError
from search.outputs.dashboard.guard import Guard
from search.outputs.dashboard.serving import Remote, _hosts, _Server, listen

NOTE = json.dumps({"version": 1, "body": "good"})
TOKEN = "abc-DEF_123"


@contextmanager
def guarded(remote=None, names=("127.0.0.1", "localhost", "[::1]")):
    """Serves what is guarded; yields its port and the list of the requests that came through."""
    through = []

    def application(environ, start_response):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length).decode()
        through.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], body))
        start_response("200 OK", [("Content-Type", "text/plain"), ("Access-Control-Allow-Origin", "*")])
        return [b"through"]

    with listen("127.0.0.1", 0, fields="") as listening:
        hosts = _hosts(listening.getsockname(), remote)
        port = listening.getsockname()[1]
        with _Server(listening, Guard(application, hosts=hosts, token=remote.token if remote else None)) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield port, through
            finally:
                server.shutdown()
                thread.join()


@pytest.fixture(scope="module")
def served():
    with guarded() as made:
        yield made


@pytest.fixture
def through(served):
    served[1].clear()
    return served[1]


def ask(port, line, headers=(), body=""):
    """Sends a request as it stands there; the status and the whole answer."""
    lines = [line, *headers, *([f"Content-Length: {len(body.encode())}"] if body else [])]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        answer = b""
        while part := client.recv(65536):
            answer += part
    text = answer.decode()
    return int(text.split()[1]), text


def ours(port, *more):
    return [f"Host: 127.0.0.1:{port}", *more]


@pytest.mark.parametrize("host", ["127.0.0.1:{}", "localhost:{}", "[::1]:{}", "LocalHost:{}"])
def test_it_answers_to_its_own_names(served, through, host):
    code, text = ask(served[0], "GET /api/studies HTTP/1.1", [f"Host: {host.format(served[0])}"])
    assert code == 200
    assert text.endswith("through")
    assert "Access-Control" not in text  # no page of others may read it
    assert [path for _, path, *_ in through] == ["/api/studies"]


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        ["Host:"],
        ["Host: evil.example"],
        ["Host: evil.example:{}"],
        ["Host: 127.0.0.1.evil.example:{}"],
        ["Host: 127.0.0.1:{}.evil.example"],
        ["Host: localhost.:{}"],
        ["Host: 127.0.0.1:{}."],
        ["Host: 127.0.0.1"],
        ["Host: 127.0.0.1:1"],
        ["Host: 127.0.0.1:0{}"],
        ["Host: 0.0.0.0:{}"],
        ["Host: 2130706433:{}"],
        ["Host: user@127.0.0.1:{}"],
        ["Host: 127.0.0.1:{}", "Host: evil.example"],
        ["Host: evil.example", "Host: 127.0.0.1:{}"],
        ["Host: 127.0.0.1:{} evil.example"],
        ["Host: evil.example", "X-Forwarded-Host: 127.0.0.1:{}"],
        ["X_Host: 127.0.0.1:{}", "Host: evil.example"],
    ],
)
def test_it_answers_to_no_other_name(served, through, hosts):
    headers = [host.format(served[0]) for host in hosts]
    for line in ("GET / HTTP/1.1", "GET /api/studies/1 HTTP/1.0", "DELETE /api/studies/1 HTTP/1.1"):
        code, text = ask(served[0], line, headers)
        assert code == 403, text
        assert "open one of these addresses" in text
    assert through == []


def test_the_oldest_protocol_has_no_host_and_no_answer(served, through):
    with socket.create_connection(("127.0.0.1", served[0]), timeout=10) as client:
        client.sendall(b"GET /api/studies/1\r\n\r\n")
        assert b"through" not in client.recv(65536)
    assert through == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/studies/1"),
        ("delete", "/api/studies/1"),
        ("Delete", "/api/studies/1"),
        ("DELETE", "/api/studies/1/"),
        ("DELETE", "//api/studies/1"),
        ("DELETE", "/api//studies/1"),
        ("DELETE", "/api/%73tudies/1"),
        ("DELETE", "/x/%2e%2e/api/studies/1"),
        ("DELETE", "http://127.0.0.1/api/studies/1"),
        ("DELETE", "/api/studies/1/note"),
        ("DELETE", "/api/artifacts/1/1/a"),
        ("DELETE", "/api/artifacts/1/a"),
        ("DELETE", "/api/studies/1/preference/x"),
        ("POST", "/api/studies"),
        ("POST", "/api/studies/1/rename"),
        ("POST", "/api/studies/1/note"),
        ("POST", "/api/studies/1/1/note"),
        ("POST", "/api/trials/1/tell"),
        ("POST", "/api/trials/1/user-attrs"),
        ("POST", "/api/studies/1/1/skip"),
        ("POST", "/api/studies/1/preference"),
        ("POST", "/api/artifacts/1/1"),
        ("POST", "/api/artifacts/1"),
        ("POST", "/api/llm/trial_filter_query"),
        ("POST", "/incompatible-rdb-schema"),
        ("PUT", "/api/studies/1/preference_feedback_component"),
        ("PUT", "/api/studies/1"),
        ("PUT", "/api/studies/1/note/"),
        ("PUT", "/api/studies/1/note/../rename"),
        ("PUT", "/api/studies/%0a1/note"),
        ("PUT", "/api/studies/1/note%0a"),
        ("PUT", "/api/studies/٣/note"),
        ("PUT", "/x/api/studies/1/note"),
        ("put", "/api/studies/1/note"),
        ("PATCH", "/api/studies/1"),
        ("OPTIONS", "/api/studies/1"),
        ("TRACE", "/"),
        ("CONNECT", "127.0.0.1:80"),
        ("get", "/"),
        ("ANY", "/"),
        ("PROXY", "/"),
    ],
)
def test_nothing_but_a_note_can_be_changed(served, through, method, path):
    code, text = ask(served[0], f"{method} {path} HTTP/1.1", ours(served[0], "Content-Type: application/json"), NOTE)
    assert code == 403
    if path.startswith("/api/"):
        reason = json.loads(text.partition("\r\n\r\n")[2])["reason"]
        assert reason == "this dashboard shows a study and takes notes; nothing else can be changed in it"
    assert through == []


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"])
def test_another_method_in_a_header_is_none(served, through, header):
    assert (
        ask(served[0], "GET /api/studies/1?_method=DELETE HTTP/1.1", ours(served[0], f"{header}: DELETE"))[0] == 200
    )
    assert [method for method, *_ in through] == ["GET"]
    assert ask(served[0], "POST /api/studies/1 HTTP/1.1", ours(served[0], f"{header}: GET"), NOTE)[0] == 403
    assert len(through) == 1


@pytest.mark.parametrize("path", ["/api/studies/1/note", "/api/studies/1/17/note"])
@pytest.mark.parametrize("source", [[], ["Origin: http://127.0.0.1:{0}", "Referer: http://127.0.0.1:{0}/dashboard"]])
def test_a_note_comes_through_whole(served, through, path, source):
    headers = ours(served[0], "Content-Type: application/json; charset=utf-8", *(s.format(served[0]) for s in source))
    body = json.dumps({"version": 3, "body": "wide and narrow: ü"}, ensure_ascii=False)
    assert ask(served[0], f"PUT {path} HTTP/1.1", headers, body)[0] == 200
    assert through == [("PUT", path, "", body)]


@pytest.mark.parametrize(
    "source",
    [
        "Origin: http://evil.example",
        "Origin: null",
        "Origin:",
        "Origin: http://127.0.0.1",
        "Origin: https://127.0.0.1:{}",
        "Origin: http://localhost:{}",  # which is another origin than 127.0.0.1
        "Origin: http://127.0.0.1:{}@evil.example",
        "Origin: http://127.0.0.1:{}.evil.example",
        "Referer: http://evil.example/?http://127.0.0.1:{}/",
        "Referer: http://[",
    ],
)
def test_no_page_of_others_may_write(served, through, source):
    headers = ours(served[0], "Content-Type: application/json", source.format(served[0]))
    assert ask(served[0], "PUT /api/studies/1/note HTTP/1.1", headers, NOTE)[0] == 403
    if source.startswith("Origin"):
        assert ask(served[0], "GET /api/studies/1 HTTP/1.1", headers)[0] == 403
    assert through == []


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        (["Content-Type: text/plain"], NOTE, 415),  # which a form of a page of others can send
        ([], NOTE, 415),
        (["Content-Type: application/json"], "", 411),
        (["Content-Type: application/json", "Content-Length: -1"], "", 411),
        (["Content-Type: application/json", "Content-Length: 1e3"], "", 411),
        (["Content-Type: application/json", "Transfer-Encoding: chunked"], NOTE, 411),
        (["Content-Type: application/json", "Content-Length: 99999999999"], "", 413),
        (["Content-Type: application/json"], json.dumps({"version": 1, "body": "x" * 300_000}), 413),
        (["Content-Type: application/json"], "[]", 400),
        (["Content-Type: application/json"], "{", 400),
        (["Content-Type: application/json"], '{"version": "1", "body": "x"}', 400),
        (["Content-Type: application/json"], '{"version": true, "body": "x"}', 400),
        (["Content-Type: application/json"], '{"version": 1, "body": null}', 400),
        (["Content-Type: application/json"], "[" * 100_000, 400),
        (["Content-Type: application/json"], r'{"version": 1, "body": "\ud800"}', 400),
    ],
)
def test_what_is_no_note_is_refused(served, through, headers, body, code):
    found, text = ask(served[0], "PUT /api/studies/1/note HTTP/1.1", ours(served[0], *headers), body)
    assert (found, "reason" in text) == (code, True)
    assert through == []


def test_a_silent_client_keeps_nobody_waiting(served, through):
    silent = [socket.create_connection(("127.0.0.1", served[0])) for _ in range(20)]
    try:
        for client in silent:
            client.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert ask(served[0], "GET / HTTP/1.1", ours(served[0]))[0] == 200
    finally:
        for client in silent:
            client.close()


def test_an_oversized_request_is_refused(served, through):
    for line, headers in (
        ("GET /" + "x" * 70_000 + " HTTP/1.1", ()),
        ("GET / HTTP/1.1", ["X: " + "x" * 70_000]),
        ("GET / HTTP/1.1", [f"X{number}: 1" for number in range(200)]),
    ):
        assert ask(served[0], line, ours(served[0], *headers))[0] in (414, 431)
    assert through == []


def test_a_head_has_no_body(served, through):
    text = ask(served[0], "HEAD /api/studies/1 HTTP/1.1", ["Host: evil.example"])[1]
    assert text.endswith("\r\n\r\n")


class TestToken:
    @pytest.fixture(scope="class")
    @classmethod
    def served(cls):
        with guarded(Remote(host="0.0.0.0", token=TOKEN)) as made:
            yield made

    def test_without_it_there_is_a_page_that_says_what_to_do(self, served, through):
        for path in ("/", "/dashboard", "/api/studies/1", "/artifacts/1/1/a", "/static/bundle.js"):
            code, text = ask(served[0], f"GET {path} HTTP/1.1", ours(served[0]))
            assert code == 403
            assert "open the whole address that `python -m search dashboard` printed" in text
        assert through == []

    def test_in_the_address_it_makes_a_cookie_that_is_enough(self, served, through):
        code, text = ask(served[0], f"GET /?token={TOKEN}&after=1 HTTP/1.1", ours(served[0]))
        assert code == 200
        (cookie,) = [line[12:] for line in text.splitlines() if line.startswith("Set-Cookie: ")]
        pair, *attributes = cookie.split("; ")
        assert set(attributes) == {"HttpOnly", "SameSite=Strict", "Path=/"}
        assert ask(served[0], "GET /api HTTP/1.1", ours(served[0], f"Cookie: other=1; {pair}"))[0] == 200
        assert [query for _, _, query, _ in through] == ["after=1", ""]  # nothing behind the guard needs to know it

    @pytest.mark.parametrize(
        ("query", "cookie"),
        [
            ("", ""),
            ("?token=", ""),
            ("?token=wrong", ""),
            (f"?token={TOKEN}x", ""),
            (f"?token={TOKEN[:-1]}", ""),
            (f"?TOKEN={TOKEN}", ""),
            ("?token=%ff%fe", ""),
            (f"?tokens={TOKEN}", ""),
            ("", "Cookie: thimble-{}=wrong"),
            ("", f"Cookie: thimble-1={TOKEN}"),
            ("", f"Cookie: {TOKEN}"),
            ("", f"Authorization: token {TOKEN}"),
        ],
    )
    def test_another_is_none(self, served, through, query, cookie):
        headers = ours(served[0], *([cookie.format(served[0])] if cookie else []))
        for line in (f"GET /{query} HTTP/1.1", f"PUT /api/studies/1/note{query} HTTP/1.1"):
            assert ask(served[0], line, headers)[0] == 403
        assert through == []

    def test_it_opens_notes_and_nothing_else(self, served, through):
        headers = ours(served[0], f"Cookie: thimble-{served[0]}={TOKEN}", "Content-Type: application/json")
        assert ask(served[0], "PUT /api/studies/1/note HTTP/1.1", headers, NOTE)[0] == 200
        assert ask(served[0], "DELETE /api/studies/1 HTTP/1.1", headers, NOTE)[0] == 403
        foreign = [*headers, "Origin: http://evil.example"]
        assert ask(served[0], "PUT /api/studies/1/note HTTP/1.1", foreign, NOTE)[0] == 403
        assert len(through) == 1

    def test_other_names_are_refused_whoever_knows_it(self, served, through):
        assert ask(served[0], f"GET /?token={TOKEN} HTTP/1.1", [f"Host: evil.example:{served[0]}"])[0] == 403
        name = f"{socket.gethostname()}:{served[0]}"
        assert ask(served[0], f"GET /?token={TOKEN} HTTP/1.1", [f"Host: {name}"])[0] == 200


def test_a_token_is_long_random_and_in_no_text():
    one, other = Remote(host="0.0.0.0"), Remote(host="0.0.0.0")
    assert one.token != other.token
    assert len(one.token) >= 32
    assert one.token not in repr(one)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_this_machine_alone_is_listened_to(host):
    with listen(host, 0, fields="") as listening:
        assert listening.getsockname()[0].startswith("127.")


@pytest.mark.parametrize("host", ["0.0.0.0", "0", "::", socket.gethostname()])
def test_others_are_let_in_only_where_that_is_said(host):
    if all(where[0].startswith("127.") for *_, where in socket.getaddrinfo(host, None)):
        pytest.skip("this machine's name leads to itself alone")
    with pytest.raises(UserError) as refused:
        listen(host, 0, fields="")
    assert str(refused.value).startswith(
        f"`host` {host} would let whoever reaches this machine over the network see "
    )
    assert "\n" not in str(refused.value)
    assert "`allow_remote`" in str(refused.value)
