"""The tool chain that `--tool-chain` of `genode create-builddir` means."""

from __future__ import annotations

from pathlib import Path

from genode_tool.toolchain.adopt import adopt
from genode_tool.toolchain.architectures import architecture_of
from genode_tool.toolchain.check.required_version import compiler_version, wanted_version
from genode_tool.toolchain.prefix import adopted_directory, find_tool_chain, tools_prefix
from genode_tool.tree import Tools
from genode_tool.tree.blank_alias import without_blanks


def choose_tools(words: str, platform: str, place: Path) -> Tools:
    """Return the tools that `words`, "adopted" or a directory, stand for.

    The distribution's compiler is adopted unless it was before. Raises `UserError` and
    `EnvironmentProblem` when there are no such tools.
    """
    one = architecture_of(platform)
    if words == "adopted":
        prefix = adopt(one, adopted_directory()).prefix
    else:
        directory = find_tool_chain(Path(words).absolute(), [one])
        prefix = tools_prefix(without_blanks(directory), one)
    version = compiler_version(prefix)
    wanted = wanted_version(place)
    return Tools(prefix, version if wanted and version != wanted else "")
