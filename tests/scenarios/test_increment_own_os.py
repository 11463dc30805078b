"""Second builds of our own OS, counted in steps, with the command line and the
real compiler."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from genode_tool.building.ninja.runner import ninja_program
from tests.scenarios.own_os import CHECKOUT, SYSTEM, OwnOs

BOTH = ("KERNEL=hw", "KERNEL=linux")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> OwnOs:
    own = OwnOs(tmp_path_factory.mktemp("increment"))
    for kernel in BOTH:
        own.must("make", *SYSTEM, kernel)
    return own


@pytest.fixture
def built(system: OwnOs) -> OwnOs:
    for kernel in BOTH:
        system.must("make", *SYSTEM, kernel)
    return system


def includers(own: OwnOs, header: str) -> set[str]:
    """Return the objects that ninja knows to depend on `header`, as `leaf-directory/object`."""
    listed = subprocess.run(
        [ninja_program(), "-f", "var/genode/build.ninja", "-t", "deps"],
        cwd=own.build,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    users = set()
    for block in listed.split("\n\n"):
        if header in block:
            users.add(block.split(":", 1)[0].strip())
    return users


def test_the_second_build_runs_no_step(built: OwnOs) -> None:
    said = built.must("make", *SYSTEM)
    assert "nothing to build" in said


def test_a_new_source_compiles_one_file_and_relinks(built: OwnOs) -> None:
    built.append("repos/base/src/test/log/main.cc", "// more\n")
    assert built.steps(*SYSTEM) == [
        "COMPILE main.o test/log/test-log",
        "LINK test-log test/log/test-log",
    ]
    assert built.steps(*SYSTEM) == []


def test_touched_sources_make_no_work(built: OwnOs) -> None:
    for source in (built.tree / "repos").rglob("*.*"):
        os.utime(source)
    for kernel in BOTH:
        assert built.steps(*SYSTEM, kernel) == []


def test_an_edited_header_rebuilds_its_users_and_nobody_else(built: OwnOs) -> None:
    header = built.tree / "repos/base/include/base/log.h"
    users = includers(built, str(header))
    assert len(users) > 3
    built.append("repos/base/include/base/log.h", "\n// more\n")
    compiled = {
        step.split()[1] for step in built.steps(*SYSTEM, "KERNEL=hw") if step.startswith("COMPILE")
    }
    compiled_linux = {
        step.split()[1]
        for step in built.steps(*SYSTEM, "KERNEL=linux")
        if step.startswith("COMPILE")
    }
    assert compiled | compiled_linux == {Path(user).name for user in users}
    assert built.steps(*SYSTEM, "KERNEL=hw") == []


def test_a_comment_in_a_description_rebuilds_nothing(built: OwnOs) -> None:
    built.append("repos/base/src/test/log/target.mk", "# a comment\n")
    built.append("repos/os/src/init/target.mk", "\n# another one\n")
    assert built.steps(*SYSTEM) == []


def test_a_flag_in_a_description_rebuilds_that_leaf_alone(built: OwnOs) -> None:
    built.append("repos/base/src/test/log/target.mk", "CC_OPT += -DSOMETHING\n")
    assert built.steps(*SYSTEM) == [
        "COMPILE main.o test/log/test-log",
        "LINK test-log test/log/test-log",
    ]
    assert built.steps(*SYSTEM) == []


def test_switching_kernels_back_and_forth_rebuilds_nothing(built: OwnOs) -> None:
    shared = {name: (built.build / "bin" / name).read_bytes() for name in ("init", "test-log")}
    for kernel in (*BOTH, *BOTH):
        assert built.steps(*SYSTEM, kernel) == []
    for name, content in shared.items():
        assert (built.build / "bin" / name).read_bytes() == content


def test_a_change_is_noticed_after_a_switch_of_kernels(built: OwnOs) -> None:
    built.must("make", *SYSTEM, "KERNEL=linux")
    built.append("repos/base/src/test/log/main.cc", "// even more\n")
    assert "COMPILE main.o test/log/test-log" in built.steps(*SYSTEM, "KERNEL=linux")
    assert built.steps(*SYSTEM, "KERNEL=hw") == []


def test_a_source_that_comes_from_the_past_is_compiled(built: OwnOs) -> None:
    source = built.tree / "repos/base/src/test/log/main.cc"
    built.append("repos/base/src/test/log/main.cc", "// from an old archive\n")
    long_ago = time.time() - 100_000
    os.utime(source, (long_ago, long_ago))
    assert "COMPILE main.o test/log/test-log" in built.steps(*SYSTEM)
    assert built.steps(*SYSTEM) == []


def test_an_edit_is_noticed_although_the_clock_went_back(built: OwnOs) -> None:
    source = built.tree / "repos/base/src/test/log/main.cc"
    future = time.time() + 100_000
    os.utime(source, (future, future))
    built.steps(*SYSTEM)
    built.append("repos/base/src/test/log/main.cc", "// written after the clock was set right\n")
    assert "COMPILE main.o test/log/test-log" in built.steps(*SYSTEM)
    assert built.steps(*SYSTEM) == []


def test_renamed_source(built: OwnOs) -> None:
    built.component("moving", 'Genode::log("moving");')
    built.must("make", "test/moving")
    directory = built.mine / "src/test/moving"
    (directory / "main.cc").rename(directory / "other.cc")
    done = built.genode("make", "test/moving")
    assert done.returncode != 0
    assert "main.cc" in done.stdout + done.stderr or "main.o" in done.stdout + done.stderr
    target = directory / "target.mk"
    target.write_text(target.read_text().replace("main.cc", "other.cc"))
    assert built.steps("test/moving") == [
        "COMPILE other.o test/moving/test-moving",
        "LINK test-moving test/moving/test-moving",
    ]
    (directory / "other.cc").rename(directory / "main.cc")
    target.write_text(target.read_text().replace("other.cc", "main.cc"))
    assert "LINK test-moving test/moving/test-moving" in built.steps("test/moving")


def test_binaries_do_not_depend_on_where_they_were_built(built: OwnOs) -> None:
    other = built.outside / "elsewhere" / "deeper"
    other.parent.mkdir()
    built.must("create-builddir", "x86_64", f"BUILD_DIR={other}")
    with (other / "etc/build.conf").open("a") as conf:
        conf.write(f"GENODE_DIR := {built.tree}\n")
    done = built.genode("make", "test/log", cwd=other)
    assert done.returncode == 0, done.stdout + done.stderr
    mine, theirs = ((path / "bin/test-log").read_bytes() for path in (built.build, other))
    assert mine == theirs


def test_a_tree_below_a_directory_with_a_blank(tmp_path: Path) -> None:
    tree = tmp_path / "my trees" / "genode"
    shutil.copytree(CHECKOUT / "repos", tree / "repos")

    def genode(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "genode_tool", *arguments],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    genode("run", "log", "--kernel", "linux")
    assert (tree / "build/x86_64/bin/test-log").exists()
    assert "nothing to build" in genode("make", *SYSTEM, "KERNEL=linux")


def test_a_read_only_tree_in_a_place_with_a_strange_name(tmp_path: Path) -> None:
    """An ordinary user, who has it from somebody else, builds in a directory of their own."""
    place = tmp_path / "a b$c#d'e\"f\u00fc\nx"
    tree, build = place / "tree", place / "my build"
    for name in ("repos", "etc"):
        shutil.copytree(CHECKOUT / name, tree / name)
    for path in (*tree.rglob("*"), tree):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    (place / "home").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "HOME": str(place / "home")}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"

    def genode(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "genode_tool", *arguments],
            cwd=tree,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    before = sorted(tree.rglob("*"))
    if os.geteuid() != 0:  # root may write anyway
        refused = genode("run", "log", "--kernel", "linux")
        assert refused.returncode == 2 and "BUILD_DIR=DIR` puts it elsewhere" in refused.stderr
        assert len(refused.stderr.splitlines()) == 2
    made = genode("create-builddir", "x86_64", f"BUILD_DIR={build}")
    assert made.returncode == 0, made.stderr
    done = genode("run", "log", "--kernel", "linux", f"BUILD_DIR={build}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "log: passed" in done.stdout + done.stderr
    assert sorted(tree.rglob("*")) == before
    for path in (tree, *tree.rglob("*")):  # so that it can be removed
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
