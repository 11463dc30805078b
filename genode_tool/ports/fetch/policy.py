"""The limits of fetching and the places to fetch from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from genode_tool.ports.fetch.mirrors import Mirrors


@dataclass(frozen=True, slots=True)
class Policy:
    """The user's choices and the limits of one call.

    Times are in seconds. `retries` counts further attempts at one place after temporary failures.
    `stall_timeout` is how long no byte may arrive. `insecure_hosts` are the hosts whose
    certificates are not checked (the hash still is). `offline` restricts the sources to the cache
    and to mirrors in directories. `allow_unverified` accepts files without a declared hash, to
    compute one. `keyring` is a directory with public keys, named as in `KEY(…)`.
    """

    offline: bool = False
    insecure_hosts: frozenset[str] = frozenset()
    mirrors: Mirrors = field(default_factory=Mirrors)
    retries: int = 4
    connect_timeout: float = 30.0
    stall_timeout: float = 60.0
    first_pause: float = 1.0
    longest_pause: float = 60.0
    redirects: int = 10
    most_bytes: int = 64 << 30
    allow_unverified: bool = False
    keyring: Path | None = None
