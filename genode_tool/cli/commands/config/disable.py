"""`genode config disable`."""

from __future__ import annotations

import click

from genode_tool.cli.commands.config._text import edit_file, in_place_option


@click.command("disable")
@click.argument("path")
@click.argument("file")
@in_place_option
def command(path: str, file: str, in_place: bool) -> int:
    """Disable nodes; they stay in the file.

    They are marked with an `x` in HID, and become comments in XML.
    """
    from genode_tool.config.syntax.edit import disable

    return edit_file(disable, path, file, in_place=in_place)
