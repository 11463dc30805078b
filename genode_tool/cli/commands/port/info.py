"""`genode port info`."""

from __future__ import annotations

import click

from genode_tool.cli.completers import complete_ports
from genode_tool.cli.invocation import Invocation, pass_invocation


@click.command("info")
@click.argument("words", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_ports)
@pass_invocation
def command(invocation: Invocation, words: tuple[str, ...]) -> int:
    """Print the licence, version and sources of ports."""
    from genode_tool.cli.place import port_collection
    from genode_tool.cli.words import port_names, split_words
    from genode_tool.ports.description.evaluate import describe
    from genode_tool.ports.metadata import info_lines

    variables, others = split_words(words)
    collection = port_collection(variables)
    for name in port_names(others, variables):
        for line in (*info_lines(describe(collection, collection.port(name))), ""):
            invocation.screen().line(line)
    return 0
