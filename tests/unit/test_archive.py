"""Archives: what arrives is what tar and unzip leave, what is hostile leaves nothing."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import shutil
import stat
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.events import Event, Note
from genode_tool.ports.archive import BadArchive, Extracted, ExtractOptions, Limits, extract
from genode_tool.ports.fetch.problems import PortFailed
from genode_tool.ports.fetch.progress import ActivityProgress


def listing(top: Path) -> dict[str, tuple[object, ...]]:
    """Everything below `top`: kind, permissions, content or target."""
    found: dict[str, tuple[object, ...]] = {}
    for directory, directories, names in os.walk(os.fsencode(top)):
        for name in (*directories, *names):
            path = Path(os.fsdecode(directory), os.fsdecode(name))
            status = path.lstat()
            content: object = None
            if stat.S_ISLNK(status.st_mode):
                content = str(path.readlink())
            elif stat.S_ISREG(status.st_mode):
                content = path.read_bytes()
            mode = stat.S_IFMT(status.st_mode) if content else status.st_mode
            mode = status.st_mode if stat.S_ISREG(status.st_mode) else mode
            found[str(path.relative_to(top))] = (mode, content)
    return found


Entry = tuple[tarfile.TarInfo, bytes]


def file(name: str | bytes, data: bytes = b"x", **fields: object) -> Entry:
    info = tarfile.TarInfo(os.fsdecode(name))
    info.size = len(data)
    info.mtime = 1_000_000_000
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def other(name: str, kind: bytes, target: str = "", **fields: object) -> Entry:
    return file(name, b"", type=kind, linkname=target, **fields)


def tar(path: Path, *entries: Entry, form: int = tarfile.GNU_FORMAT) -> Path:
    with tarfile.open(
        path, "w", format=form, encoding="utf-8", errors="surrogateescape"
    ) as archive:
        for info, data in entries:
            archive.addfile(info, io.BytesIO(data) if data else None)
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A directory of the kind that archives hold, with odd names, links and modes."""
    top = tmp_path / "pkg-1.0"
    (top / "sub/empty").mkdir(parents=True)
    (top / "run").write_bytes(b"#!/bin/sh\n")
    (top / "run").chmod(0o755)
    (top / "sub/big").write_bytes(random.Random(1).randbytes(300_000))
    (top / "sub/link").symlink_to("../run")
    (top / "sub/dangling").symlink_to("nowhere")
    os.link(top / "run", top / "hard")
    (top / "-dash").touch()
    (top / os.fsdecode(b"blank new\nline \xff\xfe")).write_text("odd")
    deep = top / ("d" * 90) / ("e" * 90)
    deep.mkdir(parents=True)
    (deep / ("f" * 120)).write_text("long name")
    (deep / "link").symlink_to("x" * 150)
    return top


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "tar": lambda data: data,
    "tar.gz": lambda data: gzip.compress(data[:5000]) + gzip.compress(data[5000:]),
    "tar.bz2": bz2.compress,
    "tar.xz": lzma.compress,
    "tar.zst": lambda data: (
        subprocess.run(["zstd", "-q"], input=data, capture_output=True, check=True).stdout
    ),
}


@pytest.mark.parametrize("name", COMPRESSIONS)
@pytest.mark.parametrize("form", ["gnu", "posix", "ustar", "v7"])
def test_what_arrives_is_what_tar_leaves(tmp_path: Path, tree: Path, name: str, form: str) -> None:
    if name == "tar.zst" and shutil.which("zstd") is None:
        pytest.skip("no zstd")
    if form in ("ustar", "v7"):  # cannot have long names
        shutil.rmtree(tree / ("d" * 90))
    command = ["tar", "c", f"--format={form}", "-C", str(tmp_path), tree.name]
    plain = subprocess.run(command, capture_output=True, check=True).stdout
    path = tmp_path / f"it.{name}"
    path.write_bytes(COMPRESSIONS[name](plain))
    (tmp_path / "theirs").mkdir()
    command = ["tar", "xm", "-C", str(tmp_path / "theirs"), "--strip-components=1"]
    subprocess.run(command, input=plain, check=True)
    done = extract(path, tmp_path / "ours")
    assert listing(tmp_path / "ours") == listing(tmp_path / "theirs")
    assert done.left_out == ()
    assert (tmp_path / "ours/hard").stat().st_nlink == 2


