"""Parts of the run engine on their own: console, QEMU's command line and protocol, record."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.run.api.output_filters import differing_lines
from genode_tool.run.console.console import Console
from genode_tool.run.console.patterns import Pattern, PatternKind, exact, regex
from genode_tool.run.console.streams import Program, socket_stream
from genode_tool.run.console.text import TextBuffer, TextDecoder
from genode_tool.run.console.wait import Case, Ending, wait_for
from genode_tool.run.machine.base import KernelMedium, LoadedFile
from genode_tool.run.machine.qemu_args import QemuRequest, compose, program_for, repeatable
from genode_tool.run.machine.qmp import QmpClient, QmpClosed
from genode_tool.run.options import Switches
from genode_tool.run.record.run_record import RunRecord
from genode_tool.run.tcl.case_block import split_block
from genode_tool.run.tcl.interpreter import Interpreter
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
    return " ".join(words[words.index("chardev=genode-serial,mode=readline") + 1 :])


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


@given(pieces=st.lists(st.binary(max_size=6), max_size=12))
def test_line_ends_are_a_terminal_s_however_bytes_are_cut(pieces: list[bytes]) -> None:
    decoder = TextDecoder()
    text = "".join(decoder.decode(piece) for piece in pieces) + decoder.decode(b"", final=True)
    whole = b"".join(pieces).decode("utf-8", errors="genode-bytes")
    assert text == whole.replace("\0", "").replace("\r\n", "\n").replace("\n", "\r\n")


@given(pieces=st.lists(st.text(max_size=9)), position=st.integers(0, 40), reads=st.booleans())
def test_text_in_pieces_reads_like_one(pieces: list[str], position: int, reads: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("genode_tool.run.console.text._PIECE", 5)
        buffer, whole = TextBuffer(), "".join(pieces)
        for piece in pieces:
            assert buffer.write(piece) == len(piece)
            if reads:
                buffer.getvalue()
        assert buffer.tell() == len(whole)
        buffer.seek(min(position, len(whole)))
        assert buffer.read() == whole[position:]
        assert buffer.getvalue() == whole


class _Line:
    """A console on a socket, and the other end of it."""

    def __init__(self, *, match_max: int = 40) -> None:
        ours, self.peer = socket.socketpair()
        self.console = Console("c", socket_stream(ours))
        self.console.match_max = match_max

    def leave_unmatched(self) -> None:
        """Search for something else in all that came, as an earlier `expect` may have done."""
        self.peer.sendall(b"\0")  # so that there is something to read; it is dropped
        self.console.pump()
        case = Case(exact("something else"), (self.console,))
        assert wait_for([case], Deadline.after(0), Interpreter()).ending is Ending.TIMEOUT

    def match(self, *patterns: Pattern, transfer: bool = True) -> str:
        """Return the text of the first match, which has to be there already."""
        cases = [Case(pattern, (self.console,), transfer) for pattern in patterns]
        found = wait_for(cases, Deadline.after(20), Interpreter())
        assert found.ending is Ending.MATCH
        return f"{found.case}:{found.text}"


def test_all_text_is_searched_however_little_patterns_look_back_on() -> None:
    line = _Line(match_max=10)
    text = "".join(f"{number:05}" for number in range(30_000))
    threading.Thread(target=line.peer.sendall, args=(text.encode() + b"!",)).start()
    seen = ""
    for wanted in ("00003", "12345", "29998"):
        seen += line.match(exact(wanted)).removeprefix("0:")
        assert seen == text[: text.index(wanted) + 5]
    assert line.match(exact("!")) == "0:29999!"


@pytest.mark.parametrize(("length", "ending"), [(900, Ending.MATCH), (1500, Ending.TIMEOUT)])
def test_a_match_reaches_back_as_far_as_it_may_and_no_further(length: int, ending: Ending) -> None:
    line = _Line(match_max=1000)
    cases = [Case(regex("A-*B"), (line.console,))]
    for piece in (b"A", *[b"-" * 100] * (length // 100)):
        line.peer.sendall(piece)
        line.console.pump()
        assert wait_for(cases, Deadline.after(0), Interpreter()).ending is Ending.TIMEOUT
    line.peer.sendall(b"B")
    line.console.pump()
    assert wait_for(cases, Deadline.after(0), Interpreter()).ending is ending


def test_what_is_matched_without_being_taken_stays_whole() -> None:
    line = _Line(match_max=5)
    line.peer.sendall(b"begin " + b"x" * 50)
    assert line.match(exact("xxxxx"), transfer=False) == "0:begin xxxxx"
    line.leave_unmatched()
    line.peer.sendall(b"1")
    assert line.match(exact("x1"), transfer=False) == f"0:begin {'x' * 50}1"
    assert line.match(exact("1")) == f"0:begin {'x' * 50}1"


def test_an_empty_match_at_the_end_takes_all_before_it() -> None:
    line = _Line()
    line.peer.sendall(b"some text")
    line.leave_unmatched()
    assert line.match(regex("$")) == "0:some text"


def test_text_read_in_a_pause_comes_after_what_was_left_before() -> None:
    line = _Line()
    line.peer.sendall(b"one two")
    line.leave_unmatched()
    line.peer.sendall(b" three")
    line.console.pump()
    assert line.match(exact("three"), exact("two")) == "1:one two"
    assert line.match(exact("three")) == "0: three"


def test_half_a_character_at_the_end_of_a_stream_is_shown() -> None:
    seen: list[str] = []
    line = _Line()
    line.console.on_text = seen.append
    line.peer.sendall("ä".encode()[:1])
    line.peer.close()
    found = wait_for(
        [Case(Pattern(PatternKind.EOF), (line.console,))], Deadline.after(20), Interpreter()
    )
    assert found.text == "\xc3" == "".join(seen)


class _Watcher:
    """Says what it was made with, once its pipe is readable."""

    def __init__(self, incident: Exception) -> None:
        self.read, self.write = os.pipe()
        self._incident = incident

    def fileno(self) -> int:
        return self.read

    def react(self) -> Exception:
        return self._incident


def test_text_that_is_there_counts_before_what_a_watcher_says() -> None:
    ours, theirs = socket.socketpair()
    console = Console("c", socket_stream(ours))
    watcher = _Watcher(RuntimeError("reset"))
    theirs.sendall(b"done\n")
    os.write(watcher.write, b"x")
    case = Case(regex("done"), (console,))
    match = wait_for([case], Deadline.after(30), Interpreter(), (watcher,))
    assert match.text == "done"
    with pytest.raises(RuntimeError, match="reset"):
        wait_for([case], Deadline.after(30), Interpreter(), (watcher,))


def test_waits_end_by_time_and_by_end_of_stream() -> None:
    ours, theirs = socket.socketpair()
    console = Console("c", socket_stream(ours))
    cases = [Case(exact("x"), (console,)), Case(Pattern(PatternKind.EOF), (console,))]
    assert wait_for(cases, Deadline.after(0), Interpreter()).ending is Ending.TIMEOUT
    theirs.sendall(b"rest")
    theirs.close()
    match = wait_for(cases, Deadline.after(30), Interpreter())
    assert (match.ending, match.case, match.text) == (Ending.EOF, 1, "rest")


def test_a_terminal_s_program_is_gone_after_stop() -> None:
    child = Program(["sh", "-c", "sleep 1000 & wait"])
    assert child.exit_status() is None
    child.close()
    assert child.exit_status() == -9
    assert child.closed


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
        record._logs["serial.log"] = open("/dev/full", "w", buffering=1)  # noqa: SIM115, PTH123
        with pytest.raises(EnvironmentProblem, match=r"serial\.log: No space left"):
            record.append("serial.log", "second")
        record.append("serial.log", "third")
    assert sorted(path.name for path in (tmp_path / "var/run/x").iterdir()) == ["serial.log"]
