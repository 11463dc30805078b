"""`genode port list`."""

from __future__ import annotations

from dataclasses import asdict

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_invocation


@click.command("list")
@click.argument("words", nargs=-1, metavar="[PATTERN...]")
@click.option(
    "-l", "--long", "as_table", is_flag=True, help="Print version, licence and state, too."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@output_options
@pass_invocation
def command(invocation: Invocation, words: tuple[str, ...], as_table: bool, as_json: bool) -> int:
    """List the ports of the tree.

    With PATTERNs, lists those that match one of them.
    """
    import json

    from genode_tool.cli.name_list import print_names, select_names
    from genode_tool.cli.place import port_collection
    from genode_tool.cli.words import split_words
    from genode_tool.ports.metadata import summary_of
    from genode_tool.ports.older_trees.makefile_tree import OlderTree
    from genode_tool.report.table import table_lines

    variables, patterns = split_words(words)
    collection = port_collection(variables)
    names = list(collection.ports) or list(OlderTree(collection).packages)
    names = select_names(names, patterns, "port")
    if not (as_table or as_json) or not collection.ports:
        print_names(names, as_json=as_json)
        return 0
    summaries = [summary_of(collection, collection.ports[name]) for name in names]
    if as_json:
        data = [{**asdict(one), "state": one.state.value} for one in summaries]
        click.echo(json.dumps(data, indent=2))
        return 0
    screen = invocation.screen()
    rows = [(one.name, one.version, one.state.value, one.license) for one in summaries]
    for line in table_lines(rows):
        screen.line(line)
    return 0
