"""The compilers that belong to a release of Genode; a tree's own pins win over the settings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.regex import regex
from genode_tool.settings.layered import LayeredSettings, settings_of


@dataclass(frozen=True, slots=True)
class Versions:
    """The tool chain called `name`, which is also its directory's name when installed."""

    name: str
    gcc: str
    binutils: str
    gdb: str


_RELEASE = regex(r"(\d\d)\.(02|05|08|11)")
_PIN = regex(r"^(TOOL_CHAIN|GCC|BINUTILS|GDB)_VERSION[ \t]*:?=[ \t]*(\S+)", re.MULTILINE)
_PORT = regex(r"^VERSION[ \t]*:?=[ \t]*([\w.]+)[ \t]*$", re.MULTILINE)


def known_versions(settings: LayeredSettings) -> tuple[Versions, ...]:
    """Return the tool chains of the settings, the oldest first.

    Raises `UserError` for one that is not named after a release.
    """
    found = settings.tool_chains.tool_chains
    for name in found:
        if not _RELEASE.fullmatch(name):
            raise UserError(
                f"`{name}` is not a release: wanted YY.02, .05, .08 or .11",
                location=settings.location("tool_chains", ("tool_chains", name)),
            )
    return tuple(
        Versions(name, found[name].gcc, found[name].binutils, found[name].gdb)
        for name in sorted(found, key=_rank)
    )


def versions_of(release: str, known: Sequence[Versions]) -> Versions:
    """Return the versions out of `known` that Genode `release` ("26.02") is compiled with.

    Raises `UserError` when it is not a release, or older than the first bare-metal tool chain.
    """
    fitting = [
        one for one in known if _RELEASE.fullmatch(release) and _rank(one.name) <= _rank(release)
    ]
    if not fitting:
        raise UserError(
            f"no tool chain is known for release `{release}`",
            hint=f"releases are called YY.02, .05, .08 or .11, from {known[0].name} on",
        )
    return fitting[-1]


def pinned_by(tree: Path) -> Versions | None:
    """Return what the source tree at `tree` pins, or None when it pins nothing readable.

    Raises `UserError` for a mistake in the settings, which have the release of a compiler.
    """
    pins = dict(_PIN.findall(_text(tree / "tool" / "tool_chain")))
    # Newer trees have the versions in port descriptions.
    for name in ("gcc", "binutils", "gdb"):
        found = _PORT.search(_text(tree / "repos" / "ports" / "ports" / f"{name}.port"))
        if found:
            pins[name.upper()] = found[1]
    if not {"GCC", "BINUTILS", "GDB"} <= pins.keys():
        return None
    gcc = pins["GCC"]
    own_name: str = pins.get("TOOL_CHAIN", "")
    if not own_name:
        known = reversed(known_versions(settings_of(tree)))
        own_name = next((one.name for one in known if one.gcc == gcc), f"gcc-{gcc}")
    return Versions(own_name, gcc, pins["BINUTILS"], pins["GDB"])


def _rank(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split("."))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
