"""`genode tool-chain pack`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode tool-chain pack /usr/local/genode/tool/25.05          writes 25.05.tar.xz
  genode tool-chain pack ~/tools/25.05 -o /srv/25.05.tar.gz

\b
The same tool chain yields the same bytes. The SHA-256 that is printed is for `unpack --sha256`.
"""


@click.command("pack", epilog=_EPILOG)
@click.argument(
    "directory",
    metavar="[DIR]",
    required=False,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    show_default="VERSION.tar.xz",
    help="Write the archive to FILE: .tar, .tar.gz or .tar.xz.",
)
@output_options
@pass_invocation
def command(invocation: Invocation, directory: Path | None, output: Path | None) -> int:
    """Pack a tool chain into an archive.

    DIR holds the tool chain; without it, packs the current one.
    """
    from genode_tool.toolchain.archive import pack
    from genode_tool.toolchain.prefix import find_tool_chain

    chosen = (directory or find_tool_chain()).resolve()
    packed = pack(chosen, (output or Path(f"{chosen.name}.tar.xz")).absolute())
    if invocation.output.verbosity >= 0:
        click.echo(f"genode: packed {packed.files} files of {chosen} into {packed.path}")
    click.echo(f"{packed.sha256}  {packed.path.name}")
    return 0
