"""Bringing goals up to date: what must be remade, in which order.

GNU make manual, "How `make` Processes a Makefile", "Chains of Implicit Rules", "Double-Colon
Rules", "Rules without Recipes or Prerequisites", "Special Built-in Target Names".
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool.makefile.evaluation import Evaluation
from genode_tool.makefile.executor.jobs import Jobs
from genode_tool.makefile.executor.jobserver import Jobserver
from genode_tool.makefile.executor.options import Options
from genode_tool.makefile.executor.output import Output
from genode_tool.makefile.executor.scheduler import Scheduler, Start, Task
from genode_tool.makefile.executor.times import ClockSkew, Times
from genode_tool.makefile.executor.updates import FAILED, OK, Steps, Updates, matches
from genode_tool.makefile.rules.graph import File, Graph


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: `status` as make's exit status, and whether any command was started."""

    status: int
    started: int


class Runner:
    """One run over the files of an evaluation."""

    def __init__(
        self,
        ev: Evaluation,
        options: Options,
        output: Output,
        *,
        name: str = "make",
        server: Jobserver | None = None,
        skew: ClockSkew | None = None,
    ) -> None:
        self.ev = ev
        self.options = options
        self.output = output
        self.name = name
        self.graph = Graph(ev)
        self.times = Times(self.graph, options, skew)
        serial = ev.rules.special(".NOTPARALLEL") == frozenset()
        jobs = 1 if options.jobs is None or serial else options.jobs
        self.serial = jobs == 1
        self.scheduler = Scheduler(jobs, None if self.serial else server, options.most_load)
        self.jobs = Jobs(self, server)
        self.stopping = False
        self.makefiles = False
        self.tell_missing: Callable[[str], bool] | None = None
        # Tells whether the failure of a goal ends the run even if others can go on.
        self.ends_all: Callable[[str], bool] = lambda _name: not options.keep_going
        self.goal = ""
        self.precious = ev.rules.special(".PRECIOUS") or frozenset()
        self.updates = Updates(self, self.serial)

    def run(self, goals: Sequence[str]) -> Outcome:
        """Bring `goals` up to date, one after the other."""
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(before, 50_000))
        started = self.jobs.started
        try:
            task = Task("goals", self._goals(goals))
            status = self.scheduler.run(task)
        except BaseException as cause:
            number = getattr(cause, "signum", None)
            default = signal.SIGINT if isinstance(cause, KeyboardInterrupt) else signal.SIGTERM
            self.jobs.kill(number or default)
            raise
        finally:
            sys.setrecursionlimit(before)
            self.remove_intermediates()
            self.scheduler.close()
        return Outcome(status, self.jobs.started - started)

    def _goals(self, goals: Sequence[str]) -> Steps:
        status = OK
        files = [self.graph.file(name) for name in goals]
        started: list[tuple[File, Task, int]] = []
        for file in files:
            self.goal = file.name
            before = self.jobs.started
            task = self.updates.task(file)
            if self.serial:
                result = yield task
                status = self._told(file, result, before, status)
                if result and self.ends_all(file.name):
                    break
            else:
                yield Start(task)
                started.append((file, task, before))
        for file, task, before in started:
            result = yield task
            changed = self.jobs.started_for(file)
            status = self._told(file, result, before if not changed else -1, status)
        return status

    def _told(self, file: File, result: int, before: int, status: int) -> int:
        options = self.options
        if result:
            if self.options.keep_going and result == FAILED and not options.question:
                self._not_remade(file)
            return max(status, result)
        changed = before < 0 or (self.serial and self.jobs.started > before)
        quiet = options.silent or options.question or self.makefiles
        if not changed and not quiet:
            bare = file.phony or (file.recipe is None and not file.branches)
            if file.branches:
                bare = file.phony or all(one.recipe is None for one in file.branches)
            text = "Nothing to be done for '{}'." if bare else "'{}' is up to date."
            self.output.out(f"{self.name}: {text.format(file.name)}")
        return status

    def failed(self, name: str) -> bool:
        """Tell whether the update of a file, which has ended, failed."""
        task = self.updates.task(self.graph.file(name))
        return task.done and task.result == FAILED

    def announce(self) -> bool:
        """Say, before the first error about a makefile, which one could not be read.

        Returns false when nothing should be said at all: nobody needs that makefile.
        """
        return self.tell_missing is None or self.tell_missing(self.goal)

    def _not_remade(self, file: File) -> None:
        if self.makefiles:
            return
        if id(file) in self.jobs.failed_dependencies and not self.options.dry_run:
            self.output.err(f"{self.name}: Target '{file.name}' not remade because of errors.")

    def remove_intermediates(self) -> None:
        """Delete the intermediate files that this run made."""
        options = self.options
        if options.question or options.touch:
            return
        everything = self.updates.secondary == frozenset()
        gone = []
        for file in self.updates.made_intermediates:
            if everything or self.updates.is_secondary(file.name) or self.is_precious(file.name):
                continue
            try:
                if not options.dry_run:
                    Path(self.ev.path(file.name)).unlink()
            except OSError:
                continue
            gone.append(file.name)
        self.updates.made_intermediates = []
        if gone and not options.silent:
            self.output.out("rm " + " ".join(gone))

    def is_precious(self, name: str) -> bool:
        """Tell whether a file must not be deleted."""
        found = self.ev.rules.targets.get(".PRECIOUS")
        if found is not None and found.rules and not self.precious:
            return True
        return matches(name, self.precious)
