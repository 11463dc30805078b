"""Transcripts of calls: what was printed, cached for `genode_tool.recall` to replay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

from genode_tool import recall
from genode_tool.cli.invocation import Invocation
from genode_tool.events import Event, Sink
from genode_tool.report.terminal import Terminal

if TYPE_CHECKING:
    from genode_tool.building.memory.observation import Observation

_STANDARD_OUTPUT = 1


class Witness:
    """Notes what is written to a terminal, and which events led to it.

    `screen` is the terminal to write to instead of the one given.
    """

    def __init__(self, screen: Terminal) -> None:
        self._copy: list[str] = []
        self._events: list[Event] = []
        self.screen = replace(screen, stream=cast(TextIO, _Tee(screen.stream, self._copy)))

    def listens(self, sink: Sink) -> Sink:
        """Return a sink that notes events and hands them on to `sink`."""

        def note(event: Event) -> None:
            self._events.append(event)
            sink(event)

        return note

    def text(self, kinds: Iterable[type[Event]]) -> str | None:
        """Return what was written; None when there were events of other kinds than these."""
        told = tuple(kinds)
        return "".join(self._copy) if all(isinstance(e, told) for e in self._events) else None


class _Tee:
    """A text stream that keeps a copy of what is written."""

    def __init__(self, stream: TextIO, copy: list[str]) -> None:
        self._stream = stream
        self._copy = copy

    def write(self, text: str) -> int:
        self._copy.append(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def keep(
    invocation: Invocation,
    build_dir: Path,
    observations: Iterable[Observation],
    began: int,
    text: str,
    seconds: float = -1.0,
) -> None:
    """Cache `text`, written to standard output, as the answer to the call of `invocation`.

    The call began at `began` (`time.time_ns`). The `seconds` in the text are those of each replay.
    """
    from genode_tool.building.memory.answers import keep_answer
    from genode_tool.building.memory.store import MemoryStore

    told = f"({seconds:.2f} s)"
    if seconds >= 0:
        text = text.replace(told, f"({recall.SECONDS} s)")
    key = recall.key_of(list(invocation.words), invocation.directory)
    store = MemoryStore.of(build_dir)
    keep_answer(store, key, observations, began, [(_STANDARD_OUTPUT, text)])
