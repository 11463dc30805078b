"""`genode settings`."""

from __future__ import annotations

import click

from genode_tool.cli.completers import complete_settings
from genode_tool.cli.invocation import Invocation, pass_invocation

_EPILOG = """\b
Examples:
  genode settings                      all values, with file and line
  genode settings boards.pc run        those of one board, and those of runs
  genode settings --changed            only values that differ from the tool's own
  genode settings --files              the files that are read, in order

\b
A file TOPIC.toml in /etc/genode, in ~/.config/genode, in etc/genode of the source tree or of the
build directory changes single keys; the last one that has a key wins.
"""


@click.command("settings", epilog=_EPILOG)
@click.argument(
    "words", nargs=-1, metavar="[KEY...] [BUILD_DIR=DIR]", shell_complete=complete_settings
)
@click.option(
    "--changed",
    is_flag=True,
    help="Show only values that differ from those that come with the tool.",
)
@click.option("--files", is_flag=True, help="List the files that are looked for.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@pass_invocation
def command(
    invocation: Invocation, words: tuple[str, ...], changed: bool, files: bool, as_json: bool
) -> int:
    """Show settings, and the file that each comes from.

    Shows the values in effect. KEY is a key as TOML writes it, or the beginning of one:
    `boards.pc.memory`, `run`.
    """
    import json

    from genode_tool.cli.place import settings_here
    from genode_tool.cli.words import only, split_words
    from genode_tool.report.settings import entry_data, entry_lines, file_data, file_lines
    from genode_tool.settings.selection import select

    variables, keys = split_words(words)
    only(variables, ("BUILD_DIR",))
    settings = settings_here(variables)
    if files:
        data = file_data(settings)
        lines = file_lines(settings, invocation.screen())
    else:
        entries = select(settings, keys, changed=changed)
        data = entry_data(entries)
        lines = entry_lines(entries, invocation.screen())
    if as_json:
        click.echo(json.dumps(data, indent=2))
    else:
        for line in lines:
            invocation.screen().line(line)
    return 0
