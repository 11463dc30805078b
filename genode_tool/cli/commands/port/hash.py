"""`genode port hash`."""

from __future__ import annotations

import click

from genode_tool.cli.completers import complete_ports


@click.command("hash")
@click.argument("words", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_ports)
def command(words: tuple[str, ...]) -> int:
    """Print the hashes of descriptions as they are now."""
    from genode_tool.cli.place import port_collection
    from genode_tool.cli.words import port_names, split_words
    from genode_tool.ports.description.evaluate import describe

    variables, others = split_words(words)
    collection = port_collection(variables)
    for name in port_names(others, variables):
        click.echo(describe(collection, collection.port(name)).computed_hash())
    return 0
