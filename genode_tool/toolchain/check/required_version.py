"""The tool chain that a place requires: the version of a source tree, the tools of a build."""

from __future__ import annotations

from pathlib import Path

from genode_tool import process
from genode_tool.errors import EnvironmentProblem
from genode_tool.makefile import RealInputs
from genode_tool.toolchain.architectures import ARCHITECTURES, Architecture
from genode_tool.toolchain.bootstrap.versions import pinned_by
from genode_tool.tree import BuildDirectory, find_tree
from genode_tool.tree.build_settings import required_by_tree
from genode_tool.tree.search import enclosing_builddir

_ANSWER_S = 20


def wanted_version(place: Path) -> str:
    """Return the version of GCC that the source tree around `place` wants, "" for none.

    That is what builds in it ask for; a tree that asks for none pins it for its tool chain.
    """
    tree = find_tree(place)
    top = tree.path if tree else None
    directory = enclosing_builddir(place)
    if directory is not None:
        top = BuildDirectory.open(directory).genode_dir
    if top is None:
        return ""
    if required := required_by_tree(str(top), RealInputs()):
        return required
    pinned = pinned_by(top)
    return pinned.gcc if pinned else ""


def compiler_version(prefix: str) -> str:
    """Return the version of the compiler whose path begins with `prefix`.

    Raises `EnvironmentProblem` when it does not answer.
    """
    # clang has the second option only, and old GCC prints the full version for it
    for question in ("-dumpfullversion", "-dumpversion"):
        done = process.run([f"{prefix}gcc", question], timeout=_ANSWER_S)
        if done.returncode == 0:
            break
    else:
        raise EnvironmentProblem(
            f"the compiler {prefix}gcc does not work:"
            f" {done.stderr.decode(errors='replace').strip()}",
            hint="`genode tool-chain check` shows details",
        )
    return done.stdout.decode().strip()


def configured(place: Path) -> tuple[Architecture, str] | None:
    """Return the architecture and the tools' prefix of the build directory around `place`.

    None when `place` is in no build directory. Raises `GenodeError` for mistakes in its
    configuration.
    """
    directory = enclosing_builddir(place)
    if directory is None:
        return None
    build = BuildDirectory.open(directory)
    compiler = (build.variable("CUSTOM_CXX").split() or [""])[-1]
    for one in ARCHITECTURES:
        if set(one.specs) & set(build.specs):
            return one, compiler.removesuffix("g++")
    return None
