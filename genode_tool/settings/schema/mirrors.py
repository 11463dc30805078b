"""Mirrors of downloads (`etc/mirrors.toml`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MirrorPlaces:
    """`ports`: words as in `GENODE_CONTRIB_MIRRORS`. `gnu`: URLs of GNU's archives, in order."""

    ports: tuple[str, ...] = ()
    gnu: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MirrorSettings:
    """The file's one table."""

    mirrors: MirrorPlaces = MirrorPlaces()
