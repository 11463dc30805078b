"""The abilities of this kernel to confine processes, and what is not kept in without them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from genode_tool.sandbox import landlock, seccomp
from genode_tool.sandbox.trial import namespaces_allowed


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the kernel offers.

    `landlock` is the version of that interface (0: none), `filters` whether system calls can be
    filtered, `namespaces` whether this user can have processes, mounts and a network of its own.
    """

    landlock: int
    filters: bool
    namespaces: bool


@dataclass(frozen=True, slots=True)
class Ability:
    """One ability for a list: whether it is there, and what is possible without it."""

    name: str
    found: bool
    version: str
    without: str


def abilities() -> Abilities:
    """Return what this kernel offers to this user."""
    return Abilities(landlock.version(), seccomp.available(), namespaces_allowed())


def listed(found: Abilities | None = None) -> tuple[Ability, ...]:
    """Return the abilities with what confined programs can do without each."""
    has = abilities() if found is None else found
    return tuple(_list(has))


def _list(has: Abilities) -> Iterator[Ability]:
    usable = has.landlock >= landlock.FIRST_USABLE
    # Recipes in namespaces see no processes and no network but their own, and all else read-only.
    who = _ALL if not has.namespaces else _NOT_ISOLATED
    version = f"version {has.landlock}" if has.landlock else ""
    yield Ability("Landlock", usable, version, f"{who} {_WITHOUT_LANDLOCK}")
    if usable:
        for first, name, possible in _PARTS:
            if has.landlock < first and not (name == _TCP and has.filters):
                yield Ability(name, False, "", f"{who} {possible}")
    yield Ability("seccomp", has.filters, "", f"{who} {_WITHOUT_FILTERS}")
    yield Ability("namespaces", has.namespaces, "", f"recipes of ports {_WITHOUT_NAMESPACES}")


_NOT_ISOLATED = "planned run scripts and descriptions of ports"
_ALL = "planned run scripts, descriptions and recipes of ports"
_TCP = "Landlock, TCP"
_WITHOUT_LANDLOCK = (
    "can write files anywhere, and send signals to other processes and read their environment"
)
_PARTS = (
    (landlock.WITH_TRUNCATION, "Landlock, truncation", "can empty files anywhere"),
    (landlock.WITH_TCP, _TCP, "can connect by TCP"),
    (landlock.WITH_SCOPES, "Landlock, signals", "can send signals to other processes"),
)
_WITHOUT_FILTERS = (
    "can use networks, change modes, owners and times of files, and change priorities of processes"
)
_WITHOUT_NAMESPACES = "can change modes, owners and times of files outside, and see other processes"


def weaknesses() -> tuple[str, ...]:
    """Return, for a warning, which abilities a planned run script is confined without."""
    names = []
    if landlock.version() < landlock.FIRST_USABLE:
        names.append("Landlock")
    if not seccomp.available():
        names.append("seccomp")
    return tuple(names)
