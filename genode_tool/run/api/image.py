"""The procedure that brings the image into the form of a medium."""

from __future__ import annotations

import os
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.run.api.base import Words, command
from genode_tool.run.api.coreimage import CoreImageApi
from genode_tool.run.image.entry import BootEntry
from genode_tool.run.image.formats import ImageFormat, ImageOptions, make_image
from genode_tool.run.machine.base import DiskMedium
from genode_tool.run.verdict import Outcome, ScenarioStop


class ImageApi(CoreImageApi):
    """Images as `--include image/NAME` asks for them."""

    @command
    def run_image(self) -> bool:
        """Make the image that a run module `image/NAME` asks for; without one, nothing."""
        kind = self.image_format()
        if kind is None or self.session.planning:
            return True
        entry = self.session.entry
        if entry is None:  # on Linux, a system is a directory of files
            return True
        target = self._target(kind)
        self._make(kind, entry, target)
        self.session.image = target
        if kind.for_pc:
            self.session.medium = disk_of(kind, target)
        return True

    def provide_images(self, arguments: Words) -> None:
        """Make the scenario's own images that QEMU's arguments name, as further disks of it.

        Ends the script when one cannot be made.
        """
        values = {
            os.path.normpath(self.in_build(part.rpartition("=")[2]))
            for word in self.words(arguments)
            for part in word.split(",")
        }
        for kind in (ImageFormat.ISO, ImageFormat.DISK):
            target = self._target(kind)
            if str(target) in values and target != self.session.image and self.session.entry:
                self._make(kind, self.session.entry, target)

    def image_format(self) -> ImageFormat | None:
        """Return the format asked for. Ends the script when it is unknown."""
        for module in self.context.switches.includes:
            kind, _, name = module.partition("/")
            if kind == "image":
                try:
                    return ImageFormat(name)
                except ValueError:
                    known = ", ".join(one.value for one in ImageFormat)
                    raise self.stop(
                        Outcome.ERROR,
                        f'there is no image format "{name}" (from --include {module})',
                        hint=f"known are {known}",
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
        run_dir = self.context.run_dir
        if kind is ImageFormat.UBOOT:
            fit = self.context.switches.has("--image-uboot-fit")
            return run_dir / "boot" / ("image.itb" if fit else "uImage")
        return run_dir.with_name(run_dir.name + kind.suffix)

    def _image_options(self, kind: ImageFormat) -> ImageOptions:
        switches = self.context.switches
        sizes = switches.values(f"--image-{kind.value}_size")
        try:
            size = int(sizes[0]) if sizes else 0
        except ValueError:
            size = -1
        if size < 0:
            raise self.stop(
                Outcome.ERROR, f"--image-{kind.value}_size {sizes[0]}: wanted a number of MiB"
            )
        return ImageOptions(
            mebibytes=size,
            fit=switches.has("--image-uboot-fit"),
            compress=not switches.has("--image-uboot-no-gzip"),
        )


def disk_of(kind: ImageFormat, image: Path) -> DiskMedium:
    """Return how a PC starts from an image of that kind."""
    return DiskMedium(image, cd=kind is ImageFormat.ISO, uefi=kind is ImageFormat.UEFI)
