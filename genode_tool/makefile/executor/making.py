"""Making one file: by its recipe, by touching it, or by pretending that it was made.

GNU make manual, "Rules without Recipes or Prerequisites", "Instead of Executing Recipes",
"Pattern Rule Introduction" (what one recipe makes together).
"""

from __future__ import annotations

from collections.abc import Callable

from genode_tool.makefile import archives
from genode_tool.makefile.executor.jobs import Jobs
from genode_tool.makefile.executor.run import FAILED, OK, Run
from genode_tool.makefile.executor.scheduler import Step, Task
from genode_tool.makefile.executor.times import NEW, touch, touch_member
from genode_tool.makefile.rules.files import File


class Making:
    """Makes files, and notes what their recipes made with them.

    `tasks` and `makers` are those of `Updates`: the task that updates a file, and the one whose
    recipe makes it among others. `task` returns the former, made if it is not there.
    """

    def __init__(
        self,
        run: Run,
        jobs: Jobs,
        tasks: dict[int, Task],
        makers: dict[int, Task],
        task: Callable[[File], Task],
    ) -> None:
        self._run = run
        self._jobs = jobs
        self._tasks = tasks
        self._makers = makers
        self._task = task
        self._times = run.times
        self._options = run.options
        self._graph = run.graph
        self._output = run.output
        self._name = run.name
        self.made_intermediates: list[File] = []
        self.made_branches: dict[int, int] = {}
        """The double-colon rules whose recipe ran for another target, with its result."""

    def remake(self, file: File, this: int) -> Step:
        """Make a file that must be made, whose time was `this`; end with OK or a failure."""
        if file.found != file.name and not self._times.kept_place(file):
            file.found = file.name
        if file.recipe is None:
            if file.phony or file.is_target:
                return self._pretended(file)
            if not file.optional:
                self.complain(file)
            return FAILED
        if self._run.stopping:
            return FAILED
        if self._options.touch and not self._jobs.recursive(file):
            return self._touch(file)
        if file.intermediate:
            self.made_intermediates.append(file)
        if file.group and (maker := self._tasks.get(id(file))) is not None:
            for peer in file.group:
                self._makers[id(peer)] = maker
        status = yield from self._jobs.execute(file, this)
        self._finished(file, status, this)
        if self._options.touch and not status:
            # GNU make touches once more when the recipe ends with a line that it leaves out.
            for _ in range(self._jobs.left_out(file)):
                self._touch(file)
        if status == FAILED and not self._options.keep_going and not file.optional:
            self._run.stopping = True
        return int(status)

    def _pretended(self, file: File) -> int:
        if not file.phony and not file.intermediate:
            self._times.pretend(file, NEW)
        return OK

    def _finished(self, file: File, status: int, before: int) -> None:
        """Note that the recipe of a file, and of those made with it, ran."""
        pretend = self._options.dry_run or self._options.question or self._options.touch
        for one in (file, *file.group):
            if one.phony:
                continue
            if pretend and not self._jobs.only_recursive(file):
                self._times.pretend(one, NEW)
            else:
                self._times.forget(one)
        if file.implicit is not None and not pretend:
            self._check_peers(file, before)
        for other in file.group:
            self._graph.settle_explicit(other)
            if other.intermediate and not pretend:
                self.made_intermediates.append(other)
            if other.branches and file.branch_rule is not None:
                for branch in other.branches:
                    rule = branch.branch_rule
                    if rule is not None and rule.recipe is file.branch_rule.recipe:
                        self.made_branches[id(branch)] = status
                continue
            task = self._task(other)
            if not task.started:
                task.done = task.started = True
                task.result = status

    def _check_peers(self, file: File, before: int) -> None:
        """Warn about files that a pattern rule should have made together with `file`."""
        now = self._graph.stat(file.name)
        if now is None or now.mtime_ns <= before or file.recipe is None:
            return
        place = self._jobs.place(file)
        for other in file.group:
            if self._graph.stat(other.name) is None:
                self._output.err(
                    f"{place.file}:{place.line}: warning: pattern recipe did not update peer "
                    f"target '{other.name}'."
                )

    def _touch(self, file: File) -> int:
        if file.phony:
            return OK
        if not self._run.silent:
            self._output.out(f"touch {file.name}")
        parts = archives.divide(file.found)
        if self._options.dry_run:
            pass
        elif parts is not None:
            wrong = touch_member(self._run.ev.path(parts[0]), parts[1], parts[0])
            if wrong:
                self._output.err(f"{self._name}: {wrong}")
                return FAILED
        else:
            try:
                self._run.contents.forget()
                touch(self._run.ev.path(file.name))
            except OSError as error:
                self._output.err(f"{self._name}: touch: open: {file.name}: {error.strerror}")
                return FAILED
        self._times.pretend(file, NEW)
        self._jobs.note_started(file)
        return OK

    def complain(self, file: File) -> None:
        """Report that nothing makes a file, or what kept it from being made unreported before."""
        run = self._run
        if file.undiagnosed:
            for dependency in file.dependencies:
                task = self._tasks.get(id(dependency.file))
                if task is not None and task.done and task.result:
                    self.complain(dependency.file)
                    return
        file.undiagnosed = False
        run.without_rule = run.without_rule or file
        needed = f", needed by '{file.parent.name}'" if file.parent is not None else ""
        end = "." if self._options.keep_going else ".  Stop."
        run.announce()
        self._output.err(f"{self._name}: *** No rule to make target '{file.name}'{needed}{end}")
        if not self._options.keep_going and not run.stopping:
            self._jobs.announce_waiting()
            run.stopping = True
