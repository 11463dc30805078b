"""The names that members of an archive may have."""

from __future__ import annotations

import os

from genode_tool.errors import Location
from genode_tool.ports.fetch.problems import PortFailed


class BadArchive(PortFailed):
    """An archive is damaged, or contains something that no honest archive contains."""


class MemberNames:
    """Checks the names of an archive's members; what is a link may have no members below it."""

    def __init__(self, archive: str, location: Location | None = None) -> None:
        self._archive = archive
        self._location = location
        self._links: set[bytes] = set()

    def check(self, name: bytes) -> bytes:
        """Return `name` without empty and `.` parts. Raises `BadArchive`."""
        if not name or b"\0" in name:
            raise self.refusal(name, "has an invalid name")
        if name.startswith(b"/"):
            raise self.refusal(name, "has an absolute name")
        # Most names need no splitting, and an archive may have hundreds of thousands.
        if b"//" in name or b"." in name:
            parts = [part for part in name.split(b"/") if part not in (b"", b".")]
            if b".." in parts:
                raise self.refusal(name, "has `..` in its name")
            plain = b"/".join(parts)
        else:
            plain = name.rstrip(b"/")
        # A link to another place and then a member below it would write to that place.
        if self._links:
            at = plain.find(b"/")
            while at >= 0:
                if plain[:at] in self._links:
                    raise self.refusal(name, f"lies below the link `{shown(plain[:at])}`")
                at = plain.find(b"/", at + 1)
        return plain

    def link(self, plain: bytes) -> None:
        """Note that the member is a symbolic link; `plain` is from `check`."""
        self._links.add(plain)

    def hard_link(self, name: bytes, target: bytes) -> None:
        """Check the target of a hard link. Raises `BadArchive`."""
        try:
            self.check(target)
        except BadArchive as error:
            raise self.refusal(
                name, f"is a hard link to `{shown(target)}`, which leads outside"
            ) from error

    def refusal(self, name: bytes, words: str) -> BadArchive:
        """Return the error that says what is wrong with a member."""
        return BadArchive(
            f"{self._archive}: member `{shown(name)}` {words}; nothing was extracted",
            location=self._location,
            hint="no source archive should have this: do not trust it",
        )


def is_suspicious(target: bytes) -> bool:
    """Return whether the target of a symbolic link may lead out of the link's directory."""
    return target.startswith(b"/") or b".." in target.split(b"/")


def shown(name: bytes) -> str:
    """Return a member's name on one line, whatever bytes it has."""
    text = os.fsdecode(name)
    if text.isprintable():
        return text
    return (
        text.encode("utf-8", "surrogateescape")
        .decode("latin-1")
        .encode("unicode_escape")
        .decode("ascii")
    )
