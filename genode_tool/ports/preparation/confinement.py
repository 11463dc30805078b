"""The tools and the events of a port, seen from the confined process that runs its recipes.

What needs the network or the cache is done outside, on request. Archives and patches are as
foreign as recipes: their programs, with options from the description, are confined, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genode_tool.errors import Location, UserError
from genode_tool.events import Event, Note, Sink
from genode_tool.makefile import MakefileError
from genode_tool.ports.archive.names import BadArchive
from genode_tool.ports.events import PortStep
from genode_tool.ports.fetch.problems import PortFailed
from genode_tool.ports.fetch.progress import ActivityProgress, ActivityStarted
from genode_tool.ports.fetch.source import Fetched, PortSource
from genode_tool.ports.patch.apply import PatchFailed
from genode_tool.ports.preparation.steps import PortTools
from genode_tool.sandbox.copy import Call, run_in_copy
from genode_tool.sandbox.data import Kinds, from_data, to_data
from genode_tool.sandbox.policy import Policy
from genode_tool.scratch import scratch_directory

ERRORS = (UserError, MakefileError, PortFailed, BadArchive, PatchFailed)
"""What confined code raises about its input."""

_EVENTS = Kinds[Event]((Note, PortStep, ActivityStarted, ActivityProgress))


@dataclass(frozen=True, slots=True)
class OutsideTools:
    """The tools of the process outside; `ask` is the way to it, `serve` the other end."""

    ask: Call

    def fetch_file(self, source: PortSource) -> Fetched:
        """Return the verified file of `source`, which belongs to the cache."""
        return from_data(Fetched, self.ask(["fetch", to_data(source)]))

    def fetch_checkout(self, source: PortSource, into: Path) -> Fetched:
        """Make the checkout of `source` at `into`, which does not exist."""
        return from_data(Fetched, self.ask(["check out", to_data(source), str(into)]))

    def extract(
        self, archive: Path, into: Path, source: PortSource, *, cwd: Path, keep_times: bool
    ) -> None:
        """Unpack `archive` into the directory `into`; options are relative to `cwd`."""
        words = (str(archive), str(into), to_data(source), str(cwd), keep_times)
        self.ask(["extract", *words])

    def patch(
        self, patch: Path, directory: Path, options: list[str], place: Location | None
    ) -> None:
        """Apply `patch` with `options` of patch(1) in `directory`; `place` is for messages."""
        self.ask(["patch", str(patch), str(directory), options, to_data(place)])

    def hear(self, event: Event) -> None:
        """Report an event outside."""
        self.ask(["event", _EVENTS.to_data(event)])


def serve(tools: PortTools, sink: Sink, question: Any) -> Any:
    """Do what `OutsideTools` asked for, with `tools`, and return its answer."""
    match question:
        case ["fetch", source]:
            return to_data(tools.fetch_file(from_data(PortSource, source)))
        case ["check out", source, str() as into]:
            return to_data(tools.fetch_checkout(from_data(PortSource, source), Path(into)))
        case ["extract", str() as archive, str() as into, source, str() as cwd, bool() as times]:
            found = from_data(PortSource, source)
            tools.extract(Path(archive), Path(into), found, cwd=Path(cwd), keep_times=times)
        case ["patch", str() as patch, str() as directory, [*options], place]:
            words = [str(one) for one in options]
            at = None if place is None else from_data(Location, place)
            tools.patch(Path(patch), Path(directory), words, at)
        case ["event", data]:
            sink(_EVENTS.from_data(data))
        case _:
            raise ValueError("no such question")
    return None


def confined(directory: Path, work: Callable[[Sink], object], sink: Sink) -> None:
    """Carry out `work`, which may write to `directory` only; it gets a sink for its events."""

    def carry_out(ask: Call) -> None:
        work(OutsideTools(ask).hear)

    with scratch_directory("port") as temporary:
        run_in_copy(
            Policy((directory, temporary), isolated=True),
            carry_out,
            lambda question: sink(_EVENTS.from_data(question[1])),
            errors=ERRORS,
            temporary=temporary,
        )
