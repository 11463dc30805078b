"""`genode depot gc`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.option_lists import json_option

_EPILOG = """\b
Examples:
  genode depot gc --dry-run
  genode depot gc alice/pkg/shop/2025-11-30    keeps this version, too

Needed are the versions that recipes have now, packages without recipe in the tree, packages that
index files and system images in the depot name, the archives that are given, all that these need,
and their binaries.

Exit codes: 0 done, 2 wrong input or environment.
"""


@click.command("gc", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[ARCHIVE...]")
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
@json_option("what is removed")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
    depot_dir: Path | None,
) -> int:
    """Remove what nothing needs any more.

    ARCHIVE, in a version or in all, is kept.
    """
    import json

    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.depot.inspection.garbage import garbage
    from genode_tool.depot.store.writer import DepotWriter
    from genode_tool.errors import EnvironmentProblem

    variables, paths = depot_words(words)
    place = depot_place(variables, depot_dir)
    keep = [place.archive(path, versioned=True) for path in paths]
    writer = DepotWriter(place.depot)

    def find() -> list[tuple[str, int]]:
        try:
            found = garbage(place.depot, place.recipes, keep)
        except OSError as error:
            raise EnvironmentProblem(f"cannot read {error.filename}: {error.strerror}") from error
        if not dry_run:
            # what refers to others goes first, so that a killed call leaves nothing incomplete
            for one in sorted(found, key=lambda one: _REMOVAL_ORDER.index(one.archive.type)):
                writer.remove(one.archive)
        return [(str(one.archive), one.size) for one in found]

    if dry_run or not place.depot.path.is_dir():
        removed = find()
    else:
        with writer.locked():
            removed = find()
    if as_json:
        click.echo(json.dumps([{"archive": name, "bytes": size} for name, size in removed]))
        return 0
    screen = invocation.screen()
    word = "would remove" if dry_run else "removed"
    if invocation.output.verbosity >= 0:
        for name, _ in removed:
            screen.line(f"{word} {name}")
    total = sum(size for _, size in removed) / 1e6
    plural = "" if len(removed) == 1 else "s"
    screen.line(f"genode: {word} {len(removed)} archive{plural} ({total:.1f} MB)")
    return 0


_REMOVAL_ORDER = ("pkg", "dbg", "bin", "src", "raw", "api")
