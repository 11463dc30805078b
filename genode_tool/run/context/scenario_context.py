"""The facts of one run of one scenario."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genode_tool.events import Sink
from genode_tool.run.context.build_side import BuildSide, repository_with
from genode_tool.run.options import RunOptions, Switches
from genode_tool.run.terminal_bridge import UserSide
from genode_tool.settings.layered import LayeredSettings


@dataclass(frozen=True, slots=True)
class ScenarioContext:
    """All that is fixed during one run of one scenario.

    `user` is the user's terminal; None when there is none, or when several scenarios share it.
    """

    name: str
    script: Path
    build: BuildSide
    switches: Switches
    options: RunOptions
    sink: Sink
    run_dir: Path
    user: UserSide | None = None

    @property
    def relative_run_dir(self) -> str:
        """The run directory as scripts see it, relative to the build directory."""
        return str(self.run_dir.relative_to(self.build.path))

    @property
    def boot_directory(self) -> Path:
        """The directory `genode/` in which the boot modules are gathered."""
        return self.run_dir / "genode"

    def in_build(self, path: str) -> Path:
        """Return the absolute form of a script's path, which is relative to the build directory."""
        return self.build.path / path

    @property
    def settings(self) -> LayeredSettings:
        """The settings that hold for the build directory and its tree."""
        return self.build.settings

    def find(self, relative: str) -> Path | None:
        """Return the path of `relative` in the first repository that has it."""
        repository = repository_with(self.build.repositories, relative)
        return repository / relative if repository else None
