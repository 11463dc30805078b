"""`genode depot why`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode depot why alice/src/shop
  genode depot why alice/bin/x86_64/shop

Exit codes: 0 the depot has it as it is now, 1 it is outdated, 2 wrong input.
"""


@click.command("why", epilog=_EPILOG)
@click.argument("archive", metavar="ARCHIVE")
@click.option("--names", is_flag=True, help="Print names only.")
@depot_option
@output_options
@pass_invocation
def command(invocation: Invocation, archive: str, names: bool, depot_dir: Path | None) -> int:
    """Explain why an archive is outdated.

    Compares the depot's version with what the recipe stands for now: files, and versions of
    interfaces. Reads only.
    """
    from genode_tool.cli.depot_place import depot_place
    from genode_tool.depot.inspection.current_content import CurrentContent
    from genode_tool.depot.inspection.inventory import entry_of
    from genode_tool.depot.inspection.status import changes_of, reasons_of_binary
    from genode_tool.report.depot import difference_lines

    place = depot_place({}, depot_dir)
    entry = entry_of(place.recipes, place.depot, place.archive(archive, versioned=False).at(""))
    screen = invocation.screen()
    if not entry.archive.type.has_recipe:
        reasons = [
            f"{entry.archive.at(version)}: {reason}"
            for version in entry.in_depot
            for reason in reasons_of_binary(entry.archive.at(version), place.depot)
        ]
        if entry.version not in entry.in_depot:
            versions = " ".join(entry.in_depot) or "none"
            reasons.append(f"{entry.archive}: the recipe has {entry.version}, the depot {versions}")
        for reason in reasons:
            screen.line(reason)
        return 1 if reasons else 0
    with CurrentContent.of(place.recipes, place.depot, place.ports.contrib_dir) as current:
        there, found = changes_of(entry, current)
    if there.version != entry.version:
        screen.line(f"the depot has {there}, the recipe version {entry.version}")
    for difference in found:
        for line in difference_lines(difference, screen.paint, names_only=names):
            screen.line(line)
    outdated = bool(found) or there.version != entry.version
    if not outdated and invocation.output.verbosity >= 0:
        screen.line(f"{there} is what its recipe stands for")
    return 1 if outdated else 0
