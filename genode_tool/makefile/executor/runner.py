"""Bringing goals up to date: what must be remade, in which order.

GNU make manual, "How `make` Processes a Makefile", "Chains of Implicit Rules", "Double-Colon
Rules", "Rules without Recipes or Prerequisites", "Special Built-in Target Names".
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from genode_tool.errors import GenodeError
from genode_tool.makefile.executor.jobs import Jobs
from genode_tool.makefile.executor.run import FAILED, OK, Reported, Run
from genode_tool.makefile.executor.scheduler import Start, Step, Task
from genode_tool.makefile.executor.updates import Updates
from genode_tool.makefile.rules.files import File
from genode_tool.makefile.variables.recursion import deep_recursion
from genode_tool.record import record


@record
class Outcome:
    """The end of a run: `status` as make's exit status, `started` is the number of commands."""

    status: int
    started: int


class Runner:
    """Brings goals up to date in one run; `jobs` runs the recipes."""

    def __init__(self, run: Run, jobs: Jobs | None = None) -> None:
        self._run = run
        self._jobs = jobs or Jobs(run)
        self._updates = Updates(run, self._jobs)

    def run(self, goals: Sequence[str]) -> Outcome:
        """Bring `goals` up to date, one after the other; nothing can run afterwards."""
        try:
            return self.update(goals)
        finally:
            self.close()

    def update(self, goals: Sequence[str]) -> Outcome:
        """Bring `goals` up to date, one after the other."""
        return self.update_makefiles([(goal, True) for goal in goals])

    def update_makefiles(self, goals: Sequence[tuple[str, bool]]) -> Outcome:
        """Bring makefiles up to date; each comes with whether it is required."""
        started = self._jobs.started
        try:
            task = Task("goals", self._goals(goals))
            with deep_recursion(self._run.ev):
                status = self._run.scheduler.run(task)
        except GenodeError as error:
            run = self._run
            run.stopping = True
            if run.fail is None:
                self._jobs.kill()
                raise
            run.fail(error)
            self._jobs.announce_waiting()
            run.scheduler.finish()
            raise Reported(error.message) from error
        except BaseException as cause:
            number = getattr(cause, "signum", None)
            default = signal.SIGINT if isinstance(cause, KeyboardInterrupt) else signal.SIGTERM
            self._run.stopping = True
            self._jobs.kill(number or default)
            raise
        return Outcome(status, self._jobs.started - started)

    def close(self) -> None:
        """Delete the intermediate files that were made."""
        self._remove_intermediates()

    def _goals(self, goals: Sequence[tuple[str, bool]]) -> Step:
        run = self._run
        status = OK
        names: Sequence[str] = [name for name, _ in goals]
        run.goals = run.goals.union(names)
        if run.shuffle is not None:
            names = run.shuffle.goals(names)
            goals = [(name, True) for name in names]
        files = [(run.graph.file(name), required) for name, required in goals]
        started: list[Task] = []
        earlier: list[File] = []
        for file, required in files:
            if run.makefiles is None:
                file = self._updates.placed(file)
            run.goal, run.goal_required = file.name, required
            run.choose_options(file.name)
            file.optional = not required
            if not self._updates.considered(file):
                file.parent = None  # of those that need it, none has come to it
            before = self._jobs.started
            task = self._updates.task(file)
            if run.serial:
                result = yield task
                status = self._report(file, result, before, status)
                # With `-q`, goals that are only out of date leave the others to be looked at.
                if result == FAILED and required and run.ends_all(file.name):
                    break
            else:
                goal = Task("goal", self._parallel_goal(file, task, tuple(earlier)))
                earlier.append(file)
                yield Start(goal)
                started.append(goal)
        for goal in started:
            result = yield goal
            status = status or result
        return FAILED if run.stopping else status

    def _parallel_goal(self, file: File, task: Task, earlier: Sequence[File]) -> Step:
        """Report on a goal as soon as it is up to date, not after those before it.

        What an `earlier` goal needs as well was made for that one.
        """
        result = yield task
        jobs = self._jobs
        if earlier:
            for_others = frozenset().union(*(jobs.started_for(one) for one in earlier))
            changed = not jobs.started_for(file) <= for_others
        else:
            # What no goal leads to any more was made for the first one: circles were cut.
            goals = [self._run.graph.file(name) for name in self._run.goals]
            others = (jobs.started_for(one) for one in goals if one is not file)
            changed = jobs.started_except(others) or bool(jobs.started_for(file))
        return self._report(file, result, -1 if changed else jobs.started, OK)

    def _report(self, file: File, result: int, before: int, status: int) -> int:
        """Report how the update of a goal ended; return the status of the goals so far."""
        run, options = self._run, self._run.options
        if result:
            # With `-k`, the first answer to `-q` stands.
            return status if status and options.keep_going else max(status, result)
        changed = before < 0 or (run.serial and self._jobs.started > before)
        quiet = run.silent or options.question or run.makefiles is not None
        if not changed and not quiet:
            bare = file.phony or (file.recipe is None and not file.branches)
            if file.branches:
                bare = file.phony or all(one.recipe is None for one in file.branches)
            text = "Nothing to be done for '{}'." if bare else "'{}' is up to date."
            run.output.out(f"{run.name}: {text.format(file.name)}")
        return status

    def failed(self, name: str) -> bool:
        """Tell whether the update of a file, which has ended, failed."""
        return self._updates.failed(self._run.graph.file(name))

    def _remove_intermediates(self) -> None:
        """Delete the intermediate files that this run made."""
        run = self._run
        # Those of the phase in which an error ends the run.
        options = run.options if run.stopping else run.given
        if options.question or options.touch:
            return
        everything = self._updates.secondary == frozenset()
        gone = []
        for file in self._updates.made_intermediates:
            kept = self._updates.is_secondary(file.name) or run.is_precious(file)
            if everything or kept or file.name in run.goals or file.name in gone:
                continue
            try:
                if not options.dry_run:
                    os.unlink(run.ev.path(file.name))  # noqa: PTH108
            except OSError:
                continue
            gone.append(file.name)
        self._updates.made_intermediates.clear()
        if gone and not run.silent:
            run.output.out("rm " + " ".join(gone))
