"""Sources whose times mislead: no wrong result, and no needless work.

A stand-in for the compiler makes an object of all lines that it read, so that what is in `bin`
tells what it was made from.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from genode_tool.building.events import SourcesFromTheFuture
from genode_tool.building.ninja.incremental import IncrementalBuild
from genode_tool.building.ninja.logs import LOG, log_entries
from genode_tool.events import discard
from tests.shared.waiting import until
from tests.unit.buildtree import SmallTree

COMPILER = r"""#!/bin/sh
# -MMD -MP -MT OBJECT … -c SOURCE -o OBJECT; reads `#include "NAME"` from next to the source
while [ $# -gt 0 ]; do
  case $1 in -c) source=$2; shift ;; -o) object=$2; shift ;; esac; shift
done
[ -z "$SLEEPY" ] || sleep 0.05
headers=$(sed -n 's/^#include "\(.*\)"/\1/p' "$source")
grep -q broken "$source" && exit 1
: > "$object.part"
for file in "$source" $headers; do
  case $file in /*) ;; *) file=$(dirname "$source")/$file; deps="$deps $file" ;; esac
  [ ! -f "$file.hook" ] || . "$file.hook"
  grep -v '^#' "$file" >> "$object.part" || [ -f "$file" ] || exit 1
done
mv "$object.part" "$object"
[ ! -f "$source.after" ] || . "$source.after"
echo "$object: $source$deps" > "${object%.o}.d"
"""

HEADER = "repos/base/src/app/one/own.h"
MAIN = "repos/base/src/app/one/main.cc"
MORE = "repos/base/src/app/one/more.cc"
UTIL = "repos/base/src/lib/util/util.cc"
DAY = 86400


class PlainTree(SmallTree):
    """A `SmallTree` whose programs say what they were made of."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        compiler = path / "compiler"
        compiler.write_text(COMPILER)
        compiler.chmod(0o755)
        (self.build / "etc/tools.conf").write_text(f"CUSTOM_CXX = {compiler}\n")
        self.write(HEADER, "own 1\n")
        self.write(MAIN, '#include "own.h"\nmain 1\n')
        self.write(MORE, '#include "own.h"\nmore 1\n')
        self.write(UTIL, "util 1\n")
        self.write("repos/base/src/app/two/main.cc", "two 1\n")
        # without an archiver, whose files hold times
        library = (self.path / "repos/base/mk/a.mk").read_text()
        self.write("repos/base/mk/a.mk", library.replace("ar -rcs $@ $(OBJECTS)", "cat $^ > $@"))

    def at(self, name: str) -> Path:
        return self.path / name

    def date(self, name: str, seconds: float) -> None:
        """Give a source a time so many seconds from now."""
        when = time.time() + seconds
        os.utime(self.at(name), (when, when))

    @property
    def one(self) -> list[str]:
        return (self.build / "bin/one").read_text().splitlines()


@pytest.fixture
def tree(tmp_path: Path) -> PlainTree:
    tree = PlainTree(tmp_path)
    assert tree.make("app/one").ok
    assert tree.one == ["main 1", "own 1", "more 1", "own 1", "util 1"]
    return tree


@pytest.mark.parametrize("seconds", [0, -DAY, DAY])
@pytest.mark.parametrize("name", [MAIN, HEADER, UTIL])
def test_a_touched_source_makes_no_work(tree: PlainTree, name: str, seconds: float) -> None:
    tree.date(name, seconds)
    assert tree.make("app/one").steps == 0
    tree.date(name, seconds)
    assert tree.make("app/one", dry_run=True).steps == 0
    assert tree.make("again").steps == 0


def test_another_branch_and_back_makes_no_work(tree: PlainTree) -> None:
    for name in (MAIN, HEADER, UTIL):
        before = tree.at(name).read_text()
        tree.at(name).unlink()
        tree.at(name).write_text("another branch\n")
        tree.at(name).unlink()
        tree.at(name).write_text(before)
    assert tree.make("app/one").steps == 0


def test_an_edit_beside_a_touched_file_is_not_overlooked(tree: PlainTree) -> None:
    tree.write(MORE, '#include "own.h"\nmore 2\n')
    tree.date(MORE, -DAY)
    tree.date(HEADER, DAY)
    tree.make("app/one")
    assert tree.said == ["COMPILE  more.o", "LINK     one"]
    assert "more 2" in tree.one
    assert tree.make("app/one").steps == 0


def test_an_edit_that_keeps_size_and_time_is_noticed(tree: PlainTree) -> None:
    found = tree.at(HEADER).stat()
    tree.at(HEADER).write_text("own 2\n")
    os.utime(tree.at(HEADER), ns=(found.st_atime_ns, found.st_mtime_ns))
    tree.make("app/one")
    assert tree.one.count("own 2") == 2


def test_an_edit_stays_noticed_while_builds_fail(tree: PlainTree) -> None:
    tree.write(HEADER, "own 2\n")
    tree.write(MAIN, '#include "own.h"\nbroken\n')
    assert not tree.make("app/one").ok
    tree.write(MAIN, '#include "own.h"\nmain 1\n')
    tree.date(MAIN, -DAY)
    tree.date(HEADER, -DAY)
    assert tree.make("app/one").ok
    assert tree.one.count("own 2") == 2
    assert tree.make("app/one").steps == 0


def test_a_source_from_the_future_is_told_once_and_built_once(tree: PlainTree) -> None:
    tree.write(MORE, '#include "own.h"\nmore 2\n')
    tree.date(MORE, DAY)
    tree.make("app/one")
    assert [event.paths for event in tree.events if isinstance(event, SourcesFromTheFuture)] == [
        (str(tree.at(MORE)),)
    ]
    assert tree.said == ["COMPILE  more.o", "LINK     one"]
    assert tree.make("app/one").steps == 0
    assert not any(isinstance(event, SourcesFromTheFuture) for event in tree.events)
    tree.at(MORE).write_text('#include "own.h"\nmore 3\n')
    tree.make("app/one")
    assert "more 3" in tree.one
    assert tree.make("app/one").steps == 0


def test_a_header_from_the_future_in_the_first_build(tmp_path: Path) -> None:
    tree = PlainTree(tmp_path)
    tree.date(HEADER, DAY)
    tree.make("app/one")
    assert [event.paths for event in tree.events if isinstance(event, SourcesFromTheFuture)] == [
        (str(tree.at(HEADER)),)
    ]
    assert tree.make("app/one").steps == 0


def test_a_clock_that_jumps_back(tree: PlainTree) -> None:
    # make the program look as if it had been linked while the clock was a day ahead
    ahead = time.time_ns() + DAY * 10**9
    os.utime(tree.build / "app/one/one", ns=(ahead, ahead))
    entries = list(log_entries((tree.build / LOG).read_text().splitlines()))
    with (tree.build / LOG).open("a") as log:
        for one in entries:
            if one.output in ("app/one/one", "bin/one"):
                log.write(f"{one.start}\t{one.end}\t{ahead}\t{one.output}\t{one.digest}\n")
    assert tree.make("app/one").steps == 0
    tree.write(UTIL, "util 2\n")
    tree.make("lib/util")  # the program stays behind, and looks younger than the library
    assert tree.make("app/one").ok
    assert "util 2" in tree.one
    assert tree.make("app/one").steps == 0


def test_an_edit_while_its_file_is_compiled(tree: PlainTree) -> None:
    edit = f"echo 'more 3' >> {tree.at(MORE)}; rm {tree.at(MORE)}.after"
    tree.write(f"{MORE}.after", edit)
    tree.write(MORE, '#include "own.h"\nmore 2\n')
    tree.make("app/one")
    assert "more 3" not in tree.one
    tree.make("app/one")
    assert "more 3" in tree.one
    assert tree.make("app/one").steps == 0


def test_an_edit_and_its_undoing_while_its_file_is_compiled(tree: PlainTree) -> None:
    text = '#include "own.h"\nmore 2\n'
    source = tree.at(MORE)
    tree.write(MORE, text)
    tree.write(f"{MORE}.hook", f"echo 'more 3' >> {source}")
    tree.write(f"{MORE}.after", f"rm {source}.hook {source}.after; printf '{text}' > {source}")
    tree.make("app/one")
    assert "more 3" in tree.one
    tree.make("app/one")
    assert "more 3" not in tree.one
    assert "more 2" in tree.one


def test_a_header_edited_in_the_build_that_gets_to_know_it(tree: PlainTree) -> None:
    header = tree.write("repos/base/src/app/one/new.h", "new 1\n")
    tree.write(f"{HEADER}.hook", f"echo 'new 2' >> {header}; rm {tree.at(HEADER)}.hook")
    tree.write(MAIN, '#include "new.h"\n#include "own.h"\nmain 1\n')
    tree.make("app/one")
    assert "new 2" not in tree.one
    tree.make("app/one")
    assert "new 2" in tree.one
    assert tree.make("app/one").steps == 0


MADE = """
TARGET = two
SRC_CC = main.cc
main.o: made
made: $(PRG_DIR)/made.txt
\t$(VERBOSE)cat $< > $@; . $(PRG_DIR)/do
"""


@pytest.fixture
def made(tree: PlainTree) -> PlainTree:
    """Return a tree with a program that needs `made` before it compiles."""
    for name, text in (("target.mk", MADE), ("made.txt", "a\n"), ("do", "true\n")):
        tree.write(f"repos/base/src/app/two/{name}", text)
    assert tree.make("app/two").ok
    return tree


def test_a_save_before_its_file_is_compiled_is_no_reason_to_do_it_again(made: PlainTree) -> None:
    two = "repos/base/src/app/two"
    made.write(f"{two}/do", f"echo 'two 2' > {made.at(two)}/main.cc; sleep 0.1\n")
    made.write(f"{two}/made.txt", "b\n")
    made.make("app/two")
    assert (made.build / "bin/two").read_text() == "two 2\n"
    assert made.make("app/two").steps == 0


def test_a_touched_file_does_not_hide_what_was_made_anew(made: PlainTree) -> None:
    two = "repos/base/src/app/two"
    made.write(f"{two}/made.txt", "b\n")
    hook = made.write(f"{two}/main.cc.hook", "exit 1\n")
    assert not made.make("app/two").ok
    hook.unlink()
    made.date(f"{two}/main.cc", DAY)
    made.make("app/two")
    assert "COMPILE  main.o" in made.said


def test_without_the_record_of_sources_times_decide(tree: PlainTree) -> None:
    record = tree.build / "var/genode/sources"
    record.unlink()
    assert tree.make("app/one").steps == 0
    record.write_bytes(b"damaged")
    tree.write(HEADER, "own 2\n")
    tree.make("app/one")
    assert tree.one.count("own 2") == 2


GENERATED = """
TARGET = two
SRC_CC = main.cc
all: made
made: $(PRG_DIR)/made.txt
\t$(VERBOSE)head -1 $< > $@; sleep $(wildcard $(PRG_DIR)/9); tail -1 $< >> $@
"""


def test_a_failed_step_leaves_nothing_that_counts(tree: PlainTree) -> None:
    tree.write("repos/base/src/app/two/made.txt", "a\nb\n")
    tree.write(
        "repos/base/src/app/two/target.mk",
        GENERATED.replace(
            "sleep $(wildcard $(PRG_DIR)/9); ", "[ ! -f /$(PRG_DIR)/no ] || exit 1; "
        ),
    )
    assert tree.make("app/two").ok
    made = tree.build / "app/two/made"
    made.unlink()
    no = tree.write("repos/base/src/app/two/no", "")
    assert not tree.make("app/two").ok
    assert made.read_text() == "a\n"
    no.unlink()
    assert tree.make("app/two").ok
    assert made.read_text() == "a\nb\n"
    assert tree.make("app/two").steps == 0


BUILD = """
import sys
from genode_tool.building import make
from genode_tool.tree import BuildDirectory
from pathlib import Path
make(BuildDirectory.open(Path(sys.argv[1])), sys.argv[2:], jobs=2)
"""


def killed_after(tree: PlainTree, seconds: float, *goals: str) -> None:
    """Build, and kill it in the middle."""
    with subprocess.Popen(
        [sys.executable, "-c", BUILD, str(tree.build), *goals],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "SLEEPY": "1"},
    ) as child:
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)


def test_a_killed_step_leaves_nothing_that_counts(tree: PlainTree) -> None:
    two = "repos/base/src/app/two"
    tree.write(
        f"{two}/target.mk", GENERATED.replace("$(wildcard $(PRG_DIR)/9)", "`cat $(PRG_DIR)/9`")
    )
    tree.write(f"{two}/made.txt", "a\nb\n")
    tree.write(f"{two}/9", "0")
    assert tree.make("app/two").ok
    made = tree.build / "app/two/made"
    made.unlink()
    tree.write(f"{two}/9", "9")
    with subprocess.Popen(
        [sys.executable, "-c", BUILD, str(tree.build), "app/two"], stderr=subprocess.DEVNULL
    ) as child:
        until(made.exists, "the file that the step makes")
        child.kill()
    tree.write(f"{two}/9", "0")
    assert tree.make("app/two").ok
    assert made.read_text() == "a\nb\n"


def test_settling_that_is_cut_off_is_done_again(tree: PlainTree) -> None:
    marker = tree.build / "var/genode/running"
    IncrementalBuild(tree.build, discard).start()
    tree.date(MORE, 0)
    left = marker.read_text()
    IncrementalBuild(tree.build, discard).prepare()  # renews more.o, which has not run
    marker.write_text(left)
    tree.write(MORE, '#include "own.h"\nmore 2\n')
    tree.date(MORE, -DAY)
    tree.make("app/one")
    assert "more 2" in tree.one
    assert tree.make("app/one").steps == 0


def expected(tree: PlainTree) -> list[str]:
    """Return what `bin/one` must hold, from the sources as they are."""
    found = []
    for source in (MAIN, MORE):
        for name in (source, HEADER):
            found += [x for x in tree.at(name).read_text().splitlines() if x[:1] != "#"]
    return found + tree.at(UTIL).read_text().splitlines()


@pytest.mark.parametrize("seed", range(int(os.environ.get("GENODE_TOUCH_SEEDS", "3"))))
def test_whatever_happens_to_times_and_contents(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    tree = PlainTree(tmp_path)
    texts = {name: tree.at(name).read_text() for name in (MAIN, MORE, HEADER, UTIL)}
    built: dict[str, str] | None = None
    for _ in range(25):
        for _ in range(chance.randrange(3)):
            name = chance.choice(list(texts))
            act = chance.randrange(5)
            if act == 0:
                tree.at(name).write_text(texts[name] + f"{chance.randrange(3)}\n")
            elif act == 1:
                tree.at(name).write_text(texts[name])
            elif act == 2:
                tree.at(name).write_text(texts[name] + "broken\n")
            if chance.randrange(2):
                tree.date(name, chance.choice([-DAY, -1, 0, 0, 1, DAY]))
        now = {name: tree.at(name).read_text() for name in texts}
        what = chance.randrange(6)
        if what == 0:
            killed_after(tree, chance.uniform(0.3, 0.9), "app/one")
            built = None
            continue
        if what == 1:
            tree.make("lib/util")
            built = None
            continue
        result = tree.make("app/one")
        if any("broken" in now[name] for name in (MAIN, MORE, UTIL)):
            assert not result.ok
            built = None
        else:
            assert result.ok
            assert tree.one == expected(tree)
            if built == now:
                assert result.steps == 0
            # a source dated about now may be built once more, then there is peace
            assert tree.make("app/one").steps == 0 or tree.make("app/one").steps == 0
            built = now
