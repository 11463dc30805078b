"""`genode image`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_arguments
from genode_tool.cli.platform_options import platform_options
from genode_tool.cli.scenario_options import (
    ScenarioArguments,
    scenario_options,
    scenario_words,
)
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


@dataclass(frozen=True, slots=True)
class ImageArguments:
    """The arguments of `genode image` alone. `size` is in MiB."""

    words: tuple[str, ...]
    kernels: tuple[str, ...]
    board: str | None
    image_format: str
    output: Path | None
    size: int | None
    fit: bool

    def check(self) -> None:
        """Raise `UserError` for options that do not go together."""
        if self.fit and self.image_format != "uboot":
            raise UserError(f"--fit needs --format uboot, not {self.image_format}")
        if self.size is not None and self.image_format not in ("disk", "uefi"):
            raise UserError(f"--size needs --format disk or uefi, not {self.image_format}")

    def switches(self) -> tuple[str, ...]:
        """Return the words that the run module of the image format looks for."""
        if self.size is not None:
            return (f"--image-{self.image_format}_size", str(self.size))
        return ("--image-uboot-fit",) if self.fit else ()


@click.command("image", epilog=_EPILOG)
@scenario_words("NAME [VAR=value...]")
@platform_options
@scenario_options
@click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    show_default="one per core",
    help="Run N build steps at a time.",
)
@click.option(
    "--format",
    "image_format",
    type=click.Choice(_FORMATS),
    default="iso",
    show_default=True,
    help="Make an image of this kind.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    show_default="NAME with the suffix of the format",
    help="Write the image to FILE.",
)
@click.option(
    "--size",
    metavar="MIB",
    type=click.IntRange(min=1),
    show_default="as large as needed",
    help="Make the system's partition this large (disk, uefi).",
)
@click.option("--fit", is_flag=True, help="Make a FIT image instead of a uImage (uboot).")
@output_options
@pass_arguments(ScenarioArguments, ImageArguments)
def command(invocation: Invocation, shape: ScenarioArguments, given: ImageArguments) -> int:
    """Make a bootable image of a scenario: ISO, disk, UEFI or U-Boot.

    Builds the scenario NAME, but does not boot it.
    """
    from genode_tool.cli.place import build_directory, settings_here
    from genode_tool.report import build as build_voice
    from genode_tool.report.depot import DepotVoice
    from genode_tool.report.reporter import Reporter
    from genode_tool.report.runs import lines as run_voice
    from genode_tool.run.engine.image_export import export_image
    from genode_tool.run.options import RunOptions

    variables, names = split_words(given.words, given.kernels, given.board)
    if len(names) != 1:
        raise UserError(
            "wanted one scenario"
            + (f", {len(names)} are named: {' '.join(names)}" if names else ""),
            hint="`genode image log --format iso -o log.iso` makes an image of the scenario `log`",
        )
    given.check()
    defaults = settings_here(variables).runs.run
    options = RunOptions(
        switches=(*defaults.switches, *shape.run_switches(), *given.switches()),
        skip_build=shape.skip_build,
        keep=shape.keep,
        image_format=given.image_format,
        jobs=shape.jobs or 0,
        verbose=invocation.output.verbosity > 0,
    )
    screen = invocation.screen()
    with Reporter(
        screen, invocation.output.verbosity, (build_voice, DepotVoice(), run_voice)
    ) as sink:
        build_dir = build_directory(variables, sink)
        made = export_image(build_dir, names[0], given.output or Path(), options, sink)
    if made.path is None:
        return made.verdict.exit_code
    screen.line(f"{made.path}: {made.path.stat().st_size} bytes")
    return 0
