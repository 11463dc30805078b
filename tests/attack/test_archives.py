"""Archives that want to write outside, to make what no archive should, or to exhaust the machine.

An archive that is refused leaves nothing; what is extracted of another one lies within its place,
as plain files, directories and links that lead nowhere else.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from genode_tool.errors import GenodeError
from genode_tool.ports.archive import ExtractOptions, Limits, extract

pytestmark = pytest.mark.filterwarnings("ignore:Duplicate name")

Entry = tuple[tarfile.TarInfo, bytes]


def file(name: str, data: bytes = b"x", **fields: object) -> Entry:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> Entry:
    return file(name, b"", type=kind, linkname=target)


def directory(name: str, mode: int = 0o755) -> Entry:
    return file(name, b"", type=tarfile.DIRTYPE, mode=mode)


def pax(name: str, **records: str) -> Entry:
    return file(name, pax_headers={one.replace("__", "."): text for one, text in records.items()})


HARD = tarfile.LNKTYPE
LONG = "n" * 150

TAR: dict[str, list[Entry]] = {
    "absolute": [file("@OUTSIDE/new")],
    "absolute, doubled": [file("/@OUTSIDE/new")],
    "absolute, after a dot": [file(".//@OUTSIDE/new")],
    "absolute, after dots": [file("././//@OUTSIDE/new"), file("p//////@OUTSIDE/new")],
    "absolute hard link, after a dot": [link("p/h", ".//@OUTSIDE/file", HARD), file("p/h", b"c")],
    "parent": [file("../outside/new")],
    "parent, deep": [file("p/a/b/../../../../outside/new")],
    "parent, doubled": [file("p//..//..//outside/new")],
    "parent at the end": [file("p/..")],
    "parent only": [file("..")],
    "parent as a directory": [directory("p/../..", 0o777)],
    "parent with blanks": [file("p/.. /../../outside/new")],
    "parent in a long name": [file(f"{LONG}/../../outside/new")],
    "parent in a pax header": [pax("p/a", path="../outside/new")],
    "absolute in a pax header": [pax("p/a", path="@OUTSIDE/new")],
    "backslashes": [file("..\\..\\outside\\new"), file("p\\..\\..\\new")],
    "a drive": [file("C:/new"), file("C:\\new")],
    "a home": [file("~/new"), file("~root/new")],
    "a variable": [file("$HOME/new"), file("`touch new`")],
    "a nul in a pax header": [pax("p/a", path="../outside/new\0p/a")],
    "link, then through": [link("p/l", "@OUTSIDE"), file("p/l/new")],
    "link upwards, then through": [link("p/l", "../../outside"), file("p/l/new")],
    "link, spelt otherwise": [link("p/l", "@OUTSIDE"), file("./p/./l//new")],
    "link to a link": [link("p/a", "b"), link("p/b", "@OUTSIDE"), file("p/a/new")],
    "chain of links upwards": [link("p/a", ".."), link("p/b", "a/.."), file("p/b/outside/new")],
    "link to a file, then the file": [link("p/l", "@OUTSIDE/file"), file("p/l", b"changed")],
    "link to a file, twice": [link("p/l", "@OUTSIDE/file"), link("p/l", "@OUTSIDE/file")],
    "link, then a directory": [link("p/l", "@OUTSIDE"), directory("p/l", 0o777)],
    "link, then a directory and its mode": [link("p/l", "@OUTSIDE"), directory("p/l/", 0o700)],
    "directory, then a link": [directory("p/d"), link("p/d", "@OUTSIDE"), file("p/d/new")],
    "link in a pax header": [
        file("p/l", b"", type=tarfile.SYMTYPE, linkname="x", pax_headers={"linkpath": "@OUTSIDE"}),
        file("p/l/new"),
    ],
    "link to itself": [link("p/l", "l"), file("p/l/new")],
    "links in a circle": [link("p/a", "b/x"), link("p/b", "a/x"), file("p/a/new")],
    "link without a target": [link("p/l", ""), file("p/l/new")],
    "link for the top": [link("p", "@OUTSIDE"), file("p/new")],
    "link for the top, dotted": [link(".", "@OUTSIDE"), file("./new")],
    "link by another case": [link("p/L", "@OUTSIDE"), file("p/l/new"), file("P/L/new")],
    "link by another composition": [link("p/\u00e9", "@OUTSIDE"), file("p/e\u0301/new")],
    "link to /proc": [link("p/l", "/proc/self/cwd/../outside"), file("p/l/new")],
    "link to a descriptor": [link("p/l", "/proc/self/fd/0"), file("p/l", b"x")],
    "hard link": [link("p/h", "@OUTSIDE/file", HARD), file("p/h", b"changed")],
    "hard link upwards": [link("p/h", "../outside/file", HARD), file("p/h", b"changed")],
    "hard link through a link": [
        link("p/l", "@OUTSIDE"),
        link("p/h", "p/l/file", HARD),
        file("p/h", b"changed"),
    ],
    "hard link to a link": [link("p/l", "@OUTSIDE/file"), link("p/h", "p/l", HARD)],
    "hard link to nothing": [link("p/h", "p/none", HARD)],
    "hard link to itself": [link("p/h", "p/h", HARD)],
    "hard link to a directory": [directory("p/d"), link("p/h", "p/d", HARD)],
    "hard link in a pax header": [
        file("p/h", b"", type=HARD, linkname="p/x", pax_headers={"linkpath": "@OUTSIDE/file"})
    ],
    "character device": [file("p/d", b"", type=tarfile.CHRTYPE, devmajor=1, devminor=1)],
    "block device": [file("p/d", b"", type=tarfile.BLKTYPE, devmajor=8)],
    "pipe": [file("p/f", b"", type=tarfile.FIFOTYPE), file("p/f", b"x")],
    "contiguous file": [file("p/c", b"x", type=tarfile.CONTTYPE)],
    "unknown kind": [file("p/u", b"", type=b"Z")],
    "kind of a vendor": [file("p/u", b"", type=b"M"), file("p/v", b"", type=b"V")],
    "set user": [file("p/s", b"x", mode=0o6777, uid=0, gid=0)],
    "set user in a directory": [directory("p/d", 0o7777), file("p/d/f", b"x", mode=0o4755)],
    "no permissions": [directory("p/d", 0), file("p/d/f", b"x", mode=0), file("p/g")],
    "owner by name": [file("p/o", b"x", uid=4_000_000_000, uname="root\n", gname="../x")],
    "capabilities": [pax("p/c", SCHILY__xattr__security__capability="\1\0\0\2", path="p/c")],
    "an access list": [pax("p/c", SCHILY__acl__access="user::rwx,user:root:rwx")],
    "a time before the epoch": [pax("p/t", mtime="-1e30")],
    "a time that is none": [pax("p/t", mtime="nan")],
    "a time without end": [pax("p/t", mtime="inf")],
    "a time with a comma": [pax("p/t", mtime="1,5")],
    "a size in a pax header": [pax("p/s", size="99999999999999999999")],
    "a negative size": [pax("p/s", size="-1")],
    "a size that is none": [pax("p/s", size="0x10")],
    "an owner that is none": [pax("p/s", uid="root")],
    "a sparse map": [pax("p/s", GNU__sparse__map="0,1,1,99999999999", GNU__sparse__size="1")],
    "a sparse map of the second kind": [
        pax("p/s", GNU__sparse__major="1", GNU__sparse__minor="0", GNU__sparse__realsize="1e9")
    ],
    "a sparse name": [pax("p/s", GNU__sparse__name="../outside/new", GNU__sparse__major="1")],
    "a file, then a directory": [file("p/x"), directory("p/x"), file("p/x/y")],
    "a directory, then a file": [directory("p/x"), file("p/x/y"), file("p/x")],
    "a file below a file": [file("p/x"), file("p/x/y")],
    "the same name often": [file("p/x", bytes([n])) for n in range(50)],
    "names that differ in case": [file("p/Name"), file("p/name"), file("p/NAME/x")],
    "names that differ in composition": [file("p/\u00e9"), file("p/e\u0301")],
    "a name from right to left": [file("p/\u202egnp.exe")],
    "a name with a line": [file("p/a\nb"), file("../a\nb")],
    "a name with an escape": [file("../\x1b]0;title\x07\x1b[2J")],
    "a name that is not UTF-8": [file("p/\udcff\udcfe"), file("../\udcff")],
    "a name of blanks": [file("p/ "), file(" ")],
    "a name of a dot": [file("."), file("./."), file("p/.")],
    "no name": [file("")],
    "a name with a slash at its end": [file("p/x/")],
    "a name that is too long": [file("p/" + "n" * 300)],
    "a path that is too long": [file("p/" + "d/" * 3000 + "f")],
    "a name of an option": [file("--checkpoint=1"), file("p/--checkpoint-action=exec=touch new")],
    "a hidden name": [file("p/.git/hooks/post-checkout"), file("p/.bashrc")],
    "our own scratch names": [file(".extracting-it/x"), link("p/.extracting-it", "@OUTSIDE")],
}


def tar_bytes(entries: list[Entry], outside: Path, form: int) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form, errors="surrogateescape") as archive:
        for one, data in [file("p/good", b"good"), *entries]:
            info = tarfile.TarInfo(one.name.replace("@OUTSIDE", str(outside)))
            for field in ("size", "mode", "uid", "gid", "uname", "gname", "type", "devmajor"):
                setattr(info, field, getattr(one, field))
            info.linkname = one.linkname.replace("@OUTSIDE", str(outside))
            info.pax_headers = {
                key: text.replace("@OUTSIDE", str(outside)) for key, text in one.pax_headers.items()
            }
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


class Place:
    """A directory `outside` that must not change, and the place of the archive."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.outside = top / "outside"
        self.outside.mkdir()
        (self.outside / "file").write_text("known\n")
        self.outside.chmod(0o750)
        self.port = top / "port"
        self.into = self.port / "src/into"
        self.archive = top / "it"
        self.before = self.seen()

    def seen(self) -> list[object]:
        found: list[object] = [path.name for path in sorted(self.top.iterdir())]
        found = [name for name in found if name not in ("port", "it")]
        for path in (self.outside, *sorted(self.outside.rglob("*"))):
            status = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            found.append((path, content, status.st_mode, status.st_uid, status.st_nlink))
        return found

    def attempt(self, content: bytes) -> None:
        """Extract; then nothing is outside, and within is nothing that should not be."""
        self.archive.write_bytes(content)
        limits = Limits(size=1 << 20, members=10_000)
        refused = False
        try:
            extract(self.archive, self.into, ExtractOptions(cwd=self.port), limits=limits)
        except GenodeError as error:
            refused = True
            assert "\n" not in error.message.strip(), error.message
            assert "\x1b" not in str(error)
        assert self.seen() == self.before
        left = list(os.walk(self.port))
        names = [Path(at, name) for at, directories, files in left for name in directories + files]
        within = [one for one in names if one not in (self.into, self.into.parent)]
        assert not (refused and within), within
        for one in within:
            status = one.lstat()
            assert stat.S_IFMT(status.st_mode) in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK), one
            assert not status.st_mode & 0o7000 or stat.S_ISLNK(status.st_mode), one
            assert status.st_uid == os.geteuid()
            assert Path(os.path.realpath(one)).is_relative_to(self.port), one
            assert not os.listxattr(one, follow_symlinks=False)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


