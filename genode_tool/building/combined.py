"""Several fresh build directories built as one: one graph, one ninja, one limit for all jobs.

Each part is evaluated as if it were built alone. Its steps then go into one ninja file, with the
paths of all parts below one directory. A part is built from nothing and once, so neither
dependencies nor sources are recorded.

The stub of a shared library, made of the list of its symbols, is only ever linked against. Equal
stubs are made once, and copied for the other parts. Objects are not shared: debug information
names the directory that they were compiled in, so a binary would depend on what else is
built.
"""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from genode_tool.building.events import BuildStepFailed, BuildStepFinished, ProblemsFound
from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.plan_cache import BuildPlan
from genode_tool.building.memory.store import STATE
from genode_tool.building.ninja.logs import DEPS_NAME, LOG_NAME
from genode_tool.building.ninja.runner import SessionNote, run_ninja, split_description
from genode_tool.building.ninja.syntax import (
    ALWAYS,
    MANIFEST,
    QUIET,
    Edge,
    edge_text,
    head,
    read_manifest,
)
from genode_tool.building.plan.planner import plan_build
from genode_tool.building.problems import Problem
from genode_tool.errors import EnvironmentProblem, GenodeError
from genode_tool.events import Event, Sink, discard
from genode_tool.files import write_atomically
from genode_tool.makefile import ParseCache
from genode_tool.regex import regex
from genode_tool.tree import BuildDirectory
from genode_tool.tree.compiler_launcher import launcher_environment

_ENVIRONMENT = f"{STATE}/environment"
_EVERYTHING = "@everything"
_STUBS = "@abi/"
_INCLUDE = regex(r"\s-I\s*\S+")


@dataclass(frozen=True, slots=True)
class Part:
    """One build directory; `name` distinguishes its steps from those of others."""

    name: str
    build_dir: BuildDirectory


@dataclass(frozen=True, slots=True)
class PartResult:
    """How a part ended. `error` is why it could not be evaluated; `failures` are failed steps.

    `lends`: other parts copy files of this one, so that its directory has to stay for now.
    """

    ok: bool
    error: GenodeError | None = None
    problems: tuple[Problem, ...] = ()
    failures: tuple[BuildStepFailed, ...] = ()
    lends: bool = False


PartEnded = Callable[[Part, PartResult], None]
"""Called once for each part, as soon as its end is known. It must not raise `Exception`s."""


def make_combined(
    top: Path,
    parts: Sequence[Part],
    ended: PartEnded,
    *,
    jobs: int | None = None,
    sink: Sink = discard,
    started: SessionNote | None = None,
) -> None:
    """Build everything in each of `parts`, whose build directories are below `top`.

    One part's failure leaves the others alone. Nobody else may work in `top` meanwhile, nor in
    the parts. Raises `GenodeError` when nothing can be built at all.
    """
    planned: list[_Planned] = []
    cache = ParseCache()
    for part in parts:
        try:
            one = _plan(top, part, sink, cache)
        except GenodeError as error:
            ended(part, PartResult(False, error))
            continue
        if one.problems:
            sink(ProblemsFound(one.problems, strict=False))
        if any(problem.trouble.fails for problem in one.problems):
            ended(part, PartResult(False, problems=one.problems))
        elif one.plan.targets:
            planned.append(one)
        else:
            ended(part, PartResult(True))
    if planned:
        _run(top, planned, ended, jobs, sink, started)


@dataclass(frozen=True, eq=False)
class _Planned:
    """A part with its plan. `prefix` is its directory relative to that of all."""

    part: Part
    prefix: str
    plan: BuildPlan
    edges: Mapping[str, Edge]
    problems: tuple[Problem, ...]

    @cached_property
    def stubs(self) -> frozenset[str]:
        """The files that stand for shared libraries."""
        names = (name for name in self.edges if name.startswith(_STUBS))
        return frozenset(file for name in names for file in self.edges[name].inputs)

    def complete(self) -> bool:
        """Return whether the files are there that the goals stand for."""
        top = self.part.build_dir.path
        for name in self.plan.targets:
            files = self.edges[name].inputs if name in self.edges else ()
            if any(not one.startswith("@") and not (top / one).exists() for one in files):
                return False
        return True


