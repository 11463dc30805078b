"""The topics of settings: each a file `TOPIC.toml` and the dataclass that describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genode_tool.settings.schema.boards import Boards
from genode_tool.settings.schema.mirrors import MirrorSettings
from genode_tool.settings.schema.programs import ProgramSettings
from genode_tool.settings.schema.runs import RunSettings
from genode_tool.settings.schema.tool_chains import ToolChainSettings


@dataclass(frozen=True, slots=True)
class Topic:
    """One file. `of_machine`: a source tree or a build directory cannot change it."""

    schema: type[Any]
    of_machine: bool = False


TOPICS: Mapping[str, Topic] = {
    "boards": Topic(Boards),
    "run": Topic(RunSettings),
    "tool_chains": Topic(ToolChainSettings),
    "mirrors": Topic(MirrorSettings),
    "programs": Topic(ProgramSettings, of_machine=True),
}
"""All topics by the names of their files. No two have a table of the same name."""
