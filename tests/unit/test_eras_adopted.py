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


_MUTEX = "-fno-threadsafe-statics"
_HEADER = "-include exception"
_KEYS = "rpc_obj_ke \\#\\# __VA_OPT__(y)"
_HYBRID = "../../base-linux/lib/import/import-lx_hybrid.mk"
_LANGUAGE = "-fpermissive -fno-access-control"


@pytest.mark.parametrize(
    ("wanted", "file", "text", "option", "needed"),
    [
        ("8.3.0", "lib/startup/_main.cc", "static Genode::Mutex m;\n", _MUTEX, True),
        ("8.3.0", "lib/startup/_main.cc", "static Genode::Lock m;\n", _MUTEX, False),
        ("12.2.0", "lib/startup/_main.cc", "static Genode::Mutex m;\n", _MUTEX, False),
        ("4.9.2", "lib/cxx/exception.cc", "\nstd::set_terminate(f);\n", _HEADER, True),
        (
            *("4.9.2", "lib/cxx/exception.cc"),
            *("// a\n#include <exception>\nstd::set_terminate(f);\n", _HEADER, False),
        ),
        (
            *("4.9.2", "include/base/internal/capability_space_tpl.h"),
            *("value() > rpc_obj_key().value()\n", _KEYS, True),
        ),
        (
            *("4.9.2", "include/base/internal/capability_space_tpl.h"),
            *("value() > Data::rpc_obj_key().value()\n", _KEYS, False),
        ),
        ("4.9.2", _HYBRID, "LD_CMD = c++\n", "-no-pie", True),
        ("4.9.2", _HYBRID, "LD_CMD = c++\n# or so\nLD_CMD += -no-pie\n", "-no-pie", False),
        ("4.9.2", "x", "", _LANGUAGE, True),
        ("6.3.0", "x", "", _LANGUAGE, False),
        ("4.9.2", "x", "", "-fno-ipa-modref", True),
    ],
)
def test_places_that_a_newer_compiler_refuses_or_breaks(
    wanted: str,
    file: str,
    text: str,
    option: str,
    needed: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only trees with such a place get an option for it."""
    TREES[-1].make(tmp_path)
    place = tmp_path / "tree/repos/base/src" / file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    with (tmp_path / "tree/tool/builddir/build.mk").open("a") as front_end:
        front_end.write(f"REQUIRED_GCC_VERSION ?= {wanted}\n")
    monkeypatch.setattr("genode_tool.toolchain.choice.adopt", lambda *_: Adopted("tools-"))
    monkeypatch.setattr("genode_tool.toolchain.choice.compiler_version", lambda _: "12.2.0")
    tools = choose_tools("adopted", "x86_64", tmp_path / "tree")
    path = create_builddir("x86_64", tree=SourceTree.at(tmp_path / "tree"), tools=tools)
    assert (option in (path / "etc/tools.conf").read_text()) is needed


def test_a_name_of_the_base_class_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The options of etc/tools.conf make the host's compiler accept such a header."""
    TREES[-1].make(tmp_path)
    header = tmp_path / "tree/repos/base/src/include/base/internal/capability_space_tpl.h"
    header.parent.mkdir(parents=True)
    header.write_text(
        """
        struct Key { int value; Key(int v) : value(v) { } };
        struct Data { Key stored { 3 }; Key rpc_obj_key() const { return stored; } };
        template <typename T> struct Space {
            struct Node : T { bool less(int k) { return k > rpc_obj_key().value; } };
            Key rpc_obj_key(T const &data) const { return data.rpc_obj_key(); }
        };
        bool test(Space<Data>::Node &node, Space<Data> &space) {
            return node.less(5) && space.rpc_obj_key(node).value == 3; }
        """
    )
    with (tmp_path / "tree/tool/builddir/build.mk").open("a") as front_end:
        front_end.write("REQUIRED_GCC_VERSION ?= 4.9.2\n")
    monkeypatch.setattr("genode_tool.toolchain.choice.adopt", lambda *_: Adopted("tools-"))
    monkeypatch.setattr("genode_tool.toolchain.choice.compiler_version", lambda _: "12.2.0")
    tools = choose_tools("adopted", "x86_64", tmp_path / "tree")
    path = create_builddir("x86_64", tree=SourceTree.at(tmp_path / "tree"), tools=tools)
    (tmp_path / "tree/repos/base-linux").mkdir()
    options = BuildDirectory.open(path, {"KERNEL": "linux"}).evaluation
    options.include(f"{path}/etc/tools.conf")
    given = f"{options.value('CC_OPT_capability_space')} {options.value('CC_CXX_OPT')}"
    command = f"g++ -std=gnu++11 -w -fsyntax-only -x c++ {{}} {header}"
    assert subprocess.run(("sh", "-c", command.format(given)), check=False).returncode == 0
    plain = ("sh", "-c", command.format("-fpermissive"))
    assert subprocess.run(plain, capture_output=True, check=False).returncode != 0


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
