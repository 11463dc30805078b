"""`genode image`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.scenario_options import scenario_options, shaping
from genode_tool.cli.words import split_words
from genode_tool.errors import UserError

_FORMATS = ("iso", "disk", "uefi", "uboot", "multiboot")
_EPILOG = """\b
Examples:
  genode image log --format iso -o log.iso
  genode image log --format disk --size 64 -o log.img
  genode image log --format uboot --fit BOARD=imx8q_evk -o image.itb

\b
Formats:
  iso        CD and USB stick, BIOS and UEFI
  disk       GPT disk, BIOS and UEFI, with an ext2 partition GENODE
  uefi       GPT disk with one FAT partition, UEFI
  uboot      uImage (FIT with --fit), for boards with U-Boot
  multiboot  the kernel's ELF image, for boot loaders that know Multiboot, and QEMU's -kernel
"""


@click.command("image", epilog=_EPILOG)
@scenario_options("NAME [VAR=value...]", kernels=False)
@click.option(
    "--format",
    "image_format",
    type=click.Choice(_FORMATS),
    default="iso",
    show_default=True,
    help="Kind of image.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The image; default: NAME with the format's suffix, here.",
)
@click.option(
    "--size",
    metavar="MIB",
    type=click.IntRange(min=1),
    help="Size of the system's partition (disk, uefi); default: what fits.",
)
@click.option("--fit", is_flag=True, help="With uboot: a FIT image instead of a uImage.")
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    /,
    words: tuple[str, ...],
    kernels: tuple[str, ...],
    board: str | None,
    image_format: str,
    output: Path | None,
    size: int | None,
    fit: bool,
    **shape: Any,
) -> int:
    """Build the scenario NAME and make a bootable image of it, without booting."""
    from genode_tool.cli.scenarios import image

    variables, names = split_words(words)
    if len(names) != 1:
        raise UserError(
            "one scenario is wanted"
            + (f", {len(names)} are named: {' '.join(names)}" if names else ""),
            hint="`genode image log --format iso -o log.iso` makes an image of the scenario `log`",
        )
    if fit and image_format != "uboot":
        raise UserError(f"--fit goes with --format uboot, not with {image_format}")
    if size is not None and image_format not in ("disk", "uefi"):
        raise UserError(f"--size goes with --format disk or uefi, not with {image_format}")
    if len(kernels) > 1:
        raise UserError(f"an image is for one kernel, not for {' and '.join(kernels)}")
    for variable, value in (("KERNEL", kernels[0] if kernels else None), ("BOARD", board)):
        if value is not None:
            variables[variable] = value
    options = shaping(**shape)
    switches: tuple[str, ...] = ("--image-uboot-fit",) if fit else ()
    if size is not None:
        switches = (f"--image-{image_format}_size", str(size))
    options["switches"] = (*options["switches"], *switches)
    return image(
        invocation.output,
        names[0],
        variables,
        output,
        image_format=image_format,
        **options,
    )
