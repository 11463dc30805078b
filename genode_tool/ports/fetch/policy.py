"""How insistently, how patiently and from where sources are fetched."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from genode_tool.ports.fetch.mirrors import Mirrors


@dataclass(frozen=True, slots=True)
class Policy:
    """The user's wishes and the limits of one call.

    Times are in seconds. `retries` counts further attempts at one place after troubles that may
    pass. `stall_timeout` is how long no byte may arrive. `insecure_hosts` are the hosts whose
    certificates are not checked (the hash still is). `offline` leaves the cache and mirrors in
    directories. `allow_unverified` accepts files without a declared hash, to compute one.
    `keyring` is a directory with public keys, named as `KEY(…)` says them.
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


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point of `time.monotonic()` at which all waiting for one source ends; None: never."""

    at: float | None = None

    @classmethod
    def after(cls, seconds: float | None) -> Deadline:
        """Return the deadline `seconds` from now."""
        return cls(None if seconds is None else time.monotonic() + seconds)

    @property
    def over(self) -> bool:
        """Whether it has passed."""
        return self.at is not None and time.monotonic() >= self.at

    def bounded(self, seconds: float) -> float:
        """Return `seconds`, or less when the deadline comes first (never below 0.01)."""
        if self.at is None:
            return seconds
        return max(0.01, min(seconds, self.at - time.monotonic()))
