"""The transports of files, and the choice of one by the kind of URL."""

from __future__ import annotations

from typing import Protocol

from genode_tool.deadline import Deadline
from genode_tool.events import Sink
from genode_tool.ports.fetch.addresses import split_url
from genode_tool.ports.fetch.cache.part import PartialDownload
from genode_tool.ports.fetch.mirrors import local_path
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import Unavailable
from genode_tool.ports.fetch.progress import SourceProgress
from genode_tool.ports.fetch.transports.ftp import Ftp
from genode_tool.ports.fetch.transports.http import Http
from genode_tool.ports.fetch.transports.local import Local


class Transport(Protocol):
    """Moves the bytes of one URL into a part."""

    def get(
        self, url: str, part: PartialDownload, deadline: Deadline, steps: SourceProgress
    ) -> None:
        """Fill `part` to its end, from `part.offset` on where that is possible.

        Raises `TemporaryFailure` for what may pass, `Unavailable` for what will not, and
        `EnvironmentProblem` when the part cannot be written.
        """


class Transports:
    """The transport for each kind of URL."""

    def __init__(self, policy: Policy, sink: Sink) -> None:
        self._policy = policy
        self._local = Local()
        http = Http(policy, sink)
        self._remote: dict[str, Transport] = {"http": http, "https": http, "ftp": Ftp(policy)}

    def for_place(self, place: str) -> Transport:
        """Return the transport for `place`. Raises `Unavailable` when there is none."""
        if local_path(place) is not None:
            return self._local
        if self._policy.offline:
            raise Unavailable("not asked: offline")
        scheme = split_url(place).scheme.lower()
        if scheme not in self._remote:
            known = ", ".join(f"{name}:" for name in (*self._remote, "file"))
            raise Unavailable(f"`{scheme}:` is not a supported kind of URL ({known})")
        return self._remote[scheme]
