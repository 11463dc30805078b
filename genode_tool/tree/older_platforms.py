"""Build directories of older trees, made by the makefile that each of them has for it.

Up to 16.11 a build directory is made for a kernel and a platform together (`linux_x86`,
`nova_x86_64`, `hw_pbxa9`), up to 21.11 for a board or for `linux`; `tool/create_builddir` of the
tree knows what goes into `etc/build.conf` for each. It is a makefile, and is run by our
implementation of make.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.nearest import did_you_mean
from genode_tool.process import scrubbed_environment
from genode_tool.tree.blank_alias import without_blanks
from genode_tool.tree.source_tree import SourceTree


def ask_the_tree(tree: SourceTree, platform: str, path: Path) -> None:
    """Make the build directory `path` as the tree does it for `platform`.

    The link to the tree's own front end is left out. Raises `UserError` for a platform that
    the tree does not know.
    """
    known = platforms(tree)
    if platform not in known:
        raise UserError(
            f"{tree.path} has no platform `{platform}`",
            hint=did_you_mean(platform, known) or f"known platforms: {', '.join(known)}",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    status, printed = _run(
        tree, platform, f"BUILD_DIR={path}", f"GENODE_DIR={without_blanks(tree.path)}"
    )
    conf = path / "etc/build.conf"
    if status or not conf.is_file():
        last = printed.strip().splitlines()[-1:] or ["no message"]
        raise UserError(f"{_makefile(tree)} fails for platform `{platform}`: {last[0]}")
    (path / "Makefile").unlink(missing_ok=True)


def platforms(tree: SourceTree) -> tuple[str, ...]:
    """Return the platforms that the tree's own tool makes build directories for, sorted.

    These are the quoted names of its usage (where an opening quote may be missing), and those that
    it has a double-colon rule for; "" for a tree without such a tool.
    """
    try:
        text = _makefile(tree).read_text(errors="replace")
    except OSError:
        return ()
    shown = re.findall(r"(\w+)'", _run(tree)[1])
    return tuple(sorted({*shown, *re.findall(r"^(\w+)::", text, re.MULTILINE)}))


def _makefile(tree: SourceTree) -> Path:
    return tree.path / "tool/create_builddir"


def _run(tree: SourceTree, *words: str) -> tuple[int, str]:
    """Run the tree's makefile; return its status and what it prints."""
    from genode_tool.makefile.executor import run_make
    from genode_tool.makefile.executor.output import Output

    top = without_blanks(tree.path)
    with tempfile.TemporaryFile() as file:
        output = Output(file.fileno(), file.fileno())
        status = run_make(
            ("-f", str(top / "tool/create_builddir"), *words),
            cwd=str(top),
            environ=scrubbed_environment(),
            output=output,
        )
        file.seek(0)
        return status, file.read().decode(errors="replace")
