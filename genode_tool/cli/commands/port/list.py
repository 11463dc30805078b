"""`genode port list`."""

from __future__ import annotations

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_invocation


@click.command("list")
@click.argument("words", nargs=-1, metavar="[PATTERN...]")
@click.option("-l", "--long", "as_table", is_flag=True, help="With version, licence and state.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@output_options
@pass_invocation
def command(invocation: Invocation, words: tuple[str, ...], as_table: bool, as_json: bool) -> int:
    """List the ports of the tree, or those that match a PATTERN."""
    import json

    from genode_tool.cli.name_list import print_names, select_names
    from genode_tool.cli.place import port_collection
    from genode_tool.cli.words import split_words
    from genode_tool.errors import GenodeError
    from genode_tool.ports.description.evaluate import describe
    from genode_tool.ports.metadata import state_of
    from genode_tool.ports.older_trees.makefile_tree import OlderTree

    variables, patterns = split_words(words)
    collection = port_collection(variables)
    names = list(collection.ports) or list(OlderTree(collection).packages)
    names = select_names(names, patterns, "port")
    if not (as_table or as_json) or not collection.ports:
        print_names(names, as_json=as_json)
        return 0
    rows = []
    for name in names:
        port = collection.ports[name]
        try:
            found = describe(collection, port)
            version, terms = found.version, found.license
        except GenodeError as error:
            version, terms = "?", error.message
        rows.append(
            {
                "name": name,
                "version": version,
                "license": terms,
                "state": state_of(collection, port).value,
                "repository": port.repository.name,
            }
        )
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return 0
    screen = invocation.screen()
    order = ("name", "version", "state", "license")
    widths = {key: max(len(row[key]) for row in rows) for key in order}
    for row in rows:
        screen.line("  ".join(f"{row[key]:<{widths[key]}}" for key in order).rstrip())
    return 0
