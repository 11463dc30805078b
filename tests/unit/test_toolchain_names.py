"""Compilers under the names that distributions other than Debian give them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from genode_tool.cli.setup.needs import needs_of
from genode_tool.cli.setup.packages import provide
from genode_tool.errors import EnvironmentProblem
from genode_tool.programs import catalogue, distribution, gcc, installing
from genode_tool.programs.catalogue import names_of
from genode_tool.toolchain.adopt import adopt, host_compilers
from genode_tool.toolchain.adopt.drivers import Drivers, find_compiler, find_drivers, find_real
from genode_tool.toolchain.architectures import architecture
from genode_tool.toolchain.check import check, tool_chain_at
from tests.unit.toolchains import need


def script(path: Path, text: str = "exit 1") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def compiler(path: Path, machine: str, version: str = "15") -> None:
    """Make the drivers of a compiler that answers to questions; `path` names the one for C."""
    said = {"-dumpmachine": machine, "-dumpversion": version, "*": "${1#*=}"}
    answers = f"case $1 in {' '.join(f'{word}) echo {text};;' for word, text in said.items())} esac"
    before, _, after = path.name.rpartition("gcc")
    script(path, answers)
    script(path.with_name(f"{before}g++{after}"), answers)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory that is all of PATH."""
    directory = tmp_path / "programs"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    monkeypatch.setattr("os.uname", lambda: type("Uname", (), {"machine": "x86_64"}))
    return directory


@pytest.mark.parametrize(
    ("triplet", "name", "machine"),
    [
        ("x86_64-linux-gnu", "x86_64-linux-gnu-gcc", "x86_64-linux-gnu"),  # Debian
        ("x86_64-linux-gnu", "x86_64-redhat-linux-gcc", "x86_64-redhat-linux"),  # Fedora
        ("x86_64-linux-gnu", "x86_64-pc-linux-gnu-gcc", "x86_64-pc-linux-gnu"),  # Arch
        ("x86_64-linux-gnu", "x86_64-alpine-linux-musl-gcc", "x86_64-alpine-linux-musl"),
        ("x86_64-linux-gnu", "gcc", "x86_64-suse-linux"),
        ("x86_64-linux-gnu", "gcc-15", "x86_64-suse-linux"),
        ("aarch64-linux-gnu", "aarch64-linux-gnu-gcc", "aarch64-linux-gnu"),  # Debian, Arch
        ("aarch64-linux-gnu", "aarch64-suse-linux-gcc-14", "aarch64-suse-linux"),
        ("riscv64-linux-gnu", "riscv64-suse-linux-gcc", "riscv64-suse-linux"),
        ("arm-linux-gnueabi", "arm-linux-gnu-gcc", "arm-redhat-linux-gnueabi"),  # Fedora
    ],
)
def test_a_compiler_is_found_by_the_name_of_its_distribution(
    programs: Path, triplet: str, name: str, machine: str
) -> None:
    names, cpu = names_of(f"{triplet}-gcc"), triplet.partition("-")[0]
    assert find_drivers(names, cpu) is None
    compiler(programs / name, machine)
    found = find_drivers(names, cpu)
    assert found == Drivers(programs / name, programs / name.replace("gcc", "g++"))


@pytest.mark.parametrize(
    ("triplet", "name"),
    [
        ("riscv64-unknown-elf", "riscv64-unknown-elf-gcc"),  # Debian
        ("riscv64-unknown-elf", "riscv64-elf-gcc"),  # Arch
        ("riscv64-unknown-elf", "riscv64-elf-gcc-14"),  # openSUSE
    ],
)
def test_a_bare_metal_compiler_is_found_by_its_name(
    programs: Path, triplet: str, name: str
) -> None:
    assert find_compiler(names_of(f"{triplet}-gcc")) is None
    compiler(programs / name, "riscv64-elf")
    assert find_compiler(names_of(f"{triplet}-gcc")) == programs / name


def test_the_host_s_compiler_is_one_for_the_host_s_machine(programs: Path) -> None:
    compiler(programs / "gcc", "aarch64-redhat-linux")
    assert find_drivers(["gcc"], "x86_64") is None
    assert find_drivers(["gcc"], "aarch64") is not None


