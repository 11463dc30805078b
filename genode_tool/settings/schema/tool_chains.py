"""Compilers by release, and the archives of their sources (`etc/tool_chains.toml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from genode_tool.settings.schema.checked import Check


def _is_digest(value: str) -> bool:
    return len(value) in (40, 64) and not value.strip("0123456789abcdef")


ArchiveDigest = Annotated[str, Check(_is_digest, "a SHA-256 (or SHA-1) as hexadecimal digits")]


@dataclass(frozen=True, slots=True)
class ToolChainVersions:
    """The versions of one tool chain."""

    gcc: str
    binutils: str
    gdb: str


@dataclass(frozen=True, slots=True)
class ToolChainSettings:
    """The tool chains by the release that they came with, and the digests of archives by name."""

    tool_chains: Mapping[str, ToolChainVersions] = field(default_factory=dict)
    archives: Mapping[str, ArchiveDigest] = field(default_factory=dict)
