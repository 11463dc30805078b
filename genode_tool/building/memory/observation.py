"""An observation of the machine: what was looked at, and what of it is kept between calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from genode_tool.building.memory.stamps import digest, digest_of

if TYPE_CHECKING:  # importing the makefile machinery takes longer than finding nothing changed
    from genode_tool.errors import Location


class Look:
    """The ways of looking at something; plain strings, because they are written to disk."""

    READ: Final = "read"
    LIST: Final = "list"
    KIND: Final = "kind"
    REAL: Final = "real"
    ENV: Final = "env"
    SHELL: Final = "shell"


Key = tuple[Any, ...]
"""`Look` and what was looked at; plain data."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """An observation as it is kept between calls: its key, its result, its cheap check.

    `stamp` is plain data that, when it reads the same again, spares comparing the result: for
    files and directories their path with modification time and inode.
    """

    key: Key
    result: Any
    stamp: Any


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a `$(shell …)` wrote to its standard error, and which one it was."""

    command: str
    text: str
    location: Location | None


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
