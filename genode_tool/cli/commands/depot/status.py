"""`genode depot status`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.option_lists import json_option

_EPILOG = """\b
Examples:
  genode depot status                  what the depot has, if the sources changed since
  genode depot status --all 'src/*'    all source archives, also those not in the depot

Exit codes: 0 all is current, 1 something is not.
"""


@click.command("status", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[PATTERN...]")
@click.option("--all", "everything", is_flag=True, help="Look at what the depot has not, too.")
@json_option("the archives")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    everything: bool,
    as_json: bool,
    depot_dir: Path | None,
) -> int:
    """Show what in the depot is not what the sources of the tree stand for.

    Reads only. `genode depot why` shows the difference.
    """
    import json

    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.depot.inspection.current_content import CurrentContent
    from genode_tool.depot.inspection.inventory import inventory, matching, usual_user
    from genode_tool.depot.inspection.status import Freshness, statuses
    from genode_tool.report.table import table_lines

    variables, patterns = depot_words(words)
    place = depot_place(variables, depot_dir)
    entries = list(
        matching(inventory(place.recipes, place.depot, usual_user(place.depot)), patterns)
    )
    entries = [one for one in entries if one.in_depot or everything]
    with CurrentContent.of(place.recipes, place.depot, place.ports.contrib_dir) as current:
        found = list(statuses(entries, current))
    fine = (Freshness.CURRENT, Freshness.NO_RECIPE)
    other = [one for one in found if one.freshness not in fine]
    if as_json:
        data = [
            {"archive": str(one.archive), "state": one.freshness.value, "reason": one.reason}
            for one in found
        ]
        click.echo(json.dumps(data, indent=2))
        return 1 if other else 0
    screen = invocation.screen()
    shown = found if invocation.output.verbosity > 0 else other
    rows = [(str(one.archive), one.freshness.value, one.reason) for one in shown]
    for line in table_lines(rows) if rows else ():
        screen.line(line)
    if invocation.output.verbosity >= 0:
        screen.line(f"genode: {len(found) - len(other)} of {len(found)} archives are current")
    return 1 if other else 0
