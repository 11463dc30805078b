"""Settings as a user meets them: written into a file, seen in a call, and explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scenarios.own_os import OwnOs, one_message


@pytest.fixture(scope="module")
def own_os(tmp_path_factory: pytest.TempPathFactory) -> OwnOs:
    return OwnOs(tmp_path_factory.mktemp("settings"))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    place = tmp_path / "genode"
    place.mkdir()
    return place


def plan(own_os: OwnOs, config: Path, *words: str) -> str:
    call = ("run", "log", "--plan", "--kernel", "hw", "--board", "pc", *words)
    done = own_os.genode(*call, env={"XDG_CONFIG_HOME": str(config.parent)})
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = (one for one in done.stdout.splitlines() if one.startswith("  starts "))
    return line


def test_a_user_gives_a_board_another_memory(own_os: OwnOs, config: Path) -> None:
    assert "-m " not in plan(own_os, config).replace("-m 800", "")
    (config / "boards.toml").write_text("[boards.pc]\nmemory = 1234\n")
    assert plan(own_os, config).endswith("-machine q35 -nic none -m 1234")
    place = own_os.build / "etc/genode/boards.toml"
    place.parent.mkdir()
    try:
        place.write_text("[boards.pc]\nmemory = 999\ncpu = 'max'\n")
        assert plan(own_os, config).endswith("-machine q35 -nic none -cpu max -m 999")
        done = own_os.genode(
            "settings",
            "boards.pc",
            "--changed",
            "--json",
            env={"XDG_CONFIG_HOME": str(config.parent)},
        )
        found = {one["key"]: one for one in json.loads(done.stdout)}
        memory = found["boards.pc.memory"]
        assert memory == {
            "key": "boards.pc.memory",
            "value": 999,
            "layer": "build directory",
            "file": str(place),
            "line": 2,
        }
    finally:
        place.unlink()


def test_default_switches_of_runs(own_os: OwnOs, config: Path) -> None:
    text = "[run]\nqemu_arguments = ['-smp', '2']\nswitches = ['--include', 'image/disk']\n"
    (config / "run.toml").write_text(text)
    line = plan(own_os, config, "--qemu-arg", "-s")
    assert "-smp 2 -s " in line
    assert "-drive format=raw,file=" in line


def test_a_mistake_in_a_file_has_its_line(own_os: OwnOs, config: Path) -> None:
    (config / "boards.toml").write_text("[boards.pc]\nmemory = 'much'\n")
    call = ("run", "log", "--plan", "--kernel", "hw", "--board", "pc")
    done = own_os.genode(*call, env={"XDG_CONFIG_HOME": str(config.parent)})
    said = one_message(done)
    assert done.returncode != 0
    assert f'{config}/boards.toml:2: `boards.pc.memory` is "much": wanted a whole number' in said


def test_a_build_reads_no_settings(own_os: OwnOs, config: Path) -> None:
    for topic in ("boards", "run", "mirrors", "tool_chains", "programs", "trust"):
        (config / f"{topic}.toml").write_text("broken")
    done = own_os.genode("make", "test/log", env={"XDG_CONFIG_HOME": str(config.parent)})
    assert done.returncode == 0, done.stderr


def test_the_command_shows_values_with_their_origin(own_os: OwnOs, config: Path) -> None:
    environment = {"XDG_CONFIG_HOME": str(config.parent)}
    (config / "run.toml").write_text("\n[run]\nattempts = 5\n")
    shown = own_os.genode("settings", "run.attempts", "boards.pc.cpu", env=environment).stdout
    attempts, cpu = shown.splitlines()
    assert attempts.split("#")[0].rstrip() == "run.attempts = 5"
    assert attempts.endswith(f"# user: {config}/run.toml:3")
    assert cpu.split() == ["boards.pc.cpu", "=", '""', "#", "built-in"]
    changed = own_os.genode("settings", "--changed", env=environment).stdout.splitlines()
    assert changed == [f"run.attempts = 5  # user: {config}/run.toml:3"]
    files = json.loads(own_os.genode("settings", "--files", "--json", env=environment).stdout)
    ours = [one for one in files if one["topic"] == "run"]
    assert [one["layer"] for one in ours] == ["tool", "site", "user", "tree", "build directory"]
    assert [one["file"] for one in ours if one["layer"] == "tree"] == [
        f"{own_os.tree}/etc/genode/run.toml"
    ]
    assert [one["exists"] for one in ours if one["layer"] == "user"] == [True]
    assert "tree" not in {one["layer"] for one in files if one["topic"] == "programs"}


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("boards.pcc",), "no such setting: `boards.pcc`", "did you mean `boards.pc`"),
        (("a b",), "`a b` is not a key", "letters, digits"),
        (("BORD=1",), "unknown variable `BORD`", ""),
    ],
)
def test_wrong_keys(own_os: OwnOs, words: tuple[str, ...], message: str, hint: str) -> None:
    done = own_os.genode("settings", *words)
    said = one_message(done)
    assert done.returncode == 2
    assert message in said
    assert hint in said
