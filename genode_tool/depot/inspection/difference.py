"""The differences between the directories of two archives, as `diff -ru` shows them."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from genode_tool.depot.archive.content import Item, items_of


class Change(Enum):
    """What happened to an item on the way from the first archive to the second."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    KIND = "is of another kind"


@dataclass(frozen=True, slots=True)
class Difference:
    """One item that differs; `lines` is a unified diff, () for what is no text."""

    path: str
    change: Change
    lines: tuple[str, ...] = ()


def differences(first: Path, second: Path) -> Iterator[Difference]:
    """Yield what differs, sorted by path. Raises `OSError`."""
    here = {item.path: item for item in items_of(str(first))}
    there = {item.path: item for item in items_of(str(second))}
    for path in sorted({*here, *there}, key=os.fsencode):
        if path not in there:
            yield Difference(path, Change.REMOVED)
        elif path not in here:
            yield Difference(path, Change.ADDED)
        elif here[path].kind is not there[path].kind:
            yield Difference(path, Change.KIND)
        else:
            before, after = _data(first, here[path]), _data(second, there[path])
            if before != after:
                yield Difference(path, Change.CHANGED, tuple(_unified(path, before, after)))


def _data(top: Path, item: Item) -> bytes:
    if item.is_file:
        return (top / item.path).read_bytes()
    if (top / item.path).is_symlink():
        return os.fsencode(os.readlink(top / item.path))  # noqa: PTH115
    return b""


def _unified(path: str, before: bytes, after: bytes) -> Iterator[str]:
    if b"\0" in before or b"\0" in after:
        return
    old, new = (data.decode(errors="replace").splitlines() for data in (before, after))
    yield from difflib.unified_diff(old, new, f"a/{path}", f"b/{path}", lineterm="")
