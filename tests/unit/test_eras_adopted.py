"""Adopted compilers for trees of every era: what `create-builddir` writes for them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from genode_tool.toolchain.check.required_version import compiler_version
from genode_tool.toolchain.choice import choose_tools
from genode_tool.toolchain.newer_compiler import newer_warnings
from genode_tool.tree import BuildDirectory, SourceTree, create_builddir
from tests.unit.era_trees import TREES


@dataclass(frozen=True, slots=True)
class Adopted:
    """The result of an adoption."""

    prefix: str


@pytest.mark.parametrize(("text", "wanted"), [("", True), ("CC_OPT += -U__INT64_C\n", False)])
def test_constants_of_the_host_for_older_trees(
    text: str, wanted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only trees that do not undo the adopted compiler's macros get options for it."""
    tree = tmp_path / "tree"
    TREES[-1].make(tmp_path)
    imports = tree / "repos/base-linux/lib/import"
    imports.mkdir(parents=True)
    (imports / "import-syscall-linux.mk").write_text(text)
    monkeypatch.setattr("genode_tool.toolchain.choice.adopt", lambda *_: Adopted("tools-"))
    monkeypatch.setattr("genode_tool.toolchain.choice.compiler_version", lambda _: "12.2.0")
    tools = choose_tools("adopted", "x86_64", tree)
    assert tools.host_constants is wanted
    path = create_builddir("x86_64", tree=SourceTree.at(tree), tools=tools)
    expected = "'-D__INT64_C(c)=c ## LL'"
    (path / "etc/specs.conf").write_text("SPECS += linux\n")
    options = BuildDirectory.open(path, {"KERNEL": "linux"}).evaluation
    options.include(f"{path}/etc/tools.conf")
    assert (expected in options.value("CC_OPT")) is wanted


def test_the_version_of_a_partial_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What builds ask for counts, with or without the makefile of the tree's tool chain."""
    TREES[-1].make(tmp_path)
    with (tmp_path / "tree/tool/builddir/build.mk").open("a") as front_end:
        front_end.write("REQUIRED_GCC_VERSION ?= 27.1.0\n")
    monkeypatch.setattr("genode_tool.toolchain.choice.adopt", lambda *_: Adopted("tools-"))
    monkeypatch.setattr("genode_tool.toolchain.choice.compiler_version", lambda _: "12.2.0")
    tools = choose_tools("adopted", "x86_64", tmp_path / "tree")
    path = create_builddir("x86_64", tree=SourceTree.at(tmp_path / "tree"), tools=tools)
    assert "\nREQUIRED_GCC_VERSION := 12.2.0\n" in (path / "etc/tools.conf").read_text()


