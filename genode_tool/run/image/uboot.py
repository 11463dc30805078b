"""Images for U-Boot: the legacy uImage, and FIT.

Source: U-Boot's documentation, "U-Boot FIT Format" and mkimage(1). Both carry the kernel as a
flat binary: what the ELF file's loadable segments put into memory from the lowest address on.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

from genode_tool.binary.image import Image, read_image
from genode_tool.errors import UserError
from genode_tool.run.image.tools import call

_ARCHITECTURES = {
    "EM_ARM": "arm",
    "EM_AARCH64": "arm64",
    "EM_RISCV": "riscv",
    "EM_386": "x86",
    "EM_X86_64": "x86_64",
}
_LARGEST = 1 << 30
_FIT = """\
/dts-v1/;

/ {{
    description = "{title}";
    #address-cells = <2>;

    images {{
        kernel {{
            description = "{title}";
            data = /incbin/("{data}");
            type = "kernel";
            arch = "{arch}";
            os = "linux";
            compression = "{compression}";
            load = <{load}>;
            entry = <{entry}>;
            hash {{
                algo = "sha256";
            }};
        }};
        fdt {{
            description = "no devices: the system knows its board";
            data = /incbin/("{tree}");
            type = "flat_dt";
            arch = "{arch}";
            compression = "none";
            hash {{
                algo = "sha256";
            }};
        }};
    }};

    configurations {{
        default = "system";
        system {{
            description = "{title}";
            kernel = "kernel";
            fdt = "fdt";
        }};
    }};
}};
"""


@dataclass(frozen=True, slots=True)
class FlatImage:
    """An ELF image as one piece of memory; addresses in bytes."""

    load: int
    entry: int
    architecture: str
    data: bytes


def flatten(path: Path) -> FlatImage:
    """Return the memory that an ELF image describes.

    Raises `UserError` when it is not an ELF image, is for a machine that U-Boot does not start, or
    has segments too far apart.
    """
    image = read_image(path)
    architecture = _ARCHITECTURES.get(image.machine)
    if architecture is None:
        raise UserError(f"{path.name} is for {image.machine}: U-Boot has no such architecture")
    loaded = [segment for segment in image.segments if segment.file_size]
    if not loaded:
        raise UserError(f"{path.name} has no segment to load")
    load = min(segment.physical for segment in loaded)
    end = max(segment.physical + segment.file_size for segment in loaded)
    if end - load > _LARGEST:
        raise UserError(
            f"{path.name} spreads over {(end - load) >> 20} MiB from 0x{load:x}:"
            " too far apart for one flat image"
        )
    memory = bytearray(end - load)
    with path.open("rb") as stream:
        for segment in loaded:
            stream.seek(segment.offset)
            at = segment.physical - load
            memory[at : at + segment.file_size] = stream.read(segment.file_size)
    return FlatImage(load, _physical_entry(image), architecture, bytes(memory))


def make_uimage(kernel: Path, target: Path, scratch: Path, title: str, *, compress: bool) -> None:
    """Write a uImage of the ELF image `kernel` to `target`.

    Raises what `flatten` and `call` raise.
    """
    flat, data, compression = _prepare(kernel, scratch, compress)
    call(
        (
            *("mkimage", "-A", flat.architecture, "-O", "linux", "-T", "kernel"),
            *("-C", compression, "-a", hex(flat.load), "-e", hex(flat.entry)),
            *("-n", title[:32], "-d", str(data), str(target)),
        )
    )


def make_fit(kernel: Path, target: Path, scratch: Path, title: str, *, compress: bool) -> None:
    """Write a FIT image of the ELF image `kernel` to `target`.

    Raises what `flatten` and `call` raise.
    """
    flat, data, compression = _prepare(kernel, scratch, compress)
    tree, source = scratch / "empty.dtb", scratch / "image.its"
    empty = scratch / "empty.dts"
    empty.write_text("/dts-v1/;\n/ { };\n")
    call(("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", str(tree), str(empty)))
    source.write_text(
        _FIT.format(
            title=title.replace("\\", "").replace('"', "'"),
            data=data.name,
            tree=tree.name,
            arch=flat.architecture,
            compression=compression,
            load=_cells(flat.load),
            entry=_cells(flat.entry),
        )
    )
    call(
        (
            "mkimage",
            "-q",
            "-D",
            f"-I dts -O dtb -p 500 -i {scratch}",
            "-f",
            str(source),
            str(target),
        )
    )


def read_back(image: Path, scratch: Path) -> bytes:
    """Return the kernel's flat binary from either kind of image, as dumpimage takes it out."""
    copy = scratch / "read-back"
    call(("dumpimage", "-T", _kind_of(image), "-p", "0", "-o", str(copy), str(image)))
    data = copy.read_bytes()
    copy.unlink()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def _kind_of(image: Path) -> str:
    with image.open("rb") as stream:
        return "flat_dt" if stream.read(4) == b"\xd0\x0d\xfe\xed" else "kernel"


def _prepare(kernel: Path, scratch: Path, compress: bool) -> tuple[FlatImage, Path, str]:
    flat = flatten(kernel)
    data = scratch / ("image.bin.gz" if compress else "image.bin")
    # No time in gzip's header: the same system gives the same bytes.
    data.write_bytes(gzip.compress(flat.data, mtime=0) if compress else flat.data)
    return flat, data, "gzip" if compress else "none"


def _physical_entry(image: Image) -> int:
    for segment in image.segments:
        # The entry is a virtual address; U-Boot jumps before there is any translation.
        if segment.virtual <= image.entry < segment.virtual + segment.memory_size:
            return image.entry - segment.virtual + segment.physical
    return image.entry


def _cells(address: int) -> str:
    """Return an address as the two 32-bit cells that the tree's root asks for."""
    return f"0x{address >> 32:x} 0x{address & 0xFFFFFFFF:x}"