def both(tmp_path: Path, path: Path, options: str, directory: Path | None = None) -> Path:
    """Extract by us and by a shell's tar, which ignores failures; compare."""
    for name in ("ours", "theirs"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
    (tmp_path / "theirs").mkdir()
    cwd = directory or path.parent
    line = f"tar xmf '{path}' -C '{tmp_path}/theirs' {options}"
    subprocess.run(["bash", "-c", line], cwd=cwd, check=False, capture_output=True)
    extract(path, tmp_path / "ours", ExtractOptions(options, cwd=directory))
    assert listing(tmp_path / "ours") == listing(tmp_path / "theirs")
    return tmp_path / "ours"


def test_options_of_tar_count_as_for_tar(tmp_path: Path, tree: Path) -> None:
    path = tmp_path / "it.tar"
    subprocess.run(["tar", "cf", str(path), tree.name], cwd=tmp_path, check=True)
    (tmp_path / "lists here").mkdir()
    (tmp_path / "lists here/list").write_text("pkg-x/hard\npkg-x/sub\n")
    chosen = "--strip-components=1 pkg-1.0/sub"
    assert sorted(os.listdir(both(tmp_path, path, chosen))) == ["sub"]  # noqa: PTH208
    both(tmp_path, path, "--strip-components 1 --exclude='*.c' --exclude sub/*")
    both(tmp_path, path, "--strip-components=2 --exclude='*/link'")
    both(tmp_path, path, "--wildcards '*/big'")
    both(tmp_path, path, "--transform 's/run/walk/' --strip-components=1")
    made = "--strip-components=1 --files-from - < <(sed s/-x/-1.0/ list)"
    there = both(tmp_path, path, made, tmp_path / "lists here")
    assert sorted(os.listdir(there)) == ["hard", "sub"]  # noqa: PTH208


def test_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "port").mkdir()
    tar(tmp_path / "port/it.tar", file("p/a"))
    port = Path("port")
    extract(port / "it.tar", port / "src", ExtractOptions(cwd=port))
    assert list(listing(port / "src")) == ["a"]


def test_members_that_are_not_there_are_told(tmp_path: Path, tree: Path) -> None:
    path = tar(tmp_path / "it.tar", file("a/b"), file("a/c"))
    told: list[Event] = []
    options = ExtractOptions("--strip-components=1 a/b a/none", name="it.archive")
    extract(path, tmp_path / "ours", options, sink=told.append)
    assert [event.text for event in told if isinstance(event, Note)] == [
        "it.archive: it.tar: it has no member `a/none`"
    ]
    assert list(listing(tmp_path / "ours")) == ["b"]


def test_wrong_options_are_told(tmp_path: Path) -> None:
    path = tar(tmp_path / "it.tar", file("a/b"))
    with pytest.raises(PortFailed, match="unrecognized option '--nonsense'"):
        extract(path, tmp_path / "ours", ExtractOptions("--nonsense"))
    with pytest.raises(PortFailed, match="no-such-list"):
        extract(path, tmp_path / "ours", ExtractOptions("--files-from no-such-list"))


def test_times_are_kept_where_wanted(tmp_path: Path) -> None:
    path = tar(tmp_path / "it.tar", file("a/b"))
    extract(path, tmp_path / "new")
    assert (tmp_path / "new/b").stat().st_mtime > 1_500_000_000
    extract(path, tmp_path / "old", ExtractOptions(keep_times=True))
    assert (tmp_path / "old/b").stat().st_mtime == 1_000_000_000


