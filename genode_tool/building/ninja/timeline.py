"""The timeline of a build's steps: taken from ninja's log, written as a trace, read back.

The trace, `var/trace.json`, has the Trace Event Format, which Perfetto and chrome://tracing
show: one complete event per step, in as many lanes as steps overlapped.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from genode_tool.building.events import BuildStepFinished, LongestSteps, StepTime
from genode_tool.building.memory.stamps import CLOCK_GRANULARITY_NS
from genode_tool.building.ninja.logs import LOG, LogEntry, log_entries
from genode_tool.building.ninja.runner import split_description
from genode_tool.building.ninja.syntax import QUIET, Edge, read_manifest
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.events import Event, Note, Sink
from genode_tool.files import write_atomically
from genode_tool.record import record

TRACE = "var/trace.json"
"""The trace of the last build, relative to the build directory."""

_SHOWN = 5


@record
class TimedStep:
    """A step that ran: `start` and `end` in seconds after the build began, `lane` from 0.

    `text` is the traditional line (`COMPILE  main.o`), `outputs` the files as ninja has them.
    """

    start: float
    end: float
    lane: int
    leaf: str
    text: str
    outputs: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """The duration in seconds."""
        return self.end - self.start


@record
class Timeline:
    """The steps of one build in the order in which they began; `finished` is in Unix seconds."""

    build_dir: str
    finished: float
    steps: tuple[TimedStep, ...]

    @property
    def seconds(self) -> float:
        """The time from the first step's start to the last one's end, in seconds."""
        if not self.steps:
            return 0.0
        return max(one.end for one in self.steps) - min(one.start for one in self.steps)

    @property
    def lanes(self) -> int:
        """The highest number of steps at a time."""
        return max((one.lane for one in self.steps), default=-1) + 1


class StepClock:
    """Sits between ninja and a sink, and writes the trace when ninja has ended.

    Ninja prints steps, and logs them, in the order in which they end; the log has the times.
    """

    def __init__(self, build_dir: Path, sink: Sink) -> None:
        self._build_dir = build_dir
        self._sink = sink
        self._finished: list[BuildStepFinished] = []
        self._began_ns = time.time_ns()
        self._before = self._log_stamp()

    def __call__(self, event: Event) -> None:
        """Record an event and pass it on."""
        if isinstance(event, BuildStepFinished):
            self._finished.append(event)
        self._sink(event)

    def finish(self) -> StepTime | None:
        """Write the trace and report the longest steps; return the longest one of several."""
        finished, names = self._finished, StepNames(self._build_dir)
        steps = timed_steps(self._entries(), finished, names) if finished else ()
        if not steps:
            return None
        timeline = Timeline(str(self._build_dir), time.time(), steps)
        try:
            write_atomically(self._build_dir / TRACE, trace_text(timeline))
        except EnvironmentProblem as error:  # what was built is built
            self._sink(Note(error.message, "warning"))
        ranked = longest(steps, _SHOWN)
        self._sink(LongestSteps(ranked))
        return ranked[0] if len(ranked) > 1 else None

    def _log_stamp(self) -> tuple[int, int]:
        try:
            found = os.stat(self._build_dir / LOG)  # noqa: PTH116 - each build, also an idle one
        except OSError:
            return 0, 0
        return found.st_ino, found.st_size

    def _entries(self) -> list[LogEntry]:
        """Return what ninja has logged since we began."""
        inode, size = self._before
        try:
            with (self._build_dir / LOG).open("rb") as log:
                same = inode and os.fstat(log.fileno()).st_ino == inode
                if same:
                    log.seek(size)
                found = log_entries(log.read().decode(errors="replace").splitlines())
        except OSError:
            return []
        if same or not inode:
            return list(found)
        # Ninja rewrote the log, which it does now and then; the stamps show what is new.
        return [entry for entry in found if entry.stamp >= self._began_ns - CLOCK_GRANULARITY_NS]


class StepNames:
    """The names of steps in the ninja file, which is read when it is first needed."""

    def __init__(self, build_dir: Path) -> None:
        self._build_dir = build_dir
        self._edges: dict[str, Edge] | None = None

    def __call__(self, output: str) -> tuple[str, str]:
        """Return the leaf and the text of the step that makes `output`."""
        if self._edges is None:
            self._edges = read_manifest(self._build_dir)
        edge = self._edges.get(output)
        if edge is None or not edge.description:
            leaf, _, name = output.rpartition("/")
            return leaf, name
        leaf, text = split_description(edge.description)
        return leaf, text.removeprefix(QUIET)


def timed_steps(
    entries: Iterable[LogEntry],
    finished: Sequence[BuildStepFinished],
    names: Callable[[str], tuple[str, str]],
) -> tuple[TimedStep, ...]:
    """Return the steps of a build from the log's entries and the events, both in order of end.

    Entries of one command are one step. `names` gives leaf and text by output where the events
    do not: when ninja shows commands instead.
    """
    groups = [
        tuple(group)
        for _, group in groupby(entries, key=lambda one: (one.start, one.end, one.digest))
    ]
    agree = len(groups) == len(finished)
    found = []
    for index, group in enumerate(groups):
        first = group[0]
        if agree and finished[index].leaf:
            leaf, text = finished[index].leaf, finished[index].text
        else:
            leaf, text = names(first.output)
        text = " ".join(text.split())
        outputs = tuple(one.output for one in group)
        found.append(TimedStep(first.start / 1000, first.end / 1000, 0, leaf, text, outputs))
    return in_lanes(found)


def in_lanes(steps: Iterable[TimedStep]) -> tuple[TimedStep, ...]:
    """Return the steps by beginning, each in the first lane that is free then."""
    free: list[float] = []
    placed = []
    for one in sorted(steps, key=lambda step: (step.start, step.end)):
        lane = next((index for index, end in enumerate(free) if end <= one.start), len(free))
        free[lane : lane + 1] = [one.end]
        placed.append(TimedStep(one.start, one.end, lane, one.leaf, one.text, one.outputs))
    return tuple(placed)


def longest(steps: Iterable[TimedStep], count: int) -> tuple[StepTime, ...]:
    """Return the `count` steps that took longest, the longest first."""
    ranked = sorted(steps, key=lambda one: one.seconds, reverse=True)[:count]
    return tuple(StepTime(one.leaf, one.text, one.seconds) for one in ranked)


def trace_text(timeline: Timeline) -> str:
    """Return the trace as JSON; times are in microseconds."""
    import json

    events: list[dict[str, Any]] = [
        {"name": "process_name", "ph": "M", "pid": 1, "args": {"name": timeline.build_dir}}
    ]
    events += [
        {"name": "thread_name", "ph": "M", "pid": 1, "tid": lane, "args": {"name": f"lane {lane}"}}
        for lane in range(timeline.lanes)
    ]
    events += [
        {
            "name": one.text,
            "cat": kind_of(one),
            "ph": "X",
            "ts": round(one.start * 1e6),
            "dur": round(one.seconds * 1e6),
            "pid": 1,
            "tid": one.lane,
            "args": {"leaf": one.leaf, "outputs": list(one.outputs)},
        }
        for one in timeline.steps
    ]
    other = {"build_dir": timeline.build_dir, "finished": timeline.finished}
    data = {"displayTimeUnit": "ms", "otherData": other, "traceEvents": events}
    return json.dumps(data) + "\n"


def read_trace(build_dir: Path) -> Timeline:
    """Return the timeline of the last build that ran steps.

    Raises `UserError` when there is none, or when the file is not such a trace.
    """
    import json

    path = build_dir / TRACE
    try:
        data = json.loads(path.read_bytes())
        steps = tuple(
            TimedStep(
                event["ts"] / 1e6,
                (event["ts"] + event["dur"]) / 1e6,
                int(event["tid"]),
                str(event["args"]["leaf"]),
                str(event["name"]),
                tuple(map(str, event["args"]["outputs"])),
            )
            for event in data["traceEvents"]
            if event["ph"] == "X"
        )
        other = data["otherData"]
        return Timeline(str(other["build_dir"]), float(other["finished"]), steps)
    except FileNotFoundError:
        raise UserError(
            f"no build has run any step in {build_dir}", hint="`genode make` writes var/trace.json"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path} is not the trace of a build", hint="the next build replaces it"
        ) from error


def kind_of(step: TimedStep) -> str:
    """Return what kind of step it is: the word in capitals that its line begins with."""
    word = step.text.split(" ", 1)[0]
    return word.lower() if word.isupper() and " " in step.text else "other"


def critical_path(steps: Sequence[TimedStep], edges: Mapping[str, Edge]) -> tuple[TimedStep, ...]:
    """Return the chain of steps, each needing the one before, that takes longest in all.

    No number of processors makes the same build faster than that. `edges` is the ninja file by
    output.
    """
    maker = {output: index for index, one in enumerate(steps) for output in one.outputs}
    behind: dict[str, frozenset[int]] = {}

    def made_by(node: str) -> frozenset[int]:
        """Return the steps that must end before `node` exists, past names that group others."""
        if node in maker:
            return frozenset((maker[node],))
        known = behind.get(node)
        if known is None:
            behind[node] = frozenset()  # a cycle cannot be in a ninja file that was run
            edge = edges.get(node)
            below = (*edge.inputs, *edge.order_only) if edge and not edge.command else ()
            known = behind[node] = frozenset().union(*map(made_by, below))
        return known

    total: dict[int, float] = {}
    before: dict[int, int] = {}
    for index in sorted(range(len(steps)), key=lambda one: steps[one].end):
        edge = edges.get(steps[index].outputs[0])
        needed: set[int] = set()
        for node in (*edge.inputs, *edge.order_only) if edge else ():
            needed |= made_by(node)
        best = max((one for one in needed if one in total), key=lambda one: total[one], default=-1)
        total[index] = steps[index].seconds + (total[best] if best >= 0 else 0.0)
        before[index] = best
    path: list[TimedStep] = []
    index = max(total, key=lambda one: total[one], default=-1)
    while index >= 0:
        path.append(steps[index])
        index = before[index]
    return tuple(reversed(path))
