"""`genode help`."""

from __future__ import annotations

import click

from genode_tool.cli.app import app


@click.command("help")
@click.argument("name", metavar="[COMMAND]", default="")
@click.pass_context
def command(ctx: click.Context, name: str) -> None:
    """Show the help of genode help COMMAND, or of genode itself."""
    root = ctx.find_root()
    if not name:
        click.echo(root.get_help())
        return
    _, found, _ = app.resolve_command(root, [name])
    assert found
    with click.Context(found, info_name=name, parent=root) as of_command:
        click.echo(of_command.get_help())
