"""Servers and addresses that want a download to write, read or reveal what it must not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from genode_tool.errors import GenodeError
from genode_tool.ports.fetch.source import PortSource
from tests.shared.certificates import make_certificate
from tests.unit.fetch.fetching import DATA, Place, source
from tests.unit.fetch.webserver import Handler, Web, content, redirect, start


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's home, with a password; nothing in it may change or be sent."""
    home = tmp_path / "outside"
    home.mkdir()
    (home / "file").write_text("known\n")
    (home / ".netrc").write_text("machine elsewhere.invalid login me password s3cret\n")
    (home / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NETRC", str(home / ".netrc"))
    return home


def seen(top: Path) -> list[object]:
    return [(path, path.is_file() and path.read_bytes()) for path in sorted(top.rglob("*"))]


def fetch(place: Place, wanted: PortSource) -> str:
    """Fetch; return the error, "" when it succeeds. Nothing lands but in the cache."""
    top = place.cache.parent
    before = {path.name for path in top.iterdir()} | {place.cache.name}
    try:
        place.fetcher(retries=0, stall_timeout=20.0).fetch_file(wanted)
        result = ""
    except GenodeError as error:
        result = str(error)
    assert {path.name for path in top.iterdir()} <= before
    if place.cache.is_dir():
        for path in place.cache.rglob("*"):
            assert not path.is_symlink() and path.resolve().is_relative_to(place.cache.resolve())
    return result


PATHS = (
    *("/../../outside/new", "/..%2f..%2foutside%2fnew", "/%2e%2e/%2e%2e/outside/new", "/.."),
    *("/a/..", "/.", "/", "//", "/x?a=../../outside/new", "/x#../../outside/new", "/x;y=../../z"),
    *("/..\\..\\outside\\new", "/%00/new", "/a%0ab", "/-rf", "/--output=new", "/$(touch%20new)"),
    *("/.netrc", "/x.part", "/x.lock", "/" + "n" * 300, "/%F0%9F%92%A9", "/%ff%fe", "/a%1b%5b2J"),
    *("/CON", "/x%20", "/%20", "/~root/x", "/*", "/x/"),
)


@pytest.mark.parametrize("path", PATHS)
def test_the_name_in_an_address_leads_nowhere(
    place: Place, web: Web, outside: Path, path: str
) -> None:
    web.otherwise = content(DATA)
    before = seen(outside)
    fetch(place, source(web.url(path)))
    assert seen(outside) == before


TARGETS = (
    *(
        "file://@OUTSIDE/file",
        "file:///etc/passwd",
        "ftp://127.0.0.1:1/x",
        "gopher://x/1",
        "data:,x",
    ),
    *("javascript:x", "ext::touch new", "ssh://x/y", "http://[x", "http://x:99999999/y", "http://"),
    *("http://127.0.0.1:1/", "//", "?", "http://a@b@c/", "http://\x7f/", "\\\\host\\x"),
    *("http:/x", "http:x", "HTTP://[::1]:1/x", "unix:/var/run/x", "http+unix://x", "/a b", "/\xff"),
)


@pytest.mark.parametrize("target", TARGETS)
def test_a_redirect_leads_to_no_other_protocol(
    place: Place, web: Web, outside: Path, target: str
) -> None:
    web.routes["/it.tar"] = [redirect(target.replace("@OUTSIDE", str(outside)))]
    known = source(web.url("/it.tar"), data=b"known\n")
    assert fetch(place, known)
    assert not [name for name in place.files if not name.startswith(".") and "part" not in name]


def _raw(answer: bytes) -> Callable[[Handler], None]:
    def respond(handler: Handler) -> None:
        handler.wfile.write(answer)
        handler.hang_up()

    return respond


OK = b"HTTP/1.1 200 OK\r\n"
ANSWERS: dict[str, bytes] = {
    "a negative length": OK + b"Content-Length: -1\r\n\r\n" + DATA,
    "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 9\r\n\r\nxxxxxxxxx",
    "a length of words": OK + b"Content-Length: many\r\n\r\n" + DATA,
    "a length without end": OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nx",
    "a short chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab\r\n0\r\n\r\n",
    "a chunk of words": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",
    "a negative chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nab\r\n0\r\n\r\n",
    "a chunk of exabytes": OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nab",
    "a damaged compression": OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b",
    "an unknown encoding": OK + b"Content-Encoding: aes\r\nContent-Length: 1\r\n\r\nx",
    "a name for the file": OK + b"Content-Disposition: attachment; filename=../../outside/new\r\n"
    b"Content-Length: 1\r\n\r\nx",
    "a range that was not asked for": b"HTTP/1.1 206 P\r\nContent-Range: bytes 5-9/10\r\n"
    b"Content-Length: 5\r\n\r\nabcde",
    "a range of words": b"HTTP/1.1 206 P\r\nContent-Range: x\r\nContent-Length: 1\r\n\r\nx",
    "a status of words": b"HTTP/1.1 fine fine\r\n\r\n",
    "a status with an escape": b"HTTP/1.1 404 \x1b]0;title\x07\x1b[2J\r\nContent-Length: 0\r\n\r\n",
    "a status of many lines": b"HTTP/1.1 404 a\rb\x0bc\x85d\r\nContent-Length: 0\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.9\r\n",
    "no protocol": b"\0\1\2\3" * 100,
    "nothing": b"",
    "headers without end": OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
    "many headers": OK + b"".join(b"X%d: y\r\n" % n for n in range(500)) + b"\r\n" + DATA,
    "a folded header": OK + b"X: y\r\n  z\r\n\r\n" + DATA,
    "a header without a name": OK + b": y\r\n\r\n" + DATA,
    "a switch of protocols": b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
    "a wait for a year": b"HTTP/1.1 503 x\r\nRetry-After: 31536000\r\nContent-Length: 0\r\n\r\n",
    "a wait in the past": b"HTTP/1.1 503 x\r\nRetry-After: -5\r\nContent-Length: 0\r\n\r\n",
    "other content": OK + b"Content-Length: 5\r\n\r\nother",
    "too much content": OK + b"Content-Length: 5\r\n\r\n" + DATA + DATA,
}


@pytest.mark.parametrize("trick", ANSWERS)
def test_a_strange_answer_is_refused(place: Place, web: Web, outside: Path, trick: str) -> None:
    web.otherwise = _raw(ANSWERS[trick])
    before = seen(outside)
    expected = source(web.url("/it.tar"), data=b"what is wanted")
    assert fetch(place, expected)
    assert seen(outside) == before


CERTIFICATES: dict[str, dict[str, str]] = {
    "another name": {"names": "DNS:elsewhere"},
    "another address": {"names": "IP:127.0.0.2"},
    "the address as a name": {"names": "DNS:127.0.0.1"},
    "a name of all": {"names": "DNS:*"},
    "a part of the name": {"names": "DNS:localhost.elsewhere"},
    "it has expired": {"ends": "20210101000000Z"},
    "it is not valid yet": {"begins": "20980101000000Z"},
}


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("wrong", CERTIFICATES)
def test_a_wrong_certificate_is_refused(
    place: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wrong: str,
    trusted: bool,
) -> None:
    bad = make_certificate(tmp_path / "bad", **CERTIFICATES[wrong])
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(bad))
    server = start(bad)
    server.routes["/it.tar"] = [content(DATA)]
    try:
        assert "TLS with 127.0.0.1 failed" in fetch(place, source(server.url("/it.tar")))
        assert server.requests == []
    finally:
        server.server.shutdown()
        server.server.server_close()


