"""Names of packages, and the command that installs them, on one distribution and another."""

from __future__ import annotations

import os
import platform
from dataclasses import replace
from pathlib import Path

import pytest

from genode_tool.programs import catalogue, distribution, gcc, how_to_get, installing
from genode_tool.programs.distribution import host_ids, install_command, package_on_host
from genode_tool.programs.installing import install_debian_packages, install_programs
from genode_tool.programs.kinds import Feature, Program
from genode_tool.settings.layered import settings_of
from genode_tool.settings.schema.program_kinds import Kind, Machine

RELEASES = {
    "Debian 12": ({"ID": "debian", "VERSION_ID": "12"}, ("debian-12", "debian")),
    "Debian 13": ({"ID": "debian", "VERSION_ID": "13"}, ("debian-13", "debian")),
    "Debian testing": ({"ID": "debian"}, ("debian",)),
    "Ubuntu 24.04": (
        {"ID": "ubuntu", "VERSION_ID": "24.04", "ID_LIKE": "debian"},
        ("ubuntu-24.04", "ubuntu", "debian"),
    ),
    "Ubuntu 26.04": (
        {"ID": "ubuntu", "VERSION_ID": "26.04", "ID_LIKE": "debian"},
        ("ubuntu-26.04", "ubuntu", "debian"),
    ),
    "Mint": (
        {"ID": "linuxmint", "VERSION_ID": "22", "ID_LIKE": "ubuntu debian"},
        ("linuxmint-22", "linuxmint", "ubuntu", "debian"),
    ),
    "Fedora": ({"ID": "fedora", "VERSION_ID": "42"}, ("fedora-42", "fedora")),
    "Arch": ({"ID": "arch"}, ("arch",)),
    "Tumbleweed": (
        {"ID": "opensuse-tumbleweed", "VERSION_ID": "20251120", "ID_LIKE": "opensuse suse"},
        ("opensuse-tumbleweed-20251120", "opensuse-tumbleweed", "opensuse", "suse"),
    ),
    "Leap": (
        {"ID": "opensuse-leap", "VERSION_ID": "16.0", "ID_LIKE": "suse opensuse"},
        ("opensuse-leap-16.0", "opensuse-leap", "suse", "opensuse"),
    ),
    "Alpine": ({"ID": "alpine", "VERSION_ID": "3.22.1"}, ("alpine-3.22.1", "alpine")),
    "NixOS": ({"ID": "nixos", "VERSION_ID": "25.05"}, ("nixos-25.05", "nixos")),
    "Plan 9": ({"ID": "plan9"}, ("plan9",)),
}
APT = "sudo apt-get update && sudo apt-get install --no-install-recommends -y"
PIP = "python3 -m pip install --user --break-system-packages"


