"""Is the compiler there, and is it the one that the tree wants?"""

from __future__ import annotations

from genode_tool.building.memory.scope import EvaluationScope
from genode_tool.errors import EnvironmentProblem
from genode_tool.process import find_program
from genode_tool.programs import how_to_get
from genode_tool.regex import regex
from genode_tool.tree.build_settings import BuildSettings

_TOOL_CHAIN = regex(r"(?:.*/)?genode-(\w+)-[^/]*")
_VERSION = regex(r"\d+(\.\d+)+")


def check_tools(settings: BuildSettings, scope: EvaluationScope) -> None:
    """Raise `EnvironmentProblem` when the compiler is missing or of another version."""
    compiler = settings.evaluation.value("CUSTOM_CXX").strip()
    name = compiler.split()[0] if compiler else "g++"
    if find_program(name) is None:
        raise EnvironmentProblem(f"the compiler `{name}` is missing", hint=_how_to_get(name))
    wanted = settings.required_gcc
    if not wanted:
        return
    result = scope.shell(
        f"{compiler} --version",
        shell=settings.shell,
        flags=("-c",),
        cwd=settings.build_dir,
        env=settings.exported,
    )
    words = result.stdout.decode(errors="replace").split()
    if wanted not in words:
        found = next((word for word in words if _VERSION.fullmatch(word)), "unknown")
        raise EnvironmentProblem(
            f"this source tree wants GCC {wanted}, but `{name}` is version {found}",
            hint=f"use the tree's tool chain, or set REQUIRED_GCC_VERSION={found} in"
            " etc/build.conf to try with this one",
        )


def _how_to_get(name: str) -> str:
    """Return how to get a compiler: two ways for one of a tool chain for Genode."""
    elsewhere = "CROSS_DEV_PREFIX in etc/tools.conf selects another one"
    of_genode = _TOOL_CHAIN.fullmatch(name)
    if of_genode is None:
        return f"{how_to_get(name)}; {elsewhere}"
    one = of_genode.group(1)
    return (
        f"`genode tool-chain adopt {one}` wraps the distribution's compiler in seconds,"
        f" `genode tool-chain {one}` builds the pinned version from source; {elsewhere}"
    )