def test_archives_merge_into_one_directory(tmp_path: Path) -> None:
    into = tmp_path / "into"
    extract(tar(tmp_path / "1.tar", file("p/d/a", b"1"), file("p/d/b", b"1"), file("p/x")), into)
    second = tar(tmp_path / "2.tar", file("q/d/b", b"2"), file("q/d/c", b"2"), file("q/x/y"))
    extract(second, into)
    contents = {name: entry[1] for name, entry in listing(into).items() if entry[1]}
    assert contents == {"d/a": b"1", "d/b": b"2", "d/c": b"2", "x/y": b"x"}
    with pytest.raises(BadArchive, match=r"`d` is a directory in .* already"):
        extract(tar(tmp_path / "3.tar", file("q/d")), into)
    assert listing(into).keys() == {"d", "d/a", "d/b", "d/c", "x", "x/y"}


def test_what_was_there_leads_nothing_outside(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "into").mkdir()
    (tmp_path / "into/d").symlink_to(outside)
    extract(tar(tmp_path / "it.tar", file("p/d/evil")), tmp_path / "into")
    assert listing(outside) == {}
    assert (tmp_path / "into/d/evil").read_bytes() == b"x"


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[Event] = []
    extract(tar(tmp_path / "it.tar", file("p/a", b"x" * 5000)), tmp_path / "o", sink=told.append)
    last = [event for event in told if isinstance(event, ActivityProgress)][-1]
    assert (last.source, last.done > 5000) == ("it.tar", True)


LONG = "l" * 120

HOSTILE: dict[str, tuple[list[Entry], str]] = {
    "absolute": ([file("/etc/evil")], "member `/etc/evil` has an absolute name"),
    "parent": ([file("p/../../evil")], r"member `p/../../evil` has `..` in its name"),
    "long parent": ([file(f"{LONG}/../../{LONG}")], r"has `..` in its name"),
    "through a link": (
        [other("p/l", tarfile.SYMTYPE, "/tmp"), file("p/l/evil")],
        "`p/l/evil` lies below the link `p/l`",
    ),
    "through a link, spelt otherwise": (
        [other("./p//l", tarfile.SYMTYPE, ".."), file("p/./l/evil")],
        "lies below the link `p/l`",
    ),
    "hard link outside": (
        [other("p/h", tarfile.LNKTYPE, "/etc/passwd")],
        "`p/h` is a hard link to `/etc/passwd`, which leads outside",
    ),
    "hard link to a parent": (
        [other("p/h", tarfile.LNKTYPE, "p/../../secret")],
        "is a hard link to `p/../../secret`, which leads outside",
    ),
    "hard link through a link": (
        [other("p/l", tarfile.SYMTYPE, "/etc"), other("p/h", tarfile.LNKTYPE, "p/l/passwd")],
        "`p/h` is a hard link to `p/l/passwd`, which leads outside",
    ),
    "character device": ([other("p/d", tarfile.CHRTYPE)], "`p/d` is a character device"),
    "block device": ([other("p/d", tarfile.BLKTYPE)], "`p/d` is a block device"),
    "pipe": ([other("p/f", tarfile.FIFOTYPE)], "`p/f` is a named pipe"),
    "unknown kind": ([other("p/f", b"Q")], "is of the unknown kind b'Q'"),
    "sparse file": ([other("p/f", b"S")], "is a sparse file"),
    "no name": ([file("")], "has an invalid name"),
}


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT], ids=["gnu", "pax"])
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_archives_leave_nothing(tmp_path: Path, case: str, form: int) -> None:
    entries, words = HOSTILE[case]
    path = tar(tmp_path / "it.tar", file("p/good"), *entries, form=form)
    into = tmp_path / "port/into"
    into.mkdir(parents=True)
    (into / "before").touch()
    with pytest.raises(BadArchive, match=words.replace("..", r"\.\.")) as caught:
        extract(path, into, ExtractOptions(name="it.archive"))
    assert str(caught.value).startswith("it.archive: member `")
    assert "nothing was extracted" in str(caught.value)
    assert list(listing(tmp_path)) == ["port", "it.tar", "port/into", "port/into/before"]