FORMS = {"gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("trick", TAR)
def test_a_tar_archive_gets_nothing(place: Place, trick: str, form: str) -> None:
    try:
        content = tar_bytes(TAR[trick], place.outside, FORMS[form])
    except ValueError:
        pytest.skip("this format cannot express it")
    place.attempt(content)


def _header(**fields: bytes) -> bytes:
    """Return the header of a file `p/x` of one byte with some fields overwritten."""
    raw = bytearray(file("p/x")[0].tobuf(tarfile.USTAR_FORMAT))
    places = {"name": 0, "mode": 100, "uid": 108, "size": 124, "mtime": 136, "type": 156}
    places |= {"link": 157, "magic": 257, "prefix": 345}
    for field, value in fields.items():
        raw[places[field] : places[field] + len(value)] = value
    raw[148:156] = b"        "
    raw[148:156] = b"%06o\0 " % sum(raw)
    return bytes(raw)


def _headers(*headers: bytes) -> bytes:
    return b"".join(header + b"x".ljust(512, b"\0") for header in headers) + bytes(1024)


RAW: dict[str, Callable[[], bytes]] = {
    "a size of 8 EiB": lambda: _headers(_header(size=b"\x80" + b"\x7f" + b"\xff" * 10)),
    "a negative size": lambda: _headers(_header(size=b"\xff" * 12)),
    "a size of blanks": lambda: _headers(_header(size=b" " * 12)),
    "a size that is no number": lambda: _headers(_header(size=b"9z9z9z9z9z9z")),
    "a size of a terabyte": lambda: _headers(_header(size=b"17777777777\0")),
    "a mode of letters": lambda: _headers(_header(mode=b"rwxrwxrw")),
    "a mode of all bits": lambda: _headers(_header(mode=b"7777777\0")),
    "an owner of all bits": lambda: _headers(_header(uid=b"\xff" * 8)),
    "a time of all bits": lambda: _headers(_header(mtime=b"\xff" * 12)),
    "a prefix upwards": lambda: _headers(_header(prefix=b"..", name=b"outside/new\0")),
    "an absolute prefix": lambda: _headers(_header(prefix=b"/tmp", name=b"genode-new\0")),
    "a name without end": lambda: _headers(_header(name=b"n" * 100, prefix=b"p" * 155)),
    "an unknown magic": lambda: _headers(_header(magic=b"\xff\xff\xff\xff\xff\xff")),
    "a wrong sum": lambda: _headers(_header()[:148] + b"0000000\0" + _header()[156:]),
    "a long name of a gigabyte": lambda: _headers(_header(type=b"L", size=b"10000000000\0")),
    "a long name without a file": lambda: _headers(_header(type=b"L")),
    "a long name for a long name": lambda: _headers(*[_header(type=b"L")] * 50),
    "a pax header of a gigabyte": lambda: _headers(_header(type=b"x", size=b"10000000000\0")),
    "a pax header of one byte": lambda: _headers(_header(type=b"x"), _header()),
    "pax headers without end": lambda: _headers(*[_header(type=b"x")] * 50),
    "global pax headers": lambda: _headers(*[_header(type=b"g")] * 50, _header()),
    "a sparse file of GNU": lambda: _headers(_header(type=b"S", size=b"00000000001\0")),
    "a member of a dump": lambda: _headers(_header(type=b"D"), _header(type=b"N")),
    "no end": lambda: _headers(_header())[:-1024],
    "half a header": lambda: _header()[:300],
    "zeros": lambda: bytes(10240),
    "nothing": lambda: b"",
    "one byte": lambda: b"x",
    "only a compressed header": lambda: b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
    "noise behind a compressed one": lambda: gzip.compress(_headers(_header())) + b"noise",
    "two compressed ones": lambda: gzip.compress(_headers(_header())) * 2,
    "a compressed one within another": lambda: gzip.compress(gzip.compress(_headers(_header()))),
    "a name in the header of gzip": lambda: (
        b"\x1f\x8b\x08\x08\0\0\0\0\0\x03../outside/new\0" + gzip.compress(_headers())[10:]
    ),
    "a bomb": lambda: gzip.compress(_header(size=b"00100000000\0") + bytes(1 << 24)),
    "a bomb of names": lambda: gzip.compress(_headers(*[_header()] * 20000)),
    "an ar archive": lambda: b"!<arch>\n" + b"../outside/new/ " + bytes(200),
    "a cpio archive": lambda: b"070701" + b"0" * 104 + b"../outside/new\0",
    "a 7z archive": lambda: b"7z\xbc\xaf\x27\x1c" + bytes(200),
    "a rar archive": lambda: b"Rar!\x1a\x07\0" + bytes(200),
    "a script": lambda: b"#!/bin/sh\ntouch ../outside/new\n",
}


@pytest.mark.parametrize("trick", RAW)
def test_a_damaged_archive_gets_nothing(place: Place, trick: str) -> None:
    place.attempt(RAW[trick]())


def _zip(*entries: tuple[str, bytes, int]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p/good", b"good")
        for name, data, mode in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.create_system = 3
            archive.writestr(info, data)
    return target.getvalue()


PLAIN, LINK = 0o100644, 0o120777

ZIP: dict[str, Callable[[Path], bytes]] = {
    "absolute": lambda outside: _zip((f"{outside}/new", b"x", PLAIN)),
    "parent": lambda _: _zip(("../outside/new", b"x", PLAIN)),
    "parent, deep": lambda _: _zip(("p/a/../../../outside/new", b"x", PLAIN)),
    "parent as a directory": lambda _: _zip(("p/../../", b"", 0o040777)),
    "backslashes": lambda _: _zip(("..\\outside\\new", b"x", PLAIN)),
    "a drive": lambda _: _zip(("C:\\new", b"x", PLAIN), ("\\\\host\\new", b"x", PLAIN)),
    "link, then through": lambda outside: _zip(
        ("p/l", str(outside).encode(), LINK), ("p/l/new", b"x", PLAIN)
    ),
    "link upwards, then through": lambda _: _zip(
        ("p/l", b"../../../outside", LINK), ("p/l/new", b"x", PLAIN)
    ),
    "link to a file, then the file": lambda outside: _zip(
        ("p/l", f"{outside}/file".encode(), LINK), ("p/l", b"changed", PLAIN)
    ),
    "chain of links": lambda _: _zip(
        ("p/a", b"..", LINK), ("p/b", b"a/../..", LINK), ("p/b/outside/new", b"x", PLAIN)
    ),
    "link of a megabyte": lambda _: _zip(("p/l", b"x/" * (1 << 19), LINK)),
    "link with a nul": lambda _: _zip(("p/l", b"x\0../../outside", LINK)),
    "link without a target": lambda _: _zip(("p/l", b"", LINK)),
    "device": lambda _: _zip(("p/d", b"", 0o020666)),
    "pipe": lambda _: _zip(("p/f", b"", 0o010666)),
    "socket": lambda _: _zip(("p/s", b"", 0o140777)),
    "set user": lambda _: _zip(("p/s", b"x", 0o106777)),
    "no permissions": lambda _: _zip(("p/s", b"x", 0o100000), ("p/d/", b"", 0o040000)),
    "the same name twice": lambda _: _zip(("p/x", b"1", PLAIN), ("p/x", b"2", PLAIN)),
    "names that differ in case": lambda _: _zip(("p/X", b"1", PLAIN), ("p/x", b"2", PLAIN)),
    "a file below a file": lambda _: _zip(("p/x", b"1", PLAIN), ("p/x/y", b"2", PLAIN)),
    "a name with an escape": lambda _: _zip(("../\x1b[2J\x07", b"x", PLAIN)),
    "a name that is too long": lambda _: _zip(("n" * 4000, b"x", PLAIN)),
    "a path that is too long": lambda _: _zip(("d/" * 3000, b"", 0o040755)),
    "a bomb": lambda _: _zip(("p/b", bytes(1 << 24), PLAIN)),
    "a bomb that names a small size": lambda _: _zip(("p/b", bytes(1 << 24), PLAIN)).replace(
        struct.pack("<I", 1 << 24), struct.pack("<I", 1)
    ),
    "two names for one member": lambda _: _renamed(_zip(("p/abc", b"x", PLAIN))),
    "an encrypted member": lambda _: _zip(("p/e", b"x", PLAIN)).replace(
        b"PK\x03\x04\x14\0\0\0", b"PK\x03\x04\x14\0\1\0"
    ),
    "an unknown method": lambda _: _zip(("p/e", b"x", PLAIN)).replace(
        b"\x14\x03\x14\0\0\0\x08\0", b"\x14\x03\x14\0\0\0\x63\0"
    ),
    "members over each other": lambda _: _overlapping(),
    "an offset behind the end": lambda _: _zip()[:-6] + struct.pack("<I", 1 << 30) + b"\0\0",
    "a comment without end": lambda _: _zip()[:-2] + b"\xff\xff",
    "a directory that is cut": lambda _: _zip(("p/x", b"x", PLAIN))[:-40],
    "noise in front": lambda _: b"#!/bin/sh\nexit\n" + _zip(("p/x", b"x", PLAIN)),
}


def _renamed(content: bytes) -> bytes:
    """Give the last member another name in the directory than in front of its data."""
    at = content.rindex(b"p/abc")
    return content[:at] + b"../ab" + content[at + 5 :]


def _overlapping() -> bytes:
    """Return an archive with several entries for the same data."""
    content = _zip(("p/x", b"x", PLAIN), ("p/y", b"y", PLAIN))
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entries = content[start:end]
    last = bytearray(content[end:])
    count = struct.unpack("<H", last[10:12])[0] * 40
    last[8:16] = struct.pack("<HHI", count, count, len(entries) * 40)
    return content[:start] + entries * 40 + bytes(last)


@pytest.mark.parametrize("trick", ZIP)
def test_a_zip_archive_gets_nothing(place: Place, trick: str) -> None:
    place.attempt(ZIP[trick](place.outside))
