"""Creates build directories from templates (`templates` next to this module, Jinja2)."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.files import new_directory
from genode_tool.record import record
from genode_tool.resources import checkout, data
from genode_tool.tree.blank_alias import without_blanks
from genode_tool.tree.eras import LAYOUT_VARIABLE
from genode_tool.tree.source_tree import SourceTree

PLATFORMS = ("arm_v6", "arm_v7a", "arm_v8a", "riscv", "x86_32", "x86_64")
"""The instruction sets that a build directory can be made for."""

DEFAULT_PLATFORM = "x86_64"

_ENABLED = ("base", "os", "demo")


def own_tree() -> SourceTree | None:
    """Return the source tree that comes with the tool, or None when it was installed alone."""
    top = checkout()
    return SourceTree.at(top) if top else None


def launcher(tree: SourceTree) -> Path:
    """Return the command that build directories of `tree` forward to.

    That is the launcher of the tree or of our own checkout; of an installed tool, its command.
    """
    tops = [top for top in (tree.path, checkout()) if top]
    commands = [*(top / "tool/genode" for top in tops), Path(sys.executable).with_name("genode")]
    found = next((one for one in commands if os.access(one, os.X_OK)), None)
    return found or Path(shutil.which("genode") or "genode")


@record
class Adaptation:
    """Lines of etc/tools.conf that a tree needs with a compiler, and why: lines of a comment."""

    reason: tuple[str, ...]
    lines: tuple[str, ...]


@record
class Tools:
    """The tool chain of a build directory: what its tools' paths begin with.

    `gcc` is the compiler's version when that is not the one which the source tree wants.
    `host_constants`: whether the compiler's macros for 64-bit constants must be made those of the
    host's headers, for programs of Linux; `signal_masks`: whether those headers lack macros that
    the tree uses. `plain_loops`: whether loops must stay loops, of which the compiler makes calls.
    `adaptations` are what single places of the tree need with this compiler.
    `no_errors` are warnings that stay warnings where the tree makes them errors: the compiler that
    it was written for does not give them.
    """

    prefix: str
    gcc: str = ""
    host_constants: bool = False
    signal_masks: bool = False
    plain_loops: bool = False
    adaptations: tuple[Adaptation, ...] = ()
    no_errors: tuple[str, ...] = ()


def create_builddir(
    platform: str,
    path: Path | None = None,
    *,
    tree: SourceTree | None = None,
    tools: Tools | None = None,
    layout: str = "",
) -> Path:
    """Create a build directory for `platform` (one of `PLATFORMS`) and return its path.

    `path` defaults to `build/<platform>` of `tree`, which defaults to the tool's own tree.
    `tools` are written into its etc/tools.conf; None leaves the choice to the source tree.
    Trees of releases before 22.02 have other platforms, such as `linux_x86` or `pbxa9`, and what
    each of them needs is known to the tree's own tool alone, which is asked.
    `layout` is written down as the layout that the tree is taken for.

    Raises `UserError` for an unknown platform or a `path` that exists, and
    `EnvironmentProblem` when it cannot be written. A directory appears as a whole or not at all.
    """
    tree = tree or own_tree()
    older = tree is not None and _has_other_platforms(tree)
    if platform not in PLATFORMS and not older:
        raise UserError(
            f"unknown platform `{platform}`", hint=f"known platforms: {', '.join(PLATFORMS)}"
        )
    if tree is None:
        raise UserError("no source tree to build", hint="name one with `genode -C DIR`")
    path = (path or tree.path / "build" / platform).absolute()
    if path.exists():
        raise UserError(f"{path} exists already")
    files = _render(platform, tree, tools, older=older)
    try:
        with new_directory(path) as part:
            if older:
                part.rmdir()  # the tree's own tool wants to create it
                from genode_tool.tree.older_platforms import ask_the_tree

                ask_the_tree(tree, platform, part)
            (part / "etc").mkdir(parents=True, exist_ok=True)
            for name, text in files.items():
                (part / name).write_text(text)
            if layout:
                with (part / "etc/build.conf").open("a") as conf:
                    conf.write("\n# The layout that the tree is taken for\n")
                    conf.write(f"{LAYOUT_VARIABLE} := {layout}\n")
    except OSError as error:
        raise EnvironmentProblem(
            f"cannot create {path}: {error.strerror}",
            hint=f"`genode create-builddir {platform} BUILD_DIR=DIR` puts it elsewhere",
        ) from error
    return path


def _has_other_platforms(tree: SourceTree) -> bool:
    """Return whether the tree has a tool of its own that makes more than `PLATFORMS`."""
    from genode_tool.tree.older_platforms import platforms

    return tree.layout.platform_pairs or not set(PLATFORMS).issuperset(platforms(tree))


def _render(platform: str, tree: SourceTree, tools: Tools | None, *, older: bool) -> dict[str, str]:
    """Return the files of a build directory with their contents."""
    # Every build imports this module; few create a build directory.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from genode_tool.settings.layered import settings_of

    environment = Environment(
        loader=FileSystemLoader(data(__name__, "templates")),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    if older:  # the tree writes the others
        forwarding = environment.get_template("Makefile.j2")
        files = {"Makefile": forwarding.render(launcher=str(launcher(tree)))}
        if tools:
            files["etc/tools.conf"] = environment.get_template("etc/tools.conf.j2").render(
                tools=tools
            )
        return files
    kernels = tree.kernels
    names = sorted(
        entry.name
        for entry in tree.repository_dir.iterdir()
        if entry.is_dir() and not entry.name.startswith((".", "base-"))
    )
    enabled = _enabled(tree)
    values = {
        "platform": platform,
        "genode_dir": str(without_blanks(tree.path)),
        "launcher": str(launcher(tree)),
        "kernels": kernels,
        "default_kernel": "hw" if "hw" in kernels else (kernels[0] if kernels else ""),
        "repositories": [name for name in enabled if name in names],
        "optional": [name for name in names if name not in enabled],
        "boards": settings_of(tree.path).boards.default_boards[platform],
        "tools": tools,
    }
    return {
        name: environment.get_template(f"{name}.j2").render(values)
        for name in ("etc/build.conf", "etc/specs.conf", "etc/tools.conf", "Makefile")
    }


def _enabled(tree: SourceTree) -> tuple[str, ...]:
    """Return the repositories that a new build directory uses, besides the kernel's.

    A tree may have a list of its own, words in `base/etc/repositories`.
    """
    try:
        text = (tree.repository_dir / "base/etc/repositories").read_text()
    except OSError:
        return _ENABLED
    lines = (line.partition("#")[0] for line in text.splitlines())
    return tuple(word for line in lines for word in line.split())
