"""`genode trust`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode trust /srv/genode             trust that tree and all below it
  genode trust --remove /srv/genode    trust it no longer
  genode trust                         list the directories that are trusted

\b
Looking at a source tree or a build directory executes its makefiles. One that belongs to another
user is refused unless it is trusted. The list is in trust.toml of ~/.config/genode.
"""


@click.command("trust", epilog=_EPILOG)
@click.argument(
    "directories", nargs=-1, metavar="[DIR...]", type=click.Path(file_okay=False, resolve_path=True)
)
@click.option("--remove", is_flag=True, help="Trust the directories no longer.")
@output_options
@pass_invocation
def command(invocation: Invocation, directories: tuple[str, ...], remove: bool) -> None:
    """Trust source trees and build directories of other users.

    Without DIR, list the directories that are trusted.
    """
    from genode_tool.errors import UserError
    from genode_tool.settings.layered import settings_of
    from genode_tool.tree.trust import write_trusted

    listed = settings_of().trust.trust.directories
    if not directories:
        if remove:
            raise UserError("--remove needs a directory", hint="`genode trust` lists them")
        for one in listed:
            click.echo(one)
        return
    if remove:
        unknown = [one for one in directories if one not in listed]
        if unknown:
            raise UserError(
                f"{unknown[0]} is not trusted",
                hint="`genode trust` lists the directories that are",
            )
        wanted = [one for one in listed if one not in directories]
    else:
        missing = [one for one in directories if not Path(one).is_dir()]
        if missing:
            raise UserError(f"no such directory: {missing[0]}")
        wanted = list(dict.fromkeys((*listed, *directories)))
    path = write_trusted(wanted)
    if invocation.output.verbosity >= 0:
        word = "no longer trusts" if remove else "trusts"
        click.echo(f"genode: {word} {' '.join(directories)} ({path})")
