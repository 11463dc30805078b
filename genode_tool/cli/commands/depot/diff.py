"""`genode depot diff`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode depot diff alice/src/shop/2026-01-28 alice/src/shop/2026-02-03
  genode depot diff alice/pkg/shop/2026-01-28 bob/pkg/shop/2026-01-28 --names

Exit codes: 0 no difference, 1 there are some, 2 an archive is not in the depot.
"""


@click.command("diff", epilog=_EPILOG)
@click.argument("first", metavar="ARCHIVE")
@click.argument("second", metavar="ARCHIVE")
@click.option("--names", is_flag=True, help="Print names only.")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation, first: str, second: str, names: bool, depot_dir: Path | None
) -> int:
    """Show the differences between two archives.

    Both are named with their versions.
    """
    from genode_tool.cli.depot_place import depot_place
    from genode_tool.depot.inspection.difference import differences
    from genode_tool.errors import UserError
    from genode_tool.report.depot import difference_lines

    place = depot_place({}, depot_dir)
    directories = []
    for path in (first, second):
        archive = place.archive(path, versioned=True)
        if not place.depot.has(archive):
            there = " ".join(place.depot.versions(archive))
            raise UserError(
                f"{archive} is not in the depot {place.depot.path}",
                hint=f"there: {there}" if there else "`genode depot list -l` lists the versions",
            )
        directories.append(place.depot.place(archive))
    screen = invocation.screen()
    found = list(differences(*directories))
    for difference in found:
        for line in difference_lines(difference, screen.paint, names_only=names):
            screen.line(line)
    return 1 if found else 0
