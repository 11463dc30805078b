"""The one type of an observation: what was looked at, the result, and a cheap stamp for it.

Whatever is remembered between calls depends on observations: evaluations that are reused, plans
that go straight to ninja, answers that are replayed, sources whose content decides what a build
repeats.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from genode_tool.building.memory.stamps import (
    digest,
    digest_of,
    directory_stamp,
    file_stamp,
    is_racy,
)
from genode_tool.recall import kind_at
from genode_tool.record import NamedTuple


class Look:
    """The ways of looking at something; plain strings, because they are written to disk."""

    READ: Final = "read"
    """The content of a file, as a digest; None when it does not exist."""
    LIST: Final = "list"
    """The names in a directory, as a digest; None when it does not exist."""
    KIND: Final = "kind"
    """The kind of a path: "file", "directory", "other" or None."""
    REAL: Final = "real"
    """A path free of links, or None."""
    ENV: Final = "env"
    """A variable of the environment, or None."""
    SHELL: Final = "shell"
    """Standard output and exit status of a shell command."""
    SOURCE: Final = "source"
    """The input of build steps at a path: the digest of a file, the times of anything else."""
    FILE: Final = "file"
    """The stamp of a file, and no result: the file counts as changed when its stamp differs."""
    DIRECTORY: Final = "directory"
    """The stamp of a directory, and no result."""


Key = tuple[Any, ...]
"""`Look` and what was looked at; plain data."""


class Observation(NamedTuple):
    """One observation; a named tuple, because a call makes or reads thousands.

    `result` is the part of the answer that evaluations depend on. An equal `stamp` spares
    comparing it, unless the stamp is `racy`: (path, stamp) for what lies in the file system,
    where the path may be that of the directory around the subject, or other plain data, or None.
    All of it is plain data; `tuple(observation)` is what is written to disk.
    """

    key: Key
    result: Any = None
    stamp: Any = None
    racy: bool = False


def observe_file(path: str, looked_ns: int) -> Observation:
    """Return the observation of a file's stamp alone; `looked_ns` as for `is_racy`."""
    stamp = file_stamp(path)
    if stamp is None:
        return Observation((Look.FILE, path))
    return Observation((Look.FILE, path), None, (path, stamp), is_racy(stamp, looked_ns))


def observe_kind(path: str) -> Observation:
    """Return the observation of what is at `path`."""
    return Observation((Look.KIND, path), kind_at(path))


def observe_directory(path: str, looked_ns: int) -> Observation:
    """Return the observation of a directory's stamp, or that there is none; as `observe_file`."""
    stamp = directory_stamp(path)
    if stamp is None:
        return observe_kind(path)
    return Observation((Look.DIRECTORY, path), None, (path, stamp), is_racy(stamp, looked_ns))


def merged(observations: Iterable[Observation]) -> list[Observation]:
    """Return fewer observations that are true only as long as all of `observations` are.

    Hundreds of names are looked for in the same directory; its stamp stands for all of them.
    """
    found: dict[Key, Observation] = {}
    for one in observations:
        look = one.key[0]
        key = one.key
        if one.stamp is not None and not one.racy:
            absent = look == Look.READ and one.result is None
            if absent or look in (Look.KIND, Look.LIST):
                key = (Look.DIRECTORY, one.stamp[0])
            elif look == Look.READ:
                key = (Look.FILE, one.stamp[0])
        found[key] = one if key is one.key else Observation(key, None, one.stamp)
    return list(found.values())


def reduced(key: Key, answer: Any) -> Any:
    """Return the part of an answer that evaluations depend on, as plain data."""
    look = key[0]
    if look == Look.READ:
        return None if answer is None else digest(answer)
    if look == Look.KIND:
        return None if answer is None else answer.kind.value
    if look == Look.LIST:
        return None if answer is None else digest_of(answer)
    if look == Look.SHELL:
        return (answer.stdout, answer.status)
    return answer
