"""ISO 9660 images that boot from CD, with BIOS (El Torito) and UEFI, and from a USB stick."""

from __future__ import annotations

from pathlib import Path

from genode_tool.run.image.filesystems import LABEL, make_fat
from genode_tool.run.image.grub import Core, make_core, module_directory
from genode_tool.run.image.tools import call
from genode_tool.run.image.tree import lay_out

_BIOS = "boot/grub/bios.img"
_EFI = "boot/grub/efi.img"
_QUIET = ("-report_about", "WARNING")


def make_iso(content: Path, target: Path, scratch: Path, digest: str) -> None:
    """Write an ISO image of directory `content` to `target`; the boot loader is added to it.

    `scratch` is an empty directory, `digest` the system's. Raises what `call` raises.
    """
    make_core(Core.BIOS_CD, content / _BIOS, digest)
    loader = scratch / "esp" / "EFI" / "BOOT" / "BOOTX64.EFI"
    loader.parent.mkdir(parents=True)
    make_core(Core.EFI, loader, digest)
    make_fat(scratch / "esp", content / _EFI, identity=int(digest[:8], 16))
    lay_out(content)
    hybrid = module_directory(Core.BIOS_CD) / "boot_hybrid.img"
    call(
        (
            *("xorriso", *_QUIET, "-as", "mkisofs", "-quiet", "-r", "-J", "-joliet-long"),
            *("-V", LABEL, "-o", str(target), "--grub2-mbr", str(hybrid), "-b", _BIOS),
            *("-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", "--grub2-boot-info"),
            *("--efi-boot", _EFI, "-efi-boot-part", "--efi-boot-image"),
            *("--protective-msdos-label", str(content)),
        )
    )


def read_iso(image: Path, path: str, scratch: Path) -> bytes:
    """Return a file of an ISO image, as xorriso reads it; `scratch` is a directory."""
    copy = scratch / "read-back"
    call(
        (
            *("xorriso", *_QUIET, "-osirrox", "on", "-indev", str(image)),
            *("-extract_single", f"/{path}", str(copy)),
        )
    )
    try:
        return copy.read_bytes()
    finally:
        copy.unlink(missing_ok=True)