def _plan(top: Path, part: Part, sink: Sink, cache: ParseCache) -> _Planned:
    build_dir = part.build_dir
    (build_dir.path / STATE).mkdir(parents=True, exist_ok=True)
    observatory = Observatory.of(build_dir)
    plan, _ = plan_build(build_dir, (), observatory, sink, keep_going=False, parse_cache=cache)
    return _Planned(
        part,
        os.path.relpath(build_dir.path, top),
        plan,
        read_manifest(build_dir.path, "surrogateescape") if plan.targets else {},
        tuple(Problem.from_data(data) for data in plan.problems),
    )


def _run(
    top: Path,
    planned: Sequence[_Planned],
    ended: PartEnded,
    jobs: int | None,
    sink: Sink,
    started: SessionNote | None,
) -> None:
    """Build the parts. Raises `EnvironmentProblem`."""
    common = dict(planned[0].plan.environment)
    for one in planned:
        _write_environment(one, common)
    _forget(top)
    graph = _Graph(planned)
    write_atomically(top / MANIFEST, graph.text)
    watch = _Watch(graph, ended, sink)
    launcher, default_jobs = planned[0].plan.launcher, planned[0].plan.default_jobs
    try:
        outcome = run_ninja(
            top,
            (_EVERYTHING,),
            {**common, **launcher_environment(launcher, os.environ)},
            watch,
            jobs=jobs or default_jobs or len(os.sched_getaffinity(0)),
            keep_going=True,
            started=started,
        )
    finally:
        _forget(top)
    if not outcome.ok and not outcome.failures:
        full = "No space left" in outcome.complaint
        raise EnvironmentProblem(
            f"ninja: {outcome.complaint or 'stopped early'}",
            hint="free some space; the next call continues" if full else "",
        )
    for failure in outcome.failures:
        sink(failure)
    watch.finish(outcome.failures)


class _Watch:
    """Counts the steps of each part, to report it when its last one is done."""

    def __init__(self, graph: _Graph, ended: PartEnded, sink: Sink) -> None:
        self._graph = graph
        self._ended = ended
        self._sink = sink
        self._left = dict(graph.steps)

    def __call__(self, event: Event) -> None:
        self._sink(event)
        if isinstance(event, BuildStepFinished):
            one = self._graph.part_of(event.leaf)
            if one is not None and one in self._left:
                self._left[one] -= 1
                if self._left[one] == 0 and one.complete():
                    self._end(one, PartResult(True, lends=one in self._graph.lenders))

    def finish(self, failures: Sequence[BuildStepFailed]) -> None:
        """Report the parts that have not been reported yet."""
        for one in list(self._left):
            own = tuple(step for step in failures if self._graph.part_of(step.leaf) is one)
            # Without a failure of its own, a part may lack a stub that another one was to make.
            self._end(one, PartResult(not own and one.complete(), failures=own))

    def _end(self, one: _Planned, result: PartResult) -> None:
        del self._left[one]
        self._ended(one.part, result)


def _forget(top: Path) -> None:
    """Remove the ninja file and its logs: the next build begins afresh."""
    for name in (MANIFEST, f"{STATE}/{LOG_NAME}", f"{STATE}/{DEPS_NAME}"):
        (top / name).unlink(missing_ok=True)


def _write_environment(one: _Planned, common: Mapping[str, str]) -> None:
    """Write the variables of a part that differ from those which ninja runs with."""
    own = dict(one.plan.environment)
    lines = [f"unset {name}\n" for name in common if name not in own]
    lines += [
        f"export {name}={shlex.quote(value)}\n"
        for name, value in own.items()
        if common.get(name) != value
    ]
    text = "".join(lines).encode(errors="surrogateescape")
    (one.part.build_dir.path / _ENVIRONMENT).write_bytes(text)


