"""The kinds of images, and the one way to make them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.files import cannot_write, replacing
from genode_tool.run.image.entry import BootEntry
from genode_tool.scratch import scratch_directory


class ImageFormat(Enum):
    """A kind of image; the value is its name in `--format` and `--include image/NAME`."""

    ISO = "iso"
    DISK = "disk"
    UEFI = "uefi"
    UBOOT = "uboot"
    MULTIBOOT = "multiboot"

    @property
    def suffix(self) -> str:
        """The suffix that follows the scenario's name in the image's file name."""
        return {
            ImageFormat.ISO: ".iso",
            ImageFormat.DISK: ".img",
            ImageFormat.UEFI: ".img",
            ImageFormat.UBOOT: ".uImage",
            ImageFormat.MULTIBOOT: ".elf",
        }[self]

    @property
    def for_pc(self) -> bool:
        """Return whether a PC boots from it without further files."""
        return self in (ImageFormat.ISO, ImageFormat.DISK, ImageFormat.UEFI)


@dataclass(frozen=True, slots=True)
class ImageOptions:
    """Choices that some formats have.

    `mebibytes` is the size of a disk's partition (0: what fits), `fit` asks for U-Boot's newer
    format, `compress` for a compressed kernel (U-Boot).
    """

    mebibytes: int = 0
    fit: bool = False
    compress: bool = True


def make_image(
    kind: ImageFormat, entry: BootEntry, target: Path, options: ImageOptions | None = None
) -> None:
    """Make an image of `entry`; it replaces `target` in one step once it was read back.

    Raises `EnvironmentProblem` when a program is missing or the disk is full, `UserError`
    when the system does not fit the format, or the image read back is not what went in.
    """
    chosen = options or ImageOptions()
    if entry.modules and not kind.for_pc:
        names = ", ".join(module.name for module in entry.modules)
        raise UserError(
            f"format {kind.value} holds one file, but this system has further modules: {names}",
            hint="choose iso, disk or uefi",
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with scratch_directory("image", target.parent) as scratch:
            made = scratch / "image"
            _write(kind, entry, made, scratch, chosen)
            with replacing(target, mode=0o644, durable=True) as part:
                made.rename(part)
    except OSError as error:
        raise EnvironmentProblem(
            f"cannot write the image {target}: {error.strerror or error}"
        ) from error


def _write(
    kind: ImageFormat, entry: BootEntry, made: Path, scratch: Path, options: ImageOptions
) -> None:
    if kind is ImageFormat.MULTIBOOT:
        made.write_bytes(entry.kernel.path.read_bytes())
        return
    work = scratch / "work"
    work.mkdir()
    if kind is ImageFormat.UBOOT:
        from genode_tool.run.image.uboot import flatten, make_fit, make_uimage, read_back

        make = make_fit if options.fit else make_uimage
        make(entry.kernel.path, made, work, entry.title, compress=options.compress)
        _compare(entry.kernel.name, flatten(entry.kernel.path).data, read_back(made, work))
        return
    from genode_tool.run.image.disk import make_disk, make_uefi_disk, read_disk
    from genode_tool.run.image.iso import make_iso, read_iso
    from genode_tool.run.image.tree import gather

    digest = entry.digest()
    content = scratch / "content"
    content.mkdir()
    gather(entry, content, digest)
    if kind is ImageFormat.ISO:
        make_iso(content, made, work, digest)
    elif kind is ImageFormat.DISK:
        make_disk(content, made, work, digest, mebibytes=options.mebibytes)
    else:
        make_uefi_disk(content, made, work, digest, mebibytes=options.mebibytes)
    read = read_iso if kind is ImageFormat.ISO else read_disk
    for file in entry.files:
        _compare(file.name, file.path.read_bytes(), read(made, f"boot/{file.name}", scratch))


def _compare(name: str, wanted: bytes, found: bytes) -> None:
    if wanted != found:
        raise UserError(
            f"the image differs when read back: {name} has {len(found)} bytes instead of"
            f" {len(wanted)}, or other content",
            hint="check the disk for space and errors",
        )


def copy_image(source: Path, target: Path) -> None:
    """Put a copy of the image `source` at `target`, in one step.

    Raises `EnvironmentProblem` when it cannot be written there.
    """
    try:
        with replacing(target.absolute(), mode=0o644, durable=True) as part:
            shutil.copyfile(source, part)
    except OSError as error:
        raise cannot_write(target, error) from error
