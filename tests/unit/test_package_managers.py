"""The launcher installs by itself through each distribution's package manager."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from genode_tool.cli.setup import packages
from genode_tool.errors import EnvironmentProblem
from genode_tool.programs import distribution, installing
from genode_tool.programs.kinds import Feature, Program
from genode_tool.settings.layered import settings_of
from genode_tool.settings.schema.program_kinds import Kind

MANAGERS = {
    "debian": "apt-get",
    "ubuntu": "apt-get",
    "fedora": "dnf",
    "arch": "pacman",
    "suse": "zypper",
    "alpine": "apk",
}
APT = "noninteractive apt-get -o DPkg::Lock::Timeout=300 -y"
CALLS = {
    "debian": [f"{APT} update", f"{APT} --no-install-recommends install frob-package"],
    "ubuntu": [f"{APT} update", f"{APT} --no-install-recommends install frob-package"],
    "fedora": [" dnf --assumeyes --setopt=install_weak_deps=False install frob-package"],
    "arch": [" pacman -S --needed --noconfirm frob-package"],
    "suse": ["300 zypper --non-interactive install --no-recommends frob-package"],
    "alpine": [" apk --wait 300 update", " apk --wait 300 add frob-package"],
}


@pytest.fixture
def manager(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the host be a distribution with a package manager that notes its calls.

    `frob-package` delivers the program `frob`; the manager ends with the status in `status`.
    """
    name: str = request.param
    for module in (distribution, installing):
        monkeypatch.setattr(module, "host_ids", lambda: ("none-1", name))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.delenv("DEBIAN_FRONTEND", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for one in set(MANAGERS.values()):
        script(
            tmp_path / one,
            f'echo "$DEBIAN_FRONTEND$ZYPP_LOCK_TIMEOUT {one} $*" >>{tmp_path}/calls\n'
            f'case "$*" in *frob-package) touch {tmp_path}/frob; chmod +x {tmp_path}/frob\n'
            f"    [ ! -e {tmp_path}/status ] || exit $(cat {tmp_path}/status);; esac",
        )
    own = settings_of().programs.distributions[name]
    if own.unattended.lists:  # never those of the real host
        words = replace(own.unattended, lists=str(tmp_path / "lists/*_Packages*"))
        monkeypatch.setattr(packages, "host_distribution", lambda: replace(own, unattended=words))
    return name


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def frob(name: str) -> Program:
    owner = settings_of().programs.distributions[name].name
    return Program("frob", "frob-package", Feature.RUN, "frobs", owner=owner)


@pytest.mark.parametrize("manager", CALLS, indirect=True)
def test_each_manager_installs_without_questions(manager: str, tmp_path: Path) -> None:
    packages.provide([frob(manager)], may_install=True, place=tmp_path)
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls == CALLS[manager]


@pytest.mark.parametrize("manager", CALLS, indirect=True)
def test_sudo_that_asks_nothing_is_used_and_the_variables_pass_it(
    manager: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    script(
        tmp_path / "sudo",
        '[ "$1" = -n ] || exit 1; shift\n'
        f'exec env -i PATH="$PATH" SUDO=1 sh -c \'echo sudo >>{tmp_path}/sudo-calls; "$@"\' - "$@"',
    )
    packages.provide([frob(manager)], may_install=True, place=tmp_path)
    assert (tmp_path / "calls").read_text().splitlines() == CALLS[manager]
    asked_and_done = 1 + len(CALLS[manager])
    assert (tmp_path / "sudo-calls").read_text().count("sudo") == asked_and_done


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("debian", "apt-get update && apt-get install --no-install-recommends -y frob-package"),
        ("fedora", "dnf install -y frob-package"),
        ("arch", "pacman -Syu --needed frob-package"),
        ("suse", "zypper install --no-recommends frob-package"),
        ("alpine", "apk update && apk add frob-package"),
    ],
    indirect=["manager"],
)
def test_the_one_command_to_type_when_nothing_may_be_installed(
    manager: str, command: str, tmp_path: Path
) -> None:
    with pytest.raises(EnvironmentProblem, match="missing programs: frob") as caught:
        packages.provide([frob(manager)], may_install=False, place=tmp_path)
    assert caught.value.hint == command
    assert not (tmp_path / "calls").exists()


@pytest.mark.parametrize("manager", ["nixos"], indirect=True)
def test_nixos_gets_a_shell_to_type(
    manager: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.base_prefix", "/nix/store/python")
    monkeypatch.setattr(packages, "_SYSTEM_PYTHON", tmp_path / "none")
    module = replace(frob(manager), name="no_such_module", package="tk", kind=Kind.MODULE)
    with pytest.raises(EnvironmentProblem, match="missing programs: frob, no_such") as caught:
        packages.provide([frob(manager), module], may_install=True, place=tmp_path)
    assert caught.value.hint == "nix-shell -p frob-package tk"


@pytest.mark.parametrize("manager", ["fedora"], indirect=True)
def test_a_package_whose_name_is_unknown_is_not_installed_by_debians(
    manager: str, tmp_path: Path
) -> None:
    unknown = replace(frob(manager), owner="Debian")
    with pytest.raises(EnvironmentProblem) as caught:
        packages.provide([unknown], may_install=True, place=tmp_path)
    assert caught.value.hint == "install what Debian calls: frob-package"
    assert not (tmp_path / "calls").exists()


@pytest.mark.parametrize(
    ("manager", "status", "works"),
    [
        ("suse", 0, True),
        ("suse", 102, True),
        ("suse", 107, True),
        ("suse", 104, False),
        ("fedora", 102, False),
        ("debian", 100, False),
    ],
    indirect=["manager"],
)
def test_exit_statuses_that_mean_success(
    manager: str, status: int, works: bool, tmp_path: Path
) -> None:
    (tmp_path / "status").write_text(str(status))
    if works:
        packages.provide([frob(manager)], may_install=True, place=tmp_path)
        return
    with pytest.raises(EnvironmentProblem, match=f"{MANAGERS[manager]} cannot install frob-pack"):
        packages.provide([frob(manager)], may_install=True, place=tmp_path)


@pytest.mark.parametrize("manager", ["arch"], indirect=True)
def test_another_process_that_installs_is_waited_for(
    manager: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lock = tmp_path / "db.lck"
    lock.touch()
    arch = settings_of().programs.distributions["arch"]
    words = replace(arch.unattended, lock=str(lock))
    monkeypatch.setattr(packages, "host_distribution", lambda: replace(arch, unattended=words))
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        assert not (tmp_path / "calls").exists()
        waited.append(seconds)
        if len(waited) == 3:
            lock.unlink()

    monkeypatch.setattr(time, "sleep", sleep)
    packages.provide([frob(manager)], may_install=True, place=tmp_path)
    assert len(waited) == 3
    assert f"waiting for another process that installs packages ({lock})" in capsys.readouterr().err