def test_a_hard_link_has_no_data_whatever_its_size_says(tmp_path: Path) -> None:
    """Some programs write the size of the file; its content does not follow."""
    path = tar(
        tmp_path / "it.tar",
        file("p/a", b"content"),
        other("p/h", tarfile.LNKTYPE, "p/a", size=7),
        file("p/b", b"behind"),
    )
    done = extract(path, tmp_path / "into")
    assert (tmp_path / "into/h").samefile(tmp_path / "into/a")
    assert (tmp_path / "into/b").read_bytes() == b"behind"
    assert (done.members, done.size) == (3, 13)


def test_links_that_lead_outside_are_left_out(tmp_path: Path) -> None:
    path = tar(
        tmp_path / "it.tar",
        other("p/absolute", tarfile.SYMTYPE, "/etc/passwd"),
        other("p/up", tarfile.SYMTYPE, "../../secret"),
        other("p/d/fine", tarfile.SYMTYPE, "../x"),
        other("p/self", tarfile.SYMTYPE, "."),
        other("p/sly", tarfile.SYMTYPE, "self/../.."),
        file("p/x"),
    )
    told: list[Event] = []
    done = extract(path, tmp_path / "into", sink=told.append)
    assert sorted(done.left_out) == ["absolute", "sly", "up"]
    assert sorted(listing(tmp_path / "into")) == ["d", "d/fine", "self", "x"]
    notes = "\n".join(event.text for event in told if isinstance(event, Note))
    assert "link `absolute` leads outside, to /etc/passwd: left out" in notes


def test_links_may_lead_about_in_the_port(tmp_path: Path) -> None:
    entries = [
        other(f"p/{up}", tarfile.SYMTYPE, "../" * len(up) + "x") for up in ("a", "aa", "aaa")
    ]
    path = tar(tmp_path / "it.tar", *entries)
    port = tmp_path / "port"
    done = extract(path, port / "src/lib", ExtractOptions(cwd=port))
    assert done.left_out == ("aaa",)
    assert sorted(listing(port / "src/lib")) == ["a", "aa"]


def test_special_modes_and_owners_are_dropped(tmp_path: Path) -> None:
    path = tar(
        tmp_path / "it.tar",
        other("p/d", tarfile.DIRTYPE, mode=0o7555),
        file("p/d/s", mode=0o6755, uid=12345, gid=12345, uname="daemon", gname="daemon"),
    )
    extract(path, tmp_path / "into")
    status = (tmp_path / "into/d/s").stat()
    assert stat.S_IMODE(status.st_mode) & 0o7000 == 0
    assert status.st_uid == os.getuid()
    assert stat.S_IMODE((tmp_path / "into/d").stat().st_mode) & 0o7700 == 0o700


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "tar.xz", "zip"])
def test_bombs_are_stopped(tmp_path: Path, kind: str) -> None:
    zeros = bytes(3 << 20)
    path = tmp_path / f"it.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(5):
                archive.writestr(f"p/{number}", zeros)
    else:
        tar(path, *(file(f"p/{number}", zeros) for number in range(5)))
        path.write_bytes(COMPRESSIONS[kind](path.read_bytes()))
    for limits, words in (
        (Limits(size=10 << 20), "it expands to more than 10 MiB"),
        (Limits(members=3), "it has more than 3 members"),
        (Limits(ratio=100, free=4 << 20), "it expands to more than 100 times its size"),
    ):
        if kind == "tar" and limits.ratio == 100:
            continue
        with pytest.raises(BadArchive, match=f"is too much: {words}"):
            extract(path, tmp_path / "into", limits=limits)
        assert listing(tmp_path / "into") == {}
    assert extract(path, tmp_path / "into").size == 15 << 20


