"""The tool chains that a command line refers to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.toolchain.adaptations import adaptations
from genode_tool.toolchain.adopt import WantedCompiler, adopt
from genode_tool.toolchain.architectures import architecture, architecture_of
from genode_tool.toolchain.check import ToolChain, configured, tool_chain_at
from genode_tool.toolchain.check.required_version import compiler_version, wanted_version
from genode_tool.toolchain.newer_compiler import calls_for_loops, newer_warnings
from genode_tool.toolchain.prefix import (
    ADOPTED,
    adopted_directory,
    architectures_in,
    find_tool_chain,
    tools_prefix,
)
from genode_tool.tree import Tools, find_tree
from genode_tool.tree.blank_alias import without_blanks


def choose_tools(words: str, platform: str, place: Path) -> Tools:
    """Return the tools that `words` name: "adopted", "adopted-gcc-13" or a directory.

    The distribution's compiler is adopted unless it was before. Raises `UserError` and
    `EnvironmentProblem` when there are no such tools.
    """
    one = architecture_of(platform)
    adopted = words == ADOPTED or (words.startswith(f"{ADOPTED}-") and not Path(words).exists())
    if words == ADOPTED:
        prefix = adopt(one, adopted_directory()).prefix
    elif adopted:
        compiler = WantedCompiler.parse(words.removeprefix(f"{ADOPTED}-"))
        prefix = adopt(one, adopted_directory(str(compiler)), compiler).prefix
    else:
        directory = find_tool_chain(Path(words).absolute(), [one])
        prefix = tools_prefix(without_blanks(directory), one)
    version = compiler_version(prefix)
    wanted = wanted_version(place)
    other = version if wanted and version != wanted else ""
    return Tools(
        prefix,
        other,
        host_constants=adopted and _host_constants(place),
        plain_loops=adopted and calls_for_loops(version, wanted),
        adaptations=adaptations(place, version, wanted) if adopted else (),
        signal_masks=adopted and _signal_masks(place),
        no_errors=newer_warnings(version, wanted) if adopted and _warnings_fail(place) else (),
    )


def _signal_masks(place: Path) -> bool:
    """Return whether the tree at `place` uses macros that the C library of the host had once."""
    tree = find_tree(place)
    if tree is None:
        return False
    headers = tree.repository_dir.glob("base-linux/src/**/linux_syscalls.h")
    return any("__sigword(" in path.read_text(errors="replace") for path in headers)


def _warnings_fail(place: Path) -> bool:
    """Return whether the tree at `place` makes warnings errors."""
    tree = find_tree(place)
    rules = tree.repository_dir / "base/mk/global.mk" if tree else None
    return bool(rules and rules.is_file() and "-Werror" in rules.read_text(errors="replace"))


def _host_constants(place: Path) -> bool:
    """Return whether the tree at `place` has a Linux kernel that leaves `__INT64_C` as it is.

    Adopted compilers define it as those of a bare machine do, headers of the host otherwise.
    """
    tree = find_tree(place)
    if tree is None or "linux" not in tree.kernels:
        return False
    imports = tree.repository_dir.glob("base-linux/lib/import/import-syscall*.mk")
    texts = [path.read_text(errors="replace") for path in imports]
    return bool(texts) and not any("-U__INT64_C" in text for text in texts)


def choose_tool_chains(
    names: Sequence[str], prefix: Path | None, tools: str | None, place: Path
) -> list[ToolChain]:
    """Return the tool chains for the architectures `names`, or for all that there are.

    `tools` is the beginning of the tools' names; `prefix` is a directory for
    `find_tool_chain`. Without both, the one of the build directory around `place` is chosen, or
    else the current one. Raises `GenodeError` when there is none.
    """
    wanted = wanted_version(place)
    chosen = [architecture(name) for name in names]
    if tools is not None:
        if len(chosen) != 1:
            raise UserError("--tools needs one architecture: the one that the tools are for")
        return [tool_chain_at(chosen[0], tools, wanted)]
    if prefix is None and not chosen:
        around = configured(place)
        if around:
            return [tool_chain_at(around[0], around[1], wanted)]
    directory = find_tool_chain(prefix.absolute() if prefix else None, chosen)
    return [
        tool_chain_at(one, tools_prefix(directory, one), wanted)
        for one in chosen or architectures_in(directory)
    ]