class _Graph:
    """The ninja file for all parts: its `text`, how many `steps` each part has, and who lends."""

    def __init__(self, planned: Sequence[_Planned]) -> None:
        self.steps: dict[_Planned, int] = {}
        self.lenders: set[_Planned] = set()
        self._parts = {one.part.name: one for one in planned}
        self._stubs: dict[str, _Planned] = {}
        blocks = [head()]
        for one in planned:
            edges = [self._shared(one, edge) or _moved(one, edge) for edge in self._needed(one)]
            self.steps[one] = sum(1 for edge in edges if edge.command)
            blocks += map(edge_text, edges)
        targets = tuple(_place(one, name) for one in planned for name in one.plan.targets)
        blocks.append(edge_text(Edge((_EVERYTHING,), targets)))
        self.text = "".join(blocks).encode(errors="surrogateescape")

    def part_of(self, leaf: str) -> _Planned | None:
        """Return the part that a step belongs to, by its description."""
        return self._parts.get(leaf.partition(": ")[0])

    def _needed(self, one: _Planned) -> Iterator[Edge]:
        """Yield each step that the goals of a part need."""
        pending, done = list(one.plan.targets), set[str]()
        while pending:
            edge = one.edges.get(pending.pop())
            if edge is not None and edge.outputs[0] not in done:
                done.add(edge.outputs[0])
                yield edge
                if self._lender(one, edge) in (None, one):
                    pending += (*edge.inputs, *edge.order_only)

    def _lender(self, one: _Planned, edge: Edge) -> _Planned | None:
        """Return the part that makes the stub that `edge` makes; None when it makes none."""
        if len(edge.outputs) > 1 or edge.outputs[0] not in one.stubs:
            return None
        return self._stubs.setdefault(_origin(one, edge.outputs[0]), one)

    def _shared(self, one: _Planned, edge: Edge) -> Edge | None:
        """Return a step that copies what `edge` would make from another part; None if none does."""
        lender = self._lender(one, edge)
        if lender is None or lender is one:
            return None
        self.lenders.add(lender)
        (name,) = edge.outputs
        made, place = _place(lender, name), _place(one, name)
        command = f"cp {shlex.quote(made)} {shlex.quote(place)}"
        return Edge((place,), (made,), (), command, f"[{one.part.name}: {name}] {QUIET}{name}")


def _moved(one: _Planned, edge: Edge) -> Edge:
    """Return a step of a part as it is called from the directory above all parts."""
    command, description = edge.command, edge.description
    if command:
        directory = shlex.quote(one.prefix)
        command = f"cd {directory} && . {_ENVIRONMENT} && {command}"
        leaf, text = split_description(description)
        description = f"[{one.part.name}: {leaf}] {text}"
    return Edge(
        tuple(_place(one, name) for name in edge.outputs),
        tuple(_place(one, name) for name in edge.inputs),
        tuple(_place(one, name) for name in edge.order_only),
        command,
        description,
    )


def _place(one: _Planned, name: str) -> str:
    return name if name.startswith("/") or name == ALWAYS else f"{one.prefix}/{name}"


def _origin(one: _Planned, name: str) -> str:
    """Return a digest of all that a file is made of: commands, and files outside of the part.

    Where headers are looked for is no part of it: the assembler text of a stub includes nothing.
    """
    edge = one.edges.get(name)
    if edge is None:
        return name
    command = edge.command.replace(f"{one.part.build_dir.path}/", "")
    parts = [_INCLUDE.sub("", command), *(_origin(one, other) for other in edge.inputs)]
    text = "\0".join(parts).encode(errors="surrogateescape")
    return hashlib.blake2b(text, digest_size=16).hexdigest()
