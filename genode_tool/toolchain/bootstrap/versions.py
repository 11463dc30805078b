"""Which compilers belong to which release of Genode, as data; a tree's own pins win."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import UserError


@dataclass(frozen=True, slots=True)
class Versions:
    """The tool chain called `name`, which is also its directory's name when installed."""

    name: str
    gcc: str
    binutils: str
    gdb: str


# Each row holds from its release on. Source: tool/tool_chain and the ports gcc, binutils and
# gdb at each release's tag; the ports tell what was really built where the two differ.
TABLE = (
    Versions("11.11", "4.6.1", "2.21.1", "7.3.1"),
    Versions("12.11", "4.7.2", "2.22", "7.3.1"),
    Versions("14.11", "4.7.4", "2.22", "7.3.1"),
    Versions("15.05", "4.9.2", "2.25", "7.3.1"),
    Versions("17.05", "6.3.0", "2.28", "7.3.1"),
    Versions("19.05", "8.3.0", "2.32", "8.2.1"),
    Versions("21.05", "10.3.0", "2.36.1", "10.2"),
    Versions("23.05", "12.3.0", "2.40", "13.1"),
    Versions("25.05", "14.2.0", "2.44", "16.3"),
)

_RELEASE = re.compile(r"(\d\d)\.(02|05|08|11)")
_PIN = re.compile(r"^(TOOL_CHAIN|GCC|BINUTILS|GDB)_VERSION[ \t]*:?=[ \t]*(\S+)", re.MULTILINE)
_PORT = re.compile(r"^VERSION[ \t]*:?=[ \t]*([\w.]+)[ \t]*$", re.MULTILINE)


def versions_of(release: str) -> Versions:
    """Return what Genode `release` ("26.02") is compiled with.

    Raises `UserError` when it is no release, or older than the first bare-metal tool chain.
    """
    fitting = [
        row for row in TABLE if _RELEASE.fullmatch(release) and _rank(row.name) <= _rank(release)
    ]
    if not fitting:
        raise UserError(
            f"no tool chain is known for release `{release}`",
            hint=f"releases are called YY.02, .05, .08 or .11, from {TABLE[0].name} on",
        )
    return fitting[-1]


def pinned_by(tree: Path) -> Versions | None:
    """Return what the source tree at `tree` pins, or None when it pins nothing readable."""
    pins = dict(_PIN.findall(_text(tree / "tool" / "tool_chain")))
    for name in ("gcc", "binutils", "gdb"):
        found = _PORT.search(_text(tree / "repos" / "ports" / "ports" / f"{name}.port"))
        if found:
            pins[name.upper()] = found[1]
    if not {"GCC", "BINUTILS", "GDB"} <= pins.keys():
        return None
    gcc = pins["GCC"]
    known = next((row.name for row in reversed(TABLE) if row.gcc == gcc), f"gcc-{gcc}")
    return Versions(pins.get("TOOL_CHAIN", known), gcc, pins["BINUTILS"], pins["GDB"])


def _rank(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split("."))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
