"""`genode config enable`."""

from __future__ import annotations

import click

from genode_tool.cli.commands.config._text import edit_file, in_place_option


@click.command("enable")
@click.argument("path")
@click.argument("file")
@in_place_option
def command(path: str, file: str, in_place: bool) -> int:
    """Enable disabled nodes.

    These are marked with an `x` in HID, and are comments in XML.
    """
    from genode_tool.config.syntax.edit import enable

    return edit_file(enable, path, file, in_place=in_place)
