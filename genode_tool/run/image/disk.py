"""Disk images for PCs: with both boot loaders and an ext2 partition, or for UEFI alone."""

from __future__ import annotations

import shutil
import struct
import uuid
from pathlib import Path

from genode_tool.run.image.filesystems import LABEL, make_ext2, make_fat, read_ext2, read_fat
from genode_tool.run.image.gpt import (
    SECTOR,
    Partition,
    PartitionType,
    Placed,
    layout,
    read_table,
    write_disk,
)
from genode_tool.run.image.grub import Core, make_core, module_directory

# Places in GRUB's first sector (its `i386/pc/boot.h`): where the core image starts; a jump that
# two one-byte no-ops replace on hard disks, so that the BIOS's word on the drive is believed.
_CORE_SECTOR = 0x5C
_DRIVE_CHECK = 0x66
_NO_OPS = b"\x90\x90"
# In the core image's own first sector: where its second sector is.
_NEXT_SECTOR = 0x1F4


def make_disk(
    content: Path, target: Path, scratch: Path, digest: str, *, mebibytes: int = 0
) -> None:
    """Write a disk that boots with BIOS and UEFI to `target`.

    Its third partition, an ext2 file system called GENODE, has what is in directory `content`;
    `mebibytes` is its size, 0 for what fits. `scratch` is an empty directory, `digest` the
    system's. Raises what `call` raises, `UserError` when the size is too small.
    """
    core, loader = scratch / "core.img", scratch / "esp" / "EFI" / "BOOT" / "BOOTX64.EFI"
    loader.parent.mkdir(parents=True)
    make_core(Core.BIOS_DISK, core, digest)
    make_core(Core.EFI, loader, digest)
    esp, root = scratch / "esp.img", scratch / "root.img"
    make_fat(scratch / "esp", esp, identity=int(digest[:8], 16))
    make_ext2(content, root, identity=uuid.UUID(hex=digest[:32]), mebibytes=mebibytes)
    partitions = (
        Partition("BIOS boot", PartitionType.BIOS_BOOT, core),
        Partition("EFI system", PartitionType.EFI_SYSTEM, esp),
        Partition(LABEL, PartitionType.LINUX, root),
    )
    start = layout(partitions)[0].first
    # grub-mkimage cannot know where the image will be; grub-install writes these fields, too.
    _point_core(core, start)
    write_disk(target, partitions, seed=bytes.fromhex(digest), boot_code=_boot_code(start))


def make_uefi_disk(
    content: Path, target: Path, scratch: Path, digest: str, *, mebibytes: int = 0
) -> None:
    """Write a disk that boots with UEFI to `target`: one FAT partition with all files.

    The arguments and errors are those of `make_disk`.
    """
    loader = content / "EFI" / "BOOT" / "BOOTX64.EFI"
    loader.parent.mkdir(parents=True)
    make_core(Core.EFI, loader, digest)
    esp = scratch / "esp.img"
    make_fat(content, esp, identity=int(digest[:8], 16), mebibytes=mebibytes)
    partitions = (Partition(LABEL, PartitionType.EFI_SYSTEM, esp),)
    write_disk(target, partitions, seed=bytes.fromhex(digest))


def read_disk(image: Path, path: str, scratch: Path) -> bytes:
    """Return a file of either kind of disk, read through its partition table.

    Raises `UserError` when the table is damaged, and what `call` raises.
    """
    place = next(one for one in read_table(image) if one.name == LABEL)
    copy = scratch / "read-back"
    try:
        _cut_out(image, place, copy)
        reader = read_fat if place.kind == PartitionType.EFI_SYSTEM.value else read_ext2
        return reader(copy, path)
    finally:
        copy.unlink(missing_ok=True)


def _boot_code(core_sector: int) -> bytes:
    code = bytearray((module_directory(Core.BIOS_DISK) / "boot.img").read_bytes())
    struct.pack_into("<Q", code, _CORE_SECTOR, core_sector)
    code[_DRIVE_CHECK : _DRIVE_CHECK + 2] = _NO_OPS
    return bytes(code)


def _point_core(core: Path, sector: int) -> None:
    with core.open("r+b") as stream:
        stream.seek(_NEXT_SECTOR)
        stream.write(struct.pack("<Q", sector + 1))


def _cut_out(disk: Path, place: Placed, target: Path) -> None:
    left = (place.last - place.first + 1) * SECTOR
    with disk.open("rb") as source, target.open("wb") as copy:
        source.seek(place.first * SECTOR)
        while left:
            chunk = source.read(min(left, 1 << 20))
            if not chunk:
                break
            copy.write(chunk)
            left -= len(chunk)
    shutil.copymode(disk, target)
