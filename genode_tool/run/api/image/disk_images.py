"""The procedure that turns the boot image into a disk, a CD or a file for U-Boot."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.run.api.procedure import procedure
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.image.entry import BootEntry
from genode_tool.run.image.formats import ImageFormat, ImageOptions, make_image
from genode_tool.run.machine.base import DiskMedium
from genode_tool.run.scenario.execution_mode import ExecutionMode
from genode_tool.run.scenario.script import Script
from genode_tool.run.scenario.stops import stop
from genode_tool.run.scenario.system_image import SystemImage
from genode_tool.run.verdict import Outcome, ScenarioStop


class DiskImages:
    """Images as `--include image/NAME` asks for them."""

    def __init__(
        self, context: ScenarioContext, script: Script, mode: ExecutionMode, image: SystemImage
    ) -> None:
        """`image` is the boot image, and takes in the disk that is made of it."""
        self._context = context
        self._script = script
        self._mode = mode
        self._image = image

    @procedure()
    def run_image(self) -> bool:
        """Make the image that a run module `image/NAME` asks for; without one, nothing."""
        kind = self.requested_format()
        if kind is not None:
            self._mode.perform(lambda: self._convert(kind), None)
        return True

    def _convert(self, kind: ImageFormat) -> None:
        entry = self._image.entry
        if entry is None:  # on Linux, a system is a directory of files
            return
        target = self._target(kind)
        self._make(kind, entry, target)
        self._image.file = target
        if kind.for_pc:
            self._image.medium = disk_of(kind, target)

    def provide_disks(self, arguments: Iterable[str]) -> None:
        """Make the scenario's own images that QEMU's arguments name, as further disks of it.

        Ends the script when one cannot be made.
        """
        values = {
            os.path.normpath(self._context.in_build(part.rpartition("=")[2]))
            for word in arguments
            for part in word.split(",")
        }
        for kind in (ImageFormat.ISO, ImageFormat.DISK):
            target = self._target(kind)
            if str(target) in values and target != self._image.file and self._image.entry:
                self._make(kind, self._image.entry, target)

    def requested_format(self) -> ImageFormat | None:
        """Return the format asked for. Ends the script when it is unknown."""
        for module in self._context.switches.includes:
            kind, _, name = module.partition("/")
            if kind == "image":
                try:
                    return ImageFormat(name)
                except ValueError:
                    known = ", ".join(one.value for one in ImageFormat)
                    raise stop(
                        self._script,
                        Outcome.ERROR,
                        f'no such image format: "{name}" (from --include {module})',
                        hint=f"choose one of {known}",
                    ) from None
        return None

    def _make(self, kind: ImageFormat, entry: BootEntry, target: Path) -> None:
        try:
            make_image(kind, entry, target, self._image_options(kind))
        except UserError as error:
            raise ScenarioStop(
                Outcome.NO_IMAGE, error.message, trail=error.trail, hint=error.hint
            ) from error

    def _target(self, kind: ImageFormat) -> Path:
        run_dir = self._context.run_dir
        if kind is ImageFormat.UBOOT:
            fit = self._context.switches.has("--image-uboot-fit")
            return run_dir / "boot" / ("image.itb" if fit else "uImage")
        return run_dir.with_name(run_dir.name + kind.suffix)

    def _image_options(self, kind: ImageFormat) -> ImageOptions:
        switches = self._context.switches
        sizes = switches.values(f"--image-{kind.value}_size")
        try:
            size = int(sizes[0]) if sizes else 0
        except ValueError:
            size = -1
        if size < 0:
            raise stop(
                self._script,
                Outcome.ERROR,
                f"--image-{kind.value}_size {sizes[0]}: wanted a number of MiB",
            )
        return ImageOptions(
            mebibytes=size,
            fit=switches.has("--image-uboot-fit"),
            compress=not switches.has("--image-uboot-no-gzip"),
        )


def disk_of(kind: ImageFormat, image: Path) -> DiskMedium:
    """Return how a PC starts from an image of that kind."""
    return DiskMedium(image, cd=kind is ImageFormat.ISO, uefi=kind is ImageFormat.UEFI)
