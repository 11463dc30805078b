"""`genode port current`."""

from __future__ import annotations

import click

from genode_tool.cli.completers import complete_ports


@click.command("current")
@click.argument("words", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_ports)
def command(words: tuple[str, ...]) -> int:
    """Print the directory of the current version of a port.

    It need not be prepared yet.
    """
    from genode_tool.cli.place import port_collection
    from genode_tool.cli.words import port_names, split_words

    variables, others = split_words(words)
    collection = port_collection(variables)
    for name in port_names(others, variables):
        click.echo(str(collection.directory(collection.port(name))))
    return 0
