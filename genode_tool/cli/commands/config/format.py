"""`genode config format`."""

from __future__ import annotations

import click

from genode_tool.cli.commands.config._text import deliver, in_place_option


@click.command("format")
@click.argument("file")
@in_place_option
def command(file: str, in_place: bool) -> int:
    """Reformat a file in its own syntax.

    Comments are preserved.
    """
    from genode_tool.cli.config_sources import read
    from genode_tool.config.syntax.write import document_text

    document = read(file)
    return deliver(document_text(document, document.syntax), file, in_place=in_place)
