"""`genode config set`."""

from __future__ import annotations

import click

from genode_tool.cli.commands.config._text import edit_file, in_place_option


@click.command("set")
@click.argument("path")
@click.argument("file")
@in_place_option
def command(path: str, file: str, in_place: bool) -> int:
    """Set attributes of the nodes at a path.

    The attributes follow the path: `config | + start vfs | : caps: 100 | ram: 16M`.
    """
    from genode_tool.config.syntax.edit import set_attributes

    return edit_file(set_attributes, path, file, in_place=in_place)
