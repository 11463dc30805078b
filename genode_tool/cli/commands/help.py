"""`genode help`."""

from __future__ import annotations

import click

_EPILOG = """\b
Examples:
  genode help
  genode help run
  genode help config check
"""


@click.command("help", epilog=_EPILOG)
@click.argument("names", nargs=-1, metavar="[COMMAND...]")
@click.pass_context
def command(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Show the help of a command.

    Without a COMMAND, shows the help of genode itself.
    """
    described = ctx.find_root()
    for name in names:
        group = described.command
        if not isinstance(group, click.Group):
            raise click.UsageError(f"`{described.command_path}` has no commands below it", ctx)
        _, found, _ = group.resolve_command(described, [name])
        assert found
        described = click.Context(found, info_name=name, parent=described)
    click.echo(described.get_help())