def test_a_compiler_without_its_cxx_half_is_passed_over(programs: Path) -> None:
    script(programs / "x86_64-linux-gnu-gcc")
    compiler(programs / "gcc", "x86_64-linux-gnu")
    found = find_drivers(["x86_64-linux-gnu-gcc", "gcc"], "x86_64")
    assert found == Drivers(programs / "gcc", programs / "g++")


def test_the_latest_of_several_versions_is_found_unless_there_is_a_default(programs: Path) -> None:
    for version in ("9", "15", "14"):
        compiler(programs / f"aarch64-suse-linux-gcc-{version}", "aarch64-suse-linux")
    script(programs / "aarch64-suse-linux-gcc-ar-16")
    found = find_drivers(["aarch64-suse-linux-gcc"], "aarch64")
    assert found and found.gcc.name == "aarch64-suse-linux-gcc-15"
    compiler(programs / "aarch64-suse-linux-gcc", "aarch64-suse-linux")
    found = find_drivers(["aarch64-suse-linux-gcc"], "aarch64")
    assert found and found.gcc.name == "aarch64-suse-linux-gcc"


def test_a_version_is_that_of_a_name_or_of_the_only_compiler(programs: Path) -> None:
    compiler(programs / "x86_64-redhat-linux-gcc", "x86_64-redhat-linux", "15")
    names = names_of("x86_64-linux-gnu-gcc")
    found = find_drivers(names, "x86_64", "15")
    assert found and found.gcc.name == "x86_64-redhat-linux-gcc"
    assert find_drivers(names, "x86_64", "14") is None
    compiler(programs / "gcc-14", "x86_64-redhat-linux", "14")
    found = find_drivers(names, "x86_64", "14")
    assert found and found.gxx.name == "g++-14"


