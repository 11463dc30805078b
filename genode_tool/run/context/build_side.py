"""The build directory of a scenario, as far as the run engine needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from genode_tool.errors import BuildFailed, Location
from genode_tool.settings.layered import LayeredSettings


class PortsMissing(BuildFailed):
    """Nothing but `ports`, which are not prepared, keeps goals from being built."""

    def __init__(
        self,
        message: str,
        ports: tuple[str, ...],
        *,
        location: Location | None = None,
        trail: tuple[str, ...] = (),
    ) -> None:
        hint = f"genode prepare {' '.join(ports)}"
        super().__init__(message, location=location, trail=trail, hint=hint)
        self.ports = ports


class BuildSide(Protocol):
    """The build directory behind a scenario."""

    @property
    def path(self) -> Path:
        """The build directory."""

    @property
    def genode_dir(self) -> Path:
        """The top directory of the source tree."""

    @property
    def repositories(self) -> tuple[Path, ...]:
        """The repositories, the one that wins first."""

    @property
    def specs(self) -> tuple[str, ...]:
        """The specs in force."""

    @property
    def kernel(self) -> str:
        """The kernel of this run."""

    @property
    def board(self) -> str:
        """The board of this run."""

    @property
    def settings(self) -> LayeredSettings:
        """The settings that hold for the build directory and its tree."""

    def variable(self, name: str) -> str:
        """Return the expanded value of a variable of the configuration, "" when undefined."""

    def make(self, goals: Sequence[str]) -> tuple[str, ...]:
        """Build goals; return the names of the artifacts, in the order they were logged.

        Raises `GenodeError` when a goal is wrong or a step fails.
        """

    def artifacts_of(self, goals: Sequence[str]) -> tuple[str, ...]:
        """Return what `make` would return, without building. Raises `GenodeError`."""


@dataclass(frozen=True, slots=True)
class BorrowedBuild:
    """A `BuildSide` that answers as `real` does; for others to differ in a few points."""

    real: BuildSide

    @property
    def path(self) -> Path:
        """The build directory."""
        return self.real.path

    @property
    def genode_dir(self) -> Path:
        """The top directory of the source tree."""
        return self.real.genode_dir

    @property
    def repositories(self) -> tuple[Path, ...]:
        """The repositories, in order of priority."""
        return self.real.repositories

    @property
    def specs(self) -> tuple[str, ...]:
        """The specs in force."""
        return self.real.specs

    @property
    def kernel(self) -> str:
        """The kernel of this run."""
        return self.real.kernel

    @property
    def board(self) -> str:
        """The board of this run."""
        return self.real.board

    @property
    def settings(self) -> LayeredSettings:
        """The settings in effect for the build directory and its tree."""
        return self.real.settings

    def variable(self, name: str) -> str:
        """Return the expanded value of a variable of the configuration, "" when undefined."""
        return self.real.variable(name)

    def make(self, goals: Sequence[str]) -> tuple[str, ...]:
        """Build goals; return the names of the artifacts, in the order they were logged."""
        return self.real.make(goals)

    def artifacts_of(self, goals: Sequence[str]) -> tuple[str, ...]:
        """Return the artifacts of goals without building them. Raises `GenodeError`."""
        return self.real.artifacts_of(goals)


class LightBuild(BorrowedBuild):
    """A build directory of which nothing is asked that takes an evaluation of the graph."""

    def artifacts_of(self, goals: Sequence[str]) -> tuple[str, ...]:
        """Return nothing: the artifacts are unknown without an evaluation."""
        del goals
        return ()


def repository_with(repositories: Sequence[Path], relative: str) -> Path | None:
    """Return the first repository that holds `relative`, or None."""
    return next((repo for repo in repositories if (repo / relative).exists()), None)