def test_a_redirect_to_plain_http_is_refused(
    place: Place, web: Web, tls: Web, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls.routes["/it.tar"] = [redirect(web.url("/it.tar"))]
    web.routes["/it.tar"] = [content(DATA)]
    assert "redirect from https to http" in fetch(place, source(tls.url("/it.tar")))
    assert web.requests == []


def test_a_password_goes_to_no_other_host(place: Place, web: Web, outside: Path) -> None:
    other = start()
    other.otherwise = content(DATA)
    try:
        web.otherwise = redirect(other.url("/it.tar").replace("127.0.0.1", "localhost"))
        address = web.url("/it.tar").replace("http://", "http://me:s3cret@")
        fetch(place, source(address))
        sent = [str(request.headers) for request in other.requests]
        assert sent and not [one for one in sent if "Authorization" in one or "s3cret" in one]
    finally:
        other.server.shutdown()
        other.server.server_close()
    assert "s3cret" not in "\n".join(map(str, place.events))


@pytest.mark.parametrize("text", ["/a\r\nX: y", "/a\nb", "/a b", "/\x00", "/\x1b[2J"])
def test_an_address_adds_no_header(place: Place, text: str) -> None:
    """A server that writes down what arrives gets one request at most, without other headers."""
    received: list[bytes] = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(60)

        def listen() -> None:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                received.append(connection.recv(1 << 16))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        assert fetch(place, source(f"http://127.0.0.1:{server.getsockname()[1]}{text}"))
    assert not [one for one in received if b"\nX: y" in one or b"\nb" in one]
