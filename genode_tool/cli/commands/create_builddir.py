"""`genode create-builddir`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.words import split_words

_EPILOG = """\b
Examples:
  genode create-builddir x86_64
  genode create-builddir x86_64 BUILD_DIR=/tmp/build
  genode create-builddir arm_v8a --tool-chain adopted    wrapped compilers of the distribution
  genode create-builddir x86_64 --tool-chain /usr/local/genode/tool/25.05
"""


@click.command("create-builddir", epilog=_EPILOG)
@click.argument("platform")
@click.argument("words", nargs=-1, metavar="[BUILD_DIR=DIR]")
@click.option(
    "--tool-chain",
    metavar="adopted|DIR",
    help="Use the tool chain in DIR/bin, or the adopted one, which is made if need be.",
)
@click.option(
    "--layout",
    metavar="NAME",
    help="Take the source tree for one of this layout although it does not look like one.",
)
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    platform: str,
    words: tuple[str, ...],
    tool_chain: str | None,
    layout: str | None,
) -> None:
    """Create a build directory.

    PLATFORM is an instruction set such as x86_64. Trees of releases before 22.02 have platforms
    of their own, such as linux_x86, pbxa9 or linux.

    The build directory holds etc/build.conf, etc/specs.conf and etc/tools.conf to edit, and a
    Makefile that forwards to genode. It is created as build/PLATFORM of the source tree, or where
    BUILD_DIR says; it must not exist yet.
    """
    from genode_tool.cli.words import only
    from genode_tool.toolchain.choice import choose_tools
    from genode_tool.tree import create_builddir, find_tree

    given, unexpected = split_words(words)
    only(given, ("BUILD_DIR",), unexpected)
    place = Path(given["BUILD_DIR"]) if "BUILD_DIR" in given else None
    tools = choose_tools(tool_chain, platform, Path.cwd()) if tool_chain else None
    tree = find_tree(Path.cwd(), layout or "")
    path = create_builddir(platform, place, tree=tree, tools=tools, layout=layout or "")
    if invocation.output.verbosity >= 0:
        click.echo(f"genode: created {path}")
