"""Files, links and directories appear as a whole or not at all."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from genode_tool.errors import EnvironmentProblem
from genode_tool.files import (
    cannot_write,
    new_directory,
    replace_link,
    replacing,
    write_atomically,
    write_if_changed,
)


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_an_interrupted_write_leaves_the_old_file_and_no_scraps(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt), replacing(target) as part:
        part.write_text("half of the n")
        raise KeyboardInterrupt
    assert target.read_text() == "old"
    assert names(tmp_path) == ["file"]


def test_a_killed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    script = (
        "import os, signal, sys, pathlib\n"
        "from genode_tool.files import replacing\n"
        "with replacing(pathlib.Path(sys.argv[1])) as part:\n"
        "    part.write_text('half of the n')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(target)], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert target.read_text() == "old"
    write_atomically(target, "new")
    assert target.read_text() == "new"


def test_a_full_disk_is_an_error_with_a_hint_and_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "file"
    target.write_text("old")

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as out:
            out.write(data[:1])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(EnvironmentProblem) as caught:
        write_atomically(target, "new")
    assert str(caught.value) == f"cannot write {target}: No space left on device"
    assert caught.value.hint == "free some space or choose another directory"
    assert target.read_text() == "old"
    assert names(tmp_path) == ["file"]


def test_only_a_full_disk_replaces_the_hint() -> None:
    denied = cannot_write("x", PermissionError(errno.EACCES, "Permission denied"), "is it yours?")
    assert denied.hint == "is it yours?"
    assert "space" in cannot_write("x", OSError(errno.EDQUOT, "Quota"), "is it yours?").hint


def test_readers_see_the_old_or_the_new_content(tmp_path: Path) -> None:
    target = tmp_path / "file"
    contents = ["a" * 100_000, "b" * 100_000]
    write_atomically(target, contents[0])
    seen = set()
    over = threading.Event()

    def write() -> None:
        for number in range(100):
            write_atomically(target, contents[number % 2])
        over.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not over.is_set():
        seen.add(target.read_text())
    writer.join()
    assert seen <= set(contents)


def test_threads_that_write_one_file_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "file"
    with replacing(target) as first, replacing(target) as second:
        first.write_text("first")
        second.write_text("second")
    assert target.read_text() == "first"
    assert names(tmp_path) == ["file"]


def test_mode_text_and_missing_directories(tmp_path: Path) -> None:
    target = tmp_path / "a/b/file"
    write_atomically(target, "ä\udcff", mode=0o750)
    assert target.read_bytes() == "ä".encode() + b"\xff"
    assert stat.S_IMODE(target.stat().st_mode) == 0o750


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    target = tmp_path / ("ä" * 127)
    write_atomically(target, "content")
    assert target.read_text() == "content"


def test_durable_content_is_on_the_disk_before_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "file"
    synced: list[tuple[str, bool]] = []

    def note(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append(("directory" if path == tmp_path else "file", target.exists()))

    monkeypatch.setattr("os.fsync", note)
    write_atomically(target, "content")
    assert synced == []
    target.unlink()
    write_atomically(target, "content", durable=True)
    assert synced == [("file", False), ("directory", True)]


def test_the_same_content_is_not_written_again(tmp_path: Path) -> None:
    target = tmp_path / "file"
    assert write_if_changed(target, "content")
    inode = target.stat().st_ino
    assert not write_if_changed(target, b"content")
    assert target.stat().st_ino == inode
    assert write_if_changed(target, "other")
    assert target.read_text() == "other"


def test_a_link_replaces_a_link_or_file(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.write_text("a file")
    replace_link(link, "first")
    replace_link(link, Path("second"))
    assert str(link.readlink()) == "second"
    assert names(tmp_path) == ["link"]


def test_a_directory_appears_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "above/new"
    with pytest.raises(ValueError, match="no"), new_directory(target) as part:
        (part / "half").write_text("")
        raise ValueError("no")
    assert names(target.parent) == []
    with new_directory(target) as part:
        (part / "file").write_text("ours")
        assert not target.exists()
    assert names(target) == ["file"]
    with new_directory(target) as part:
        (part / "file").write_text("of a slower process")
    assert (target / "file").read_text() == "ours"
    assert names(target.parent) == ["new"]
