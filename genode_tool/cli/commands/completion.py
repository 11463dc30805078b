"""`genode completion`."""

from __future__ import annotations

import click

from genode_tool.cli.main import COMPLETION

_EPILOG = """\b
Examples:
  genode completion bash > ~/.local/share/bash-completion/completions/genode
  genode completion zsh  > "${fpath[1]}/_genode"
  genode completion fish > ~/.config/fish/completions/genode.fish
"""


@click.command("completion", epilog=_EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script for a shell."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind
    root = ctx.find_root()
    click.echo(kind(root.command, {}, "genode", COMPLETION).source())
