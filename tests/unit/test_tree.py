"""Source trees and build directories: finding, creating, evaluating their configuration."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from genode_tool.building import make
from genode_tool.errors import UserError
from genode_tool.makefile import RealInputs
from genode_tool.tree import (
    PLATFORMS,
    BuildDirectory,
    SourceTree,
    create_builddir,
    find_builddir,
    find_tree,
)
from tests.unit.buildtree import SmallTree


@pytest.fixture
def small(tmp_path: Path) -> SmallTree:
    return SmallTree(tmp_path)


def test_configuration_of_a_build_directory(small: SmallTree) -> None:
    build_dir = small.open()
    repos = small.path / "repos"
    assert build_dir.kernel == "hw"
    assert build_dir.board == "pc"
    assert build_dir.repositories == (repos / "base-hw", repos / "base")
    assert build_dir.genode_dir == small.path
    assert build_dir.base_dir == repos / "base"
    assert build_dir.contrib_dir == small.path / "contrib"
    assert set(build_dir.specs) == {"hw", "x86_64", "x86"}
    assert build_dir.variable("CUSTOM_CXX") == "g++"


def test_command_line_wins_over_the_files(small: SmallTree) -> None:
    build_dir = small.open({"KERNEL": "linux", "BOARD": "linux"})
    assert (build_dir.kernel, build_dir.board) == ("linux", "linux")
    assert "linux" in build_dir.specs
    assert "hw" not in build_dir.specs


def test_environment_selects_the_kernel(small: SmallTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERNEL", "linux")
    monkeypatch.setenv("CUSTOM_CXX", "not-for-us")
    build_dir = small.open()
    assert build_dir.kernel == "linux"
    assert build_dir.variable("CUSTOM_CXX") == "g++"


def test_tilde_and_relative_repositories(
    small: SmallTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (small.build / "etc/build.conf").write_text(
        "BASE_DIR = ../tree/repos/base\nREPOSITORIES = ~/tree/repos/base-hw $(BASE_DIR)\n"
    )
    assert small.open().repositories == (
        small.path / "repos/base-hw",
        small.path / "repos/base",
    )


def test_mistake_in_build_conf_has_its_place(small: SmallTree) -> None:
    with (small.build / "etc/build.conf").open("a") as conf:
        conf.write("endif\n")
    with pytest.raises(UserError) as caught:
        small.open().settings  # noqa: B018
    assert caught.value.location is not None
    assert caught.value.location.file == str(small.build / "etc/build.conf")


def test_default_jobs_of_build_conf(small: SmallTree) -> None:
    with (small.build / "etc/build.conf").open("a") as conf:
        conf.write("MAKE += -j3\n")
    assert small.open().settings.default_jobs == 3


@pytest.mark.parametrize("platform", PLATFORMS)
def test_created_build_directory_can_be_opened(
    small: SmallTree, tmp_path: Path, platform: str
) -> None:
    tree = SourceTree.at(small.path)
    assert tree is not None
    path = create_builddir(platform, tmp_path / "new", tree=tree)
    small.write("repos/base/mk/spec/x86_64.mk", "SPECS += x86\n")
    build_dir = BuildDirectory.open(path)
    assert platform in build_dir.specs
    assert build_dir.kernel == "hw"
    assert BuildDirectory.open(path, {"KERNEL": "linux"}).board == "linux"


def test_build_directory_is_not_created_twice(small: SmallTree) -> None:
    tree = SourceTree.at(small.path)
    with pytest.raises(UserError, match="exists already"):
        create_builddir("x86_64", small.build, tree=tree)


def test_a_tree_may_tell_what_new_build_directories_use(small: SmallTree, tmp_path: Path) -> None:
    small.write("repos/libports/README", "")
    small.write("repos/world/README", "")
    tree = SourceTree.at(small.path)
    assert tree
    conf = create_builddir("x86_64", tmp_path / "one", tree=tree) / "etc/build.conf"
    assert "#REPOSITORIES += $(GENODE_DIR)/repos/libports\n" in conf.read_text()

    small.write("repos/base/etc/repositories", "# in their order\nbase libports\nabsent\n")
    conf = create_builddir("x86_64", tmp_path / "two", tree=tree) / "etc/build.conf"
    lines = conf.read_text().splitlines()
    assert [line.rpartition("/")[2] for line in lines if line.startswith("REPOSITORIES")] == [
        "base-$(KERNEL)",
        "base",
        "libports",
    ]
    assert "#REPOSITORIES += $(GENODE_DIR)/repos/world" in lines


def test_unknown_platform(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        create_builddir("x86", tmp_path / "new")
    assert "x86_64" in caught.value.hint
    assert not (tmp_path / "new").exists()


_OLD_TOOL = """\
usage:
\t@echo "platforms: 'linux_x86' 'hw_pbxa9'"
GENODE_DIR ?= $(realpath $(dir $(MAKEFILE_LIST))/..)
linux_x86 hw_pbxa9:
\t@mkdir -p $(BUILD_DIR)/etc
\t@echo "BASE_DIR = $(GENODE_DIR)/base" > $(BUILD_DIR)/etc/build.conf
\t@echo "REPOSITORIES = $(GENODE_DIR)/base-$(firstword $(subst _, ,$@))" \
\t\t'$$(BASE_DIR)' >> $(BUILD_DIR)/etc/build.conf
\t@ln -s $(GENODE_DIR)/tool/builddir/build.mk $(BUILD_DIR)/Makefile
"""


def test_older_trees_know_their_platforms_themselves(tmp_path: Path) -> None:
    top = tmp_path / "old tree"
    for name in ("base/mk/lib.mk", "base/mk/global.mk", "base-linux/etc/specs.conf"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text("")
    (top / "tool").mkdir()
    (top / "tool/create_builddir").write_text(_OLD_TOOL)
    tree = SourceTree.at(top)
    assert tree is not None
    with pytest.raises(UserError) as caught:
        create_builddir("x86_64", tmp_path / "new", tree=tree)
    assert caught.value.hint == "known platforms: hw_pbxa9, linux_x86"
    path = create_builddir("linux_x86", tmp_path / "new", tree=tree)
    assert not (path / "Makefile").is_symlink()
    repositories = [one.name for one in BuildDirectory.open(path).repositories]
    assert repositories == ["base-linux", "base"]
    assert list(tmp_path.glob(".*")) == []


def test_find_build_directory_around_us(small: SmallTree) -> None:
    (small.build / "app").mkdir()
    assert find_builddir(small.build / "app") == small.build


def test_build_directory_of_a_tree_is_created_when_missing(small: SmallTree) -> None:
    path = find_builddir(small.path / "repos/base/src")
    assert path == small.path / "build/x86_64"
    assert find_builddir(small.path) == path
    found = find_tree(small.path / "repos")
    assert found is not None
    assert found.kernels == ("hw", "linux")


def test_neither_tree_nor_build_directory(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="neither"):
        find_builddir(tmp_path)


@pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
@pytest.mark.parametrize(
    ("call", "words"),
    [
        ((), "make"),
        (("core", "init"), "make core init"),
        (("run/log",), "make run/log"),
        (("-j4", "-k", "core"), "make -k -j4 core"),
        (("-n", "core"), "make -n core"),
        (("KERNEL=linux", "QEMU_OPT=-m 64", "core"), "make QEMU_OPT=-m 64 KERNEL=linux core"),
    ],
)
def test_forwarding_makefile(
    small: SmallTree, tmp_path: Path, call: tuple[str, ...], words: str
) -> None:
    tree = SourceTree.at(small.path)
    path = create_builddir("x86_64", tmp_path / "new", tree=tree)
    echo = tmp_path / "echo"
    echo.write_text('#!/bin/sh\necho "$@"\n')
    echo.chmod(0o755)
    done = subprocess.run(
        ["make", f"GENODE={echo}", *call],
        cwd=path,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    # With -n, make shows the commands as well.
    said = [line.replace(f"GENODE={echo}", "").split() for line in done.stdout.splitlines()]
    assert sorted(["-C", str(path), *words.split()]) in [sorted(line) for line in said]


def test_settings_look_through_the_inputs_they_are_given(small: SmallTree) -> None:
    class Counting(RealInputs):
        def __init__(self) -> None:
            self.reads: list[str] = []

        def read(self, path: str) -> bytes | None:
            self.reads.append(path)
            return super().read(path)

    inputs = Counting()
    BuildDirectory.open(small.build, inputs=inputs).settings  # noqa: B018
    assert str(small.build / "etc/build.conf") in inputs.reads


def test_blank_in_the_path_of_the_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    small = SmallTree(tmp_path / "a tree")
    tree = SourceTree.at(small.path)
    assert tree is not None
    path = create_builddir("x86_64", tree=tree)
    assert path == small.path / "build/x86_64"
    result = make(BuildDirectory.open(path), ("app/one",))
    assert result.ok
    assert (path / "bin/one").is_file()
    assert make(BuildDirectory.open(path), ("app/one",)).steps == 0


def test_the_order_of_directories_that_are_one_changes_no_shell(
    small: SmallTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = small.open().settings.shell
    (tmp_path / "bin").symlink_to(Path(usual).parent)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    assert small.open().settings.shell == usual
