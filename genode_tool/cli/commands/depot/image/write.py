"""`genode depot image write`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode depot image write alice/image/sculpt-pc-2026-01-28 --info 'Newer drivers'
  genode depot image write alice/image/a-pc-1 --boot var/run/a/boot --img var/run/a.img

The run script sculpt_image puts an image into the depot by itself; then only the description is
written. What the depot has under the name is never replaced.

Exit codes: 0 done, 2 wrong input or environment.
"""


@click.command("write", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="IMAGE")
@click.option(
    "--boot",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Copy DIR, the boot directory of a run, into the depot.",
)
@click.option(
    "--img",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Copy FILE, the disk image of a run, into the depot.",
)
@click.option(
    "--info",
    "infos",
    metavar="TEXT",
    multiple=True,
    help="Say TEXT of the image; may be given several times.",
)
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    boot: Path | None,
    img: Path | None,
    infos: tuple[str, ...],
    depot_dir: Path | None,
) -> int:
    """Put a system image into the depot and describe it in the index.

    IMAGE is USER/image/OS-BOARD-VERSION, such as alice/image/sculpt-pc-2026-01-28.
    """
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.depot.sculpt.image_writing import add_image, describe_image
    from genode_tool.depot.sculpt.names import parse_image
    from genode_tool.depot.store.writer import DepotWriter
    from genode_tool.errors import UserError

    variables, paths = depot_words(words)
    if len(paths) != 1:
        raise UserError(f"wanted one image, found {len(paths)}: {' '.join(paths)}")
    image = parse_image(paths[0])
    writer = DepotWriter(depot_place(variables, depot_dir).depot)
    with writer.locked():
        add_image(writer.depot, image, boot, img)
        index = describe_image(writer.depot, image, infos)
    if invocation.output.verbosity >= 0:
        invocation.screen().line(f"genode: {image} is described in {index}")
    return 0
