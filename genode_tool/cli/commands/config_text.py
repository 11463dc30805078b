"""The commands below `genode config` that print and change the text of a file."""

from __future__ import annotations

from pathlib import Path

import click


def _in_place(function: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "-i", "--in-place", is_flag=True, help="Write the file instead of printing it."
    )(function)


def _deliver(text: str, file: str, *, in_place: bool) -> int:
    """Print the text, or put it into the file."""
    from genode_tool.errors import UserError
    from genode_tool.files import write_atomically

    if not in_place:
        click.echo(text, nl=False)
        return 0
    if file == "-":
        raise UserError("standard input cannot be changed in place")
    write_atomically(Path(file).resolve(), text.encode())
    return 0


@click.command("format")
@click.argument("file")
@_in_place
def format_(file: str, in_place: bool) -> int:
    """Lay out FILE anew, in its own syntax; comments stay."""
    from genode_tool.cli.configuring import read
    from genode_tool.config.syntax.write import document_text

    document = read(file)
    return _deliver(document_text(document, document.syntax), file, in_place=in_place)


@click.command("convert")
@click.argument("file")
@click.option("--to", type=click.Choice(["xml", "hid"]), default=None, help="Default: the other.")
@_in_place
def convert(file: str, to: str | None, in_place: bool) -> int:
    """Print FILE in the other syntax.

    XML as HID, HID as XML; comments stay.
    """
    from genode_tool.cli.configuring import read
    from genode_tool.config.syntax.document import Syntax
    from genode_tool.config.syntax.write import document_text

    document = read(file)
    other = Syntax.HID if document.syntax is Syntax.XML else Syntax.XML
    return _deliver(document_text(document, Syntax(to) if to else other), file, in_place=in_place)


@click.command("subnodes")
@click.argument("path")
@click.argument("file")
def subnodes(path: str, file: str) -> int:
    """Print the nodes that PATH leads to."""
    from genode_tool.cli.configuring import read
    from genode_tool.config.syntax.node_path import parse_path
    from genode_tool.config.syntax.write import node_text

    document = read(file)
    for node in parse_path(path).find(document.root):
        click.echo(node_text(node, document.syntax), nl=False)
    return 0


@click.command("get")
@click.argument("path")
@click.argument("file")
def get(path: str, file: str) -> int:
    """Print an attribute of the nodes that PATH leads to.

    The attribute follows the path: `config | + start | : name`.

    Exit codes: 0 done, 1 there is no such node or attribute.
    """
    from genode_tool.cli.configuring import read
    from genode_tool.config.syntax.node_path import parse_path

    where = parse_path(path)
    tag = where.tag
    values = [node.get(tag) for node in where.find(read(file).root) if node.has(tag)]
    for value in values:
        click.echo(value)
    return 0 if values else 1


def _edit(name: str, path: str, file: str, *, in_place: bool) -> int:
    from genode_tool.cli.configuring import read
    from genode_tool.config.syntax import edit
    from genode_tool.config.syntax.node_path import parse_path
    from genode_tool.config.syntax.read import read_document

    change = {
        "set": edit.set_attributes,
        "remove": edit.remove,
        "enable": edit.enable,
        "disable": edit.disable,
    }[name]
    text = change(read(file), parse_path(path))
    read_document(text, file)  # what is written has to be readable
    return _deliver(text, file, in_place=in_place)


@click.command("set")
@click.argument("path")
@click.argument("file")
@_in_place
def set_(path: str, file: str, in_place: bool) -> int:
    """Set attributes of the nodes that PATH leads to.

    They follow the path: `config | + start vfs | : caps: 100 | ram: 16M`.
    """
    return _edit("set", path, file, in_place=in_place)


@click.command("remove")
@click.argument("path")
@click.argument("file")
@_in_place
def remove(path: str, file: str, in_place: bool) -> int:
    """Remove the nodes that PATH leads to."""
    return _edit("remove", path, file, in_place=in_place)


@click.command("enable")
@click.argument("path")
@click.argument("file")
@_in_place
def enable(path: str, file: str, in_place: bool) -> int:
    """Enable nodes that were disabled.

    They are marked by an `x` in HID, and are comments in XML.
    """
    return _edit("enable", path, file, in_place=in_place)


@click.command("disable")
@click.argument("path")
@click.argument("file")
@_in_place
def disable(path: str, file: str, in_place: bool) -> int:
    """Disable nodes: they stay in the file and count no more."""
    return _edit("disable", path, file, in_place=in_place)


TEXT_COMMANDS: tuple[click.Command, ...] = (
    format_,
    convert,
    subnodes,
    get,
    set_,
    remove,
    enable,
    disable,
)
