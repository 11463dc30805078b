"""`genode depot image list`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.option_lists import json_option

_EPILOG = """\b
Examples:
  genode depot image list
  genode depot image list alice
"""


@click.command("list", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[USER...]")
@json_option("the images")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation, words: tuple[str, ...], as_json: bool, depot_dir: Path | None
) -> int:
    """List the system images of the depot and of its indexes."""
    import json

    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.depot.sculpt.images import catalogue_of
    from genode_tool.report.table import table_lines

    variables, users = depot_words(words)
    depot = depot_place(variables, depot_dir).depot
    found = [one for user in users or depot.users() for one in catalogue_of(depot, user)]
    if as_json:
        data = [
            {
                "image": str(one.image),
                "os": one.image.os,
                "board": one.image.board,
                "version": one.image.version,
                "in_depot": one.in_depot,
                "in_index": one.in_index,
                "info": list(one.infos),
            }
            for one in found
        ]
        click.echo(json.dumps(data, indent=2))
        return 0
    rows = []
    for one in found:
        where = "" if one.in_depot else "not in the depot"
        rows.append(
            (
                str(one.image),
                where or ("" if one.in_index else "not in the index"),
                "; ".join(one.infos),
            )
        )
    screen = invocation.screen()
    for line in table_lines(rows):
        screen.line(line)
    return 0
