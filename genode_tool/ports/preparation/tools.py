"""The hands of the steps: the fetchers, the archives, patch(1), as the user wants them."""

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
from genode_tool.ports.fetch.source import Fetched, Source
from genode_tool.ports.patch import apply
from genode_tool.ports.preparation.steps import Hands
from genode_tool.ports.store.ports import PortWorld
from genode_tool.settings import LayeredSettings

_SOURCE_SECONDS = 6 * 3600.0


def policy_of(
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


def hands_of(world: PortWorld, policy: Policy) -> Callable[[PortDescription, Sink], Hands]:
    """Return what makes the hands for each port of `world`."""

    def make(description: PortDescription, sink: Sink) -> Hands:
        keys = (description.port.repository / "ports" / "keys",)
        return _RealHands(Fetcher(policy, Cache(world.cache_dir), sink, keys), sink)

    return make


@dataclass(frozen=True, slots=True)
class _RealHands:
    fetcher: Fetcher
    sink: Sink

    def fetch_file(self, source: Source) -> Fetched:
        return self.fetcher.fetch_file(source, Deadline.after(_SOURCE_SECONDS))

    def fetch_checkout(self, source: Source, into: Path) -> Fetched:
        return self.fetcher.fetch_checkout(source, into, Deadline.after(_SOURCE_SECONDS))

    def extract(
        self, archive: Path, into: Path, source: Source, *, cwd: Path, keep_times: bool
    ) -> None:
        options = ExtractOptions.of(source, cwd=cwd, keep_times=keep_times)
        deadline = Deadline.after(_SOURCE_SECONDS)
        extract(archive, into, options, sink=self.sink, deadline=deadline)

    def patch(
        self, patch: Path, directory: Path, options: list[str], place: Location | None
    ) -> None:
        apply(patch, directory, options, place)
