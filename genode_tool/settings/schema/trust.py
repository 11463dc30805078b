"""Directories of other users that are trusted (`etc/trust.toml`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrustedPlaces:
    """`directories` are absolute paths; `*` stands for all."""

    directories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrustSettings:
    """The file's one table."""

    trust: TrustedPlaces = TrustedPlaces()
