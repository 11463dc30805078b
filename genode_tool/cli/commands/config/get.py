"""`genode config get`."""

from __future__ import annotations

import click


@click.command("get")
@click.argument("path")
@click.argument("file")
def command(path: str, file: str) -> int:
    """Print an attribute of the nodes at a path.

    The attribute follows the path: `config | + start | : name`.

    Exit codes: 0 done, 1 no such node or attribute.
    """
    from genode_tool.cli.config_sources import read
    from genode_tool.config.syntax.node_path import parse_path

    where = parse_path(path)
    tag = where.tag
    values = [node.get(tag) for node in where.find(read(file).root) if node.has(tag)]
    for value in values:
        click.echo(value)
    return 0 if values else 1
