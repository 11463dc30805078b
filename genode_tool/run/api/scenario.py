"""The whole run API as one object."""

from __future__ import annotations

from collections.abc import Callable

from genode_tool.run.api.arguments import Arguments
from genode_tool.run.api.base import is_command
from genode_tool.run.api.depot import DepotApi
from genode_tool.run.api.execution import Execution
from genode_tool.run.api.output import OutputApi


class Scenario(Execution, DepotApi, OutputApi, Arguments):
    """What a run script can call; a Python scenario gets it as `run(scenario)`."""

    def commands(self) -> dict[str, Callable[..., object]]:
        """Return the procedures of the API by name."""
        return {
            name: getattr(self, name)
            for name in dir(type(self))
            if not name.startswith("__") and is_command(getattr(type(self), name))
        }
