"""The output of those commands of `genode config` that change the text of a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from genode_tool.config.syntax import node_path
    from genode_tool.config.syntax.document import Document

    Edit = Callable[[Document, node_path.Path], str]


def in_place_option(function: click.decorators.FC) -> click.decorators.FC:
    """Add the option `--in-place`."""
    return click.option(
        "-i", "--in-place", is_flag=True, help="Write the file instead of printing it."
    )(function)


def deliver(text: str, file: str, *, in_place: bool) -> int:
    """Print the text, or write it to the file."""
    from genode_tool.errors import UserError
    from genode_tool.files import write_atomically

    if not in_place:
        click.echo(text, nl=False)
        return 0
    if file == "-":
        raise UserError("standard input cannot be changed in place")
    write_atomically(Path(file).resolve(), text)
    return 0


def edit_file(change: Edit, path: str, file: str, *, in_place: bool) -> int:
    """Apply `change` to the nodes at `path` of a file, and deliver the new text.

    Raises `GenodeError` for a wrong path or file, and when the result could not be read again.
    """
    from genode_tool.cli.config_sources import read
    from genode_tool.config.syntax.document import Malformed
    from genode_tool.config.syntax.node_path import parse_path
    from genode_tool.config.syntax.read import read_document
    from genode_tool.errors import UserError

    text = change(read(file), parse_path(path))
    try:
        read_document(text, file)
    except Malformed as error:
        # Its place is one in the new text, which nobody sees.
        raise UserError(
            f"`{path}` would make {file} {error.message}",
            hint="set values that the syntax of the file can express",
        ) from error
    return deliver(text, file, in_place=in_place)
