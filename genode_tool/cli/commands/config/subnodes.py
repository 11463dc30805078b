"""`genode config subnodes`."""

from __future__ import annotations

import click


@click.command("subnodes")
@click.argument("path")
@click.argument("file")
def command(path: str, file: str) -> int:
    """Print the nodes at a path."""
    from genode_tool.cli.config_sources import read
    from genode_tool.config.syntax.node_path import parse_path
    from genode_tool.config.syntax.write import node_text

    document = read(file)
    for node in parse_path(path).find(document.root):
        click.echo(node_text(node, document.syntax), nl=False)
    return 0
