"""`genode depot sbom`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode depot sbom alice/pkg/x86_64/shop/2026-01-28
  genode depot sbom alice/pkg/x86_64/shop/2026-01-28 --format spdx-json > shop.spdx.json

The SHA1 of an archive is the hash in recipes and in the depot's .hash files, the SHA256 a digest of
all that it contains. A licence is what the archive's file LICENSE says. The document follows
SPDX 2.3; its date is SOURCE_DATE_EPOCH, if that is set.
"""


@click.command("sbom", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="ARCHIVE...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "spdx-json"]),
    default="table",
    show_default=True,
    help="Print the list in this format.",
)
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation, words: tuple[str, ...], form: str, depot_dir: Path | None
) -> int:
    """List all that archives consist of, with versions, hashes and licences.

    ARCHIVE is in the depot, with all that it needs, and is named with its version.
    """
    import json

    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.depot.archive.closure import closure_of
    from genode_tool.depot.inspection.bill_of_materials import (
        archive_data,
        archive_materials,
        archive_rows,
        archive_spdx,
    )
    from genode_tool.depot.inspection.dependency_tree import require_complete
    from genode_tool.depot.publishing.users import DepotUsers
    from genode_tool.report.table import table_lines

    variables, paths = depot_words(words)
    place = depot_place(variables, depot_dir)
    roots = [place.archive(path, versioned=True) for path in paths]
    closure = closure_of(roots, place.depot)
    require_complete(closure, place.depot, "cannot list")
    materials = archive_materials(place.depot, closure)
    if form == "spdx-json":
        users = DepotUsers(place.depot.path, place.recipes.repositories)
        click.echo(archive_spdx(closure.roots, closure, materials, users.location))
    elif form == "json":
        subject = " ".join(map(str, closure.roots))
        click.echo(json.dumps(archive_data(subject, materials), indent=2))
    else:
        screen = invocation.screen()
        headings, *rows = table_lines(archive_rows(materials))
        screen.line(screen.paint(headings, "bold"))
        for row in rows:
            screen.line(row)
    return 0
