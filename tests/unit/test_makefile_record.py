"""What an evaluation looked at decides whether it must be repeated."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from genode_tool.makefile import (
    Evaluation,
    PlannedOutputs,
    RealInputs,
    Record,
    RecordingInputs,
    ShellResult,
)
from genode_tool.makefile.inputs import MemoInputs
from genode_tool.makefile.purity import Dependence, dependence

ENVIRON = {"PATH": os.environ.get("PATH", os.defpath)}


def record_of(directory: Path, text: str) -> Record:
    (directory / "Makefile").write_text(text)
    inputs = RecordingInputs(RealInputs())
    ev = Evaluation(inputs, cwd=str(directory), environ=ENVIRON)
    ev.include("Makefile")
    again = Record.from_data(json.loads(json.dumps(inputs.record.to_data())))
    assert again is not None
    assert again.stale(RealInputs()) is None
    return again


def test_a_changed_makefile_is_noticed_and_a_touched_one_is_not(tmp_path: Path) -> None:
    record = record_of(tmp_path, "A = 1\n")
    os.utime(tmp_path / "Makefile", (1, 1))
    assert record.stale(RealInputs()) is None
    (tmp_path / "Makefile").write_text("A = 2\n")
    assert record.stale(RealInputs()) == f"{tmp_path}/Makefile changed"


def test_a_file_that_was_looked_for_appears(tmp_path: Path) -> None:
    record = record_of(tmp_path, "-include more.mk\nB := $(wildcard x)$(realpath y)\n")
    (tmp_path / "more.mk").touch()
    assert record.stale(RealInputs()) == f"{tmp_path}/more.mk appeared"
    (tmp_path / "more.mk").unlink()
    (tmp_path / "x").touch()
    assert record.stale(RealInputs()) == f"{tmp_path}/x appeared"
    (tmp_path / "x").unlink()
    (tmp_path / "y").touch()
    assert record.stale(RealInputs()) == f"{tmp_path}/y leads elsewhere"


def test_wildcards_depend_on_the_names_in_a_directory_only(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/a.c").touch()
    record = record_of(tmp_path, "A := $(wildcard d/*.c)\n")
    (tmp_path / "d/a.c").write_text("changed")
    assert record.stale(RealInputs()) is None
    (tmp_path / "d/b.c").touch()
    assert record.stale(RealInputs()) == f"the files in {tmp_path}/d changed"


def test_pure_commands_are_not_run_again(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("b\na\n")
    record = record_of(tmp_path, "A := $(shell sort data | head -n 1)\n")
    assert [one.pure is not None for one in record.shells] == [True]
    os.utime(tmp_path / "data", (1, 1))
    assert record.stale(RealInputs()) is not None


def test_other_commands_are_run_again_and_compared(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("one")
    record = record_of(tmp_path, "A := $(shell x=1; cat data)\n")
    assert [one.pure for one in record.shells] == [None]
    (tmp_path / "data").write_text("two")
    assert record.stale(RealInputs()) == "the output of `x=1; cat data` changed"


def test_what_counts_as_pure(tmp_path: Path) -> None:
    def pure(command: str) -> bool:
        return dependence(RealInputs(), command, "/bin/sh", str(tmp_path), ENVIRON) is not None

    assert pure("gcc -m64 -print-libgcc-file-name")
    assert pure("command -v gcc")
    assert pure("sed -e 's/a b/c/' file | grep -c 'x*'")
    assert pure("find src -name '*.c'")
    assert not pure("gcc -c x.c")
    assert not pure("sed -i s/a/b/ file")
    assert not pure("find . -delete")
    assert not pure("cat $(which x)")
    assert not pure("date")
    assert not pure("cat file > other")
    assert not pure("A=1 cat file")


def test_the_environment_of_a_pure_command_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("UNRELATED", "1")

    def depends(command: str, **environ: str) -> Dependence:
        env = {**ENVIRON, "LC_ALL": "C", **environ}
        found = dependence(RealInputs(), command, "/bin/sh", "/", env)
        assert found is not None
        return found

    sorts, compiles = depends("sort /etc/hosts"), depends("gcc -dumpmachine")
    own = depends("sort /etc/hosts", LC_ALL="POSIX")
    monkeypatch.setenv("UNRELATED", "2")
    assert sorts.changed(RealInputs()) is None
    monkeypatch.setenv("COMPILER_PATH", "/elsewhere")
    assert sorts.changed(RealInputs()) is None
    assert compiles.changed(RealInputs()) == "COMPILER_PATH"
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert sorts.changed(RealInputs()) == "LC_ALL"
    # A value that a makefile exported does not come from outside.
    assert own.changed(RealInputs()) is None


class Packages(RealInputs):
    """The machine with a `pkg-config` that looks into `place` by itself."""

    def __init__(self, place: Path) -> None:
        super().__init__()
        self.place = place

    def shell(self, command: str, **_: object) -> ShellResult:
        assert command == "pkg-config --variable pc_path pkg-config"
        return ShellResult(f"{self.place}\n".encode(), 0)


def test_pkg_config_depends_on_the_files_of_its_packages(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    (second / "one.pc").write_text("Requires: two >= 1.0, three\n")
    (second / "two.pc").write_text("Version: 1.1\n")
    (second / "other.pc").write_text("Version: 1\n")
    inputs = Packages(second)
    env = {**ENVIRON, "PKG_CONFIG_PATH": str(first)}

    def depends(command: str) -> Dependence | None:
        return dependence(inputs, command, "/bin/sh", str(tmp_path), env)

    found = depends("pkg-config --cflags one 2>/dev/null")
    assert found is not None
    assert found.changed(inputs) is None
    (second / "other.pc").write_text("Version: 2.0\n")
    assert found.changed(inputs) is None
    (second / "two.pc").write_text("Version: 1.1.2\n")
    assert found.changed(inputs) == f"{second}/two.pc"
    found = depends("pkg-config --libs --static 'one >= 0.5'")
    assert found is not None
    (first / "three.pc").touch()
    assert found.changed(inputs) == str(first)
    assert depends("pkg-config --list-all") is None
    assert depends("pkg-config --log-file=x --cflags one") is None


def test_paths_can_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("A := $(wildcard out.o main.c)\n")
    inputs = RecordingInputs(RealInputs(), ignore=lambda path: path.endswith(".o"))
    Evaluation(inputs, cwd=str(tmp_path), environ=ENVIRON).include("Makefile")
    (tmp_path / "out.o").touch()
    assert inputs.record.stale(RealInputs()) is None
    (tmp_path / "main.c").touch()
    assert inputs.record.stale(RealInputs()) is not None


def test_planned_outputs_look_the_same_before_and_after(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("A := $(wildcard gen/*)\n")
    planned = PlannedOutputs(RealInputs(), [f"{tmp_path}/gen/a.c"])
    inputs = RecordingInputs(planned)
    ev = Evaluation(inputs, cwd=str(tmp_path), environ=ENVIRON)
    ev.include("Makefile")
    assert ev.value("A") == "gen/a.c"
    (tmp_path / "gen").mkdir()
    (tmp_path / "gen/a.c").touch()
    assert inputs.record.stale(planned) is None


def test_a_record_of_another_format_is_not_used() -> None:
    assert Record.from_data({"format": 0}) is None


def test_memo_looks_once_until_told_to_forget(tmp_path: Path) -> None:
    memo = MemoInputs(RealInputs())
    path = str(tmp_path / "file")
    assert memo.stat(path) is None
    Path(path).touch()
    assert memo.stat(path) is None
    memo.forget()
    assert memo.stat(path) is not None