@pytest.fixture
def host(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Let the host be the distribution that the test names, and its user one with sudo."""
    name: str = request.param
    program(tmp_path / "programs/sudo")
    monkeypatch.setenv("PATH", f"{tmp_path / 'programs'}:{os.environ['PATH']}")
    for module in (distribution, gcc, installing):
        monkeypatch.setattr(module, "host_ids", lambda: RELEASES[name][1])
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    catalogue._programs_of.cache_clear()
    request.addfinalizer(catalogue._programs_of.cache_clear)
    return name


def program(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)


@pytest.mark.parametrize("name", RELEASES)
def test_the_names_of_a_distribution(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    release, ids = RELEASES[name]
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)
    assert host_ids.__wrapped__() == ids


def test_a_host_that_does_not_say_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> dict[str, str]:
        raise OSError("no os-release")

    monkeypatch.setattr(platform, "freedesktop_os_release", missing)
    assert host_ids.__wrapped__() == ()


@pytest.mark.parametrize(
    ("host", "command"),
    [
        ("Debian 12", f"{APT} a b"),
        ("Debian testing", f"{APT} a b"),
        ("Ubuntu 26.04", f"{APT} a b"),
        ("Mint", f"{APT} a b"),
        ("Fedora", "sudo dnf install -y a b"),
        ("Arch", "sudo pacman -Syu --needed a b"),
        ("Tumbleweed", "sudo zypper install --no-recommends a b"),
        ("Leap", "sudo zypper install --no-recommends a b"),
        ("Alpine", "sudo apk update && sudo apk add a b"),
        ("NixOS", "nix-shell -p a b"),
        ("Plan 9", "install what Debian calls: a b"),
    ],
    indirect=["host"],
)
def test_the_command_that_installs(host: str, command: str) -> None:
    assert install_command(["a", "b", "a"]) == command


@pytest.mark.parametrize("host", ["Fedora"], indirect=True)
def test_the_command_for_root_has_no_sudo(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert install_command(["a"]) == "dnf install -y a"


@pytest.mark.parametrize(
    ("host", "command"),
    [
        ("Debian 13", "su - -c 'apt-get update && apt-get install --no-install-recommends -y a b'"),
        ("Alpine", "su - -c 'apk update && apk add a b'"),
        ("Fedora", "su - -c 'dnf install -y a b'"),
        ("NixOS", "nix-shell -p a b"),
    ],
    indirect=["host"],
)
def test_the_command_without_sudo_is_the_one_of_su(
    host: str, command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert install_command(["a", "b"]) == command


@pytest.mark.parametrize("host", ["Alpine"], indirect=True)
def test_the_command_with_doas(host: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(tmp_path / "other/doas")
    monkeypatch.setenv("PATH", str(tmp_path / "other"))
    assert install_command(["a"]) == "doas apk update && doas apk add a"


@pytest.mark.parametrize(
    ("host", "command"),
    [
        ("Debian 13", f"{APT} gcc-14 g++-14 g++ lib32stdc++-14-dev binutils odd"),
        ("Ubuntu 24.04", f"{APT} gcc-14 g++-14 g++ lib32stdc++-14-dev binutils odd"),
        (
            "Fedora",
            "sudo dnf install -y gcc-c++ libstdc++-static.i686 binutils; then install what Debian"
            " calls: gcc-14 g++-14 odd",
        ),
        (
            "Tumbleweed",
            "sudo zypper install --no-recommends gcc14 gcc14-c++ gcc-c++ gcc-c++-32bit binutils;"
            " then install what Debian calls: odd",
        ),
        (
            "Plan 9",
            "install what Debian calls: gcc-14 g++-14 g++ lib32stdc++-14-dev binutils odd",
        ),
    ],
    indirect=["host"],
)
def test_packages_of_debian_by_the_names_of_the_host(host: str, command: str) -> None:
    packages = ["gcc-14", "g++-14", "g++", "lib32stdc++-14-dev", "binutils", "odd"]
    assert install_debian_packages(packages) == command


@pytest.mark.parametrize(
    ("host", "command"),
    [
        ("Debian 12", f"{APT} g++ icecc"),
        ("Fedora", "sudo dnf install -y gcc-c++ icecream"),
        ("Arch", "sudo pacman -Syu --needed gcc; then install what Debian calls: icecc"),
        ("Plan 9", "install what Debian calls: g++ icecc"),
    ],
    indirect=["host"],
)
def test_missing_programs_that_the_distribution_does_not_have(host: str, command: str) -> None:
    programs = [found for one in ("g++", "icecc") if (found := catalogue.program(one))]
    assert install_programs(programs) == command


@pytest.mark.parametrize(
    ("host", "command"),
    [
        ("Debian 12", f"{APT} python3-six python3-future && {PIP} pyfdt"),
        ("Debian 13", f"{APT} python3-six && {PIP} future pyfdt"),
        ("Debian testing", f"{APT} python3-six && {PIP} future pyfdt"),
        ("Arch", f"sudo pacman -Syu --needed python-six && {PIP} future pyfdt"),
        ("Alpine", f"sudo apk update && sudo apk add py3-six && {PIP} future pyfdt"),
        ("NixOS", f"nix-shell -p python3Packages.six && {PIP} future pyfdt"),
    ],
    indirect=["host"],
)
def test_packages_of_python_modules(host: str, command: str) -> None:
    assert install_programs([], ["six", "future", "pyfdt"]) == command


@pytest.mark.parametrize(
    ("host", "package"),
    [
        ("Debian 13", "python3-yaml"),
        ("Fedora", "python3-pyyaml"),
        ("Tumbleweed", "python3-PyYAML"),
        ("Alpine", "py3-yaml"),
    ],
    indirect=["host"],
)
def test_a_module_whose_package_has_another_name(host: str, package: str) -> None:
    assert installing.package_of_module("yaml")[0] == package


@pytest.mark.parametrize(
    ("host", "command"),
    [
        ("Debian 13", f"{APT} python3-pip && {PIP} pyfdt"),
        ("Arch", f"sudo pacman -Syu --needed python-pip && {PIP} pyfdt"),
    ],
    indirect=["host"],
)
def test_pip_is_installed_where_it_is_missing(host: str, command: str) -> None:
    assert install_programs([], ["pyfdt"], has_pip=False) == command


@pytest.mark.parametrize(
    ("host", "packages"),
    [
        ("Debian 12", "g++ qemu-system-misc bash fdisk ovmf python3-tk"),
        ("Debian 13", "g++ qemu-system-riscv bash fdisk ovmf python3-tk"),
        ("Debian testing", "g++ qemu-system-riscv bash fdisk ovmf python3-tk"),
        ("Ubuntu 24.04", "g++ qemu-system-misc bash fdisk ovmf python3-tk"),
        ("Ubuntu 26.04", "g++ qemu-system-riscv bash fdisk ovmf python3-tk"),
        ("Fedora", "gcc-c++ qemu-system-riscv bash util-linux edk2-ovmf python3-tkinter"),
        ("Arch", "gcc qemu-system-riscv bash util-linux edk2-ovmf tk"),
        ("Tumbleweed", "gcc-c++ qemu-extra bash util-linux qemu-ovmf-x86_64 python3-tk"),
        ("Alpine", "g++ qemu-system-riscv64 bash sfdisk ovmf python3-tkinter"),
        ("NixOS", "gcc qemu bash util-linux OVMF.fd python3Packages.tkinter"),
    ],
    indirect=["host"],
)
def test_packages_by_distribution(host: str, packages: str) -> None:
    firmware = "/usr/share/ovmf/OVMF.fd"
    names = ("g++", "qemu-system-riscv64", "bash", "sfdisk", firmware, "_tkinter")
    found = [one.package for name in names if (one := catalogue.program(name))]
    assert found == packages.split()


@pytest.mark.parametrize(
    "host",
    ["Debian 12", "Ubuntu 24.04", "Fedora", "Arch", "Tumbleweed", "Leap", "Alpine", "NixOS"],
    indirect=True,
)
def test_what_images_ports_and_tool_chains_need_has_a_package_everywhere(host: str) -> None:
    known = settings_of().programs.distributions
    label = next(known[one].name for one in RELEASES[host][1] if one in known)
    unknown = [
        program.name
        for feature in (Feature.IMAGE, Feature.PREPARE, Feature.TOOL_CHAIN)
        for program in catalogue.needed(feature, list(Machine))
        if program.owner != label
    ]
    assert unknown == []


@pytest.mark.parametrize(
    ("host", "hint"),
    [
        ("Fedora", "Fedora package gcc-c++; `genode doctor`"),
        ("Ubuntu 24.04", "Ubuntu package g++; `genode doctor`"),
        ("Leap", "openSUSE package gcc-c++; `genode doctor`"),
        ("Plan 9", "Debian package g++; `genode doctor`"),
    ],
    indirect=["host"],
)
def test_a_hint_names_the_distribution(host: str, hint: str) -> None:
    assert how_to_get("g++").startswith(hint)


@pytest.mark.parametrize("host", ["Debian 12"], indirect=True)
def test_the_most_particular_name_wins(host: str) -> None:
    assert package_on_host({"any": "c", "debian": "b", "debian-12": "a"}) == ("a", "Debian")
    assert package_on_host({"any": "c", "debian": "b"}) == ("b", "Debian")
    assert package_on_host({"any": "c", "fedora": "d"}) == ("c", "Debian")
    assert package_on_host({"fedora": "d"}) == ("", "")


@pytest.mark.parametrize("host", ["Arch"], indirect=True)
def test_a_package_that_the_distribution_does_not_have_is_debians(host: str) -> None:
    assert package_on_host({"debian": "b", "arch": "a"}) == ("a", "Arch")
    assert package_on_host({"debian": "b", "fedora": "d"}) == ("b", "Debian")
    assert how_to_get("icecc").startswith("Debian package icecc; ")


@pytest.mark.parametrize(
    ("host", "major"),
    [
        ("Debian 12", "12"),
        ("Debian 13", "14"),
        ("Debian testing", "16"),
        ("Ubuntu 24.04", "13"),
        ("Ubuntu 26.04", "15"),
        ("Plan 9", "12"),
    ],
    indirect=["host"],
)
def test_the_compiler_of_a_distribution_before_it_is_installed(
    host: str, major: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gcc.gcc_major() == major
    assert catalogue.program(f"/usr/lib/gcc/x86_64-linux-gnu/{major}/32/libsupc++.a")


def fake(directory: Path, name: str, script: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("host", ["Debian 12"], indirect=True)
def test_the_major_version_is_that_of_the_compiler_found(
    host: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By its name on Debian, by its directory elsewhere; each compiler has its own."""
    place = tmp_path / "bin"
    place.mkdir()
    monkeypatch.setenv("PATH", str(place))
    fake(place, "gcc", "exit 1")
    machine = os.uname().machine
    for one in (f"lib/gcc/{machine}-pc-linux-gnu/15.2.1", "lib/gcc/riscv64-linux-gnu/17"):
        (tmp_path / one).mkdir(parents=True)
    fake(place, "aarch64-linux-gnu-gcc-13", "exit 1")
    (place / "aarch64-linux-gnu-gcc").symlink_to("aarch64-linux-gnu-gcc-13")
    fake(place, "arm-linux-gnueabi-gcc", "exit 1")
    (tmp_path / "libexec/gcc/arm-linux-gnueabi/9").mkdir(parents=True)
    (tmp_path / "libexec/gcc/arm-linux-gnueabi/11").mkdir()
    names = ("gcc", "aarch64-linux-gnu-gcc", "arm-linux-gnueabi-gcc", "riscv64-linux-gnu-gcc")
    assert [gcc.gcc_major(one) for one in names] == ["15", "13", "11", "12"]
    packages = {one.package for one in catalogue.all_programs()}
    assert "gcc-13-plugin-dev-aarch64-linux-gnu" in packages
    assert "gcc-11-plugin-dev-arm-linux-gnueabi" in packages
    assert "gcc-12-plugin-dev-riscv64-linux-gnu" in packages


def test_image_formats_ask_for_all_their_programs_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Those of administrators are found although an ordinary user's PATH does not have them."""
    wanted = {one.name: one for one in catalogue.needed(Feature.IMAGE)}
    assert set(wanted) >= {"mke2fs", "mformat", "mcopy", "xorriso", "grub-mkimage"}
    fake(tmp_path, "mke2fs", "")
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    monkeypatch.setattr("genode_tool.programs.kinds._SYSTEM_PATHS", str(tmp_path))
    assert wanted["mke2fs"].find() == tmp_path / "mke2fs"
    assert wanted["xorriso"].find() is None


def test_programs_that_judge_ours_are_a_need_of_the_tests() -> None:
    wanted = {one.name for one in catalogue.needed(Feature.TEST)}
    assert wanted >= {"expect", "tclsh", "unzip", "sfdisk", "mke2fs", "xmllint", "zstd"}


def test_a_program_has_other_names_on_other_distributions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    fake(tmp_path, "frob2-mkimage", "")
    program = Program("frob-mkimage", "frob", Feature.IMAGE, "boots")
    assert program.find() is None
    assert replace(program, alternatives=("frob2-mkimage",)).find() == tmp_path / "frob2-mkimage"
    listed = catalogue.program("grub-mkimage")
    assert listed and listed.alternatives == ("grub2-mkimage",)


def test_a_file_is_taken_from_the_first_place_that_has_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, second, third = (str(tmp_path / one) for one in ("first", "second", "third"))
    program = Program(first, "p", Feature.IMAGE, "boots", Kind.FILE, alternatives=(second, third))
    assert program.find() is None
    Path(third).touch()
    assert program.find() == Path(third)
    Path(second).touch()
    assert program.find() == Path(second)


def test_a_file_is_found_below_the_prefixes_of_programs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """NixOS has a prefix for each package."""
    monkeypatch.setenv("PATH", f"/none:{tmp_path}/bin")
    (tmp_path / "share/frob").mkdir(parents=True)
    (tmp_path / "share/frob/x.bin").touch()
    program = Program("/usr/share/frob/x.bin", "p", Feature.IMAGE, "boots", Kind.FILE)
    assert program.find() == tmp_path / "share/frob/x.bin"
    assert replace(program, name="/usr/bin/env").find() == Path("/usr/bin/env")
