from __future__ import annotations

import os
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from genode_tool import programs
from genode_tool.cli.setup import found_programs, packages
from genode_tool.cli.setup.needs import Needs, command_of, needs_of
from genode_tool.errors import EnvironmentProblem
from genode_tool.programs.catalogue import all_programs, needed
from genode_tool.programs.distribution import host_distribution
from genode_tool.programs.kinds import Feature, Program
from genode_tool.settings.schema.program_kinds import Kind, Machine


@pytest.mark.parametrize(
    ("words", "feature", "machines"),
    [
        ("", Feature.SETUP, ()),
        ("--help", Feature.SETUP, ()),
        ("doctor --json", Feature.SETUP, ()),
        ("make core", Feature.BUILD, ()),
        ("make", Feature.BUILD, ()),
        ("make clean", Feature.SETUP, ()),
        ("make clean --kernel hw --board pc", Feature.SETUP, ()),
        ("make clean core", Feature.BUILD, ()),
        ("make run/log", Feature.RUN, (Machine.X86,)),
        ("make run/log KERNEL=linux", Feature.RUN, (Machine.HOST,)),
        ("make run/log BOARD=nosuch", Feature.RUN, (Machine.HOST,)),
        ("prepare PKG=zlib", Feature.PREPARE, ()),
        ("prepare --help", Feature.SETUP, ()),
        ("run log", Feature.RUN, (Machine.X86,)),
        ("-C make --color never run log --kernel linux", Feature.RUN, (Machine.HOST,)),
        ("run log --kernel=linux", Feature.RUN, (Machine.HOST,)),
        ("run log --board pc", Feature.RUN, (Machine.X86,)),
        ("run log --board nosuch", Feature.RUN, (Machine.HOST,)),
        ("run log --board virt_qemu_riscv", Feature.RUN, (Machine.HOST,)),  # not of our tree
        ("run --help", Feature.SETUP, ()),
        ("run log --include image/iso", Feature.IMAGE, (Machine.X86,)),
        ("image log -o log.iso", Feature.IMAGE, ()),
        ("tool-chain x86 -j2", Feature.TOOL_CHAIN, ()),
        ("tool-chain x86 --dry-run", Feature.SETUP, ()),
        ("tool-chain check x86", Feature.SETUP, ()),
        ("tool-chain check", Feature.SETUP, ()),
        ("tool-chain adopt riscv", Feature.SETUP, ()),
        ("selftest", Feature.TEST, (Machine.HOST, Machine.X86)),
    ],
)
def test_the_command_line_tells_what_it_needs(
    words: str, feature: Feature, machines: tuple[Machine, ...]
) -> None:
    needs = needs_of(words.split())
    assert (needs.feature, needs.machines) == (feature, machines)


@pytest.mark.parametrize(
    ("words", "packages"),
    [
        ("tool-chain adopt", {"gcc", "g++"}),
        ("tool-chain adopt x86 --prefix /x", {"gcc", "g++"}),
        ("tool-chain adopt aarch64", {"gcc-aarch64-linux-gnu", "g++-aarch64-linux-gnu"}),
        ("tool-chain adopt riscv arm", {"gcc-riscv64-unknown-elf", "g++-arm-linux-gnueabi"}),
        ("tool-chain adopt aarch64 --compiler clang", {"clang", "g++-aarch64-linux-gnu"}),
        ("create-builddir arm_v7a --tool-chain adopted", {"g++-arm-linux-gnueabi"}),
        ("create-builddir riscv --tool-chain=adopted", {"gcc-riscv64-unknown-elf"}),
    ],
)
def test_adoption_needs_the_compilers_of_the_architectures_named(
    words: str, packages: set[str]
) -> None:
    found = {program.package for program in needs_of(words.split()).programs()}
    assert packages <= found
    assert ("gcc-aarch64-linux-gnu" in found) == ("aarch64" in words)
    assert "flex" not in found


def test_values_of_global_options_are_no_command() -> None:
    assert command_of(["-q", "-C", "run", "make", "x"]) == ("make", ("x",), "run")