@pytest.mark.parametrize("kind", COMPRESSIONS)
@pytest.mark.parametrize("left", [0.3, 0.9])
def test_cut_archives_are_named(tmp_path: Path, kind: str, left: float) -> None:
    if kind == "tar.zst" and shutil.which("zstd") is None:
        pytest.skip("no zstd")
    noise = random.Random(2).randbytes(200_000)
    path = tar(tmp_path / "plain", file("p/first", noise), file("p/second", noise))
    data = COMPRESSIONS[kind](path.read_bytes())
    (tmp_path / "it").write_bytes(data[: int(len(data) * left)])
    with pytest.raises(
        BadArchive, match=r"the archive .*/it is damaged: .*(in member `p/|at its begin)"
    ):
        extract(tmp_path / "it", tmp_path / "into")
    assert listing(tmp_path / "into") == {}


def test_damaged_headers_are_told(tmp_path: Path) -> None:
    path = tar(tmp_path / "it.tar", file("p/first"), file("p/second"))
    data = bytearray(path.read_bytes())
    data[1024 + 3] ^= 1
    path.write_bytes(data)
    with pytest.raises(
        BadArchive, match=r"after 1 members, in member `p/first`: .*checksum is wron"
    ):
        extract(path, tmp_path / "into")
    path.write_bytes(b"this is no archive" * 100)
    with pytest.raises(BadArchive, match="is not an archive of a known kind"):
        extract(path, tmp_path / "into")
    with pytest.raises(PortFailed, match="cannot read"):
        extract(tmp_path / "missing", tmp_path / "into")


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ({"size": "-5"}, "a size in it is negative"),
        ({"size": "many"}, "a pax record holds no number"),
        ({"size": "9" * 40}, "it expands to more than"),
        ({"path": "../evil"}, "has `..` in its name"),
        ({"path": ""}, "has an invalid name"),
        ({"GNU.sparse.major": "1"}, "is a sparse file"),
        ({"mtime": "1e300"}, ""),
        ({"mtime": "-1e9", "comment": "x" * 5000}, ""),
    ],
)
def test_strange_records(tmp_path: Path, records: dict[str, str], words: str) -> None:
    path = tar(tmp_path / "it.tar", file("p/a", pax_headers=records), form=tarfile.PAX_FORMAT)
    if words:
        with pytest.raises(BadArchive) as caught:
            extract(path, tmp_path / "into")
        assert words in str(caught.value)
        assert listing(tmp_path / "into") == {}
    else:
        extract(path, tmp_path / "into", ExtractOptions(keep_times=True))
        assert list(listing(tmp_path / "into")) == ["a"]


