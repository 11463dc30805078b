"""Images that machines boot from by themselves: ISO, disk, UEFI disk, U-Boot.

- `entry`: what a boot loader has to bring into memory, independent of the medium;
- `formats`: the kinds of images, and the way in: `make_image`;
- `grub`: the boot loader of the PC formats; `fat`, `ext2` and `gpt`: what disks are made of;
- `iso`, `disk`, `uboot`: the media.

All are made with the programs of the distribution, read back before they replace a former
image, and the same input gives the same bytes.
"""

from genode_tool.run.image.entry import BootEntry, BootFile, BootProtocol
from genode_tool.run.image.formats import ImageFormat, make_image

__all__ = ["BootEntry", "BootFile", "BootProtocol", "ImageFormat", "make_image"]
