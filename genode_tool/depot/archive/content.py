"""The content of an archive's directory, and its hashes.

The *hash* is the original's: SHA-1 over the list of regular files (`./PATH`, sorted in the C
locale, one a line), followed by their contents in that order. It cannot tell where one file ends
and the next begins, and ignores links, empty directories and modes. The *digest* is ours: SHA-256
over everything that belongs to an archive, each item with its length.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

_CHUNK = 1 << 20
_SPARE = 1 << 12

PACKAGE_LIST = "archives"
"""The file of a package that lists its archives."""


class ItemKind(Enum):
    """The kind of thing in an archive; the value stands in digests."""

    FILE = "file"
    PROGRAM = "program"
    LINK = "link"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class Item:
    """A file, link or empty directory; `path` is relative to the archive's directory.

    `size`, in bytes, is that of a file when it was looked at.
    """

    path: str
    kind: ItemKind
    size: int = field(default=0, compare=False)

    @property
    def is_file(self) -> bool:
        """True for a regular file."""
        return self.kind in (ItemKind.FILE, ItemKind.PROGRAM)


@dataclass(frozen=True, slots=True)
class ContentHash:
    """Both hashes of one content, as hexadecimal digits."""

    hash: str
    digest: str


def items_of(directory: str) -> list[Item]:
    """Return what is in a directory, in the order of the bytes of the paths.

    Raises `OSError`. Sockets and the like do not belong into archives and are left out.
    """
    found = list(_walk(directory, ""))
    found.sort(key=lambda item: os.fsencode(item.path))
    return found


def _walk(directory: str, prefix: str) -> Iterator[Item]:
    empty = True
    with os.scandir(directory) as entries:
        for entry in entries:
            empty = False
            path = prefix + entry.name
            if entry.is_symlink():
                yield Item(path, ItemKind.LINK)
            elif entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, f"{path}/")
            elif entry.is_file(follow_symlinks=False):
                found = entry.stat(follow_symlinks=False)
                program = found.st_mode & stat.S_IXUSR
                kind = ItemKind.PROGRAM if program else ItemKind.FILE
                yield Item(path, kind, found.st_size)
    if empty and prefix:
        yield Item(prefix.rstrip("/"), ItemKind.DIRECTORY)


@dataclass(frozen=True, slots=True)
class CountedAs:
    """A file that counts in the hash under another name, with another content."""

    name: str
    data: bytes


def content_hash(
    directory: str,
    counted: Mapping[str, CountedAs] | None = None,
    items: Sequence[Item] | None = None,
) -> ContentHash:
    """Return the hashes of an archive's directory. Raises `OSError`.

    `counted` are files that count in another way in the hash; the digest is that of what is there.
    `items` are what `items_of` returns, if that is known.
    """
    if items is None:
        items = items_of(directory)
    other = counted or {}
    files = [(_counted_name(item, other), item) for item in items if item.is_file]
    files.sort(key=lambda one: os.fsencode(one[0]))
    plain = hashlib.sha1(
        b"".join(b"./%s\n" % os.fsencode(name) for name, _ in files), usedforsecurity=False
    )
    whole = hashlib.sha256()
    for item in items:
        if item.kind is ItemKind.LINK:
            _add(whole, item, os.fsencode(os.readlink(f"{directory}/{item.path}")))  # noqa: PTH115
        elif item.kind is ItemKind.DIRECTORY:
            _add(whole, item, b"")
    for _, item in files:
        replaced = other.get(item.path)
        one = hashlib.sha256()
        for data in _blocks(f"{directory}/{item.path}", item.size):
            if replaced is None:
                plain.update(data)
            one.update(data)
        if replaced is not None:
            plain.update(replaced.data)
        _add(whole, item, one.digest())
    return ContentHash(plain.hexdigest(), whole.hexdigest())


def _blocks(path: str, size: int) -> Iterator[bytes]:
    """Yield the content of a file that had `size` bytes when it was looked at."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        done = 0
        while data := os.read(descriptor, min(_CHUNK, max(size - done, 0) + _SPARE)):
            yield data
            done += len(data)
            if done == size:
                return
    finally:
        os.close(descriptor)


def _counted_name(item: Item, counted: Mapping[str, CountedAs]) -> str:
    found = counted.get(item.path)
    return found.name if found else item.path


def package_list(directory: str, user: str) -> dict[str, CountedAs]:
    """Return how the list of a package counts: with `_` for its user, so that all users are equal.

    Raises `OSError`.
    """
    with open(f"{directory}/{PACKAGE_LIST}", "rb") as file:  # noqa: PTH123
        lines = file.read().splitlines(keepends=True)
    own = os.fsencode(f"{user}/")
    data = b"".join(b"_/" + line[len(own) :] if line.startswith(own) else line for line in lines)
    return {PACKAGE_LIST: CountedAs(f"_{PACKAGE_LIST}", data)}


def _add(whole: hashlib._Hash, item: Item, data: bytes) -> None:
    path = os.fsencode(item.path)
    whole.update(b"%s %d %d\n" % (item.kind.value.encode(), len(path), len(data)))
    whole.update(path)
    whole.update(data)
