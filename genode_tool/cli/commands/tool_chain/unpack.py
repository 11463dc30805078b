"""`genode tool-chain unpack`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode tool-chain unpack 25.05.tar.xz --sha256 4f0c…
  genode tool-chain unpack 25.05.tar.xz --prefix /usr/local/genode/tool
"""


@click.command("unpack", epilog=_EPILOG)
@click.argument("archive", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--prefix",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    show_default="~/.local/share/genode/tool",
    help="Unpack to DIR/VERSION.",
)
@click.option(
    "--sha256", metavar="HASH", default="", help="Require that the archive has this SHA-256."
)
@click.option("--no-current", is_flag=True, help="Leave the link DIR/current as it is.")
@output_options
@pass_invocation
def command(
    invocation: Invocation, archive: Path, prefix: Path | None, sha256: str, no_current: bool
) -> int:
    """Verify and unpack a packed tool chain.

    FILE was made by `genode tool-chain pack`. The tool chain appears as a whole, after all its
    files have been verified.
    """
    from genode_tool.toolchain.archive import unpack
    from genode_tool.toolchain.prefix import default_prefix

    done = unpack(
        archive, (prefix or default_prefix()).absolute(), sha256=sha256, current=not no_current
    )
    if invocation.output.verbosity >= 0:
        word = "unpacked" if done.fresh else "was there already:"
        click.echo(f"genode: {word} {done.files} files in {done.directory}")
    return 0
