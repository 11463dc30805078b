"""`genode depot bump`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode depot bump --dry-run              what would get a new version
  genode depot bump alice/api/base         this one, and all that names it
  genode depot bump --version-cmd 'echo 2026-04-28'

Only the files `hash` of recipes are written: review them with `git diff`, and commit them.

Exit codes: 0 done, 1 the content of a recipe could not be made, such as without its ports.
"""


@click.command("bump", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[ARCHIVE...]")
@click.option("-n", "--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@click.option("--version-cmd", metavar="COMMAND", help="New versions are what COMMAND prints.")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    dry_run: bool,
    version_cmd: str | None,
    depot_dir: Path | None,
) -> int:
    """Give recipes whose content changed new versions.

    Recipes that name them with their versions get new ones, too. Without an ARCHIVE, looks at all
    recipes.
    """
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.depot.archive.proposed_version import proposed_version
    from genode_tool.depot.inspection.bump import bump
    from genode_tool.depot.inspection.current_content import CurrentContent
    from genode_tool.depot.inspection.inventory import usual_user

    variables, paths = depot_words(words, ("VERSION_CMD",))
    place = depot_place(variables, depot_dir)
    roots = [place.archive(path, versioned=False).source.at("") for path in paths]
    user = roots[0].user if roots else usual_user(place.depot)
    command_line = version_cmd or variables.get("VERSION_CMD", "")
    screen = invocation.screen()
    changed = failed = 0
    with CurrentContent.of(place.recipes, place.depot, place.ports.contrib_dir) as current:
        for one in bump(
            current,
            roots,
            user,
            lambda: proposed_version(command_line, place.recipes.genode_dir),
            write=not dry_run,
        ):
            if one.error is not None:
                failed += 1
                if invocation.output.verbosity > 0:
                    screen.line(f"{one.recipe}: {one.error.message}")
            else:
                changed += 1
                before = one.recipe.version or "none"
                screen.line(f"{one.recipe}: {before} → {one.version} {one.hash}")
    if invocation.output.verbosity >= 0:
        would = "would get" if dry_run else "got"
        rest = f"; {failed} could not be made (-v shows why)" if failed else ""
        screen.line(f"genode: {changed} recipes {would} a new version{rest}")
    return 1 if failed else 0
