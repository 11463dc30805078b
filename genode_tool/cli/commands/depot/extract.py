"""`genode depot extract`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode depot extract alice/pkg/shop
  genode depot extract alice/src/shop alice/api/base --update-versions
  genode depot extract alice/pkg/shop --prepare-ports

A version that is in the depot is never removed or changed. Nothing is made whose sources are as
they were; `--force` makes everything anew, and restores versions that were damaged. The variables
of the original are understood, too: UPDATE_VERSIONS=1 FORCE=1 PREPARE_PORTS=1 VERSION_CMD=…

Exit codes: 0 done, 1 a recipe failed, 2 wrong input or environment, such as content that is
no longer what the recipe's hash stands for.
"""


@click.command("extract", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="ARCHIVE...")
@click.option(
    "--update-versions", is_flag=True, help="Give recipes with changed content a new version."
)
@click.option("--version-cmd", metavar="COMMAND", help="New versions are what COMMAND prints.")
@click.option("--prepare-ports", is_flag=True, help="Prepare ports that are needed.")
@click.option("--force", is_flag=True, help="Make everything anew; restore damaged versions.")
@click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Prepare N ports at a time.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of the archives.")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    update_versions: bool,
    version_cmd: str | None,
    prepare_ports: bool,
    force: bool,
    jobs: int,
    as_json: bool,
    depot_dir: Path | None,
) -> int:
    """Make archives from the recipes of the tree, with all that they need.

    ARCHIVE is named without version. A binary package stands for its package, a binary for its
    source.
    """
    from genode_tool.cli.depot_extraction import ExtractionCall, extract
    from genode_tool.cli.depot_place import depot_place, depot_words

    variables, paths = depot_words(
        words, ("FORCE", "UPDATE_VERSIONS", "PREPARE_PORTS", "VERSION_CMD")
    )
    place = depot_place(variables, depot_dir)
    call = ExtractionCall(
        [place.archive(path, versioned=False) for path in paths],
        update_versions=update_versions or bool(variables.get("UPDATE_VERSIONS")),
        force=force or bool(variables.get("FORCE")),
        prepare_ports=prepare_ports or bool(variables.get("PREPARE_PORTS")),
        version_command=version_cmd or variables.get("VERSION_CMD", ""),
        jobs=jobs,
    )
    return extract(invocation, place, call, as_json=as_json)
