"""The build directory as the run engine sees it, on top of `genode_tool.building`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from genode_tool.errors import BuildFailed
from genode_tool.events import Sink
from genode_tool.run.context.build_side import PortsMissing
from genode_tool.run.options import RunOptions
from genode_tool.settings.layered import LayeredSettings, settings_of
from genode_tool.tree import BuildDirectory


class TreeBuild:
    """The build of a real build directory."""

    def __init__(self, directory: BuildDirectory, options: RunOptions, sink: Sink) -> None:
        self._directory = directory
        self._options = options
        self._sink = sink

    @property
    def path(self) -> Path:
        """The build directory."""
        return self._directory.path

    @property
    def genode_dir(self) -> Path:
        """The top directory of the source tree."""
        return self._directory.genode_dir

    @property
    def repositories(self) -> tuple[Path, ...]:
        """The repositories, in order of priority."""
        return self._directory.repositories

    @property
    def specs(self) -> tuple[str, ...]:
        """The specs in force."""
        return self._directory.specs

    @property
    def kernel(self) -> str:
        """The kernel of this run."""
        return self._directory.kernel

    @property
    def board(self) -> str:
        """The board of this run."""
        return self._directory.board

    @property
    def settings(self) -> LayeredSettings:
        """The settings in effect for the build directory and its tree."""
        return settings_of(self.genode_dir, self.path)

    def variable(self, name: str) -> str:
        """Return the expanded value of a variable of the configuration, "" when undefined."""
        return self._directory.variable(name)

    def make(self, goals: Sequence[str]) -> tuple[str, ...]:
        """Build goals; return the names of the artifacts, in the order they were logged."""
        # Planning and asking questions work without the build engine.
        from genode_tool.building import make
        from genode_tool.building.problems import Trouble

        result = make(
            self._directory,
            goals,
            jobs=self._options.jobs or None,
            verbose=self._options.verbose,
            sink=self._sink,
        )
        fatal = [problem for problem in result.problems if problem.trouble.fails]
        if fatal:
            first = fatal[0].diagnostic
            others = tuple(str(problem) for problem in fatal[1:])
            trail = first.trail + others
            if all(problem.trouble is Trouble.PORT for problem in fatal):
                ports = tuple(problem.subject for problem in fatal)
                raise PortsMissing(first.text, ports, location=first.location, trail=trail)
            raise BuildFailed(first.text, location=first.location, trail=trail, hint=first.hint)
        if not result.ok:
            steps = [f"{step.text.strip()} of {step.leaf}" for step in result.failures]
            raise BuildFailed(steps[0] if steps else "a step failed", trail=tuple(steps[1:]))
        return result.artifacts

    def artifacts_of(self, goals: Sequence[str]) -> tuple[str, ...]:
        """Return the artifacts of goals without building them. Raises `GenodeError`."""
        from genode_tool.building import artifacts_of

        return artifacts_of(self._directory, goals)
