"""`genode depot list`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.option_lists import json_option

_EPILOG = """\b
Examples:
  genode depot list                        all names
  genode depot list -l 'src/*'             a table of the source archives
  genode depot list --outdated -q          what the depot has in older versions only

A PATTERN matches the whole path or its end: `init`, `src/*`, `genodelabs/pkg/*`.
"""


@click.command("list", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[PATTERN...]")
@click.option(
    "-l", "--long", "as_table", is_flag=True, help="Print versions and states, too, as a table."
)
@click.option("--missing", is_flag=True, help="List what the depot has in no version.")
@click.option("--outdated", is_flag=True, help="List what the depot has in other versions only.")
@click.option("--ports", is_flag=True, help="Print the ports that each recipe needs, too.")
@click.option("--user", metavar="NAME", help="List recipes as archives of NAME.")
@json_option("the archives")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    as_table: bool,
    missing: bool,
    outdated: bool,
    ports: bool,
    user: str | None,
    as_json: bool,
    depot_dir: Path | None,
) -> int:
    """List the archives of recipes and of the depot.

    Without a PATTERN, lists all of them.
    """
    import json
    from collections.abc import Mapping

    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.depot.archive.name import Archive
    from genode_tool.depot.extraction.needed_ports import needed_ports
    from genode_tool.depot.inspection.inventory import (
        ArchiveState,
        inventory,
        matching,
        usual_user,
    )
    from genode_tool.errors import UserError
    from genode_tool.report.table import table_lines

    variables, patterns = depot_words(words)
    place = depot_place(variables, depot_dir)
    entries = inventory(place.recipes, place.depot, user or usual_user(place.depot))
    found = list(matching(entries, patterns))
    if patterns and not found:
        raise UserError(f"no archive matches {' or '.join(f'`{one}`' for one in patterns)}")
    states = {ArchiveState.MISSING} if missing else set()
    states |= {ArchiveState.OUTDATED} if outdated else set()
    found = [one for one in found if not states or one.state in states]
    needs: Mapping[Archive, tuple[str, ...]] = {}
    if ports:
        needs = needed_ports(place.recipes, place.ports.contrib_dir, [one.archive for one in found])
    if as_json:
        data = [
            {
                "archive": str(one.archive),
                "state": one.state.value,
                "version": one.version,
                "in_depot": list(one.in_depot),
                **({"ports": list(needs.get(one.archive, ()))} if ports else {}),
            }
            for one in found
        ]
        click.echo(json.dumps(data, indent=2))
        return 0
    screen = invocation.screen()
    if not (as_table or ports):
        for one in found:
            screen.line(str(one.archive))
        return 0
    rows = [("archive", "recipe", "depot", "state", "ports" if ports else "")]
    rows += [
        (
            str(one.archive),
            one.version or "-",
            " ".join(one.in_depot) or "-",
            one.state.value,
            " ".join(needs.get(one.archive, ())),
        )
        for one in found
    ]
    headings, *lines = table_lines(rows)
    screen.line(screen.paint(headings, "bold"))
    for line in lines:
        screen.line(line)
    return 0