def test_leftovers_of_a_killed_extraction_go_away(tmp_path: Path) -> None:
    path = tar(tmp_path / "it.tar", file("p/a"))
    extract(path, tmp_path / "into")
    import hashlib

    stale = tmp_path / f"into/.extracting-{hashlib.sha256(b'it.tar').hexdigest()[:8]}"
    (stale / "d").mkdir(parents=True)
    (stale / "d/f").touch()
    (stale / "d").chmod(0o500)
    extract(path, tmp_path / "into")
    assert list(listing(tmp_path / "into")) == ["a"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB; skips where it cannot be mounted."""
    where = tmp_path / "disk"
    where.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(where)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield where
    subprocess.run(["umount", "-l", str(where)], check=True)


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_full_disk(tmp_path: Path, small_disk: Path, kind: str) -> None:
    path = tmp_path / f"it.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a", bytes(500_000))
    else:
        tar(path, file("p/a", bytes(500_000)))
    with pytest.raises(EnvironmentProblem, match="the file system is full"):
        extract(path, small_disk / "into")
    assert (
        listing(small_disk) == {"into": (stat.S_IFDIR | 0o755, None)}
        or listing(small_disk / "into") == {}
    )


def zipped(path: Path, *entries: tuple[str, bytes, int]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data, mode in entries:
            info = zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 6))
            info.create_system = 3
            info.external_attr = mode << 16
            archive.writestr(info, data)
    return path


@pytest.mark.skipif(shutil.which("unzip") is None, reason="no unzip")
def test_what_arrives_is_what_unzip_leaves(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "it.zip",
        ("p/run", b"#!", 0o100755),
        ("p/plain", b"x" * 100_000, 0o100644),
        ("p/ünï", b"y", 0o100600),
        ("p/d/", b"", 0o40755),
        ("p/d/link", b"run", 0o120777),
    )
    for options in ("", "'p/r*' \"*/link\"", "-j", "-x '*plain'", "p/run -x nothing"):
        for name in ("ours", "theirs"):
            shutil.rmtree(tmp_path / name, ignore_errors=True)
        # patterns follow the archive on unzip's command line, options precede it
        line = f"unzip -o -q -d theirs {options} it.zip"
        if "'p/r" in options or "x" in options:
            line = f"unzip -o -q -d theirs it.zip {options} #"
            options = f"it.zip {options} # "
        subprocess.run(["bash", "-c", line], cwd=tmp_path, check=True)
        extract(path, tmp_path / "ours", ExtractOptions(unzip_options=options))
        assert listing(tmp_path / "ours") == listing(tmp_path / "theirs"), options
    times = [(tmp_path / name / "p/run").stat().st_mtime for name in ("ours", "theirs")]
    assert times[0] == times[1]


@pytest.mark.parametrize(
    ("name", "mode", "words"),
    [
        ("/etc/evil", 0o100644, "has an absolute name"),
        ("p/../../evil", 0o100644, r"has `\.\.` in its name"),
        ("p/device", 0o020644, "is a device"),
        ("p/good/evil", 0o100644, "lies below the link `p/good`"),
    ],
)
def test_hostile_zips_leave_nothing(tmp_path: Path, name: str, mode: int, words: str) -> None:
    path = zipped(tmp_path / "it.zip", ("p/good", b"/tmp", 0o120777), (name, b"x", mode))
    with pytest.raises(BadArchive, match=words):
        extract(path, tmp_path / "into")
    assert listing(tmp_path / "into") == {}


@pytest.mark.parametrize(
    "entries",
    [
        (("p", b"x", 0o100644), ("p/a", b"x", 0o100644)),
        (("p/a", b"x", 0o100644), ("p", b"x", 0o100644)),
        (("p", b"x", 0o100644), ("p/", b"", 0o040755)),
        (("p/a", b"x", 0o100644), ("p", b"q", 0o120777)),
    ],
)
def test_a_zip_whose_members_are_in_each_other_s_way(
    tmp_path: Path, entries: tuple[tuple[str, bytes, int], ...]
) -> None:
    path = zipped(tmp_path / "it.zip", *entries)
    with pytest.raises(BadArchive, match=r"has `p.*` as a file and as a directory"):
        extract(path, tmp_path / "into", ExtractOptions())
    assert listing(tmp_path / "into") == {}


def test_damaged_zips_and_unknown_options(tmp_path: Path) -> None:
    path = zipped(tmp_path / "it.zip", ("p/a", b"content", 0o100644))
    data = path.read_bytes()
    path.write_bytes(data.replace(b"content", b"CONTENT"))
    with pytest.raises(BadArchive, match="is damaged: p/a: Bad CRC"):
        extract(path, tmp_path / "into")
    path.write_bytes(data[:-30])
    with pytest.raises(BadArchive, match="is damaged"):
        extract(path, tmp_path / "into")
    path.write_bytes(data)
    with pytest.raises(UserError, match="UNZIP_OPT has `-aa`"):
        extract(path, tmp_path / "into", ExtractOptions(unzip_options="-aa"))
    assert listing(tmp_path / "into") == {}
    assert extract(path, tmp_path / "into") == Extracted(1, 7)
