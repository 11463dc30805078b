"""Names of what belongs to Sculpt in a depot: index files and system images."""

from __future__ import annotations

import re
from dataclasses import dataclass

from genode_tool.errors import UserError
from genode_tool.regex import regex

_NAME = regex(r"([A-Za-z0-9_]+)-([\w.-]+?)-(\d[\w.+~-]*)", re.ASCII)
_USER = regex(r"[A-Za-z0-9][\w.+-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class IndexName:
    """The name of a file that describes archives: `USER/index/NAME` or `USER/image/index`."""

    user: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.user}/{self.kind}/{self.name}"

    @property
    def of_images(self) -> bool:
        """True for the index of system images."""
        return self.kind == "image"


@dataclass(frozen=True, slots=True)
class ImageName:
    """A system image of a user: `OS-BOARD-VERSION`, such as `sculpt-pc-2026-01-28`."""

    user: str
    os: str
    board: str
    version: str

    @property
    def name(self) -> str:
        """The name without the user."""
        return f"{self.os}-{self.board}-{self.version}"

    def __str__(self) -> str:
        return f"{self.user}/image/{self.name}"


def parse_image(path: str) -> ImageName:
    """Return the image that `USER/image/OS-BOARD-VERSION` names. Raises `UserError`."""
    parts = [part.replace("..", "__") for part in path.split("/") if part]
    found = image_of_name(parts[0], parts[2]) if len(parts) == 3 and parts[1] == "image" else None
    if found is None:
        raise UserError(
            f"`{path}` is not the name of a system image",
            hint="wanted USER/image/OS-BOARD-VERSION, such as alice/image/sculpt-pc-2026-01-28",
        )
    return found


def image_of_name(user: str, name: str) -> ImageName | None:
    """Return the image that `OS-BOARD-VERSION` names, None when it is no such name."""
    match = _NAME.fullmatch(name)
    return ImageName(user, match[1], match[2], match[3]) if match else None


def parse_sculpt_name(path: str) -> IndexName | ImageName | None:
    """Return the index or image that a word names, None if it names an archive.

    Raises `UserError` for an image whose name has not all parts.
    """
    parts = [part.replace("..", "__") for part in path.split("/") if part]
    if len(parts) != 3 or parts[1] not in ("index", "image"):
        return None
    user, kind, name = parts
    if kind == "index" or name == "index":
        return IndexName(user, kind, name)
    return parse_image(path)


def parse_index(path: str, kind: str) -> IndexName:
    """Return the index of a kind that a word names. Raises `UserError` for anything else."""
    found = parse_sculpt_name(path)
    if not isinstance(found, IndexName) or found.kind != kind or not _USER.fullmatch(found.user):
        wanted = "USER/image/index" if kind == "image" else "USER/index/VERSION"
        raise UserError(f"`{path}` is not the name of an index", hint=f"wanted {wanted}")
    return found
