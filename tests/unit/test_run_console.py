"""Consoles on their own: text of streams, patterns, waits."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from genode_tool.deadline import Deadline
from genode_tool.run.console.console import Console
from genode_tool.run.console.patterns import (
    Pattern,
    PatternKind,
    exact,
    glob,
    glob_to_regex,
    regex,
    required_text,
)
from genode_tool.run.console.streams import Program, socket_stream
from genode_tool.run.console.text import TextBuffer, TextDecoder
from genode_tool.run.console.wait import Case, Ending, wait_for
from genode_tool.run.tcl.interpreter import Interpreter
from genode_tool.run.verdict import ScriptError


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


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"child \"init\" exited", 'child "init" exited'),
        (r".*\[init\] done\..*\n", "[init] done."),
        (r"Test done\.\r\n", "Test done.\r\n"),
        (r"[0-9]+ (ms|s) in all", ""),
        (r"[])]+ \d{1,3} in all", " in all"),
        (r"(a[)]b)* seen", " seen"),
        ("ab*cd+e", "cd"),
        ("ab{2}", "a"),
        ("a{b", "b"),
        ("a|b", ""),
        ("(?i)abc", ""),
        ("***=a.b", ""),
        (r"\x41bc", ""),
        (r"\101bc", ""),
        (glob_to_regex("*boot?done*"), "boot"),
    ],
)
def test_text_that_an_expression_requires(pattern: str, text: str) -> None:
    assert required_text(pattern) == text


@settings(max_examples=600, deadline=None)
@given(
    pattern=st.text("ab.*+?()[]{}^$\\1,:w-", min_size=1, max_size=9),
    text=st.text("ab1,{}()[]:-", max_size=9),
)
@example("a{[^}]b}", "a{xb}")
@example(r"\1a", "a")
@example("[]a]b", "]b")
def test_whatever_tcl_matches_contains_what_is_required(pattern: str, text: str) -> None:
    try:
        spans = Interpreter().search(pattern, text)
    except ScriptError:
        return
    if spans:
        assert required_text(pattern) in text[slice(*spans[0])]


def test_a_malformed_expression_is_told_before_any_text_comes() -> None:
    line = _Line()
    for pattern in (regex("abc["), glob("x"), regex("(")):
        cases = [Case(pattern, (line.console,))]
        if pattern.kind is PatternKind.GLOB:
            assert wait_for(cases, Deadline.after(0), Interpreter()).ending is Ending.TIMEOUT
        else:
            with pytest.raises(ScriptError, match=re.escape("couldn't compile regular expression")):
                wait_for(cases, Deadline.after(0), Interpreter())


def test_pexpect_is_loaded_with_the_first_stream() -> None:
    script = (
        "import sys\n"
        "import genode_tool.run.engine.scenarios, genode_tool.run.tcl.frontend\n"
        "import genode_tool.run.machine.qemu, genode_tool.run.machine.lines\n"
        "assert 'genode_tool.run.console.wait' in sys.modules\n"
        "print(*{'pexpect', 'ptyprocess'} & set(sys.modules))\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"
