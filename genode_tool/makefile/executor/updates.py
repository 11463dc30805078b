"""Updating files: whether each must be remade, after its prerequisites.

GNU make manual, "How `make` Processes a Makefile", "Chains of Implicit Rules", "Double-Colon
Rules", "Rules without Recipes or Prerequisites".
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from genode_tool.makefile.executor.jobs import Jobs
from genode_tool.makefile.executor.making import Making
from genode_tool.makefile.executor.run import FAILED, OK, Run
from genode_tool.makefile.executor.same_files import SameFiles
from genode_tool.makefile.executor.scheduler import Start, Step, Task, reaches
from genode_tool.makefile.executor.times import NEW, NONE, OLD, SECOND
from genode_tool.makefile.rules.files import Dependency, File


class Updates:
    """Has one task per file; each brings its file up to date and ends with OK or a failure."""

    def __init__(self, run: Run, jobs: Jobs) -> None:
        self._run = run
        self._jobs = jobs
        self.ev = run.ev
        self.graph = run.graph
        self.times = run.times
        self.options = run.options
        self.output = run.output
        self.name = run.name
        self.serial = run.serial
        rules = run.ev.rules
        self.not_parallel = rules.special(".NOTPARALLEL") or frozenset()
        self.secondary = rules.special(".SECONDARY")
        self._intermediate = rules.special(".INTERMEDIATE") or frozenset()
        self._lasting = rules.special(".NOTINTERMEDIATE")
        # Whether any special target says what is intermediate.
        self._marked = bool(
            self._intermediate or self.secondary is not None or self._lasting is not None
        )
        self._tasks: dict[int, Task] = {}
        self._same = SameFiles(run.graph, run.output)
        # The task whose recipe makes a file, or made it, as one of several.
        self._makers: dict[int, Task] = {}
        self._joined: set[str] = set()
        # The tasks that look through an intermediate file.
        self._looking: dict[int, list[Task]] = {}
        self._making = Making(run, jobs, self._tasks, self._makers, self.task)
        self.made_intermediates = self._making.made_intermediates

    def task(self, file: File) -> Task:
        """Return the one task that updates a file."""
        task = self._tasks.get(id(file))
        if task is None:
            task = self._tasks[id(file)] = Task(file.name, self._update(file))
        elif task.done and task.result and file.undiagnosed and not file.optional:
            # It was wanted for an optional makefile only, before.
            self._making.complain(file)
            task.result = FAILED
        return task

    def considered(self, file: File) -> bool:
        """Tell whether the update of a file has begun."""
        task = self._tasks.get(id(file))
        return task is not None and task.started

    def failed(self, file: File) -> bool:
        """Tell whether the update of a file has ended with a failure."""
        task = self._tasks.get(id(file))
        return task is not None and task.done and task.result == FAILED

    def placed(self, file: File) -> File:
        """Return the file that `file` is on the search path, to be updated once more for both."""
        before = self._tasks.get(id(file))
        if before is not None and before.done:
            return file
        found = self._same.of(file)
        if found is not file:
            done = self._tasks.get(id(found))
            if done is not None and done.done and found.is_target and file.name not in self._joined:
                del self._tasks[id(found)]
            self._joined.add(file.name)
        return found

    def _update(self, file: File) -> Step:
        file.undiagnosed = file.optional
        if file.name in self.times.old:
            # It is not looked at: neither for a rule nor for prerequisites.
            self.graph.settle_explicit(file)
            return OK
        self._settle(file)
        maker = self._makers.get(id(file))
        if maker is not None:
            return int((yield maker))
        if file.branches:
            status = OK
            # Each rule compares with the file as it was before the first of them ran.
            this = NONE if file.phony else self.times.of(file)
            for branch in file.branches:
                if id(branch) in self._making.made_branches:
                    status = max(status, self._making.made_branches[id(branch)])
                    continue
                self.graph.settle(branch)
                branch.intermediate = file.intermediate
                branch.optional = branch.undiagnosed = file.optional
                result = yield from self._update_one(branch, this)
                status = max(status, result)
                if result and not self.options.keep_going:
                    break
            return status
        return (yield from self._update_one(file))

    def _settle(self, file: File) -> None:
        if file.searched:
            return
        if file.name in self.times.old:
            self.graph.settle_explicit(file)
            return
        if id(file) in self._makers:
            self.graph.settle_explicit(file)
        else:
            self.graph.settle(file)
        if not self._marked:
            return
        name = file.name
        lasting = self._lasting
        if lasting is not None and file.pattern in lasting:
            file.intermediate = False
        special = name in self._intermediate or self.is_secondary(name)
        if special and self.times.of(file) == NONE:
            # One that is there is like any other file: it is remade in time, and not deleted.
            file.intermediate = True
        if lasting is not None and (not lasting or name in lasting):
            file.intermediate = False

    def is_secondary(self, name: str) -> bool:
        """Tell whether `.SECONDARY` names a file."""
        secondary = self.secondary
        if secondary is None:
            return False
        # Without prerequisites, it names all files that makefiles mention.
        return name in (secondary or self._run.ev.rules.mentioned())

    def _update_one(self, file: File, known: int | None = None) -> Step:
        times, options = self.times, self.options
        this = known if known is not None else NONE if file.phony else times.of(file)
        before = this
        if file.implicit is None or file.intermediate:
            # One that is missing, or the oldest one, decides for all.
            this = min([this, *(times.of(peer) for peer in file.group)])
        missing = this == NONE
        if times.coarse(file) and this not in (NONE, OLD, NEW):
            if this % SECOND:
                self.output.err(
                    f"{self.name}: *** Warning: .LOW_RESOLUTION_TIME file '{file.name}' has a "
                    "high resolution time stamp"
                )
            this += SECOND - 1 - this % SECOND
        must = missing
        must, failed = yield from self._consider(file, this, must)
        if (must or options.always_make) and not self._run.stopping:
            failed = max(failed, (yield from self._intermediates(file)))
        if failed:
            self._not_remade(file)
            return failed
        changed = False
        for dependency in file.dependencies:
            if dependency.order_only:
                continue
            at = NONE if dependency.file.phony else times.of(dependency.file)
            if at == NONE and not dependency.file.intermediate:
                must = True
            changed = changed or dependency.changed
            dependency.changed = dependency.changed or missing or at > this
        if file.target is not None and file.target.double and not file.dependencies:
            must = True
        elif not missing and file.is_target and not changed and file.recipe is None:
            must = False
        elif not must and file.recipe is not None and options.always_make:
            must = True
        if options.always_make:
            for dependency in file.dependencies:
                dependency.changed = True
        if not must:
            return OK
        maker = self._makers.get(id(file))
        if maker is not None and not (self.serial and maker.done):
            return int((yield maker))
        return (yield from self._making.remake(file, before))

    def _not_remade(self, file: File) -> None:
        """Report a goal whose prerequisites could not be made, unless that ends the run."""
        run, options = self._run, self.options
        wanted = options.keep_going and not options.dry_run and not options.question
        if wanted and file.parent is None and run.makefiles is None:
            self.output.err(f"{self.name}: Target '{file.name}' not remade because of errors.")

    def _consider(self, file: File, this: int, must: bool) -> Generator[Any, Any, tuple[bool, int]]:
        """Bring the prerequisites up to date; return whether one is newer, and the failure."""
        failed = OK
        # A double-colon rule is updated by the task of its file.
        whole = file if file.branch_rule is None else self.graph.file(file.name)
        mine = self._tasks.get(id(whole))
        parallel = not self.serial and file.name not in self.not_parallel
        waiting: list[tuple[Dependency, Task, int]] = []
        before_it: Dependency | None = None
        whose = file
        for owner, dependency in self._considered(file):
            if owner is not whose:
                whose, before_it = owner, None
            other = dependency.file = self.placed(dependency.file)
            current = self._tasks.get(id(other))
            if self._waits_for(other, mine):
                self.output.err(
                    f"{self.name}: Circular {file.name} <- {other.name} dependency dropped."
                )
                _drop(dependency, owner, file, before_it)
                continue
            before_it = dependency
            if current is None or not current.started or current.done:
                other.parent = file
            if other.optional is not file.optional:
                other.optional = file.optional
            if not other.searched:
                self._settle(other)
            if other.intermediate and not other.phony:
                newer, result = yield from self._through(other, this, must, {file.name}, mine)
                must = must or (newer and not dependency.order_only)
                failed = max(failed, result)
            elif current is None and (self._is_source(other) or self._is_current(other)):
                at = self.times.of(other)
                dependency.changed = at == NONE
                must = must or (not dependency.order_only and (at == NONE or at > this))
            else:
                before = NONE if other.phony else self.times.of(other)
                task = self.task(other)
                if parallel:
                    if dependency.wait:
                        for _, earlier, _ in waiting:
                            yield earlier
                    if mine is not None:
                        mine.waits.append(task)
                    yield Start(task)
                    waiting.append((dependency, task, before))
                    if task.done and task.result and not self.options.keep_going:
                        break
                    continue
                result = yield task
                must = self._after(dependency, before, this, result) or must
                failed = max(failed, result)
            if failed and not self.options.keep_going:
                break
        for dependency, task, before in waiting:
            result = yield task
            must = self._after(dependency, before, this, result) or must
            failed = max(failed, result)
        return must, failed

    def _is_source(self, file: File) -> bool:
        """Tell whether a settled file is there and nothing makes it, so that it needs no task."""
        return not (
            file.is_target
            or file.recipe is not None
            or file.phony
            or file.dependencies
            or file.group
            or file.intermediate
            or self.options.always_make
            or id(file) in self._makers
            or self.times.of(file) == NONE
        )

    def _is_current(self, file: File) -> bool:
        """Tell whether a settled file is made from sources alone and not older than any of them.

        Such a file needs no task either; most files are like this when there is nothing to do.
        """
        if (
            not file.dependencies
            or file.phony
            or file.branches
            or file.group
            or file.intermediate
            or self.options.always_make
            or id(file) in self._makers
        ):
            return False
        this = self.times.of(file)
        if this == NONE:
            return False
        for dependency in self._run.visited(file):
            other = dependency.file
            if id(other) in self._tasks:
                return False
            other.parent = file
            self._settle(other)
            if not self._is_source(other):
                return False
            if self.times.of(other) > this and not dependency.order_only:
                return False
        return True

    def _considered(self, file: File) -> Iterator[tuple[File, Dependency]]:
        """Yield the prerequisites to bring up to date, for a file and then for those made with it.

        Each comes with the file whose prerequisite it is.
        """
        for dependency in self._remaining(file):
            yield file, dependency
        for peer in file.group:
            self.graph.settle_explicit(peer)
            self.graph.expand(peer)
            self.graph.extend(peer)
            for dependency in self._remaining(peer):
                yield peer, dependency

    def _remaining(self, file: File) -> Iterator[Dependency]:
        """Yield the prerequisites of a file, but for those that are dropped before their turn."""
        names = self._run.visited(file)
        at = 0
        while at < len(names):
            current = names[at]
            at += 1
            yield current
            now = self._run.visited(file)
            if now is not names:
                place = next((i for i, one in enumerate(now) if one is current), -1)
                if place >= 0:
                    names, at = now, place + 1

    def _after(self, dependency: Dependency, before: int, this: int, result: int) -> bool:
        """Note whether a prerequisite changed; return whether it makes its target outdated."""
        at = NONE if dependency.file.phony else self.times.of(dependency.file)
        dependency.changed = at != before or before == NONE
        return not dependency.order_only and not result and (at == NONE or at > this)

    def _waits_for(self, file: File, task: Task | None) -> bool:
        """Tell whether the update of a file waits, through others, for `task`."""
        if task is None:
            return False
        for one in self._looking.get(id(file), ()):
            if one is not task and (self.serial or reaches(one, task)):
                return True
        current = self._tasks.get(id(file))
        if current is None:
            return False
        if current is task:
            return True
        under_way = current.started and not current.done
        return under_way and (self.serial or reaches(current, task))

    def _through(
        self, file: File, this: int, must: bool, above: set[str], mine: Task | None
    ) -> Generator[Any, Any, tuple[bool, int]]:
        """Look through an intermediate file at what it is made from, on behalf of task `mine`."""
        at = self.times.of(file)
        if at not in (NONE,) and at > this:
            return True, OK
        if mine is not None:
            self._looking.setdefault(id(file), []).append(mine)
        try:
            return (yield from self._sources(file, this, must, above, mine))
        finally:
            if mine is not None:
                self._looking[id(file)].remove(mine)

    def _sources(
        self, file: File, this: int, must: bool, above: set[str], mine: Task | None
    ) -> Generator[Any, Any, tuple[bool, int]]:
        """Look at what an intermediate file is made from; see `_through`."""
        failed = OK
        dropped: set[int] = set()
        first = file.branches[0] if file.branches else file
        self.graph.settle(first)
        for dependency in self._run.visited(first):
            other = dependency.file = self.placed(dependency.file)
            if other.name in above or other is file or self._waits_for(other, mine):
                self.output.err(
                    f"{self.name}: Circular {file.name} <- {other.name} dependency dropped."
                )
                dropped.add(id(dependency))
                continue
            other.optional = file.optional
            current = self._tasks.get(id(other))
            if current is None or not current.started or current.done:
                other.parent = file
            self._settle(other)
            if other.intermediate and not other.phony:
                newer, result = yield from self._through(
                    other, this, must, above | {file.name}, mine
                )
            else:
                before = NONE if other.phony else self.times.of(other)
                task = self.task(other)
                if mine is not None and not self.serial:
                    mine.waits.append(task)
                result = yield task
                newer = self._after(dependency, before, this, result)
            must = must or (newer and not dependency.order_only)
            failed = max(failed, result)
            if failed and not self.options.keep_going:
                break
        first.dependencies = [one for one in first.dependencies if id(one) not in dropped]
        return must, failed

    def _intermediates(self, file: File) -> Step:
        """Make the intermediate files that `file`, which must be remade, is made from."""
        failed = OK
        mine = self._tasks.get(id(file))
        for dependency in self._run.visited(file):
            other = dependency.file
            if not other.intermediate or other.phony:
                continue
            before = self.times.of(other)
            other.optional = file.optional
            task = self.task(other)
            if mine is not None:
                if task.started and not task.done and reaches(task, mine):
                    continue
                mine.waits.append(task)
            result = yield task
            dependency.changed = self.times.of(other) != before
            failed = max(failed, result)
            if failed and not self.options.keep_going:
                break
        return failed


def _drop(dependency: Dependency, owner: File, file: File, before: Dependency | None) -> None:
    """Drop a prerequisite of `owner` that closes a circle while `file` is considered.

    `before` is the one that stands before it. Without one, GNU make gives `file` what follows, even
    where `owner` is another file that the same recipe makes; the two share it from then on.
    """
    if before is None:
        names = owner.dependencies
        at = next((i for i, one in enumerate(names) if one is dependency), len(names))
        file.dependencies = names[at + 1 :]
        return
    for each in (owner, file, *file.group):
        if any(one is before for one in each.dependencies):
            each.dependencies = [one for one in each.dependencies if one is not dependency]
