"""`genode port update-hash`."""

from __future__ import annotations

import click

from genode_tool.cli.completers import complete_ports
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation


@click.command("update-hash")
@click.argument("words", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_ports)
@output_options
@pass_invocation
def command(invocation: Invocation, words: tuple[str, ...]) -> int:
    """Write the hash files of ports.

    Each gets the hash of the description as it is now.
    """
    from genode_tool.cli.place import port_collection
    from genode_tool.cli.words import port_names, split_words
    from genode_tool.ports.metadata import update_hash

    variables, others = split_words(words)
    collection = port_collection(variables)
    screen = invocation.screen()
    for port in [collection.port(name) for name in port_names(others, variables)]:
        check = update_hash(collection, port)
        if invocation.output.verbosity >= 0:
            how = "is current" if check.ok else f"was {check.recorded or 'missing'}"
            screen.line(f"{port.name} {check.computed} ({how})")
    return 0
