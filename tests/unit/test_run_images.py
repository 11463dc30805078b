"""The parts that images are made of."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

from genode_tool.binary.elf32 import write_elf32
from genode_tool.binary.image import read_image
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.run.image import BootEntry, BootFile, BootProtocol, ImageFormat, make_image
from genode_tool.run.image.formats import ImageOptions
from genode_tool.run.image.gpt import Partition, PartitionType, layout, read_table, write_disk
from genode_tool.run.image.grub import grub_cfg
from genode_tool.run.image.tools import call
from genode_tool.run.image.uboot import flatten

_AARCH64 = 183
_LOAD = 0x4000_0000


def elf(path: Path, *, machine: int = _AARCH64, gap: int = 0x1000) -> Path:
    """Write an ELF64 image with two loadable segments, `gap` bytes apart."""
    first, second = b"code" * 64, b"data" * 32
    header = b"\x7fELF\2\1\1" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, _LOAD + 4, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    where = (64 + 2 * 56, _LOAD, first), (64 + 2 * 56 + len(first), _LOAD + gap, second)
    table = b"".join(
        struct.pack("<IIQQQQQQ", 1, 5, offset, at, at, len(data), len(data) + 64, 8)
        for offset, at, data in where
    )
    path.write_bytes(header + table + first + second)
    return path


def entry(path: Path, *modules: Path) -> BootEntry:
    return BootEntry(
        'A "system" of Tom\'s',
        BootProtocol.MULTIBOOT2,
        BootFile(path, path.name, "serial"),
        tuple(BootFile(module, module.name) for module in modules),
    )


def test_menu_names_kernel_modules_and_arguments() -> None:
    system = BootEntry(
        "it's one",
        BootProtocol.MULTIBOOT2,
        BootFile(Path("/x/hypervisor"), "hypervisor", "serial iommu"),
        (BootFile(Path("/x/image.elf"), "image.elf"),),
    )
    menu = grub_cfg(system)
    assert "menuentry 'it'\\''s one' {\n" in menu
    assert "  multiboot2 /boot/'hypervisor' serial iommu\n  module2 /boot/'image.elf'\n}" in menu


def test_digest_tells_contents_names_and_order_apart(tmp_path: Path) -> None:
    (one := tmp_path / "one").write_text("1")
    (two := tmp_path / "two").write_text("2")
    digests = {entry(one, two).digest(), entry(two, one).digest(), entry(one).digest()}
    two.write_text("3")
    digests.add(entry(one, two).digest())
    assert len(digests) == 4
    assert entry(one, two).digest() in digests


def test_flat_image_is_the_memory_the_segments_describe(tmp_path: Path) -> None:
    flat = flatten(elf(tmp_path / "image.elf"))
    assert (flat.load, flat.entry, flat.architecture) == (_LOAD, _LOAD + 4, "arm64")
    assert flat.data == (b"code" * 64).ljust(0x1000, b"\0") + b"data" * 32


@pytest.mark.parametrize("fit", [False, True])
@pytest.mark.parametrize("compress", [False, True])
def test_images_for_uboot(tmp_path: Path, fit: bool, compress: bool) -> None:
    kernel = elf(tmp_path / "image.elf")
    options = ImageOptions(fit=fit, compress=compress)
    for name in ("one", "two"):
        make_image(ImageFormat.UBOOT, entry(kernel), tmp_path / name, options)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    told = subprocess.run(
        ["dumpimage", "-l", str(tmp_path / "one")], capture_output=True, text=True, check=True
    ).stdout
    assert "AArch64" in told
    assert f"{_LOAD:x}" in told
    assert f"{_LOAD + 4:x}" in told
    assert ("gzip compressed" in told) == compress
    assert ("sha256" in told) == fit
    assert sorted(path.name for path in tmp_path.iterdir()) == ["image.elf", "one", "two"]


def test_what_uboot_cannot_start(tmp_path: Path) -> None:
    target = tmp_path / "uImage"
    with pytest.raises(UserError, match="too far apart"):
        make_image(ImageFormat.UBOOT, entry(elf(tmp_path / "a", gap=1 << 31)), target)
    with pytest.raises(UserError, match="U-Boot has no such architecture"):
        make_image(ImageFormat.UBOOT, entry(elf(tmp_path / "b", machine=22)), target)
    with pytest.raises(UserError, match="not a usable ELF file"):
        (tmp_path / "c").write_bytes(b"\x7fELF")
        make_image(ImageFormat.UBOOT, entry(tmp_path / "c"), target)
    with pytest.raises(UserError, match="has further modules: m"):
        (tmp_path / "m").write_text("")
        make_image(ImageFormat.UBOOT, entry(elf(tmp_path / "d"), tmp_path / "m"), target)
    assert not target.exists()


def disk(tmp_path: Path) -> Path:
    (tmp_path / "one").write_bytes(b"1" * 700)
    (tmp_path / "two").write_bytes(b"2" * (3 << 20))
    write_disk(
        tmp_path / "disk",
        (
            Partition("first", PartitionType.BIOS_BOOT, tmp_path / "one"),
            Partition("zweite \N{GREEK SMALL LETTER PI}", PartitionType.LINUX, tmp_path / "two"),
        ),
        seed=b"seed",
    )
    return tmp_path / "disk"


def test_partitions_hold_their_content(tmp_path: Path) -> None:
    image = disk(tmp_path)
    first, second = read_table(image)
    assert (first.first, first.last, second.first) == (2048, 2049, 4096)
    assert second.name == "zweite π"
    data = image.read_bytes()
    assert data[first.first * 512 :][:700] == b"1" * 700
    assert data[second.first * 512 : (second.last + 1) * 512] == b"2" * (3 << 20)
    assert layout(()) == ()


@pytest.mark.parametrize(
    ("sector", "message"),
    [(1, "header in sector 1 is damaged"), (2, "table at sector 2 is damaged")],
)
def test_damage_of_a_partition_table_is_noticed(tmp_path: Path, sector: int, message: str) -> None:
    image = disk(tmp_path)
    with image.open("r+b") as stream:
        stream.seek(sector * 512 + 56)
        stream.write(b"\xff")
    with pytest.raises(UserError, match=message):
        read_table(image)


def test_no_partition_table_at_all(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(1 << 20))
    with pytest.raises(UserError, match="sector 1 has no header"):
        read_table(tmp_path / "x")


def test_partition_that_is_too_small(tmp_path: Path) -> None:
    (tmp_path / "kernel").write_bytes(bytes(3 << 20))
    for kind in (ImageFormat.DISK, ImageFormat.UEFI):
        with pytest.raises(UserError, match=r"2 MiB is too small for 3\.\d MiB"):
            make_image(kind, entry(tmp_path / "kernel"), tmp_path / "x", ImageOptions(mebibytes=2))
    assert [path.name for path in tmp_path.iterdir()] == ["kernel"]


def test_programs_that_are_missing_or_fail() -> None:
    with pytest.raises(EnvironmentProblem, match="`no-such-program` is not installed"):
        call(("no-such-program",))
    with pytest.raises(UserError, match=r"making the image failed: .*: the last words") as caught:
        call((sys.executable, "-c", "import sys; sys.exit('first\\nthe last words')"))
    assert caught.value.trail[0] == "first"


def test_nothing_is_left_where_nothing_could_be_written(tmp_path: Path) -> None:
    kernel = elf(tmp_path / "image.elf")
    (tmp_path / "taken").mkdir()
    with pytest.raises(EnvironmentProblem, match=r"cannot write the image .*taken"):
        make_image(ImageFormat.MULTIBOOT, entry(kernel), tmp_path / "taken")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["image.elf", "taken"]


def test_multiboot_header_gets_into_the_first_8_kib(tmp_path: Path) -> None:
    """A kernel for Multiboot 2 may have the header of Multiboot 1 anywhere in 32 KiB."""
    magic = 0x1BADB002
    multiboot = struct.pack("<III", magic, 0, -magic & 0xFFFFFFFF)
    first = (b"a" * 0x2CE0 + multiboot).ljust(0x3000, b"b")
    second = b"c" * 100
    header = b"\x7fELF\2\1\1" + bytes(9)
    entry_point = _LOAD + 0x2D30
    header += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, entry_point, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    start = 64 + 2 * 56
    table = struct.pack("<IIQQQQQQ", 1, 7, start, _LOAD, _LOAD, len(first), len(first), 8)
    table += struct.pack(
        "<IIQQQQQQ", 1, 7, start + len(first), 0xFFFFFFFF81000000, 0x1000000, 100, 0x8000, 8
    )
    source, target = tmp_path / "hypervisor", tmp_path / "elf32"
    source.write_bytes(header + table + first + second)
    write_elf32(source, target)
    assert target.read_bytes().index(multiboot) < 8192 - 12
    image = read_image(target)
    assert (image.machine, image.entry) == ("EM_386", entry_point)
    assert image.multiboot_flags == 0
    memory = bytearray(len(first))
    data = target.read_bytes()
    for segment in image.segments[:2]:
        at = segment.physical - _LOAD
        memory[at : at + segment.file_size] = data[segment.offset :][: segment.file_size]
    assert memory == first
    last = image.segments[2]
    assert (last.physical, last.file_size, last.memory_size) == (0x1000000, 100, 0x8000)
    assert data[last.offset :][:100] == second


def test_reserved_low_memory_is_not_loaded(tmp_path: Path) -> None:
    """A loader that writes the kernel in one piece would overwrite the BIOS's data and itself."""
    pieces = ((0x200000, b"code"), (0x1000, b""), (0x8000, b"data"), (0x300000, b""))
    header = b"\x7fELF\2\1\1" + bytes(9)
    count = len(pieces)
    header += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x200000, 64, 0, 0, 64, 56, count, 0, 0, 0)
    table, content = b"", b""
    for address, data in pieces:
        offset = 64 + count * 56 + len(content)
        table += struct.pack("<IIQQQQQQ", 1, 7, offset, address, address, len(data), 0x1000, 8)
        content += data
    source, target = tmp_path / "hypervisor", tmp_path / "elf32"
    source.write_bytes(header + table + content)
    write_elf32(source, target)
    loaded = [(one.physical, one.memory_size) for one in read_image(target).segments]
    assert loaded == [(0x200000, 0x1000), (0x8000, 0x1000), (0x300000, 0x1000)]


def test_kernel_beyond_4_gib_is_none_for_multiboot(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is beyond 4 GiB"):
        write_elf32(elf(tmp_path / "high", gap=1 << 33), tmp_path / "target")
