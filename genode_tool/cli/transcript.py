"""Transcripts of calls: what was printed, cached for `genode_tool.recall` to replay."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool import recall
from genode_tool.cli.invocation import Invocation, OutputOptions
from genode_tool.events import Event, Sink
from genode_tool.record import replace

if TYPE_CHECKING:
    from genode_tool.building.memory.observation import Observation

_STANDARD_OUTPUT = 1


class SecondsOfReplay(float):
    """Stands for the duration of a call; replays put theirs in place of the mark that it shows."""

    def __format__(self, _spec: str) -> str:
        return recall.SECONDS


class EventRecorder:
    """Records the events of a call, to write down later how they look."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def recording(self, sink: Sink) -> Sink:
        """Return a sink that records events and passes them on to `sink`."""

        def record(event: Event) -> None:
            self._events.append(event)
            sink(event)

        return record

    def transcript(self, output: OutputOptions) -> str | None:
        """Return what a build without steps prints, its duration left to replays.

        None when there were events of other kinds.
        """
        from genode_tool.building.events import BuildFinished, ProblemsFound
        from genode_tool.report import build as voice
        from genode_tool.report.reporter import Reporter

        stream = io.StringIO()
        screen = replace(output.screen(), stream=stream, live=False)
        with Reporter(screen, output.verbosity, (voice,)) as reporter:
            for event in self._events:
                match event:
                    case BuildFinished():
                        reporter(replace(event, seconds=SecondsOfReplay()))
                    case ProblemsFound():
                        reporter(event)
                    case _:
                        return None
        return stream.getvalue()


def keep(
    invocation: Invocation,
    build_dir: Path,
    observations: Iterable[Observation],
    began: int,
    text: str,
) -> None:
    """Cache `text`, written to standard output, as the answer to the call of `invocation`.

    The call began at `began` (`time.time_ns`).
    """
    from genode_tool.building.memory.answers import keep_answer
    from genode_tool.building.memory.store import MemoryStore

    key = recall.key_of(list(invocation.words), invocation.directory)
    store = MemoryStore.of(build_dir)
    keep_answer(store, key, observations, began, [(_STANDARD_OUTPUT, text)])
