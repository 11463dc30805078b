"""Whatever an archive holds: an extraction, or one message; never anything outside."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import shutil
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from genode_tool.errors import GenodeError
from genode_tool.ports.archive import Limits, extract
from genode_tool.ports.archive.headers import BadHeader, Header, decode, pax_records

LIMITS = Limits(size=1 << 20, members=50)

parts = st.sampled_from(
    ["a", "b", "..", ".", "", "/", "l", "é", "x" * 101, "\n", " ", "\udcff", "-", "*", "\\"]
)
names = st.lists(parts, min_size=1, max_size=4).map("/".join)
kinds = st.sampled_from(
    [tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.AREGTYPE]
)
members = st.lists(
    st.tuples(names, kinds, names, st.binary(max_size=600), st.integers(0, 0o7777)), max_size=6
)
compressions = st.sampled_from([bytes, gzip.compress, lzma.compress])
flips = st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 255)), max_size=3)


def tar(entries: list[tuple[str, bytes, str, bytes, int]], form: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w", format=form, encoding="utf-8", errors="surrogateescape"
    ) as archive:
        for name, kind, target, data, mode in entries:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.mode = kind, target, mode
            info.size = len(data) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def check(data: bytes) -> None:
    """Extract `data`; the world around the directory stays as it was."""
    top = Path(tempfile.mkdtemp())
    try:
        (top / "secret").write_text("secret")
        (top / "world/into").mkdir(parents=True)
        (top / "it").write_bytes(data)
        try:
            extract(top / "it", top / "world/into", limits=LIMITS)
        except GenodeError as error:
            assert "\n" not in str(error)
            assert os.listdir(top / "world/into") == []  # noqa: PTH208
        assert sorted(os.listdir(top)) == ["it", "secret", "world"]  # noqa: PTH208
        assert os.listdir(top / "world") == ["into"]  # noqa: PTH208
        assert (top / "secret").read_text() == "secret"
        assert (top / "secret").stat().st_nlink == 1
        for directory, directories, files in os.walk(os.fsencode(top / "world")):
            for name in (*directories, *files):
                path = Path(os.fsdecode(directory), os.fsdecode(name))
                assert path.is_symlink() or path.is_file() or path.is_dir()
                assert path.lstat().st_mode & 0o7000 == 0
    finally:
        shutil.rmtree(top)


slowly = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@slowly
@given(members, st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]), compressions)
@example(
    [
        ("p/s", tarfile.SYMTYPE, ".", b"", 0),
        ("p/t", tarfile.SYMTYPE, "s/..", b"", 0),
        ("q/t/x", tarfile.REGTYPE, "", b"x", 0o644),
    ],
    tarfile.GNU_FORMAT,
    bytes,
)
def test_any_members(
    entries: list[tuple[str, bytes, str, bytes, int]], form: int, compress: type[bytes]
) -> None:
    check(compress(tar(entries, form)))


@slowly
@given(members, compressions, flips, st.floats(0.2, 1))
def test_damage(
    entries: list[tuple[str, bytes, str, bytes, int]],
    compress: type[bytes],
    changes: list[tuple[int, int]],
    left: float,
) -> None:
    data = bytearray(compress(tar(entries, tarfile.GNU_FORMAT)))
    data = data[: int(len(data) * left)]
    for at, bits in changes:
        if data:
            data[at % len(data)] ^= bits
    check(bytes(data))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@slowly
@given(
    st.lists(st.tuples(names, st.binary(max_size=99), st.integers(0, 0xFFFF)), max_size=6), flips
)
def test_any_zip(entries: list[tuple[str, bytes, int]], changes: list[tuple[int, int]]) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data, mode in entries:
            if name.isascii():
                info = zipfile.ZipInfo(name)
                info.create_system, info.external_attr = 3, mode << 16
                archive.writestr(info, data)
    whole = bytearray(buffer.getvalue())
    for at, bits in changes:
        whole[at % len(whole)] ^= bits
    check(bytes(whole))


@given(st.binary(min_size=512, max_size=512), st.binary(max_size=200))
def test_noise_is_no_header(block: bytes, records: bytes) -> None:
    for read, data in ((decode, block), (pax_records, records)):
        try:
            read(data)
        except BadHeader:
            continue


@given(
    st.binary(min_size=1, max_size=300).filter(lambda name: b"\0" not in name and name[:1] != b"/"),
    st.binary(max_size=300).filter(lambda name: b"\0" not in name),
    st.integers(0, 1 << 40),
    st.integers(0, 0o777),
    st.integers(0, 1 << 35),
)
def test_headers_are_read_by_others(
    name: bytes, target: bytes, size: int, mode: int, mtime: int
) -> None:
    """Python's own reader, which is not ours, finds in our header what we put there."""
    data = Header(name, b"0", size, mode, mtime, target).encode()
    with tarfile.open(
        fileobj=io.BytesIO(data + bytes(1024)), encoding="utf-8", errors="surrogateescape"
    ) as archive:
        found = archive.next()
    assert found is not None
    assert found.name.encode("utf-8", "surrogateescape").rstrip(b"/") == name.rstrip(b"/")
    assert found.linkname.encode("utf-8", "surrogateescape") == target
    assert (found.size, found.mode, found.mtime) == (size, mode, mtime)
