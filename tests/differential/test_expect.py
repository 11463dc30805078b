"""`spawn`, `expect`, `send` and patterns: the same script under `expect` and under the engine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genode_tool.run.console.patterns import exact, glob, regex
from genode_tool.run.tcl.interpreter import Interpreter
from tests.differential.both_expects import under_both

pytestmark = pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("expect", "tclsh")), reason="expect missing"
)

_CASES = {
    "slow typing": r"""
        spawn -noecho sh -c {read x; echo "got $x"}
        show "[catch {send -s abc} m] $m"
        foreach send_slow {1 {0 .1} {x 1}} { show "[catch {send -s abc} m] $m" }
        set send_slow {2 .3}
        set began [clock milliseconds]
        send -s "abcde\r"
        show [expr {[clock milliseconds] - $began >= 600}]
        expect -re {got (\w+)}
        show $expect_out(1,string)
    """,
    "typing as people do": r"""
        spawn -noecho sh -c {read x; echo "got $x"}
        show "[catch {send -h abc} m] $m"
        set send_human {.1 .3 1}
        show "[catch {send -h abc} m] $m"
        set send_human {.001 .003 1 .001 .01}
        send -h -- "-abc de\r"
        expect -re {got (.+)\r}
        show $expect_out(1,string)
    """,
    "the terminal's initial settings": r"""
        set stty_init {-echo rows 33 cols 44}
        spawn -noecho sh -c {stty size; read x; echo "got $x"; exit 3}
        send "typed\r"
        expect eof
        show $expect_out(buffer)
        show [lindex [wait] 3]
    """,
    "regex with groups": r"""
        spawn -noecho printf {one two\nthree\n}
        expect -re {t(w)(o)}
        show $expect_out(0,string),$expect_out(1,string),$expect_out(2,string)
        show $expect_out(buffer)
        expect -re {th.*\n}
        show $expect_out(buffer)
    """,
    "glob takes as much as it can": r"""
        spawn -noecho printf {a1b2b3\n}
        expect "3"
        show $expect_out(buffer)
        spawn -noecho printf {x a1b2b3\n}
        arrived b3
        expect "a*b"
        show $expect_out(0,string)
        show $expect_out(buffer)
    """,
    "exact text": r"""
        spawn -noecho printf {a.*b a+b\n}
        expect -ex {a.*b}
        show $expect_out(0,string)
    """,
    "order of the cases decides": r"""
        spawn -noecho printf {first second\n}
        arrived second
        expect {
 second { show S } first { show F }
 }
        expect {
 -re {nothing} { show N } eof { show E }
 }
    """,
    "time-out": r"""
        spawn -noecho sh -c {echo x; sleep 300}
        set timeout 1
        expect {
 never { show N } timeout { show T } eof { show E }
 }
        close
        show [lindex [wait] 2]
    """,
    "end of stream without a case": r"""
        spawn -noecho printf {text\n}
        expect never
        show after
    """,
    "end of stream keeps the rest": r"""
        spawn -noecho printf {rest of it\n}
        expect {
 never {} eof { show $expect_out(buffer) }
 }
    """,
    "going on within one expect": r"""
        spawn -noecho printf {a\nb\nc\n}
        set seen {}
        expect {
 -re {([abc])\r\n} { append seen $expect_out(1,string); exp_continue } eof {}
 }
        show $seen
    """,
    "send to a program": r"""
        spawn -noecho sh -c {read x; echo "got $x"; read y; echo "then $y"}
        send "hello\n"
        expect -re {got (\w+)\r\n}
        show $expect_out(1,string)
        send -- "-dash\r"
        expect -re {then (.*)\r\n}
        show $expect_out(1,string)
    """,
    "two programs": r"""
        spawn -noecho sh -c {sleep 1; echo first}
        set one $spawn_id
        spawn -noecho sh -c {echo second; sleep 300}
        set two $spawn_id
        expect -i $two -re {sec(.*)\r}
        show $expect_out(1,string)
        set both [list $one $two]
        expect -i $both -re {fir..}
        show "$expect_out(0,string) [expr {$expect_out(spawn_id) eq $one}]"
        close -i $two
        show [expr {[lindex [wait -i $two] 2] == 0}]
    """,
    "substitution in the braced form": r"""
        spawn -noecho printf {alpha beta\n}
        set wanted {be(t)a}
        set id $spawn_id
        expect {
            # a comment
            -i $id -re $wanted { show "yes $expect_out(1,string)" }
            timeout { show no }
        }
    """,
    "variables are the caller's": r"""
        proc ask {} {
            spawn -noecho printf {in a procedure\n}
            expect -re {pro(\w+)}
            return $expect_out(1,string)
        }
        show [ask]
        show [info exists expect_out]
    """,
    "return from within an action": r"""
        proc ask {} {
            spawn -noecho printf {x\n}
            expect {
 x { return early }
 }
            return late
        }
        show [ask]
        show [catch { spawn -noecho printf y; expect y { return } }]
        spawn -noecho printf {one line\n}
        set timeout 1
        expect { one { show wrong } }
        show past
        foreach i {1 2 3} { spawn -noecho printf y; expect {
 y { if {$i == 2} break
 } } }
        show $i
    """,
    "an error in an action": r"""
        spawn -noecho printf {x\n}
        show [catch { expect {
 x { error "my words"
 } } } message]
        show $message
    """,
    "case-insensitive": r"""
        spawn -noecho printf {HeLLo\n}
        expect -nocase -re {hello}
        show $expect_out(0,string)
    """,
    "the buffer keeps what was not matched": r"""
        spawn -noecho sh -c {printf 'abcdef'; sleep 300}
        expect c
        show $expect_out(buffer)
        expect -re {[ef]+}
        show $expect_out(buffer)
        close
        wait
    """,
    "default stands for both ends": r"""
        spawn -noecho printf {x\n}
        expect {
 never {} default { show D }
 }
    """,
    "anchors": r"""
        spawn -noecho printf {abcab\n}
        arrived abcab
        expect "^ab"
        show $expect_out(buffer)
        expect {
 "^ab" { show wrong } -re {^cab\r\n$} { show right }
 }
    """,
    "brackets in globs": r"""
        spawn -noecho printf {k7z\n}
        expect {[0-9]}
        show $expect_out(0,string)
    """,
}


@pytest.mark.parametrize("name", _CASES)
def test_script(tmp_path: Path, name: str) -> None:
    theirs, ours = under_both(tmp_path, _CASES[name])
    assert ours == theirs


_TEXTS = st.text(alphabet="ab1.*[]^$\\?- \n", max_size=12)
_GLOBS = st.text(alphabet="ab1.*?^$-", min_size=1, max_size=6)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(st.tuples(_GLOBS, _TEXTS), min_size=40, max_size=40))
def test_globs_match_where_string_match_does(cases: list[tuple[str, str]]) -> None:
    """A glob that may match anywhere is, for `string match`, one between stars."""
    interpreter = Interpreter()
    for pattern, text in cases:
        start = "" if pattern.startswith("^") else "*"
        body = pattern.removeprefix("^")
        end = "" if len(body) > 0 and body.endswith("$") else "*"
        whole = start + (body[:-1] if not end else body) + end
        wanted = interpreter.call("string", "match", whole, text) == "1"
        assert (glob(pattern).search(text, interpreter) is not None) == wanted, (pattern, text)


@settings(max_examples=40)
@given(texts=st.lists(st.text(max_size=20).filter(lambda t: "\0" not in t), max_size=5))
def test_words_survive_as_tclsh_reads_them(texts: list[str]) -> None:
    interpreter = Interpreter()
    usable = [text for text in texts if text.isprintable() or text.isspace()]
    assert interpreter.split(interpreter.join(usable)) == tuple(usable)
    joined = interpreter.join(usable)
    done = subprocess.run(
        ["tclsh"],
        input=f"encoding system utf-8\nputs -nonewline [llength {{{joined}}}]\n"
        if joined.count("{") == joined.count("}") and "\\" not in joined
        else f"puts -nonewline {len(usable)}\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == str(len(usable))


@pytest.mark.parametrize(
    ("pattern", "text", "span"),
    [
        (regex(r"a.b"), "xa\nby", (1, 4)),
        (regex(r"\[init -\> x\]"), "[init -> x]", (0, 11)),
        (regex(r"x|xy"), "axyz", (1, 3)),
        (regex(r"^b"), "a\nb", None),
        (exact("***"), "a***", (1, 4)),
        (glob("***"), "a", (0, 1)),
        (regex(r"***=a.b"), "a.b", (0, 3)),
    ],
)
def test_regular_expressions_are_tcl_s(
    pattern: object, text: str, span: tuple[int, int] | None
) -> None:
    interpreter = Interpreter()
    found = pattern.search(text, interpreter)  # type: ignore[attr-defined]
    assert (found[0] if found else None) == span
