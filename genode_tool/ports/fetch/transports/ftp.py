"""FTP, which a few old ports still name."""

from __future__ import annotations

import ftplib
import socket
from urllib.parse import unquote, urlsplit

from genode_tool.deadline import Deadline
from genode_tool.ports.fetch.cache.part import Part, Provenance
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import Trouble, Unavailable
from genode_tool.ports.fetch.progress import Steps
from genode_tool.ports.fetch.transports.logins import login_of

_CHUNK = 1 << 18


class Ftp:
    """Fetches by the standard library's client, in passive and binary mode."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def get(self, url: str, part: Part, deadline: Deadline, steps: Steps) -> None:
        """Fetch `url`; see `Transport`."""
        parts = urlsplit(url)
        patience = deadline.bounded(self._policy.stall_timeout)
        try:
            with ftplib.FTP(timeout=patience) as ftp:
                ftp.connect(parts.hostname or "", parts.port or ftplib.FTP_PORT)
                ftp.login(*(login_of(url) or ()))
                self._retrieve(ftp, unquote(parts.path), url, part, deadline, steps)
        except ftplib.error_perm as error:
            raise Unavailable(f"the server says: {error}") from error
        except TimeoutError as error:
            raise Trouble(f"no byte came for {patience:g} s") from error
        except (ftplib.Error, EOFError, socket.gaierror, ConnectionError) as error:
            raise Trouble(str(error) or "the connection ended") from error

    def _retrieve(
        self, ftp: ftplib.FTP, path: str, url: str, part: Part, deadline: Deadline, steps: Steps
    ) -> None:
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
                    raise Trouble("the time was over")
                if part.offset > self._policy.most_bytes:
                    raise Unavailable(f"more than {self._policy.most_bytes} bytes")
                part.write(chunk)
                meter.add(len(chunk))
        ftp.voidresp()
        if total is not None and part.offset != total:
            raise Trouble(f"the connection ended after {part.offset} of {total} bytes")
