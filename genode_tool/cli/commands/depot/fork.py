"""`genode depot fork`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode depot fork bob/src/till
  genode depot fork bob/src/till/2026-01-28 --repository repos/world

The sources go into the repository, by default a new one called like the archive, and a recipe
beside them. Interfaces that the tree has recipes for become the tree's own, others stay. Nothing
is overwritten.

Exit codes: 0 done, 2 wrong input or environment.
"""


@click.command("fork", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="ARCHIVE")
@click.option(
    "--repository",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Put it into the repository DIR (default: repos/NAME in the tree).",
)
@click.option("--version-cmd", metavar="COMMAND", help="The version is what COMMAND prints.")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    repository: Path | None,
    version_cmd: str | None,
    depot_dir: Path | None,
) -> int:
    """Make a recipe of one's own from an archive of somebody else.

    ARCHIVE, such as USER/src/NAME, has to be in the depot; without version, the highest is meant.
    """
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.depot.archive.proposed_version import proposed_version
    from genode_tool.depot.forking import fork
    from genode_tool.errors import UserError

    variables, paths = depot_words(words, ("VERSION_CMD",))
    if len(paths) != 1:
        raise UserError(f"wanted one archive, found {len(paths)}: {' '.join(paths)}")
    place = depot_place(variables, depot_dir)
    archive = place.archive(paths[0], versioned=paths[0].count("/") > 2)
    genode_dir = place.recipes.genode_dir
    into = (repository or genode_dir / "repos" / archive.name).absolute()
    version = proposed_version(version_cmd or variables.get("VERSION_CMD", ""), genode_dir)
    made = fork(place.depot, place.recipes, archive, into, place.ports.contrib_dir, version)
    if invocation.output.verbosity >= 0:
        screen = invocation.screen()
        screen.line(f"genode: the recipe {made.recipe} has the version {made.version}")
        name = f"USER/{archive.type}/{archive.name}"
        screen.line(f"genode: after a change, `genode depot bump {name}` gives it the next one")
    return 0
