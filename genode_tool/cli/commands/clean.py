"""`genode clean`."""

from __future__ import annotations

import click

from genode_tool.cli.completers import complete_ports
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode clean lwip              remove all versions of the port `lwip`
  genode clean PKG="lwip zlib"   the same for two ports

Downloads stay in contrib/cache. `genode make clean` removes build artifacts.
"""


@click.command("clean", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="PKG=NAME | NAME...", shell_complete=complete_ports)
@output_options
@pass_invocation
def command(invocation: Invocation, words: tuple[str, ...]) -> int:
    """Remove prepared ports.

    Removes all versions of the ports NAME, and unfinished work on them.
    """
    from genode_tool.cli.place import port_collection
    from genode_tool.cli.words import port_names, split_words
    from genode_tool.errors import UserError
    from genode_tool.events import discard
    from genode_tool.ports.older_trees.makefile_tree import OlderTree
    from genode_tool.ports.older_trees.shims import Shims
    from genode_tool.ports.preparation.tools import fetch_policy
    from genode_tool.ports.store.removal import remove_ports
    from genode_tool.report.reporter import Reporter

    variables, others = split_words(words)
    names = port_names(others, variables)
    if not names:
        raise UserError("no port is named", hint="`genode clean NAME` removes a port")
    collection = port_collection(variables)
    screen = invocation.screen()
    older = OlderTree(collection)
    if older.packages:
        tools = Shims.of(collection, fetch_policy(collection.settings)).environment
        gone = older.clean(names, tools, discard)
    else:
        with Reporter(screen, invocation.output.verbosity, ()) as sink:
            gone = remove_ports(collection, names, sink)
    if invocation.output.verbosity >= 0:
        for path in gone:
            screen.line(f"genode: removed {path}")
        if not gone:
            screen.line("genode: nothing to remove")
    return 0
