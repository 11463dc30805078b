"""Users of depots: who publishes where, and with which key.

A user has a file `pubkey`, an OpenPGP key in ASCII armour, and a file `download` with the URL
below which the directory of the user is published. They lie in `DEPOT/USER`, where Goa keeps them,
or in `sculpt/depot/USER` of a repository of the source tree.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool.depot.archive.name import Archive
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.nearest import did_you_mean
from genode_tool.regex import regex

_NAME = regex(r"[A-Za-z0-9][\w.+-]*", re.ASCII)
_NOT_USERS = ("var",)


@dataclass(frozen=True, slots=True)
class DepotUser:
    """A user with the key file, and the URL, "" when none is known."""

    name: str
    pubkey: Path
    url: str


class DepotUsers:
    """The users that a depot and the `repositories` of a source tree know."""

    def __init__(self, depot: Path, repositories: Sequence[Path]) -> None:
        self.depot = depot
        self._places = (depot, *(one / "sculpt/depot" for one in repositories))

    def names(self) -> tuple[str, ...]:
        """Return the names of all users that have a key, sorted."""
        found: set[str] = set()
        for place in self._places:
            if place.is_dir():
                found |= {one.parent.name for one in place.glob("*/pubkey")}
        return tuple(sorted(found - set(_NOT_USERS)))

    def get(self, name: str) -> DepotUser:
        """Return a user. Raises `UserError` when there is no key."""
        key = self._file(name, "pubkey")
        if key is None:
            raise UserError(
                f"no public key of the depot user `{name}`",
                hint=did_you_mean(name, self.names())
                or f"`genode depot user add {name} --key FILE --url URL` makes the user known",
            )
        url = self._file(name, "download")
        return DepotUser(name, key, _first_word(url) if url else "")

    def location(self, archive: Archive) -> str:
        """Return the URL at which an archive is published, "" when its user has none."""
        url = self._file(archive.user, "download")
        return f"{_first_word(url)}/{archive}.tar.xz" if url and _first_word(url) else ""

    def _file(self, user: str, name: str) -> Path | None:
        for place in self._places:
            path = place / user / name
            if path.is_file():
                return path
        return None


def check_user_name(name: str) -> str:
    """Return `name`. Raises `UserError` if no user of a depot can be called like that."""
    if not _NAME.fullmatch(name) or ".." in name or name in _NOT_USERS:
        raise UserError(
            f"`{name}` cannot be the name of a depot user",
            hint="a name has letters, digits and `-._+`, such as alice",
        )
    return name


def _first_word(path: Path) -> str:
    try:
        words = path.read_text(errors="replace").split()
    except OSError as error:
        raise EnvironmentProblem(f"cannot read {path}: {os.strerror(error.errno or 0)}") from error
    return words[0].rstrip("/") if words else ""
