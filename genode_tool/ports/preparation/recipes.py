"""Running the rules of a port: our make executor, with a journal and with steps of its own.

A recipe of the frame is a step for this process; one of the description runs in the shell.
Both are entered in the journal, and what the journal has is not done again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from genode_tool.makefile import Evaluation
from genode_tool.makefile.executor import Options, Run, Runner
from genode_tool.makefile.executor.jobs import Jobs
from genode_tool.makefile.executor.output import Output
from genode_tool.makefile.rules.files import File
from genode_tool.ports.description import template as frame
from genode_tool.ports.store.journal import Journal


class PortJobs(Jobs):
    """Runs the recipes of one port."""

    def __init__(
        self,
        run: Run,
        journal: Journal,
        perform: Callable[[str], None],
        announce: Callable[[str], None],
    ) -> None:
        super().__init__(run)
        self._journal = journal
        self._perform = perform
        self._announce = announce
        self.failed: File | None = None

    def execute(self, file: File, before: int) -> Generator[Any, Any, int]:
        """Run the recipe of `file` unless an earlier call has done it."""
        recipe = file.recipe
        if recipe is None or self._journal.done(file.name):
            return 0
        self._journal.begin(file.name)
        if recipe.source.file == frame.NAME and frame.is_step(one.text for one in recipe.lines):
            self._perform(file.name)
        else:
            self._announce(file.name)
            result: int = yield from super().execute(file, before)
            if result:
                self.failed = file
                return result
        self._journal.end(file.name)
        return 0


def run(
    ev: Evaluation,
    journal: Journal,
    output: Output,
    perform: Callable[[str], None],
    announce: Callable[[str], None],
    check: Callable[[], None],
) -> tuple[int, File | None]:
    """Bring the port up to date; return make's status and the file that could not be made.

    `perform` carries out a step of the frame, `announce` hears of every other recipe, `check` is
    called now and then while a command runs. What they raise ends the run.
    """
    state = Run(ev, Options(), output, name="port", check=check)
    jobs = PortJobs(state, journal, perform, announce)
    outcome = Runner(state, jobs).run([frame.GOAL])
    return outcome.status, jobs.failed or state.without_rule
