"""`genode depot verify`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.option_lists import json_option

_EPILOG = """\b
Examples:
  genode depot verify                          everything
  genode depot verify 'pkg/*' alice/src/shop

Exit codes: 0 all is well, 1 something is wrong.
"""


@click.command("verify", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[PATTERN...]")
@json_option("what is wrong")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation, words: tuple[str, ...], as_json: bool, depot_dir: Path | None
) -> int:
    """Compare the depot's archives with their hashes.

    Also finds missing dependencies, binaries that do not belong to their sources, and what killed
    calls left behind. Reads only.
    """
    import json

    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.depot.inspection.inventory import matching_archives
    from genode_tool.depot.inspection.verification import Damage, verify
    from genode_tool.errors import EnvironmentProblem

    variables, patterns = depot_words(words)
    depot = depot_place(variables, depot_dir).depot
    archives = list(matching_archives(depot.archives(), patterns))
    found: list[Damage] = []
    for archive in archives:
        try:
            found += verify(depot, archive)
        except OSError as error:
            raise EnvironmentProblem(
                f"cannot read {error.filename or depot.place(archive)}: {error.strerror}"
            ) from error
    unfinished = [] if patterns else list(depot.unfinished())
    if as_json:
        data = [{"archive": str(one.archive), "problem": one.text} for one in found]
        data += [{"archive": str(one), "problem": "unfinished"} for one in unfinished]
        click.echo(json.dumps(data, indent=2))
        return 1 if found else 0
    screen = invocation.screen()
    for one in found:
        screen.line(f"{one.archive}: {one.text}")
        screen.line(f"  {screen.paint('hint', 'cyan')}: {one.hint}")
    for path in unfinished:
        screen.line(f"{path}: unfinished, left by a call that was ended or still runs")
    if invocation.output.verbosity >= 0:
        wrong = len({one.archive for one in found})
        screen.line(f"genode: {len(archives) - wrong} of {len(archives)} archives are all right")
    return 1 if found else 0
