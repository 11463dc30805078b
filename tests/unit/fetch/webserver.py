"""A web server on the loopback interface that behaves well or badly, as each test wants."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Request:
    """The requests received."""

    path: str
    headers: dict[str, str]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        web = self.server.web
        web.requests.append(Request(self.path, dict(self.headers.items())))
        answers = web.routes.get(self.path.partition("?")[0])
        if not answers:
            (web.otherwise or status(404))(self)
        else:
            (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Tests ask `requests` instead."""

    def start(self, code: int, length: int | None, **headers: str) -> None:
        self.send_response(code)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True


Answer = Callable[[Handler], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    web: Web

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is part of the tests."""


@dataclass
class Web:
    """The server: `routes` holds for each path what is answered in turn, the last for ever."""

    server: _Server
    scheme: str = "http"
    routes: dict[str, list[Answer]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    otherwise: Answer | None = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    def url(self, path: str) -> str:
        return f"{self.scheme}://{self.host}{path}"

    def asked(self, path: str) -> int:
        return sum(request.path.partition("?")[0] == path for request in self.requests)


def start(certificate: Path | None = None) -> Web:
    """Start a server; with `certificate` (key and certificate in one file) by TLS."""
    server = _Server(("127.0.0.1", 0), Handler)
    server.web = Web(server, "https" if certificate else "http")
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server.web


def content(data: bytes, *, resumable: bool = True, **headers: str) -> Answer:
    """Serve `data`, or the part that is asked for unless If-Range names another version."""

    def answer(handler: Handler) -> None:
        wanted = handler.headers.get("Range", "")
        version = handler.headers.get("If-Range")
        known = (headers.get("ETag"), headers.get("Last_Modified"))
        if resumable and wanted and (version is None or version in known):
            at = int(wanted.removeprefix("bytes=").rstrip("-"))
            if at >= len(data):
                handler.start(416, 0, Content_Range=f"bytes */{len(data)}")
                return
            rest = data[at:]
            span = f"bytes {at}-{len(data) - 1}/{len(data)}"
            handler.start(206, len(rest), Content_Range=span, **headers)
            handler.wfile.write(rest)
        else:
            handler.start(200, len(data), **headers)
            handler.wfile.write(data)

    return answer


def cut(data: bytes, after: int, **headers: str) -> Answer:
    """Announce all of `data`, send `after` bytes of it and hang up."""

    def answer(handler: Handler) -> None:
        handler.start(200, len(data), **headers)
        handler.wfile.write(data[:after])
        handler.hang_up()

    return answer


def stall(data: bytes, after: int, seconds: float) -> Answer:
    """Send `after` bytes of `data` and then nothing."""

    def answer(handler: Handler) -> None:
        handler.start(200, len(data))
        handler.wfile.write(data[:after])
        handler.wfile.flush()
        time.sleep(seconds)
        handler.hang_up()

    return answer


def status(code: int, **headers: str) -> Answer:
    """Answer with an error."""
    return lambda handler: handler.start(code, 0, **headers)


def redirect(target: str, code: int = 302) -> Answer:
    """Send elsewhere."""
    return lambda handler: handler.start(code, 0, Location=target)


def sized(data: bytes, length: int) -> Answer:
    """Say that `data` is `length` bytes long."""

    def answer(handler: Handler) -> None:
        handler.start(200, length)
        handler.wfile.write(data)
        handler.hang_up()

    return answer
