"""Procedures that build."""

from __future__ import annotations

from genode_tool.errors import GenodeError
from genode_tool.run.api.base import ApiBase, Words, command
from genode_tool.run.context.build_side import PortsMissing
from genode_tool.run.events import Phase
from genode_tool.run.verdict import Outcome, ScenarioStop


class Building(ApiBase):
    """Building targets and knowing what came of it."""

    @command
    def build(self, targets: Words) -> None:
        """Build goals; ends the script with "build failed" when one cannot be built."""
        goals = self.words(targets)
        if not goals:
            return
        self.session.plan.goals += [g for g in goals if g not in self.session.plan.goals]
        if self.session.planning:
            return
        skip = self.context.options.skip_build or self.context.switches.has("--skip-build")
        build = self.context.build.artifacts_of if skip else self.context.build.make
        with self.session.phase(Phase.BUILD, " ".join(goals)):
            try:
                built = build(goals)
            except ScenarioStop:
                raise
            except PortsMissing as error:
                if not self.context.options.skip_unfit:
                    raise self._not_built(error) from error
                raise self.stop(Outcome.UNSUPPORTED, error.message, hint=error.hint) from error
            except GenodeError as error:
                raise self._not_built(error) from error
        self.session.artifacts += built

    def _not_built(self, error: GenodeError) -> ScenarioStop:
        return self.stop(
            Outcome.BUILD_FAILED, f"build failed: {error}", trail=error.trail, hint=error.hint
        )

    @command
    def build_artifacts(self) -> tuple[str, ...]:
        """The names of all that was built so far, sorted, each once."""
        made = self._planned_artifacts() if self.session.planning else self.session.artifacts
        return tuple(sorted(set(made)))

    @command
    def check_for_missing_lib_build(self, binaries: Words) -> None:
        """End the script when it wants shared libraries in the image that it did not build."""
        if not self.session.artifacts:
            return
        built = set(self.session.artifacts)
        missing = [
            binary
            for binary in self.words(binaries)
            if binary.endswith(".lib.so")
            and binary not in built
            and self.kernel_specific(binary) not in built
        ]
        if missing:
            goals = " ".join("lib/" + binary.removesuffix(".lib.so") for binary in missing)
            raise self.stop(
                Outcome.ERROR,
                f"the image shall hold {', '.join(missing)}, which the script does not build",
                hint=f"add `{goals}` to the script's `build`, or pass `[build_artifacts]`",
            )

    def _planned_artifacts(self) -> tuple[str, ...]:
        """Return what the goals so far would make; why that is unknown goes into the plan."""
        plan = self.session.plan
        try:
            made = self.context.build.artifacts_of(plan.goals)
        except GenodeError as error:
            plan.unknown_artifacts = str(error)
            return ()
        if not made and plan.goals:
            goals = " ".join(plan.goals)
            plan.unknown_artifacts = f"what the goals make; `genode make -n {goals}` tells more"
        return made

    def kernel_specific(self, binary: str) -> str:
        """Return the name under which a binary is built for the kernel in use."""
        return binary