@pytest.mark.parametrize(
    ("conf", "words", "machine"),
    [
        ("KERNEL ?= linux\n", "run log", Machine.HOST),
        ("KERNEL ?= linux\n", "run log --kernel hw", Machine.X86),
        ("#KERNEL = linux\nKERNEL := hw\nBOARD = virt_qemu_arm_v8a\n", "run log", Machine.ARM),
        ("", "run log", Machine.X86),
        ("", "run log --board virt_qemu_riscv", Machine.RISCV),
        ("", "make run/log BOARD=virt_qemu_arm_v8a", Machine.ARM),
        ("", "run log --board nosuch", Machine.HOST),
    ],
)
def test_the_build_directory_tells_the_kernel(
    tmp_path: Path, conf: str, words: str, machine: Machine
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/build.conf").write_text(conf)
    (tmp_path / "var").mkdir()
    needs = needs_of(["-C", str(tmp_path / "var"), *words.split()])
    assert needs.machines == (machine,)


def test_an_emulator_is_not_needed_for_a_board_that_the_tree_lacks(tmp_path: Path) -> None:
    (tmp_path / "base/mk").mkdir(parents=True)
    (tmp_path / "base/mk/global.mk").touch()
    inside = ["-C", str(tmp_path / "base"), "run", "log", "--board", "virt_qemu_riscv"]
    assert needs_of(inside).machines == (Machine.RISCV,)  # a release without lists of boards
    (tmp_path / "base-hw/board/pc").mkdir(parents=True)
    assert needs_of(inside).machines == (Machine.HOST,)
    (tmp_path / "base-hw/board/virt_qemu_riscv").mkdir()
    assert needs_of(inside).machines == (Machine.RISCV,)


def names(feature: Feature, *machines: Machine) -> set[str]:
    return {program.name for program in needed(feature, machines)}


def test_qemu_is_needed_for_its_machine_alone() -> None:
    on_linux = names(Feature.RUN, Machine.HOST)
    assert {"g++", "ld", "_tkinter", "ensurepip"} <= on_linux
    assert not [name for name in on_linux if name.startswith("qemu")]
    assert names(Feature.RUN, Machine.X86) - on_linux == {"qemu-system-x86_64"}
    assert names(Feature.RUN, Machine.ARM) - on_linux == {"qemu-system-aarch64"}


def test_a_header_is_found_where_the_compiler_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = Program("frob/frob.h", "libfrob-dev", Feature.TOOL_CHAIN, "frobs", Kind.HEADER)
    assert header.find() is None
    (tmp_path / "frob").mkdir()
    (tmp_path / "frob/frob.h").touch()
    monkeypatch.setenv("CPATH", f"/none:{tmp_path}")
    assert header.find() == tmp_path / "frob/frob.h"


def test_a_feature_includes_what_it_rests_on() -> None:
    build, run = names(Feature.BUILD), names(Feature.RUN, Machine.HOST)
    assert names(Feature.SETUP) < build < run < names(Feature.TEST, Machine.HOST)
    assert "dot" not in names(Feature.TEST)


def test_tests_need_what_is_optional_elsewhere() -> None:
    assert {"ccache", "distcc"} <= names(Feature.TEST)
    assert not {"ccache", "distcc"} & names(Feature.BUILD)


def test_every_name_stands_once() -> None:
    assert len({program.name for program in all_programs()}) == len(all_programs())


def test_a_hint_names_the_package() -> None:
    assert programs.how_to_get("g++").startswith("Debian package g++; `genode doctor`")
    assert "`genode doctor`" in programs.how_to_get("frobnicate")


FROB = Program("frob", "frob-package", Feature.RUN, "frobs")


def fake(directory: Path, name: str, script: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose apt-get notes its calls; `install` delivers `frob`; sudo asks nothing."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    fake(
        tmp_path,
        "apt-get",
        f'echo "$DEBIAN_FRONTEND $*" >>{tmp_path}/calls\n'
        f'case "$*" in *install*) [ ! -e {tmp_path}/broken ] || {{ echo no network; exit 100; }}\n'
        f"  touch {tmp_path}/frob; chmod +x {tmp_path}/frob;; esac",
    )
    fake(tmp_path, "sudo", f'[ "$1" = -n ] || exit 1; shift; echo sudo >>{tmp_path}/calls; "$@"')
    return tmp_path


def test_what_is_missing_is_installed_without_questions(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    packages.provide([FROB], may_install=True, place=machine)
    assert FROB.find() == machine / "frob"
    calls = (machine / "calls").read_text()
    assert "noninteractive -o DPkg::Lock::Timeout=300 -y" in calls
    assert calls.endswith("--no-install-recommends install frob-package\n")
    (machine / "calls").unlink()
    packages.provide([FROB], may_install=True, place=machine)  # it is there now
    assert not (machine / "calls").exists()


def test_another_user_installs_through_sudo_that_asks_nothing(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    packages.provide([FROB], may_install=True, place=machine)
    assert (machine / "calls").read_text().startswith("sudo\n")
    assert FROB.find()


@pytest.mark.parametrize("reason", ["not wanted", "sudo asks for a password"])
def test_the_command_to_type_when_we_may_not(
    machine: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    fake(machine, "sudo", "exit 1")
    with pytest.raises(EnvironmentProblem, match="missing programs: frob") as caught:
        packages.provide([FROB], may_install=reason != "not wanted", place=machine)
    assert caught.value.hint == (
        "sudo apt-get update && sudo apt-get install --no-install-recommends -y frob-package"
    )
    assert not (machine / "calls").exists()


def test_a_failed_installation_shows_what_apt_said(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    (machine / "broken").touch()
    with pytest.raises(EnvironmentProblem, match="cannot install frob-package") as caught:
        packages.provide([FROB], may_install=True, place=machine)
    assert caught.value.trail == ("no network",)


@pytest.mark.parametrize(
    ("names", "days", "updates"),
    [((), 0, 1), (("x_Packages.lz4",), 1, 0), (("x_Packages",), 30, 1)],
)
def test_lists_of_packages_are_updated_when_missing_or_old(
    machine: Path,
    monkeypatch: pytest.MonkeyPatch,
    names: tuple[str, ...],
    days: int,
    updates: int,
) -> None:
    lists = machine / "lists"
    lists.mkdir()
    for name in names:
        (lists / name).touch()
    then = time.time() - days * 24 * 3600
    os.utime(lists, (then, then))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    debian = host_distribution()
    assert debian
    words = replace(debian.unattended, lists=str(lists / "*_Packages*"))
    monkeypatch.setattr(packages, "host_distribution", lambda: replace(debian, unattended=words))
    packages.provide([FROB], may_install=True, place=machine)
    assert (machine / "calls").read_text().count(" update\n") == updates


def test_a_module_of_another_python_is_not_debians_to_give(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.base_prefix", "/opt/python")
    module = Program("no_such_module", "python3-none", Feature.RUN, "does", Kind.MODULE)
    with pytest.raises(
        EnvironmentProblem, match=r"missing in the Python in use \(.*\): no_such_module"
    ) as caught:
        packages.provide([module], may_install=True, place=tmp_path)
    assert "GENODE_PYTHON=/usr/bin/python3" in caught.value.hint


def test_programs_that_were_found_are_not_looked_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, environment = tmp_path / "config/genode", tmp_path / "environment"
    config.mkdir(parents=True)
    environment.mkdir()
    fake(tmp_path, "frob", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config.parent))
    monkeypatch.setenv("PATH", str(tmp_path))
    needs = Needs(Feature.BUILD)
    assert not found_programs.still_there(environment, needs)
    found_programs.note(environment, needs, [FROB])
    assert found_programs.still_there(environment, needs)
    assert not found_programs.still_there(environment, Needs(Feature.RUN, (Machine.X86,)))
    (config / "programs.toml").touch()  # it may name another program
    assert not found_programs.still_there(environment, needs)
    found_programs.note(environment, needs, [FROB])
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    assert not found_programs.still_there(environment, needs)
    found_programs.note(environment, needs, [FROB])
    (tmp_path / "frob").unlink()
    assert not found_programs.still_there(environment, needs)
    found_programs.note(environment, needs, [FROB])
    fake(tmp_path, "frob", "")
    found_programs.note(environment, needs, [FROB])
    assert found_programs.still_there(environment, needs)
    (note,) = (environment / "found").iterdir()
    note.write_bytes(note.read_bytes()[:-1])
    assert not found_programs.still_there(environment, needs)
