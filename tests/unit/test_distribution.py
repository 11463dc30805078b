"""Names of packages, and the command that installs them, on one distribution and another."""

from __future__ import annotations

import platform

import pytest

from genode_tool.programs import catalogue, distribution, how_to_get
from genode_tool.programs.distribution import (
    host_ids,
    install_command,
    install_debian_packages,
    package_on_host,
)

RELEASES = {
    "Debian 12": ({"ID": "debian", "VERSION_ID": "12"}, ("debian-12", "debian")),
    "Debian 13": ({"ID": "debian", "VERSION_ID": "13"}, ("debian-13", "debian")),
    "Debian testing": ({"ID": "debian"}, ("debian",)),
    "Ubuntu": (
        {"ID": "ubuntu", "VERSION_ID": "24.04", "ID_LIKE": "debian"},
        ("ubuntu-24.04", "ubuntu", "debian"),
    ),
    "Mint": (
        {"ID": "linuxmint", "VERSION_ID": "22", "ID_LIKE": "ubuntu debian"},
        ("linuxmint-22", "linuxmint", "ubuntu", "debian"),
    ),
    "Fedora": ({"ID": "fedora", "VERSION_ID": "42"}, ("fedora-42", "fedora")),
    "Arch": ({"ID": "arch"}, ("arch",)),
    "NixOS": ({"ID": "nixos", "VERSION_ID": "25.05"}, ("nixos-25.05", "nixos")),
    "Plan 9": ({"ID": "plan9"}, ("plan9",)),
}


@pytest.fixture
def host(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the host be the distribution that the test names, and its user an ordinary one."""
    name: str = request.param
    monkeypatch.setattr(distribution, "host_ids", lambda: RELEASES[name][1])
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    catalogue._programs_of.cache_clear()
    request.addfinalizer(catalogue._programs_of.cache_clear)
    return name


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
        (
            "Debian 12",
            "sudo apt-get update && sudo apt-get install --no-install-recommends -y a b",
        ),
        ("Mint", "sudo apt-get update && sudo apt-get install --no-install-recommends -y a b"),
        ("Fedora", "sudo dnf install -y a b"),
        ("Arch", "sudo pacman -Sy --needed a b"),
        ("NixOS", "nix-shell -p a b"),
        ("Plan 9", "install what Debian calls: a b"),
    ],
    indirect=["host"],
)
def test_the_command_that_installs(host: str, command: str) -> None:
    assert install_command(["a", "b"]) == command


@pytest.mark.parametrize(
    ("host", "command"),
    [
        ("Ubuntu", "sudo apt-get update && sudo apt-get install --no-install-recommends -y a"),
        ("Fedora", "install what Debian calls: a"),
    ],
    indirect=["host"],
)
def test_packages_of_which_debians_names_alone_are_known(host: str, command: str) -> None:
    assert install_debian_packages(["a"]) == command


@pytest.mark.parametrize(
    ("host", "gxx", "riscv", "bash"),
    [
        ("Debian 12", "g++", "qemu-system-misc", "bash"),
        ("Debian 13", "g++", "qemu-system-riscv", "bash"),
        ("Ubuntu", "g++", "qemu-system-misc", "bash"),
        ("Fedora", "gcc-c++", "qemu-system-riscv", "bash"),
        ("Arch", "gcc", "qemu-system-riscv", "bash"),
        ("NixOS", "gcc", "qemu", "bash"),
        ("Plan 9", "g++", "qemu-system-riscv", "bash"),
    ],
    indirect=["host"],
)
def test_packages_by_distribution(host: str, gxx: str, riscv: str, bash: str) -> None:
    names = ("g++", "qemu-system-riscv64", "bash")
    packages = tuple(found.package for one in names if (found := catalogue.program(one)))
    assert packages == (gxx, riscv, bash)


@pytest.mark.parametrize(
    ("host", "hint"),
    [
        ("Fedora", "Fedora package gcc-c++; `genode doctor`"),
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
    [("Debian 12", "12"), ("Debian 13", "14"), ("Ubuntu", "13"), ("Plan 9", "12")],
    indirect=["host"],
)
def test_the_compiler_of_a_distribution_before_it_is_installed(
    host: str, major: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(distribution, "_COMPILERS", (f"{tmp_path}/none",))
    assert distribution.gcc_major() == major
