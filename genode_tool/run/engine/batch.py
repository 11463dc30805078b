"""Several scenarios in one call, each on one or more kernels: in turn or in parallel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from genode_tool.events import Sink
from genode_tool.run.context.run_scripts import find_scenario
from genode_tool.run.engine import parallel, scenarios
from genode_tool.run.engine.worker import Job
from genode_tool.run.options import RunOptions
from genode_tool.run.terminal_bridge import UserSide
from genode_tool.run.verdict import Verdict
from genode_tool.settings.layered import settings_of
from genode_tool.tree import BuildDirectory


@dataclass(frozen=True, slots=True)
class Batch:
    """Scenarios of one build directory, seen with one kernel and board."""

    build_dir: BuildDirectory
    names: tuple[str, ...]


def run_batches(
    batches: Sequence[Batch],
    options: RunOptions,
    at_once: int,
    sink: Sink,
    user: UserSide | None = None,
) -> list[Verdict]:
    """Run all scenarios, `at_once` at a time; return their verdicts in order.

    `user` is the terminal that a single scenario may be joined to. Raises `GenodeError` for what
    cannot be started.
    """
    several = sum(len(one.names) for one in batches) > 1
    if several and options.time_limit is None:
        # It stops a scenario that hangs, unless it is the only one: somebody watches that.
        first = batches[0].build_dir
        limit = settings_of(first.genode_dir, first.path).runs.run.time_limit
        options = replace(options, time_limit=limit or None)
    if several and at_once > 1:
        jobs = [
            Job(one.build_dir, name, find_scenario(one.build_dir.repositories, name), options)
            for one in batches
            for name in one.names
        ]
        return parallel.run_jobs(jobs, at_once, sink)
    return [
        verdict
        for one in batches
        for verdict in scenarios.run_scenarios(one.build_dir, one.names, options, sink, user)
    ]
