"""The meaning of HTTP answers and failures, in words and numbers."""

from __future__ import annotations

import socket
import ssl
import time
from email.utils import parsedate_to_datetime

from genode_tool.ports.fetch.addresses import split_url
from genode_tool.ports.fetch.problems import TemporaryFailure, Unavailable
from genode_tool.ports.fetch.transports.certificates import refused_certificate

_WORDS = {
    400: "the server does not understand the request",
    401: "the server requires a login",
    403: "the server refuses access",
    404: "it does not exist there",
    405: "the server does not allow reading it",
    406: "the server has no acceptable representation of it",
    407: "the proxy requires a login",
    408: "the server timed out",
    410: "it was removed for good",
    416: "the server's file is shorter than what was received",
    429: "too many requests to the server",
    451: "the server may not give it, for legal reasons",
    500: "the server failed",
    501: "the server cannot do that",
    502: "a gateway got an invalid answer from the server behind it",
    503: "the server is overloaded or under maintenance",
    504: "a gateway got no answer from the server behind it",
}


def status_message(status: int, reason: str) -> str:
    """Return the meaning of an error status in words."""
    words = _WORDS.get(status, "unexpected answer")
    return f"{words} (HTTP {status}{f' {reason}' if reason else ''})"


def retry_after(value: str | None) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds, or a date."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def truncation_message(have: int, total: int | None) -> str:
    """Return the message for a body that ended too early."""
    wanted = f" of {total}" if total is not None else ""
    return f"the connection ended after {have}{wanted} bytes"


def tls_problem(url: str, error: Exception, bundle: str) -> Unavailable:
    """Return the exception for a failure of TLS; `bundle` as for `verifying_context`."""
    host = split_url(url).hostname
    cause: object = error.args[0] if error.args else error
    reason = getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or str(cause)
    hint = refused_certificate(cause, bundle) if isinstance(cause, ssl.SSLError) else ""
    return Unavailable(f"TLS with {host} failed: {str(reason).lower()}", hint)


def name_problem(url: str, error: Exception) -> Exception:
    """Return the exception for a host name that could not be looked up."""
    host = split_url(url).hostname
    cause = error.__context__
    if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN:
        return TemporaryFailure(f"the name {host} cannot be looked up at the moment")
    return Unavailable(f"no such host: {host}")


def connection_message(error: Exception, timeout: object) -> str:
    """Return the message for a missing connection or answer; `timeout` is in seconds."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError

    if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
        return f"no connection within {timeout:g} s" if isinstance(timeout, float) else "too slow"
    if isinstance(error, ReadTimeoutError):
        return "the server accepted the request but did not answer"
    if isinstance(error, NewConnectionError):
        cause = error.__context__
        return f"no connection: {getattr(cause, 'strerror', None) or cause}".rstrip().lower()
    return f"the connection broke: {error}"
