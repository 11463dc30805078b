"""Parts of the run engine on their own: console, QEMU's command line and protocol, record."""

from __future__ import annotations

import json
import math
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.run.api.script.output_filters import differing_lines
from genode_tool.run.machine.base import KernelMedium, LoadedFile
from genode_tool.run.machine.qemu_args import (
    QemuRequest,
    compose,
    lines_elsewhere,
    program_for,
    repeatable,
)
from genode_tool.run.machine.qmp import QmpClient, QmpClosed
from genode_tool.run.options import Switches
from genode_tool.run.record.capped_log import CappedLog
from genode_tool.run.record.run_record import RunRecord, last_seconds
from genode_tool.run.tcl.case_block import split_block
from genode_tool.run.verdict import Outcome, ScriptError, Verdict
from genode_tool.settings.layered import settings_of


def _compose(script: str = "", board: str = "-machine q35", **changes: Any) -> str:
    request = QemuRequest(
        program="qemu-system-x86_64",
        script=tuple(script.split()),
        board=tuple(board.split()),
        medium=changes.pop("medium", None),
        default_memory=changes.pop("default_memory", 800),
        **changes,
    )
    words = compose(request, serial_fd=7, control_fd=8)
    return " ".join(words[words.index("-monitor") + 2 :])


_CONSOLE = "-serial chardev:genode-serial"


@pytest.mark.parametrize(
    ("script", "board", "wanted"),
    [
        ("-nographic", "-machine q35", f"-nographic {_CONSOLE} -m 800 -machine q35"),
        ("-nographic -m 64", "", f"-nographic -m 64 {_CONSOLE}"),
        ("-nographic -m 64", "-m 2048", f"-nographic {_CONSOLE} -m 2048"),
        ("-nographic -m 1 -cpu max", "-cpu a", f"-nographic -m 1 -cpu max {_CONSOLE}"),
        ("-m 1", "", f"-m 1 {_CONSOLE} -display none"),
        ("-m 1 -display sdl", "", f"-m 1 -display none {_CONSOLE}"),
        ("-m 1 -vnc :1", "", f"-m 1 -vnc :1 {_CONSOLE}"),
        ("-nographic -m 1 -serial mon:stdio", "", f"-nographic -m 1 {_CONSOLE}"),
        (
            "-nographic -m 1 -serial file:x -serial stdio",
            "",
            f"-nographic -m 1 -serial file:x {_CONSOLE}",
        ),
        ("-nographic -m 1 -serial chardev:uart", "", "-nographic -m 1 -serial chardev:uart"),
        (
            "-nographic -m 1 -netdev user,id=net0,hostfwd=tcp::1-:2",
            "-net nic,netdev=net0 -netdev user,id=net0",
            f"-nographic -m 1 -netdev user,id=net0,hostfwd=tcp::1-:2 {_CONSOLE}"
            " -net nic,netdev=net0",
        ),
    ],
)
def test_command_lines(script: str, board: str, wanted: str) -> None:
    assert _compose(script, board) == wanted


@pytest.mark.parametrize(
    ("script", "elsewhere"),
    [
        ("-nographic", ()),
        ("-serial file:x -serial stdio", ()),
        ("-serial file:x -serial null", ("file:x", "null")),
        ("-serial chardev:uart", ("chardev:uart",)),
        ("-chardev stdio,id=a -serial chardev:a", ()),
        ("-chardev stdio,id=a -serial null -device pci-serial,chardev=a", ()),
        ("-chardev stdio,id=a -serial chardev:b", ("chardev:b",)),
        ("-chardev file,id=a,path=stdio -serial chardev:a", ("chardev:a",)),
    ],
)
def test_serial_lines_that_lead_elsewhere(script: str, elsewhere: tuple[str, ...]) -> None:
    request = QemuRequest("qemu", tuple(script.split()), (), None)
    assert lines_elsewhere(request) == elsewhere
    typed = " ".join(repeatable(compose(request, serial_fd=7, control_fd=8)))
    assert "fd=" not in typed and (("stdio" in typed) or elsewhere)


def test_windows_stay_where_there_is_a_display() -> None:
    assert "-display sdl" in _compose("-display sdl", has_display=True)
    assert "-display" not in _compose("", has_display=True)


def test_a_board_whose_first_serial_line_is_mute() -> None:
    line = _compose("-nographic", "", default_memory=0, first_serial_unused=True)
    assert line == f"-nographic -serial null {_CONSOLE}"


def test_an_image_with_modules() -> None:
    modules = (LoadedFile(Path("/a")), LoadedFile(Path("/b,c"), "x y"))
    medium = KernelMedium(Path("/i mage"), "serial", modules)
    words = _compose("-nographic -m 1", "", medium=medium)
    assert words.endswith("-kernel /i mage -append serial -initrd /a,/b,,c x y")


def test_the_line_to_type_by_hand_uses_the_terminal() -> None:
    request = QemuRequest("qemu", ("-nographic", "-m", "1"), ("-machine", "q35"), None)
    typed = repeatable(compose(request, serial_fd=7, control_fd=8))
    assert typed == ("qemu", "-nographic", "-m", "1", "-serial", "mon:stdio", "-machine", "q35")


