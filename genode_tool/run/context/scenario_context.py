"""The facts of one run of one scenario."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genode_tool.events import Sink
from genode_tool.run.context.build_side import BuildSide
from genode_tool.run.options import RunOptions, Switches
from genode_tool.run.terminal_bridge import UserSide


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