@pytest.mark.parametrize("launcher", ["ccache", "distcc", "icecc"])
def test_what_starts_the_next_compiler_in_the_path_is_not_one(
    programs: Path, launcher: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Fedora's ccache puts its directory first in everybody's PATH."""
    compiler(programs / "gcc", "x86_64-redhat-linux")
    script(tmp_path / "usr/bin" / launcher)
    before = tmp_path / "usr/lib"
    before.mkdir()
    (before / "gcc").symlink_to(f"../bin/{launcher}")
    monkeypatch.setenv("PATH", f"{before}:{programs}")
    assert find_real("gcc") == programs / "gcc"


def test_tools_are_named_like_their_compiler(programs: Path) -> None:
    name = programs / "aarch64-suse-linux-gcc-14"
    compiler(name, "aarch64-suse-linux")
    for tool in ("aarch64-suse-linux-ld", "aarch64-suse-linux-cpp-14", "aarch64-suse-linux-cpp"):
        script(programs / tool)
    for tool in ("ar", "gcc-ar-14"):  # the host's
        script(programs / tool)
    found = Drivers(name, name)
    assert found.tool("ld") == programs / "aarch64-suse-linux-ld"
    assert found.tool("cpp") == programs / "aarch64-suse-linux-cpp-14"
    assert found.tool("ar") is None
    assert found.tool("gcc-ar") is None


@pytest.mark.parametrize("name", ["gcc-15", "x86_64-redhat-linux-gcc"])
def test_the_host_s_tools_have_plain_names(programs: Path, name: str) -> None:
    compiler(programs / name, "x86_64-redhat-linux")
    script(programs / "ld")
    script(programs / "cpp-15")
    found = Drivers(programs / name, programs / name)
    assert found.tool("ld") == programs / "ld"
    assert found.tool("cpp") == (programs / "cpp-15" if name == "gcc-15" else None)


def test_a_compiler_says_where_its_tools_are(programs: Path, tmp_path: Path) -> None:
    script(tmp_path / "private/as")
    script(programs / "aarch64-unknown-linux-gnu-gcc", f"echo {tmp_path}/private/as")
    found = Drivers(programs / "aarch64-unknown-linux-gnu-gcc", programs / "none")
    assert found.tool("as") == tmp_path / "private/as"


_LINKED = ("ld", "as", "ar", "nm", "ranlib", "objcopy", "objdump", "strip", "readelf", "cpp")


@pytest.mark.parametrize(
    ("name", "machine", "tools"),
    [
        ("x86", "x86_64-redhat-linux-gcc", ""),  # Fedora
        ("x86", "gcc-15", ""),  # openSUSE
        ("aarch64", "aarch64-suse-linux-gcc-14", "aarch64-suse-linux-"),
    ],
)
def test_the_distribution_s_compiler_is_adopted_under_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, machine: str, tools: str
) -> None:
    """Debian's compiler serves, called as elsewhere: PATH has no Debian's name."""
    debian = host_compilers.DISTRIBUTION_COMPILERS[name].triplet
    need(f"{debian}-g++", f"{debian}-cpp", "g++")
    programs = tmp_path / "programs"
    before, _, after = machine.rpartition("gcc")
    for driver in ("gcc", "g++"):
        real = shutil.which(f"{debian}-{driver}")
        script(programs / f"{before}{driver}{after}", f'exec {real} "$@"')
    for tool in _LINKED:
        real = shutil.which(f"{debian}-{tool}")
        (programs / f"{tools}{tool}").symlink_to(str(real))
    for helper in ("rm", "mktemp", "g++"):
        if not (programs / helper).exists():
            (programs / helper).symlink_to(str(shutil.which(helper)))
    monkeypatch.setenv("PATH", str(programs))
    real_one = adopt(architecture(name), tmp_path / "tools")
    assert real_one.compiler == programs / machine
    findings = check(tool_chain_at(real_one.architecture, real_one.prefix))
    assert [str(one.diagnostic) for one in findings if one.failed] == []


@pytest.fixture
def fedora(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    for module in (distribution, gcc, installing, host_compilers):
        monkeypatch.setattr(module, "host_ids", lambda: ("fedora-43", "fedora"))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    catalogue._programs_of.cache_clear()
    request.addfinalizer(catalogue._programs_of.cache_clear)


def test_where_a_distribution_has_no_fit_compiler_one_is_built(
    fedora: None, programs: Path, tmp_path: Path
) -> None:
    with pytest.raises(EnvironmentProblem, match="is missing") as caught:
        adopt(architecture("aarch64"), tmp_path / "tools")
    assert caught.value.hint.endswith("build one from source: `genode tool-chain aarch64`")
    wanted = needs_of(["tool-chain", "adopt", "x86", "aarch64"]).programs()
    assert "aarch64-linux-gnu-gcc" in {one.name for one in wanted}
    with pytest.raises(EnvironmentProblem, match="missing programs") as caught:
        provide(wanted, may_install=True, place=tmp_path)
    assert "dnf install -y gcc gcc-c++" in caught.value.hint
    assert caught.value.hint.endswith("build them from source: `genode tool-chain aarch64`")


def test_files_that_no_package_has_do_not_stop_an_adoption(fedora: None, programs: Path) -> None:
    names = {one.name for one in needs_of(["tool-chain", "adopt", "aarch64"]).programs()}
    assert not any(name.endswith("gcc-plugin.h") for name in names)
    names = {one.name for one in needs_of(["tool-chain", "adopt", "x86"]).programs()}
    assert any(name.endswith("gcc-plugin.h") for name in names)


def test_tests_of_compilers_that_a_distribution_does_not_have_are_not_a_need(
    fedora: None, programs: Path
) -> None:
    packages = {one.name for one in needs_of(["selftest"]).programs()}
    assert "x86_64-linux-gnu-gcc" in packages
    assert not any("aarch64-linux-gnu" in name for name in packages)


def test_a_file_is_found_by_a_pattern(tmp_path: Path) -> None:
    from genode_tool.programs.kinds import _find_file

    wanted = tmp_path / "lib64/gcc/x86_64-suse-linux/15/libsupc++.a"
    wanted.parent.mkdir(parents=True)
    pattern = f"{tmp_path}/lib*/gcc/x86_64-*linux*/15*/libsupc++.a"
    assert _find_file(pattern) is None
    wanted.touch()
    assert _find_file(pattern) == wanted
