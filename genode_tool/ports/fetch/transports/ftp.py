"""FTP, which a few old ports still name."""

from __future__ import annotations

import ftplib
import socket
from urllib.parse import unquote, urlsplit

from genode_tool.deadline import Deadline
from genode_tool.ports.fetch.cache.part import PartialDownload, Provenance
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import TemporaryFailure, Unavailable
from genode_tool.ports.fetch.progress import SourceProgress
from genode_tool.ports.fetch.transports.logins import login_of

_CHUNK = 1 << 18


class Ftp:
    """Fetches with the standard library's client, in passive and binary mode."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def get(
        self, url: str, part: PartialDownload, deadline: Deadline, steps: SourceProgress
    ) -> None:
        """Fetch `url` into `part`, from its offset on; raises what `Transport.get` names."""
        parts = urlsplit(url)
        timeout = deadline.bounded(self._policy.stall_timeout)
        try:
            with ftplib.FTP(timeout=timeout) as ftp:
                ftp.connect(parts.hostname or "", parts.port or ftplib.FTP_PORT)
                ftp.login(*(login_of(url) or ()))
                self._retrieve(ftp, unquote(parts.path), url, part, deadline, steps)
        except ftplib.error_perm as error:
            raise Unavailable(f"the server says: {error}") from error
        except TimeoutError as error:
            raise TemporaryFailure(f"no data received for {timeout:g} s") from error
        except (ftplib.Error, EOFError, socket.gaierror, ConnectionError) as error:
            raise TemporaryFailure(str(error) or "the connection ended") from error

    def _retrieve(
        self,
        ftp: ftplib.FTP,
        path: str,
        url: str,
        part: PartialDownload,
        deadline: Deadline,
        steps: SourceProgress,
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
            while chunk := data.recv(_CHUNK):
                if deadline.expired:
                    raise TemporaryFailure("timed out")
                if part.offset > self._policy.most_bytes:
                    raise Unavailable(f"more than {self._policy.most_bytes} bytes")
                part.write(chunk)
                meter.add(len(chunk))
        ftp.voidresp()
        if total is not None and part.offset != total:
            raise TemporaryFailure(f"the connection ended after {part.offset} of {total} bytes")
