"""HTTP and HTTPS over urllib3: resumption, redirects, and what each status means.

Retries are the caller's: here one request, with its redirects, ends in the whole file, in
`TemporaryFailure` or in `Unavailable`.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from genode_tool import __version__
from genode_tool.deadline import Deadline
from genode_tool.decimal_number import decimal_number
from genode_tool.events import Note, Sink
from genode_tool.ports.fetch.addresses import join_url, split_url
from genode_tool.ports.fetch.cache.part import PartialDownload, Provenance
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import (
    TemporaryFailure,
    Unavailable,
    megabytes,
    without_password,
)
from genode_tool.ports.fetch.progress import SourceProgress
from genode_tool.ports.fetch.transports.certificates import (
    proxy_for,
    unverified_context,
    verifying_context,
)
from genode_tool.ports.fetch.transports.http_errors import (
    connection_message,
    name_problem,
    retry_after,
    status_message,
    tls_problem,
    truncation_message,
)
from genode_tool.ports.fetch.transports.logins import login_of
from genode_tool.ports.fetch.transports.stall_guard import StallGuard, patience

if TYPE_CHECKING:
    from urllib3 import PoolManager
    from urllib3.response import BaseHTTPResponse

_CHUNK = 1 << 18
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_REDIRECTS = (301, 302, 303, 307, 308)


class _NoRest(TemporaryFailure):
    """The server refused the range: the file is shorter than what was received."""


class Http:
    """Fetches by HTTP. May be used by several threads."""

    def __init__(self, policy: Policy, sink: Sink, bundle: str = "", proxy: str = "") -> None:
        """Prefer `bundle` (certificate authorities) and `proxy` to the environment's."""
        self._bundle = bundle
        self._proxy = proxy
        self._policy = policy
        self._sink = sink
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, bool], PoolManager] = {}
        self._warned: set[str] = set()

    def get(
        self, url: str, part: PartialDownload, deadline: Deadline, steps: SourceProgress
    ) -> None:
        """Fetch `url` into `part`, from its offset on; raises what `Transport.get` names."""
        part.begin(url)
        wanted = {}
        if part.offset:
            wanted["Range"] = f"bytes={part.offset}-"
            # If the file has changed meanwhile, the server then sends all of it.
            if part.provenance.validator:
                wanted["If-Range"] = part.provenance.validator
        with StallGuard(deadline.bounded(patience(self._policy))) as guard:
            try:
                self._get(url, wanted, part, deadline, steps, guard)
            except TemporaryFailure as trouble:
                raise guard.too_slow if guard.cut else trouble from None
            if guard.cut:  # without a length, the end of the connection is that of the file
                raise guard.too_slow

    def _get(
        self,
        url: str,
        wanted: dict[str, str],
        part: PartialDownload,
        deadline: Deadline,
        steps: SourceProgress,
        guard: StallGuard,
    ) -> None:
        try:
            response, final = self._follow(url, wanted, deadline, guard)
        except _NoRest:
            part.restart()
            raise
        try:
            if response.status == 206:
                self._check_range(response, part)
            elif part.offset:  # the whole file: it has changed, or the server cannot resume
                part.restart()
            self._receive(response, url, part, deadline, steps, guard)
        except TemporaryFailure as trouble:
            if final != url:
                raise TemporaryFailure(
                    f"{trouble} (redirected to {without_password(final)})", trouble.pause
                ) from trouble
            raise
        finally:
            response.close()

    def read(
        self, url: str, accept: str, deadline: Deadline, most: int = 64 << 20
    ) -> tuple[bytes, str, str]:
        """Return a small page: its bytes, its content type, its final URL.

        Raises `TemporaryFailure` or `Unavailable`, the latter also for more than `most` bytes.
        """
        from urllib3.exceptions import HTTPError

        data = b""
        with StallGuard(deadline.bounded(patience(self._policy))) as guard:
            try:
                response, final = self._follow(url, {"Accept": accept}, deadline, guard)
                with contextlib.closing(response):
                    while len(data) <= most and (piece := response.read1(_CHUNK)):
                        data += piece
                        guard.progress()
            except (HTTPError, TemporaryFailure) as error:
                if guard.cut:
                    raise guard.too_slow from error
                if isinstance(error, HTTPError):
                    raise TemporaryFailure("the connection broke") from error
                raise
        if len(data) > most:
            raise Unavailable(f"the page is longer than {megabytes(most)}")
        return data, response.headers.get("Content-Type", ""), final

    def _follow(
        self, url: str, wanted: dict[str, str], deadline: Deadline, guard: StallGuard
    ) -> tuple[BaseHTTPResponse, str]:
        """Return the response that has the body, and its URL; `wanted` are request headers."""
        current = url
        for _ in range(self._policy.redirects + 1):
            response = self._request(current, wanted, deadline)
            if guard.cut:  # what is missing of the headers would count as their end
                response.close()
                raise guard.too_slow
            guard.progress()
            if response.status not in _REDIRECTS:
                break
            target = join_url(current, response.headers.get("Location", ""))
            response.close()
            self._check_redirect(current, target)
            current = target
        else:
            raise Unavailable(
                f"more than {self._policy.redirects} redirects, the last to "
                f"{without_password(current)}"
            )
        if response.status in (200, 206):
            return response, current
        status, reason = response.status, response.reason or ""
        pause = retry_after(response.headers.get("Retry-After"))
        response.close()
        text = status_message(status, reason)
        if current != url:
            text += f", redirected to {without_password(current)}"
        if status == 416:
            # Retried at once: the part is dropped, so the next request has no range.
            raise _NoRest(text, 0)
        if status in _PASSING:
            raise TemporaryFailure(text, pause)
        raise Unavailable(text)

    def _check_redirect(self, current: str, target: str) -> None:
        before, after = split_url(current), split_url(target)
        if after.scheme not in ("http", "https"):
            raise Unavailable(f"redirect to `{without_password(target)}`, which is not an HTTP URL")
        downgrade = before.scheme == "https" and after.scheme == "http"
        if downgrade and (after.hostname or "") not in self._policy.insecure_hosts:
            raise Unavailable(f"redirect from https to http ({without_password(target)}) refused")
        if target == current:
            raise Unavailable("redirect to itself")

    def _request(self, url: str, wanted: dict[str, str], deadline: Deadline) -> BaseHTTPResponse:
        import urllib3
        from urllib3.exceptions import (
            HTTPError,
            LocationParseError,
            NameResolutionError,
            ProxyError,
            SSLError,
        )

        # No compression on the way: sizes, ranges and hashes are those of the file itself.
        headers = {"User-Agent": f"genode/{__version__}", "Accept-Encoding": "identity"}
        headers.update(wanted)
        headers.update(_authorization(url))
        timeout = urllib3.Timeout(
            connect=deadline.bounded(self._policy.connect_timeout),
            read=deadline.bounded(self._policy.stall_timeout),
        )
        try:
            return self._pool(url).request(
                "GET",
                url,
                headers=headers,
                # Each redirect is checked, and passwords do not follow it.
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=timeout,
            )
        except SSLError as error:
            raise tls_problem(url, error, self._bundle) from error
        except NameResolutionError as error:
            raise name_problem(url, error) from error
        except ProxyError as error:
            raise TemporaryFailure(
                f"the proxy {without_password(self._proxy_for(url))} does not answer properly"
            ) from error
        except LocationParseError as error:
            raise Unavailable(f"invalid URL: {error}") from error
        except HTTPError as error:
            raise TemporaryFailure(connection_message(error, timeout.connect_timeout)) from error

    def _receive(
        self,
        response: BaseHTTPResponse,
        url: str,
        part: PartialDownload,
        deadline: Deadline,
        steps: SourceProgress,
        guard: StallGuard,
    ) -> None:
        from urllib3.exceptions import HTTPError, ReadTimeoutError

        length = response.headers.get("Content-Length", "")
        rest = decimal_number(length)
        total = None if rest is None else part.offset + rest
        part.expect(Provenance(url, _validator(response.headers)), total)
        meter = steps.download(url, total, part.offset)
        most = self._policy.most_bytes
        try:
            # Not read(), which on a slow line would wait for a whole chunk.
            while chunk := response.read1(_CHUNK, decode_content=False):
                if part.offset + len(chunk) > most:
                    part.restart()
                    raise Unavailable(f"received more than {megabytes(most)}")
                part.write(chunk)
                meter.add(len(chunk))
                guard.progress()
                if deadline.expired:
                    raise TemporaryFailure("timed out")
        except ReadTimeoutError as error:
            raise TemporaryFailure(
                f"no data received for {self._policy.stall_timeout:g} s"
            ) from error
        except HTTPError as error:
            raise TemporaryFailure(truncation_message(part.offset, total)) from error
        if total is not None and part.offset < total:
            raise TemporaryFailure(truncation_message(part.offset, total))
        meter.end()

    def _check_range(self, response: BaseHTTPResponse, part: PartialDownload) -> None:
        content_range = response.headers.get("Content-Range", "")
        if not content_range.startswith(f"bytes {part.offset}-"):
            wanted = part.offset
            part.restart()
            raise TemporaryFailure(
                f"wanted the rest from byte {wanted} on, the server sent `{content_range}`", 0
            )

    def _proxy_for(self, url: str) -> str:
        return self._proxy or proxy_for(url)

    def _pool(self, url: str) -> PoolManager:
        """Return the connections for `url`: by its proxy, with or without verification."""
        import urllib3

        from genode_tool.ports.fetch.transports.guarded_pools import POOLS

        host = split_url(url).hostname or ""
        insecure = host in self._policy.insecure_hosts and url.startswith("https:")
        key = (self._proxy_for(url), insecure)
        with self._lock:
            pool = self._pools.get(key)
            if pool is None:
                context = unverified_context() if insecure else verifying_context(self._bundle)
                options: dict[str, Any] = {"ssl_context": context, "maxsize": 8}
                if key[0]:
                    login = _authorization(key[0], "Proxy-Authorization")
                    pool = urllib3.ProxyManager(key[0], proxy_headers=login, **options)
                else:
                    pool = urllib3.PoolManager(**options)
                pool.pool_classes_by_scheme = POOLS
                self._pools[key] = pool
            if insecure and host not in self._warned:
                self._warned.add(host)
                urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
                text = f"the certificate of {host} is NOT checked, as --insecure {host} asks"
                self._sink(Note(text, "warning"))
        return pool


def _authorization(url: str, header: str = "Authorization") -> dict[str, str]:
    """Return the header with the user and password for `url`."""
    login = login_of(url)
    if login is None:
        return {}
    from urllib3 import make_headers

    return {header: make_headers(basic_auth=":".join(login))["authorization"]}


def _validator(headers: Any) -> str:
    """Return what If-Range may hold (RFC 9110, 13.1.5): a strong ETag, else Last-Modified."""
    etag: str = headers.get("ETag", "")
    if etag and not etag.startswith("W/"):
        return etag
    modified: str = headers.get("Last-Modified", "")
    return modified
