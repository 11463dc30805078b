"""The tools of the steps: fetchers, archives and patch(1), with the user's options."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool.deadline import Deadline
from genode_tool.errors import Location
from genode_tool.events import Sink
from genode_tool.ports.archive import ExtractOptions, extract
from genode_tool.ports.description.evaluate import PortDescription
from genode_tool.ports.fetch.cache.downloads import Cache
from genode_tool.ports.fetch.fetcher import Fetcher
from genode_tool.ports.fetch.mirrors import mirrors_of, parse_mirrors
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.source import Fetched, PortSource
from genode_tool.ports.patch import apply
from genode_tool.ports.preparation.confinement import confined
from genode_tool.ports.preparation.steps import PortTools
from genode_tool.ports.store.collection import PortCollection
from genode_tool.settings.layered import LayeredSettings

_SOURCE_SECONDS = 6 * 3600.0


def fetch_policy(
    settings: LayeredSettings, *, offline: bool = False, insecure: Sequence[str] = ()
) -> Policy:
    """Return the policy of a call; mirrors come from `GENODE_CONTRIB_MIRRORS`, else `settings`.

    Raises `UserError` when they are wrong.
    """
    text = os.environ.get("GENODE_CONTRIB_MIRRORS")
    if text is None:
        mirrors = mirrors_of(
            settings.mirrors.mirrors.ports,
            settings.location("mirrors", ("mirrors", "ports")),
        )
    else:
        mirrors = parse_mirrors(text)
    keyring = os.environ.get("GENODE_CONTRIB_KEYRING")
    return Policy(
        offline=offline,
        insecure_hosts=frozenset(insecure),
        mirrors=mirrors,
        keyring=Path(keyring) if keyring else None,
    )


def tools_for(
    collection: PortCollection, policy: Policy
) -> Callable[[PortDescription, Sink], PortTools]:
    """Return a function that creates the tools for each port of `collection`."""

    def make(description: PortDescription, sink: Sink) -> PortTools:
        keys = (description.port.repository / "ports" / "keys",)
        return _Tools(Fetcher(policy, Cache(collection.cache_dir), sink, keys), sink)

    return make


@dataclass(frozen=True, slots=True)
class _Tools:
    fetcher: Fetcher
    sink: Sink

    def fetch_file(self, source: PortSource) -> Fetched:
        return self.fetcher.fetch_file(source, Deadline.after(_SOURCE_SECONDS))

    def fetch_checkout(self, source: PortSource, into: Path) -> Fetched:
        return self.fetcher.fetch_checkout(source, into, Deadline.after(_SOURCE_SECONDS))

    def extract(
        self, archive: Path, into: Path, source: PortSource, *, cwd: Path, keep_times: bool
    ) -> None:
        options = ExtractOptions.of(source, cwd=cwd, keep_times=keep_times)
        deadline = Deadline.after(_SOURCE_SECONDS)

        def work(sink: Sink) -> None:
            extract(archive, into, options, sink=sink, deadline=deadline)

        confined(cwd, work, self.sink)

    def patch(
        self, patch: Path, directory: Path, options: list[str], place: Location | None
    ) -> None:
        confined(directory, lambda _: apply(patch, directory, options, place), self.sink)