@pytest.mark.parametrize(
    ("specs", "kernel", "program"),
    [
        (("x86_64", "64bit"), "hw", "qemu-system-x86_64"),
        (("x86_32",), "hw", "qemu-system-i386"),
        (("x86_32",), "nova", "qemu-system-x86_64"),
        (("arm_64", "arm_v8a"), "hw", "qemu-system-aarch64"),
        (("arm", "arm_v7a"), "hw", "qemu-system-arm"),
        (("riscv",), "hw", "qemu-system-riscv64"),
        (("mips",), "hw", None),
    ],
)
def test_which_qemu(specs: tuple[str, ...], kernel: str, program: str | None) -> None:
    assert program_for(specs, kernel, settings_of().boards.emulators) == program


def _server(answers: Callable[[socket.socket], None]) -> QmpClient:
    ours, theirs = socket.socketpair()
    threading.Thread(target=answers, args=(theirs,), daemon=True).start()
    return QmpClient(ours)


def test_the_control_protocol_sorts_events_from_answers() -> None:
    def answer(peer: socket.socket) -> None:
        with peer, peer.makefile("rwb") as stream:
            stream.write(b'{"QMP": {"version": {}}}\r\n')
            stream.flush()
            assert json.loads(stream.readline())["execute"] == "qmp_capabilities"
            stream.write(b'{"event": "RESET", "data": {"guest": true}}\r\n{"return": {}}\r\n')
            stream.flush()
            request = json.loads(stream.readline())
            assert request == {"execute": "do", "arguments": {"x": 1}}
            stream.write(b'{"return": [1, 2]}\r\n')
            stream.flush()
            stream.readline()
            stream.write(b'{"error": {"class": "GenericError", "desc": "not so"}}\r\n')
            stream.flush()

    client, deadline = _server(answer), Deadline.after(30)
    client.negotiate(deadline)
    assert client.execute("do", deadline, x=1) == [1, 2]
    with pytest.raises(EnvironmentProblem, match="QEMU refused `undo`: not so"):
        client.execute("undo", deadline)
    with pytest.raises(QmpClosed):
        client.execute("more", deadline)
    assert [(event.name, dict(event.data)) for event in client.take_events()] == [
        ("RESET", {"guest": True})
    ]
    assert client.fileno() == -1


def test_a_silent_control_connection_does_not_hang() -> None:
    client = QmpClient(socket.socketpair()[0])
    with pytest.raises((EnvironmentProblem, QmpClosed)):
        client.negotiate(Deadline.after(0.05))


def _verdict(directory: Path) -> Verdict:
    return Verdict("x", "hw", "pc", Outcome.PASSED, 0, "fine", 1.23456, directory)


def test_a_record_replaces_the_former_one_and_is_locked(tmp_path: Path) -> None:
    directory = tmp_path / "var/run/x"
    with RunRecord(directory) as record:
        record.append("serial.log", "line")
        record.note_verdict(_verdict(directory))
        with pytest.raises(UserError, match=f"being run by process {os.getpid()}"):
            RunRecord(directory).__enter__()
    assert json.loads((directory / "verdict.json").read_text())["seconds"] == 1.235
    with RunRecord(directory):
        assert not (directory / "verdict.json").exists()
        assert not (directory / "serial.log").exists()


def test_a_record_that_cannot_be_written_is_the_machine_s_trouble(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(EnvironmentProblem, match="cannot write"):
        RunRecord(tmp_path / "var/run/x").__enter__()


@pytest.mark.parametrize(
    ("good", "output", "lines"),
    [
        ("a\nb\n", "  a \r\nb\nmore\n", []),
        ("a\nb", "a", [1]),
        ("a\nb\nc", "a\nx\nc", [1]),
        ("", "", []),
        ("", "x\ny", [0, 1]),
        ("\n\n a", "a\n", []),
    ],
)
def test_comparison(good: str, output: str, lines: list[int]) -> None:
    assert [one.line for one in differing_lines(good, output)] == lines


def test_switches() -> None:
    switches = Switches.parse("--include a --include b --flag --include a 'x y'", origin="x")
    assert switches.includes == ("a", "b")
    assert switches.has("--flag") and not switches.has("--other")
    assert switches.values("--flag") == ("--include",)
    assert switches.words[-1] == "x y"


def test_blocks_of_cases() -> None:
    text = '\n# comment {\n-i $id -re {a b} { puts "}" ; x }\n"q [f "x"] y" done\\ ;eof\n'
    text = text.replace('puts "}"', "puts y")
    assert split_block(text) == (
        "-i", "$id", "-re", "{a b}", "{ puts y ; x }", '"q [f "x"] y"', "done\\ ", "eof",
    )  # fmt: skip
    with pytest.raises(ScriptError, match="missing `}`"):
        split_block("\n{a")
    with pytest.raises(ScriptError, match="quotation"):
        split_block('\n"a')


def test_a_full_disk_is_told_once_and_the_run_can_still_be_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RunRecord(tmp_path / "var/run/x") as record:
        record.append("serial.log", "first")
        record._logs["serial.log"] = CappedLog(Path("/dev/full"))
        with pytest.raises(EnvironmentProblem, match=r"serial\.log: No space left"):
            record.append("serial.log", "second")
        record.append("serial.log", "third")
    assert sorted(path.name for path in (tmp_path / "var/run/x").iterdir()) == ["serial.log"]


def test_how_long_a_run_took_is_read_from_its_record(tmp_path: Path) -> None:
    assert last_seconds(tmp_path / "none") == math.inf
    verdict = tmp_path / "verdict.json"
    for text, seconds in (
        ('{"seconds": 1.5}', 1.5),
        ("{", math.inf),
        ("[]", math.inf),
        ('{"seconds": null}', math.inf),
    ):
        verdict.write_text(text)
        assert last_seconds(tmp_path) == seconds, text
