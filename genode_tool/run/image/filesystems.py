"""File systems as images: FAT through mtools, ext2 through e2fsprogs; neither needs root."""

from __future__ import annotations

import uuid
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.run.image.tools import EPOCH, call
from genode_tool.run.image.tree import lay_out

MIB = 1 << 20
_CLUSTER = 4096
LABEL = "GENODE"
_FAKE_TIME = {"E2FSPROGS_FAKE_TIME": str(EPOCH)}


def make_fat(source: Path, target: Path, *, identity: int, mebibytes: int = 0) -> None:
    """Write a FAT file system with the content of directory `source` to `target`.

    `identity` becomes the volume's serial number. The size is `mebibytes`, or what fits when
    that is 0. Raises `UserError` when the content does not fit, and see `call`.
    """
    _reserve(target, source, mebibytes, least=2)
    image = ("-i", str(target))
    call(("mformat", *image, "-v", LABEL, "-N", f"{identity & 0xFFFFFFFF:08x}", "::"))
    lay_out(source)
    for entry in sorted(source.iterdir()):
        call(("mcopy", *image, "-s", "-m", str(entry), "::"))


def make_ext2(source: Path, target: Path, *, identity: uuid.UUID, mebibytes: int = 0) -> None:
    """Write an ext2 file system with the content of directory `source` to `target`.

    `identity` becomes the volume's UUID. The size is `mebibytes`, or what fits when that is 0.
    Raises `UserError` when the content does not fit, and see `call`.
    """
    _reserve(target, source, mebibytes, least=4)
    lay_out(source)
    call(
        (
            *("mke2fs", "-q", "-F", "-t", "ext2", "-I", "128", "-L", LABEL, "-U", str(identity)),
            # Without a seed, mke2fs takes a random one, and no two images would be alike.
            *("-E", f"hash_seed={identity},root_owner=0:0", "-d", str(source), str(target)),
        ),
        env=_FAKE_TIME,
    )
    _forget_times(source, target)


def read_fat(image: Path, path: str) -> bytes:
    """Return a file of a FAT file system, as mtools reads it."""
    return call(("mcopy", "-i", str(image), f"::{path}", "-"))


def read_ext2(image: Path, path: str) -> bytes:
    """Return a file of an ext2 file system, as debugfs reads it."""
    return call(("debugfs", "-R", f'cat "/{path}"', str(image)))


def _reserve(target: Path, source: Path, mebibytes: int, *, least: int) -> None:
    content = sum(
        (path.lstat().st_size + _CLUSTER - 1) // _CLUSTER * _CLUSTER + _CLUSTER
        for path in source.rglob("*")
    )
    needed = max(least, (content + content // 16) // MIB + 2)
    if mebibytes and mebibytes * MIB < content:
        raise UserError(
            f"a partition of {mebibytes} MiB is too small for {content / MIB:.1f} MiB of content",
            hint="give a larger size, or none to let the partition fit",
        )
    with target.open("wb") as stream:
        stream.truncate((mebibytes or needed) * MIB)


def _forget_times(source: Path, image: Path) -> None:
    """Replace the times and owners that mke2fs took over from the files' own inodes."""
    names = ["", "lost+found", *sorted(str(path.relative_to(source)) for path in source.rglob("*"))]
    fields = {"ctime": f"@{EPOCH}", "atime": f"@{EPOCH}", "mtime": f"@{EPOCH}", "uid": 0, "gid": 0}
    orders = image.with_name(image.name + ".orders")
    orders.write_text(
        "".join(
            f'set_inode_field "/{name}" {field} {value}\n'
            for name in names
            for field, value in fields.items()
        )
    )
    call(("debugfs", "-w", "-f", str(orders), str(image)), env=_FAKE_TIME)
    orders.unlink()
