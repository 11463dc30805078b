"""FTP, which a few old ports still name."""

from __future__ import annotations

import ftplib
import socket
from urllib.parse import unquote

from genode_tool.deadline import Deadline
from genode_tool.ports.fetch.addresses import split_url
from genode_tool.ports.fetch.cache.part import PartialDownload, Provenance
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import TemporaryFailure, Unavailable
from genode_tool.ports.fetch.progress import SourceProgress
from genode_tool.ports.fetch.transports.logins import login_of
from genode_tool.ports.fetch.transports.stall_guard import StallGuard, patience, watch

_CHUNK = 1 << 18


class Ftp:
    """Fetches with the standard library's client, in passive and binary mode."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def get(
        self, url: str, part: PartialDownload, deadline: Deadline, steps: SourceProgress
    ) -> None:
        """Fetch `url` into `part`, from its offset on; raises what `Transport.get` names."""
        parts = split_url(url)
        timeout = deadline.bounded(self._policy.stall_timeout)
        with StallGuard(deadline.bounded(patience(self._policy))) as guard:
            try:
                with _Client(timeout=timeout) as ftp:
                    ftp.connect(parts.hostname or "", parts.port or ftplib.FTP_PORT)
                    ftp.login(*(login_of(url) or ()))
                    path = unquote(parts.path)
                    self._retrieve(ftp, path, url, part, deadline, steps, guard)
            except Exception as error:
                problem = guard.too_slow if guard.cut else _problem(error, timeout)
                if problem is error:
                    raise
                raise problem from error

    def _retrieve(
        self,
        ftp: ftplib.FTP,
        path: str,
        url: str,
        part: PartialDownload,
        deadline: Deadline,
        steps: SourceProgress,
        guard: StallGuard,
    ) -> None:
        # Before SIZE: in text mode servers refuse it, since line ends would change the size.
        ftp.voidcmd("TYPE I")
        total = ftp.size(path)
        part.begin(url)
        if total is not None and part.offset > total:
            part.restart()
        part.expect(Provenance(url), total)
        meter = steps.download(url, total, part.offset)
        with ftp.transfercmd(f"RETR {path}", part.offset or None) as data:
            watch(data)
            while chunk := data.recv(_CHUNK):
                guard.progress()
                if deadline.expired:
                    raise TemporaryFailure("timed out")
                if part.offset > self._policy.most_bytes:
                    raise Unavailable(f"more than {self._policy.most_bytes} bytes")
                part.write(chunk)
                meter.add(len(chunk))
        ftp.voidresp()
        if total is not None and part.offset != total:
            raise TemporaryFailure(f"the connection ended after {part.offset} of {total} bytes")


class _Client(ftplib.FTP):
    """Lets the guard of the thread watch each answer of the server, the greeting included."""

    def getresp(self) -> str:
        """Return the next answer; see ftplib."""
        watch(self.sock)
        return super().getresp()


def _problem(error: Exception, timeout: float) -> Exception:
    """Return what to raise for an error of the client."""
    match error:
        case ftplib.error_perm():
            return Unavailable(f"the server says: {error}")
        case TimeoutError():
            return TemporaryFailure(f"no data received for {timeout:g} s")
        case ftplib.Error() | EOFError() | socket.gaierror() | ConnectionError():
            return TemporaryFailure(str(error) or "the connection ended")
        case _:
            return error
