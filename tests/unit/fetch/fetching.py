"""Helpers of the tests of fetching."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from genode_tool.events import Event, Note
from genode_tool.ports.fetch.cache.downloads import Cache
from genode_tool.ports.fetch.fetcher import Fetcher
from genode_tool.ports.fetch.mirrors import parse_mirrors
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.source import Digest, PortSource, SourceKind

DATA = bytes(range(256)) * 2000


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def source(*urls: str, data: bytes = DATA, digest: str | None = None) -> PortSource:
    """A file whose declared hash is that of `data`."""
    return PortSource(SourceKind.FILE, "it", urls, Digest.parse(digest or sha256(data)))


@dataclass
class Place:
    """A cache and the events so far."""

    cache: Path
    events: list[Event] = field(default_factory=list)

    def fetcher(self, mirrors: str = "", **policy: object) -> Fetcher:
        wishes: dict[str, object] = {
            "retries": 2,
            "first_pause": 0.01,
            "stall_timeout": 60.0,
            "connect_timeout": 60.0,
            "mirrors": parse_mirrors(mirrors),
        }
        wishes.update(policy)
        return Fetcher(Policy(**wishes), Cache(self.cache), self.events.append)  # type: ignore[arg-type]

    @property
    def notes(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Note)]

    @property
    def warnings(self) -> str:
        notes = [event for event in self.events if isinstance(event, Note)]
        return "\n".join(note.text for note in notes if note.level == "warning")

    @property
    def files(self) -> list[str]:
        """The names in the cache."""
        return sorted(path.name for path in self.cache.iterdir()) if self.cache.is_dir() else []
