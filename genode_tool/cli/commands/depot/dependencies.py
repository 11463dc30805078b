"""`genode depot dependencies`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_options import debug_info_option
from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode depot dependencies alice/pkg/shop/2026-01-28
  genode depot dependencies --tree alice/pkg/x86_64/shop/2026-01-28
  genode depot dependencies --reverse alice/api/base    who needs it, in any version
  genode depot dependencies --dot alice/pkg/shop/2026-01-28 | dot -Tsvg > shop.svg

Exit codes: 0 all is in the depot, 2 something is missing (listed on standard output).
"""


@click.command("dependencies", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="ARCHIVE...")
@click.option("--reverse", is_flag=True, help="Print what in the depot needs the archives.")
@click.option("--tree", is_flag=True, help="Print each archive below the one that needs it.")
@click.option("--dot", is_flag=True, help="Print a graph for Graphviz.")
@debug_info_option("Ask for the debug archives of binaries, too.")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    reverse: bool,
    tree: bool,
    dot: bool,
    debug_info: bool,
    depot_dir: Path | None,
) -> int:
    """Print all that archives in the depot need.

    Names are printed type by type, if all of them are in the depot; otherwise those that are not.
    """
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.depot.archive.closure import closure_of
    from genode_tool.depot.inspection.dependency_tree import (
        dependants,
        dot_lines,
        incomplete,
        tree_lines,
    )

    variables, paths = depot_words(words, ("DBG",))
    place = depot_place(variables, depot_dir)
    archives = [place.archive(path, versioned=True) for path in paths]
    screen = invocation.screen()
    if reverse:
        closure = dependants(place.depot, archives)
    else:
        debug = debug_info or bool(variables.get("DBG"))
        closure = closure_of(archives, place.depot, debug=debug)
        for title, found in zip(
            ("version not specified", "incomplete or missing archives"),
            incomplete(closure, place.depot),
            strict=True,
        ):
            if found:
                # As the original prints it: Goa reads it.
                screen.line(f"Error: {title}:")
                for archive in found:
                    screen.line(f"       {archive}")
                return 2
    if tree:
        lines = tree_lines(closure)
    elif dot:
        lines = dot_lines(closure)
    else:
        lines = (str(one) for one in closure.sorted())
    for line in lines:
        screen.line(line)
    return 0
