"""The topics of settings: each a file `TOPIC.toml` and the dataclass that describes it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from genode_tool.record import record


@record
class Topic:
    """One file, described by the class `name` of `module`, which is imported when it is needed.

    `of_machine`: a source tree or a build directory cannot change it.
    """

    module: str
    name: str
    of_machine: bool = False

    @property
    def schema(self) -> type[Any]:
        """The dataclass."""
        module = importlib.import_module(f"genode_tool.settings.schema.{self.module}")
        found: type[Any] = getattr(module, self.name)
        return found


TOPICS: Mapping[str, Topic] = {
    "boards": Topic("boards", "Boards"),
    "run": Topic("runs", "RunSettings"),
    "tool_chains": Topic("tool_chains", "ToolChainSettings"),
    "mirrors": Topic("mirrors", "MirrorSettings"),
    "trust": Topic("trust", "TrustSettings", of_machine=True),
    "programs": Topic("programs", "ProgramSettings", of_machine=True),
}
"""All topics by the names of their files. No two have a table of the same name."""
