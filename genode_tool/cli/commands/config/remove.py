"""`genode config remove`."""

from __future__ import annotations

import click

from genode_tool.cli.commands.config._text import edit_file, in_place_option


@click.command("remove")
@click.argument("path")
@click.argument("file")
@in_place_option
def command(path: str, file: str, in_place: bool) -> int:
    """Remove the nodes at a path."""
    from genode_tool.config.syntax.edit import remove

    return edit_file(remove, path, file, in_place=in_place)
