"""The number of parallel jobs, which includes those of sub-builds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from genode_tool.building.ninja.jobserver import is_client, jobserver, without_own_limit
from tests.unit.buildtree import SmallTree

TWO = "repos/base/src/app/two"

JOB = """
define job
\t@echo + >> $(LOG); sleep 0.05; echo - >> $(LOG)
endef
"""

SUB_MAKEFILE = (
    JOB
    + """
all: 1 2 3 4 5 6
1 2 3 4 5 6:
\t$(job)
"""
)

MEETING = """
all: here there
here there:
\t@touch $@; for i in `seq 200`; do test -f here -a -f there && exit; sleep 0.05; done; exit 1
"""


@pytest.fixture
def tree(tmp_path: Path) -> SmallTree:
    return SmallTree(tmp_path)


def most_at_a_time(log: Path) -> int:
    running = most = 0
    for line in log.read_text().splitlines():
        running += 1 if line == "+" else -1
        most = max(most, running)
    return most


@pytest.mark.parametrize("option", ["", "-j", "-j4", "-j 4", "--jobs=4"])
def test_jobs_of_sub_builds_count(tree: SmallTree, option: str) -> None:
    log = tree.path / "log"
    tree.write("sub.mk", SUB_MAKEFILE)
    tree.write(
        f"{TWO}/target.mk",
        f"TARGET = two\nSRC_CC = main.cc\nLOG = {log}\n"
        + JOB
        + "all: 1 2 3 sub\n.PHONY: 1 2 3\n1 2 3:\n\t$(job)\n"
        + f"sub:\n\t$(MAKE) {option} -f {tree.path}/sub.mk LOG={log}\n\ttouch $@\n",
    )
    assert tree.make("app/two", jobs=2).ok, tree.failed
    assert log.read_text().count("+") == 9
    assert most_at_a_time(log) <= 2


def test_sub_builds_use_free_places(tree: SmallTree) -> None:
    tree.write("sub.mk", MEETING)
    tree.append(f"{TWO}/target.mk", f"all: x\nx:\n\t$(MAKE) -f {tree.path}/sub.mk\n\ttouch x\n")
    assert tree.make("app/two", jobs=3).ok, tree.failed


NINJA_FILE = """
rule job
  command = echo + >> {log}; sleep 0.1; echo - >> {log}
build 1: job
build 2: job
build 3: job
build 4: job
build 5: job
"""


def test_jobs_of_ninja_count_whatever_ninja_is_installed(
    tree: SmallTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, old = tree.path / "log", tree.path / "old/ninja"
    tree.write("sub.ninja", NINJA_FILE.format(log=log))
    tree.write("old/ninja", "#!/bin/sh\nexit 1\n").chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}:{os.environ['PATH']}")
    tree.append(
        f"{TWO}/target.mk", f"all: x\nx:\n\tninja -j5 -f {tree.path}/sub.ninja\n\ttouch x\n"
    )
    assert tree.make("app/two", jobs=2).ok, tree.failed
    assert log.read_text().count("+") == 5
    assert most_at_a_time(log) <= 2


def test_a_farm_gets_more_jobs_than_there_are_processors(tree: SmallTree) -> None:
    count = len(os.sched_getaffinity(0)) + 4
    tree.write(
        "meet",
        f"""
        #!/bin/sh
        touch {tree.path}/here.$$
        for i in `seq 200`; do
          set -- {tree.path}/here.* -- "$@"
          n=0; while [ "$1" != -- ]; do n=$((n+1)); shift; done; shift
          [ $n -ge {count} ] && exec "$@"
          sleep 0.05
        done
        exit 1
        """,
    ).chmod(0o755)
    sources = [f"s{number}.cc" for number in range(count)]
    for name in sources:
        tree.write(f"{TWO}/{name}", "int x;\n")
    tree.write(f"{TWO}/target.mk", f"TARGET = two\nSRC_CC = {' '.join(sources)}\n")
    launcher = {"LAUNCHER": f"{tree.path}/meet"}
    assert tree.make("app/two", overrides=launcher, jobs=count).ok, tree.failed


def test_jobs_of_the_configuration(tree: SmallTree) -> None:
    with (tree.build / "etc/build.conf").open("a") as conf:
        conf.write("MAKE += -j7\n")
    tree.append(f"{TWO}/target.mk", "all: x\nx:\n\techo $$MAKEFLAGS > $@\n")
    tree.make("app/two", jobs=None)
    assert " -j7 " in f" {(tree.build / 'app/two/x').read_text()}"


def test_a_jobserver_holds_a_token_for_each_further_job() -> None:
    with jobserver(4) as server:
        reader, _ = server.descriptors
        assert os.read(reader, 99) == b"+++"
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(reader)


@pytest.mark.parametrize(
    ("version", "known"),
    [("1.13.2", True), ("1.13.0", True), ("1.11.1.4", False), ("2.0", True), ("1.9", False)],
)
def test_which_ninja_takes_part(version: str, known: bool) -> None:
    assert is_client(version) is known


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("make -j4 -C x", "make -C x"),
        ("cd x && /usr/bin/make -C y -j 8 all", "cd x && /usr/bin/make -C y all"),
        ("make --jobs -k", "make -k"),
        ("ninja -j3", "ninja"),
        ("make -jobs", "make -jobs"),
        ("cd b && cmake --build . -j8 && cp -j4 x", "cd b && cmake --build . && cp -j4 x"),
        ("cmake --build . --parallel 8 --target all", "cmake --build . --target all"),
        ("cmake --build b --parallel=8 -- -j8", "cmake --build b --"),
        ("cmake -j8", "cmake -j8"),
        ("cp -j4 x", "cp -j4 x"),
        ("make x; tool -j4", "make x; tool -j4"),
    ],
)
def test_sub_builds_lose_their_own_limit(line: str, kept: str) -> None:
    assert without_own_limit(line) == kept
