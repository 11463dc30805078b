"""`genode config convert`."""

from __future__ import annotations

import click

from genode_tool.cli.commands.config._text import deliver, in_place_option


@click.command("convert")
@click.argument("file")
@click.option(
    "--to",
    type=click.Choice(["xml", "hid"]),
    default=None,
    show_default="the other syntax",
    help="Print the file in this syntax.",
)
@in_place_option
def command(file: str, to: str | None, in_place: bool) -> int:
    """Print a file in the other syntax.

    Converts XML to HID, and HID to XML. Comments are preserved.
    """
    from genode_tool.cli.config_sources import read
    from genode_tool.config.syntax.document import Syntax
    from genode_tool.config.syntax.write import document_text

    document = read(file)
    other = Syntax.HID if document.syntax is Syntax.XML else Syntax.XML
    return deliver(document_text(document, Syntax(to) if to else other), file, in_place=in_place)
