"""Procedures that build."""

from __future__ import annotations

from collections.abc import Callable

from genode_tool.errors import GenodeError
from genode_tool.run.api.content.build_stop import build_stop
from genode_tool.run.api.procedure import procedure
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.events import Phase
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.scenario.execution_mode import ExecutionMode
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.script import Script, Words, words_of
from genode_tool.run.scenario.stops import stop
from genode_tool.run.verdict import Outcome, ScenarioStop


class Building:
    """Building targets and knowing their artifacts."""

    def __init__(
        self,
        context: ScenarioContext,
        script: Script,
        mode: ExecutionMode,
        plan: ScenarioPlan,
        progress: Progress,
        kernel_specific: Callable[[str], str],
    ) -> None:
        """`kernel_specific` returns the name under which a binary is built for the kernel."""
        self._context = context
        self._script = script
        self._mode = mode
        self._plan = plan
        self._progress = progress
        self._kernel_specific = kernel_specific
        self._built: list[str] = []

    @procedure()
    def build(self, targets: Words) -> None:
        """Build goals; ends the script with "build failed" when one cannot be built."""
        goals = words_of(self._script, targets)
        if not goals:
            return
        self._plan.goals += [goal for goal in goals if goal not in self._plan.goals]
        self._mode.perform(lambda: self._make(goals), None)

    def _make(self, goals: tuple[str, ...]) -> None:
        options, switches = self._context.options, self._context.switches
        skip = options.skip_build or switches.has("--skip-build")
        build = self._context.build.artifacts_of if skip else self._context.build.make
        with self._progress.phase(Phase.BUILD, " ".join(goals)):
            try:
                built = build(goals)
            except ScenarioStop:
                raise
            except GenodeError as error:
                raise build_stop(self._script, options, error) from error
        self._built += built

    @procedure()
    def build_artifacts(self) -> tuple[str, ...]:
        """Return the names of all that was built so far, sorted, each once."""
        return tuple(sorted(set(self._mode.artifacts(self._built))))

    @procedure()
    def check_for_missing_lib_build(self, binaries: Words) -> None:
        """End the script when its image needs shared libraries that it did not build."""
        if not self._built:
            return
        built = set(self._built)
        missing = [
            binary
            for binary in words_of(self._script, binaries)
            if binary.endswith(".lib.so")
            and binary not in built
            and self._kernel_specific(binary) not in built
        ]
        if missing:
            goals = " ".join("lib/" + binary.removesuffix(".lib.so") for binary in missing)
            raise stop(
                self._script,
                Outcome.ERROR,
                f"the image needs {', '.join(missing)}, which the script does not build",
                hint=f"add `{goals}` to the script's `build`, or pass `[build_artifacts]`",
            )
