"""What a call looks at is noted, whichever function it uses; what it changes is too much."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from genode_tool import recall
from genode_tool.building.memory.looks import Looks, current, recorded

LOOKS: dict[str, Callable[[Path], object]] = {
    "read": lambda p: (p / "file").read_text(),
    "open": lambda p: os.close(os.open(p / "file", os.O_RDONLY)),
    "time": lambda p: os.stat(p / "file").st_mtime,  # noqa: PTH116
    "exists": lambda p: (p / "file").exists(),
    "missing": lambda p: (p / "new").exists(),
    "missing, by access": lambda p: os.access(p / "new", os.R_OK),
    "list": lambda p: sorted(p.iterdir()),
    "walk": lambda p: list(os.walk(p)),
    "glob": lambda p: sorted(p.glob("n*")),
    "kind": lambda p: (p / "directory").is_dir(),
    "link": lambda p: (p / "link").readlink(),
    "resolve": lambda p: (p / "link").resolve(),
    "copy": lambda p: shutil.which("file", path=str(p)),
}
CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda p: (p / "file").write_text("more than before"),
    "gone": lambda p: (p / "file").unlink(),
    "new": lambda p: (p / "new").write_text("new"),
    "kind": lambda p: (p / "directory").rename(p / "former"),
    "link": lambda p: (p / "other").rename(p / "link"),
}
# Which change a look must not miss.
SEEN = {
    "read": ("content", "gone"),
    "open": ("content", "gone"),
    "time": ("content", "gone"),
    "exists": ("gone",),
    "missing": ("new",),
    "missing, by access": ("new",),
    "list": ("gone", "new"),
    "walk": ("gone", "new", "kind", "link"),
    "glob": ("new",),
    "kind": ("kind",),
    "link": ("link",),
    "resolve": ("link",),
    "copy": ("gone",),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("content")
    (tmp_path / "file").chmod(0o755)
    (tmp_path / "directory").mkdir()
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "other").symlink_to("directory")
    time.sleep(0.07)  # so that no stamp is too young
    return tmp_path


def _record(work: Callable[[], object]) -> Looks:
    with recorded(time.time_ns()) as looks:
        work()
    return looks


@pytest.mark.parametrize(("look", "change"), [(one, each) for one in SEEN for each in SEEN[one]])
def test_a_look_is_checked(place: Path, look: str, change: str) -> None:
    looks = _record(lambda: LOOKS[look](place))
    checks = looks.checks()
    assert checks is not None, looks.beyond
    assert recall.up_to_date(checks)
    CHANGES[change](place)
    assert not recall.up_to_date(checks)


def test_a_directory_that_is_only_asked_for_its_kind_may_get_entries(place: Path) -> None:
    checks = _record(lambda: (place.is_dir(), place.resolve())).checks()
    (place / "new").write_text("")
    assert checks is not None and recall.up_to_date(checks)


@pytest.mark.parametrize(
    "work",
    [
        lambda p: (p / "file").write_text("x"),
        lambda p: (p / "made").mkdir(),
        lambda p: (p / "file").unlink(),
        lambda p: (p / "file").rename(p / "other"),
        lambda p: shutil.rmtree(p / "directory"),
        lambda _: subprocess.run(["true"], check=True),
        lambda p: socket.socket(socket.AF_UNIX).bind(str(p / "s")),
        lambda p: os.listdir(os.open(p, os.O_RDONLY)),  # noqa: PTH208
    ],
)
def test_what_cannot_be_checked_makes_the_record_incomplete(
    place: Path, work: Callable[[Path], object]
) -> None:
    assert _record(lambda: work(place)).checks() is None


def test_a_file_that_changes_meanwhile_makes_it_incomplete(place: Path) -> None:
    def work() -> None:
        (place / "file").read_text()
        looks = current()
        assert looks is not None
        looks.paused = True
        (place / "file").write_text("another one's")
        looks.paused = False
        (place / "file").read_text()

    assert _record(work).checks() is None


def test_temporary_files_of_its_own_do_not_count(place: Path) -> None:
    def work() -> None:
        # As the tool makes and removes them; `TemporaryDirectory` may have a rmtree of its own.
        own = tempfile.mkdtemp(dir=place)
        (Path(own) / "file").write_text("x")
        assert (Path(own) / "file").read_text() == "x"
        shutil.copytree(own, f"{own}/copy")
        shutil.rmtree(own)

    before = os.stat, shutil.rmtree
    gc.collect()  # what earlier tests have left would be closed and removed meanwhile
    looks = _record(work)
    assert looks.checks() is not None, looks.beyond
    assert (os.stat, shutil.rmtree) == before
    assert current() is None


def test_what_is_left_behind_counts(place: Path) -> None:
    assert _record(lambda: tempfile.mkdtemp(dir=place)).checks() is None


def test_copies_tell_what_they_have_looked_at(place: Path) -> None:
    looks, copy = Looks(time.time_ns()), Looks(time.time_ns())
    copy.look(str(place / "file"))
    copy.link(str(place / "link"))
    looks.add_told(copy.told())
    checks = looks.checks()
    assert checks is not None and recall.up_to_date(checks)
    CHANGES["link"](place)
    assert not recall.up_to_date(checks)
    looks.add_told({"files": 3})
    assert looks.checks() is None
