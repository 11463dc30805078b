"""Changes that hide: neither the quick answer nor the normal way may overlook one.

After each change, all times of modification are set back. What the tool then says and builds is
compared with what a new build directory gets. Files that were built are the tool's own: as with
make, only their times and their being there count.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from genode_tool import recall
from genode_tool.cli.main import main
from tests.unit.test_build_misleading_times import HEADER, MAIN, MORE, UTIL, PlainTree

WORDS = ["make", "app", "KERNEL=hw"]
APP = "repos/base/src/app"
ONE = f"{APP}/one"


class Place(PlainTree):
    """A tree with two programs, and names for a few of its places."""

    def swap(self, name: str, text: str) -> None:
        """Replace a file by a new one, as editors do."""
        path = self.at(name)
        path.with_name("swap").write_text(text)
        path.with_name("swap").rename(path)

    def overwrite(self, path: Path, text: str) -> None:
        """Replace the content of the same file."""
        path.write_text(text)

    def target(self, name: str, text: str = "TARGET = sub\nSRC_CC = main.cc\n") -> None:
        """Add a program."""
        self.write(f"{name}/target.mk", text)
        self.write(f"{name}/main.cc", "sub 1\n")


def _linked(place: Place) -> None:
    """Put a link in the place of a directory, which leads to another version of it."""
    one = place.at(ONE)
    shutil.copytree(one, place.at("other"))
    place.write("other/main.cc", "linked 1\n")
    shutil.rmtree(one)
    one.symlink_to(place.at("other"))


def _source_linked(place: Place) -> None:
    """Put a link in the place of a source."""
    place.at(MAIN).unlink()
    place.at(MAIN).symlink_to(place.write("x.cc", "linked\n"))


def _by_a_second_name(place: Place) -> None:
    """Change a source by another name of the same file."""
    os.link(place.at(UTIL), place.at("second"))
    place.overwrite(place.at("second"), "util 3\n")


def _exchanged(place: Place) -> None:
    """Exchange a directory for a copy with one other file."""
    one = place.at(ONE)
    shutil.copytree(one, place.at("copy"))
    place.write("copy/main.cc", "exchanged 1\n")
    one.rename(place.at("former"))
    place.at("copy").rename(one)


CHANGES: dict[str, Callable[[Place], object]] = {
    "a source, overwritten": lambda p: p.overwrite(p.at(MAIN), "other\n"),
    "a source, of the same size": lambda p: p.overwrite(p.at(UTIL), "util 2\n"),
    "a source, replaced": lambda p: p.swap(MAIN, "other\n"),
    "a source, replaced by one of the same size": lambda p: p.swap(UTIL, "util 2\n"),
    "a source, appended to": lambda p: p.append(MORE, "more\n"),
    "a source, emptied": lambda p: p.overwrite(p.at(MAIN), ""),
    "a source, removed": lambda p: p.at(MORE).unlink(),
    "a source, now a link": _source_linked,
    "a source, by a second name": _by_a_second_name,
    "a source, exchanged with another": lambda p: (
        p.at(MAIN).rename(p.at("x")),
        p.at(MORE).rename(p.at(MAIN)),
        p.at("x").rename(p.at(MORE)),
    ),
    "a header": lambda p: p.overwrite(p.at(HEADER), "own 2\n"),
    "a header, replaced": lambda p: p.swap(HEADER, "own 2\n"),
    "a header, removed": lambda p: p.at(HEADER).unlink(),
    "a description": lambda p: p.append(f"{ONE}/target.mk", "SRC_CC += two.cc\n"),
    "a description, with fewer sources": lambda p: p.overwrite(
        p.at(f"{ONE}/target.mk"), "TARGET = one\nSRC_CC = main.cc\n"
    ),
    "a description, removed": lambda p: p.at(f"{ONE}/target.mk").unlink(),
    "a description of a library": lambda p: p.overwrite(
        p.at("repos/base/lib/mk/util.mk"), "SRC_CC = util.cc\nvpath %.cc $(REP_DIR)/src/app/one\n"
    ),
    "an import": lambda p: p.append("repos/base/lib/import/import-util.mk", "SRC_CC = main.cc\n"),
    "a program below another": lambda p: p.target(f"{ONE}/sub"),
    "a program beside others": lambda p: p.target(f"{APP}/three"),
    "a program deep below": lambda p: p.target(f"{APP}/a/b/c"),
    "a program in another repository": lambda p: p.target("repos/base-hw/src/app/four"),
    "a program of the same name before it": lambda p: p.target(
        "repos/base-hw/src/app/one", "TARGET = one\nSRC_CC = main.cc\n"
    ),
    "a program, removed": lambda p: shutil.rmtree(p.at(f"{APP}/two")),
    "a program, renamed": lambda p: p.at(f"{APP}/two").rename(p.at(f"{APP}/renamed")),
    "a program, moved away and another moved in": _exchanged,
    "a directory, now a link": _linked,
    "a library of the same name before it": lambda p: p.write(
        "repos/base-hw/lib/mk/util.mk", "SRC_CC =\n"
    ),
    "an import that was not there": lambda p: p.write(
        "repos/base-hw/lib/import/import-util.mk", "SRC_CC = main.cc\n"
    ),
    "a rule makefile": lambda p: p.overwrite(
        p.at("repos/base/mk/prg.mk"), p.at("repos/base/mk/prg.mk").read_text() + "# a comment\n"
    ),
    "a command in a rule": lambda p: p.overwrite(
        p.at("repos/base/mk/prg.mk"),
        p.at("repos/base/mk/prg.mk").read_text().replace("cat $^ > $@", "cat $^ $^ > $@"),
    ),
    "a spec": lambda p: p.append("repos/base/mk/spec/x86_64.mk", "SRC_CC = main.cc\n"),
    "specs of a repository": lambda p: p.overwrite(
        p.at("repos/base-hw/etc/specs.conf"), "SPECS += x86_64\n"
    ),
    "the configuration": lambda p: p.overwrite(
        p.build / "etc/build.conf",
        (p.build / "etc/build.conf").read_text().replace("base-$(KERNEL)", "base-linux"),
    ),
    "the tools": lambda p: p.overwrite(
        p.build / "etc/tools.conf",
        (p.build / "etc/tools.conf").read_text() + "SRC_CC = main.cc\n",
    ),
    "a program that was built, removed": lambda p: (p.build / "app/one/one").unlink(),
    "an installed program, removed": lambda p: (p.build / "bin/two").unlink(),
    "an object": lambda p: (p.build / "app/one/main.o").write_text("spoilt\n"),
    "an object, removed": lambda p: (p.build / "app/one/main.o").unlink(),
    "an archive, removed": lambda p: (p.build / "var/libcache/util/util.lib.a").unlink(),
    "all that was built": lambda p: shutil.rmtree(p.build / "app"),
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = Place(tmp_path / "place")
    made.write(f"{ONE}/two.cc", "second 1\n")
    monkeypatch.chdir(made.build)
    return made


def _outcome(build: Path) -> dict[str, str | None]:
    """Return what was installed; None for a link that leads nowhere."""
    return {
        path.name: path.read_text() if path.exists() else None
        for path in sorted((build / "bin").glob("*"))
    }


def _times(*places: Path) -> dict[Path, int]:
    paths = [path for place in places for path in (place, *place.rglob("*"))]
    return {path: path.lstat().st_mtime_ns for path in paths}


def _set_back(times: dict[Path, int]) -> None:
    for path, when in times.items():
        if os.path.lexists(path):
            os.utime(path, ns=(when, when), follow_symlinks=False)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_hides_is_noticed(
    place: Place,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    change: str,
) -> None:
    for _ in range(3):
        time.sleep(0.07)
        assert main(WORDS) == 0
    capfd.readouterr()
    assert recall.replay(list(WORDS), time.monotonic()) == 0
    assert "nothing to build" in capfd.readouterr().out
    time.sleep(0.07)
    times = _times(place.path, place.build)
    CHANGES[change](place)
    _set_back(times)

    fresh = place.build.with_name("fresh")
    shutil.copytree(place.build / "etc", fresh / "etc")
    code = main([*WORDS, f"BUILD_DIR={fresh}"])
    monkeypatch.chdir(place.build)
    capfd.readouterr()

    def as_fresh() -> bool:
        now, wanted = _outcome(place.build), _outcome(fresh)
        return all(now.get(name) == wanted[name] for name in wanted)

    quick = recall.replay(list(WORDS), time.monotonic())
    assert quick is None or (as_fresh() and code == 0), "the quick answer is stale"
    assert main(WORDS) == code
    assert code != 0 or as_fresh(), "the normal way overlooked it"