@pytest.mark.parametrize(
    ("strict", "wanted", "found"),
    [
        ("CC_CXX_WARN += -Werror\n", "8.3.0", True),
        ("CC_CXX_WARN += -Werror\n", "12.3.0", False),
        ("", "8.3.0", False),
    ],
)
def test_newer_warnings_are_no_errors(
    strict: str, wanted: str, found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the compiler of the tree stay errors; where warnings are none, nothing is said."""
    TREES[-1].make(tmp_path)
    with (tmp_path / "tree/repos/base/mk/global.mk").open("a") as rules:
        rules.write(strict)
    with (tmp_path / "tree/tool/builddir/build.mk").open("a") as front_end:
        front_end.write(f"REQUIRED_GCC_VERSION ?= {wanted}\n")
    monkeypatch.setattr("genode_tool.toolchain.choice.adopt", lambda *_: Adopted("tools-"))
    monkeypatch.setattr("genode_tool.toolchain.choice.compiler_version", lambda _: "12.2.0")
    tools = choose_tools("adopted", "x86_64", tmp_path / "tree")
    path = create_builddir("x86_64", tree=SourceTree.at(tmp_path / "tree"), tools=tools)
    text = (path / "etc/tools.conf").read_text()
    assert ("\nCC_CXX_OPT += -Wno-error=dangling-pointer\n" in text) is found
    assert ("\nCC_CXX_OPT += -Wno-error=array-bounds\n" in text) is found
    assert "dangling-reference" not in text


@pytest.mark.parametrize(
    ("version", "wanted", "found"),
    [("12.2.0", "10.3.0", True), ("14.2.0", "12.3.0", False), ("11.3.0", "4.7.4", False)],
)
def test_loops_stay_loops(
    version: str, wanted: str, found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    TREES[-1].make(tmp_path)
    with (tmp_path / "tree/tool/builddir/build.mk").open("a") as front_end:
        front_end.write(f"REQUIRED_GCC_VERSION ?= {wanted}\n")
    monkeypatch.setattr("genode_tool.toolchain.choice.adopt", lambda *_: Adopted("tools-"))
    monkeypatch.setattr("genode_tool.toolchain.choice.compiler_version", lambda _: version)
    tools = choose_tools("adopted", "x86_64", tmp_path / "tree")
    path = create_builddir("x86_64", tree=SourceTree.at(tmp_path / "tree"), tools=tools)
    option = "\nCC_OPT += -fno-tree-loop-distribute-patterns\n"
    assert (option in (path / "etc/tools.conf").read_text()) is found


@pytest.mark.parametrize(
    ("text", "needed"), [("static Genode::Mutex m;\n", True), ("static Genode::Lock m;\n", False)]
)
def test_the_mutex_of_exit_handlers(
    text: str, needed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose destructor is an exit handler is made without a guard, by this file alone."""
    TREES[-1].make(tmp_path)
    start = tmp_path / "tree/repos/base/src/lib/startup/_main.cc"
    start.parent.mkdir(parents=True)
    start.write_text(text)
    monkeypatch.setattr("genode_tool.toolchain.choice.adopt", lambda *_: Adopted("tools-"))
    monkeypatch.setattr("genode_tool.toolchain.choice.compiler_version", lambda _: "12.2.0")
    tools = choose_tools("adopted", "x86_64", tmp_path / "tree")
    path = create_builddir("x86_64", tree=SourceTree.at(tmp_path / "tree"), tools=tools)
    option = "\nCC_OPT__main += -fno-threadsafe-statics\n"
    assert (option in (path / "etc/tools.conf").read_text()) is needed


def test_without_guards_a_destructor_is_registered_when_the_variable_is_ready() -> None:
    """That is what the option is written for: the order in which the host's compiler does both."""
    text = "struct One { One(); ~One(); }; One &one() { static One it; return it; }"
    words = ["g++", "-O2", "-fno-threadsafe-statics", "-S", "-x", "c++", "-o", "-", "-"]
    made = subprocess.run(words, input=text, capture_output=True, text=True, check=True).stdout
    assert "__cxa_guard_acquire" not in made
    assert "_ZGV" in made[: made.index("call\t__cxa_atexit")].rpartition("movb")[2]


@pytest.mark.parametrize(
    ("text", "needed"), [("_value[__sigword(n)]\n", True), ("// was '__sigword'\n", False)]
)
def test_macros_that_the_host_s_c_library_had(
    text: str, needed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written for trees that use them computes what they computed."""
    TREES[-1].make(tmp_path)
    header = tmp_path / "tree/repos/base-linux/src/lib/syscall/linux_syscalls.h"
    header.parent.mkdir(parents=True)
    header.write_text(text)
    monkeypatch.setattr("genode_tool.toolchain.choice.adopt", lambda *_: Adopted("tools-"))
    monkeypatch.setattr("genode_tool.toolchain.choice.compiler_version", lambda _: "12.2.0")
    tools = choose_tools("adopted", "x86_64", tmp_path / "tree")
    path = create_builddir("x86_64", tree=SourceTree.at(tmp_path / "tree"), tools=tools)
    lines = (path / "etc/tools.conf").read_text().splitlines()
    found = [one.removeprefix("CC_OPT += ") for one in lines if "__sig" in one]
    assert bool(found) is needed
    if found:
        check = '_Static_assert(__sigword(65) == 1 && __sigmask(65) == 1 && __sigmask(3) == 4, "");'
        command = f"echo '{check}' | gcc -m64 {' '.join(found)} -x c -fsyntax-only -"
        assert subprocess.run(("sh", "-c", command), check=False).returncode == 0


def test_the_host_s_compiler_knows_the_newer_warnings() -> None:
    """An option that it does not know would end every compilation."""
    version = compiler_version("")
    names = newer_warnings(version, "6.3.0")
    options = [f"-Wno-error={name}" for name in names]
    words = ["g++", *options, "-Werror", "-x", "c++", "-fsyntax-only", "/dev/null"]
    assert names
    assert subprocess.run(words, capture_output=True, check=False).stderr == b""
