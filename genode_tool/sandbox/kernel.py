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
    version = f"version {has.landlock}" if has.landlock else ""
    usable = has.landlock >= landlock.FIRST_USABLE
    yield Ability(
        "Landlock", usable, version, "ports and planned run scripts can write files anywhere"
    )
    if usable and has.landlock < landlock.WITH_SCOPES and not has.namespaces:
        yield Ability(
            "Landlock's scopes",
            False,
            "",
            "ports and planned run scripts can send signals to other processes",
        )
    yield Ability(
        "seccomp", has.filters, "", "ports and planned run scripts can use networks, other than TCP"
    )
    yield Ability(
        "namespaces",
        has.namespaces,
        "",
        "recipes of ports can change modes and times of files outside and see other processes",
    )


def weaknesses() -> tuple[str, ...]:
    """Return, for a warning, which abilities a planned run script is confined without."""
    names = []
    if landlock.version() < landlock.FIRST_USABLE:
        names.append("Landlock")
    if not seccomp.available():
        names.append("seccomp")
    return tuple(names)
