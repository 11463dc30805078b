"""The corners of `spawn`, `expect` and `send`: the same script under `expect` and the engine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genode_tool.run.console.text import TextDecoder
from tests.differential.both_expects import under_both

pytestmark = pytest.mark.skipif(shutil.which("expect") is None, reason="expect missing")

_CASES = {
    "timeout zero": r"""
        spawn -noecho sh -c {sleep 300}
        expect {
        -timeout 0
        never { show N } timeout { show T } eof { show E }
        }
        expect -timeout 0 never { show N } timeout { show T2 }
        set timeout 0
        expect never { show N } timeout { show T3 }
        close
    """,
    "endless timeout ends with the stream": r"""
        spawn -noecho printf abc
        expect -timeout -1 never { show N } timeout { show T } eof { show E }
        set timeout -1
        spawn -noecho printf abc
        expect eof
        show $expect_out(buffer)
    """,
    "full buffer": r"""
        match_max -d 100
        spawn -noecho sh -c {printf '%0250d' 7; sleep 300}
        set n 0
        expect {
        never { show N }
        full_buffer { incr n; show [expr {[string length $expect_out(buffer)] > 0}]; }
        }
        show $n
        close
    """,
    "match_max cuts": r"""
        match_max 20
        spawn -noecho sh -c {printf 'begin0123456789012345678901234567890123456789end'; sleep 300}
        expect end
        show $expect_out(0,string)
        close
    """,
    "match_max answers": r"""
        show <[match_max -d 123]>
        show [match_max -d]
        spawn -noecho printf x
        show [match_max]
        match_max 77
        show [match_max]
        show [match_max -d]
        show [match_max -i $spawn_id]
    """,
    "indices": r"""
        spawn -noecho printf {one two three\n}
        expect -indices -re {t(w)(o)}
        show "$expect_out(0,start) $expect_out(0,end) $expect_out(2,string)"
        show "$expect_out(1,start) $expect_out(1,end)"
        expect -indices -gl {h?e}
        show "$expect_out(0,start) $expect_out(0,end) $expect_out(0,string)"
    """,
    "no transfer": r"""
        spawn -noecho printf {one two\n}
        expect -notransfer -re {on.}
        show $expect_out(0,string)|$expect_out(buffer)
        expect -re {o(ne) t}
        show $expect_out(1,string)|$expect_out(buffer)
    """,
    "expect_before": r"""
        spawn -noecho sh -c {printf one; read x; printf two; sleep 300}
        expect_before two { show B } one { show A }
        expect never { show N } one { show O }
        send "\r"
        expect never { show N } zzz { show O }
        expect_before
        expect -timeout 0 never { show N } timeout { show T }
    """,
    "expect_after": r"""
        spawn -noecho printf {one two\n}
        expect_after {
        eof { show A }
        }
        expect two { show T }
        expect never { show N }
    """,
    "wait of an exit": r"""
        spawn -noecho sh -c {exit 7}
        set pid [exp_pid]
        expect eof
        set w [wait]
        show "[expr {[lindex $w 0] == $pid}] [expr {[lindex $w 1] eq $spawn_id}] [lrange $w 2 end]"
    """,
    "spawn answers the pid": r"""
        set p [spawn -noecho sleep 300]
        show [expr {$p == [exp_pid] && $p == [exp_pid -i $spawn_id]}]
        close
        show [llength [wait]]
    """,
    "wait of a kill": r"""
        set pid [spawn -noecho sleep 300]
        exec sh -c "kill -TERM $pid"
        expect eof
        set w [wait]
        show [lrange $w 2 end]
        set pid [spawn -noecho sleep 300]
        exec sh -c "kill -9 $pid"
        expect eof
        show [lrange [wait] 2 end]
    """,
    "close and wait": r"""
        set pid [spawn -noecho sleep 300]
        close
        set w [wait]
        show [lrange $w 2 end]
        show [catch { wait }]
    """,
    "close twice": r"""
        spawn -noecho sleep 300
        close
        show [catch { close }]
        wait
    """,
    "close after eof": r"""
        spawn -noecho printf x
        expect eof
        show [catch { close }]
        show [catch { wait }]
        show [catch { wait }]
    """,
    "expect after eof": r"""
        spawn -noecho printf xyz
        expect eof
        show [catch { expect x } m]
        show [catch { expect {
        x { show X } eof { show E }
        } } m]
        wait
    """,
    "expect after close": r"""
        spawn -noecho sleep 300
        close
        show [catch { expect x }]
        wait
    """,
    "send after end": r"""
        spawn -noecho true
        expect eof
        show [catch { send "x\n" }]
        wait
    """,
    "wait without waiting": r"""
        spawn -noecho sleep 300
        close
        set w [wait -nowait]
        show [lrange $w 2 end]
    """,
    "spawn of nothing": r"""
        show [catch { spawn -noecho /no/such/program } m]
        show $m
        show [catch { spawn } m]
    """,
    "log_user": r"""
        log_user 1
        show [log_user]
        show [log_user 0]
        show [log_user]
    """,
    "flat patterns": r"""
        spawn -noecho printf {abc\n}
        expect -re {x+} { show X } -re {b(.)} { show $expect_out(1,string) } timeout { show T }
    """,
    "a block on one line is a pattern": r"""
        spawn -noecho printf {abc\n}
        expect {b} { show B }
        set timeout 1
        expect { c } { show C } timeout { show T }
    """,
    "groups stay from an earlier match": r"""
        spawn -noecho printf {abc def\n}
        expect -re {(a)(b)}
        expect -re {(d)}
        show $expect_out(1,string),$expect_out(2,string)
    """,
    "a group that took no part": r"""
        spawn -noecho printf {abc\n}
        expect -re {(x)?b(c)}
        show [info exists expect_out(1,string)],$expect_out(2,string)
    """,
    "timeout in a procedure": r"""
        set timeout 30
        proc ask {} {
            set timeout 0
            spawn -noecho sleep 300
            expect never { return n } timeout { return t }
        }
        show [ask]
        proc ask2 {} {
            global timeout
            set timeout 0
            spawn -noecho sleep 300
            expect never { return n } timeout { return t }
        }
        show [ask2]
        show $timeout
    """,
    "spawn_id in a procedure": r"""
        spawn -noecho printf outer
        set o $spawn_id
        proc inner {} { spawn -noecho printf inner; expect -re {.+r}; return $expect_out(0,string) }
        show [inner]
        show [expr {$o eq $spawn_id}]
        proc look {} { expect -re {.+r}; return $expect_out(0,string) }
        show [look]
    """,
    "upvar": r"""
        proc start {name} { upvar $name id; spawn -noecho printf {from there}; set id $spawn_id }
        start mine
        expect -i $mine -re {f(.*)e}
        show $expect_out(1,string)
        proc listen {name} {
            upvar 1 $name id
            expect -i $id -re {.$}
            return $expect_out(0,string)
        }
        spawn -noecho printf {other}
        set two $spawn_id
        show [listen two]
    """,
    "indirect spawn ids": r"""
        spawn -noecho printf {alpha}
        set ids $spawn_id
        expect -i ids -re {a(l)}
        show $expect_out(1,string)
    """,
    "any_spawn_id": r"""
        spawn -noecho printf {alpha}
        set a $spawn_id
        spawn -noecho sleep 300
        expect -i $any_spawn_id never { show N }  -i $a alpha { show A }
    """,
    "nul bytes": r"""
        spawn -noecho printf {a\0b\n}
        expect -re {(.*)\n}
        show "[string length $expect_out(1,string)] $expect_out(1,string)"
    """,
    "invalid utf-8": r"""
        spawn -noecho printf {a\377b\303\251c\n}
        expect -re {a(.+)c}
        show [string length $expect_out(1,string)]
        foreach c [split $expect_out(1,string) {}] { scan $c %c n; show $n }
    """,
    "utf-8 in pieces": r"""
        spawn -noecho sh -c {printf 'x\303'; sleep 0.3; printf '\251y\n'}
        expect -re {x(.+)y}
        show [string length $expect_out(1,string)]
        scan $expect_out(1,string) %c n; show $n
    """,
    "terminal's line ends": r"""
        spawn -noecho printf {a\nb\r\nc\n}
        expect -re {c\r\n}
        show $expect_out(buffer)
    """,
    "a raw terminal": r"""
        spawn -noecho sh -c {stty -onlcr; printf 'a\nb\n'}
        expect -re {b}
        show $expect_out(buffer)
    """,
    "echo": r"""
        spawn -noecho sh -c {read x; echo "<$x>"}
        send "hi\r"
        expect -re {<(.*)>}
        show $expect_out(buffer)
    """,
    "star": r"""
        spawn -noecho sh -c {printf abc; sleep 300}
        expect abc
        expect * { show [string length $expect_out(buffer)] }
        close
    """,
    "star on what is there": r"""
        spawn -noecho sh -c {printf abcdef; sleep 300}
        expect c
        expect * { show $expect_out(buffer) }
        close
    """,
    "nested expect": r"""
        spawn -noecho printf {a b c\n}
        expect {
        a { expect {
        c { show "inner $expect_out(buffer)" }
        }
        show outer }
        }
    """,
    "continue": r"""
        spawn -noecho printf {a b b c\n}
        set n 0
        expect {
        -re {b} { incr n; exp_continue }
        c { show "c $n" }
        }
    """,
    "continue keeps the timer": r"""
        spawn -noecho sh -c {while :; do echo x; sleep 0.2; done}
        set timeout 1
        set n 0
        expect {
        x { if {[incr n] < 100} { exp_continue -continue_timer } else { show "goes on" } }
        timeout { show T }
        }
        close
    """,
    "end sets what it knows": r"""
        spawn -noecho printf {rest}
        unset -nocomplain expect_out
        expect never {} eof {}
        show "$expect_out(buffer) [expr {$expect_out(spawn_id) eq $spawn_id}]"
        show [info exists expect_out(0,string)]
    """,
    "a time-out sets nothing": r"""
        spawn -noecho sh -c {printf text; sleep 300}
        set timeout 1
        unset -nocomplain expect_out
        expect never
        show [info exists expect_out(buffer)]
        expect never {} timeout { show [info exists expect_out(buffer)] }
        set timeout 30
        expect -re {t(.*)t}
        show $expect_out(1,string)
        close
    """,
    "case-insensitive globs": r"""
        spawn -noecho printf {HeLLo\n}
        expect -nocase -gl {h?l*o} { show $expect_out(0,string) }
    """,
    "case-insensitive exact": r"""
        spawn -noecho printf {HeLLo\n}
        expect -nocase -ex {hello} { show $expect_out(0,string) } timeout { show T } eof { show E }
    """,
    "default": r"""
        spawn -noecho printf {x}
        expect default { show D }
        spawn -noecho sleep 300
        set timeout 0
        expect default { show D2 }
    """,
    "the default time-out": r"""
        show $timeout
    """,
    "an empty pattern": r"""
        spawn -noecho printf abc
        expect "" { show <$expect_out(0,string)> }
    """,
    "dashes": r"""
        spawn -noecho printf {%s} {-re x}
        expect -- -re { show $expect_out(0,string) }
    """,
    "a pattern that looks like an option": r"""
        spawn -noecho printf {%s} {-dash}
        expect -ex -dash { show $expect_out(0,string) }
    """,
    "anchored twice": r"""
        spawn -noecho printf {aab}
        arrived aab
        expect -re ^a
        expect -re ^a
        expect -re ^b { show $expect_out(buffer) }
    """,
    "lines one by one": r"""
        spawn -noecho printf {a\nb\nc\n}
        set l {}
        expect {
        -re {^([^\r]*)\r\n} { lappend l $expect_out(1,string); exp_continue }
        eof { show $l }
        }
    """,
    "several sends": r"""
        spawn -noecho cat
        send a; send b; send "c\r"
        expect abc
        send \004
        expect eof
        show [lindex [wait] 3]
    """,
    "send to a list": r"""
        spawn -noecho sh -c {read x; echo "<$x>"; sleep 300}; set a $spawn_id
        spawn -noecho sh -c {read x; echo "<$x>"; sleep 300}; set b $spawn_id
        send -i [list $a $b] "hey\r"
        expect -i $a {<hey>} { show A }
        expect -i $b {<hey>} { show B }
    """,
    "break and continue": r"""
        foreach x {1 2 3} {
        spawn -noecho printf x
        expect x { if {$x == 2} continue; if {$x == 3} break }
        show $x
        }
        show end$x
    """,
    "what expect returns": r"""
        spawn -noecho printf x
        show <[expect x { set y 5 }]>
        spawn -noecho printf x
        show <[expect x]>
        spawn -noecho printf x
        show <[expect never {} eof {expr 1+1}]>
    """,
    "an error inside": r"""
        spawn -noecho printf x
        show [catch { expect x { error oops info code } } m o],$m,[dict get $o -errorcode]
    """,
    "a bad regular expression": r"""
        spawn -noecho printf x
        show [catch { expect -re {a(b} }]
    """,
    "an unknown spawn id": r"""
        show [catch { expect -i exp99 x }]
        show [catch { send -i exp99 x }]
        show [catch { exp_pid -i exp99 }]
    """,
    "the rest at a match and an end": r"""
        spawn -noecho printf {last words}
        expect last
        expect eof
        show $expect_out(buffer)
    """,
    "long output": r"""
        match_max -d 200000
        spawn -noecho sh -c {i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done}
        expect -re {line 2999\r\n}
        show [string length $expect_out(buffer)]
    """,
    "variables in actions": r"""
        set v 1
        spawn -noecho printf abc
        expect -re b { incr v; set w $v }
        show $v,$w
        proc p {} { set v 10; spawn -noecho printf abc; expect -re b { incr v }; return $v }
        show [p],$v
    """,
    "substitution of a variable block": r"""
        set pat b
        spawn -noecho printf abc
        expect {
        "$pat" { show V }
        }
        spawn -noecho printf abc
        expect "a$pat" { show W }
        spawn -noecho printf {a[x]}
        expect {
        {a\[x\]} { show X }
        "zzz" { show Z }
        eof { show E }
        }
    """,
    "comments within a block": r"""
        spawn -noecho printf abc
        expect {
        # first "quote
        abc { show A
        }
        # last
        }
    """,
    "options before a block": r"""
        spawn -noecho sleep 300
        show [catch { expect -timeout 0 {
        never { show N }
        timeout { show T }
        } }]
    """,
    "close with -i": r"""
        spawn -noecho sleep 300; set a $spawn_id
        spawn -noecho printf x; set b $spawn_id
        close -i $a
        expect -i $b x { show X }
        wait -i $a
        show [catch { send -i $a x }]
    """,
    "send_user": r"""
        send_user "text\n"
        send_user -- "-x\n"
    """,
    "exit status of a pipe": r"""
        spawn -noecho sh -c {kill -9 $$}
        expect eof
        show [lrange [wait] 2 end]
        spawn -noecho sh -c {exit 255}
        expect eof
        show [lrange [wait] 2 end]
    """,
    "timestamp": r"""
        show [expr {[timestamp] - [clock seconds] in {-1 0 1}}]
    """,
    "a program that dies meanwhile": r"""
        spawn -noecho sh -c {echo ready; read x; exit 3}
        expect ready
        send "\r"
        expect {
        never {} eof { show E }
        }
        show [lindex [wait] 3]
    """,
    "keys are signals": r"""
        spawn -noecho sh -c {echo ready; exec sleep 300}
        expect ready
        send \003
        expect eof
        show [lrange [wait] 2 end]
        spawn -noecho sh -c {trap 'echo hup' HUP; echo ready; read x; echo "[$x]"}
        expect ready
        send "a\025b\r"
        expect -re {\[(.*)\]} { show $expect_out(1,string) }
    """,
    "a terminal": r"""
        spawn -noecho sh -c {test -t 0 && test -t 1 && test -t 2 && tty </dev/tty | tr -d 0-9}
        expect eof
        show $expect_out(buffer)
    """,
    "zero bytes on request": r"""
        remove_nulls -d 0
        show [remove_nulls -d]
        spawn -noecho printf {a\0b\n}
        expect null { show Z }
    """,
    "size of the terminal's line": r"""
        spawn -noecho sh -c {read x; echo ${#x}}
        send "[string repeat y 300]\r"
        expect -re {\n([0-9]+)} { show $expect_out(1,string) }
    """,
    "order of spawn ids given": r"""
        spawn -noecho printf aaa
        set a $spawn_id
        spawn -noecho sh -c {read x; printf bbb}
        set b $spawn_id
        expect -i "$b $a" -re {(bbb|zzz)} { show $expect_out(1,string) } eof {
            show [expr {$expect_out(spawn_id) eq $a}]
        }
        send -i $b "\r"
        expect -i $b -re {(bbb|zzz)} { show $expect_out(1,string) }
    """,
    "eof of one of several": r"""
        spawn -noecho true
        set a $spawn_id
        spawn -noecho sleep 300
        set b $spawn_id
        expect -i "$a $b" never { show N } -i $a eof { show A } -i $b eof { show B }
    """,
    "output in pieces": r"""
        spawn -noecho sh -c {printf hel; sleep 0.3; printf lo; sleep 300}
        expect hello { show $expect_out(buffer) }
        close
    """,
    "a match leaves the rest for another console": r"""
        spawn -noecho printf {k1=v1\nk2=v2\n}
        set l {}
        expect {
        -re {(k[0-9])=(v[0-9])} {
            lappend l $expect_out(1,string) $expect_out(2,string)
            exp_continue
        }
        eof { show $l }
        }
    """,
    "greedy and lazy": r"""
        spawn -noecho printf {<a><b>\n}
        arrived <b>
        expect -re {<.*?>} { show $expect_out(0,string) }
        spawn -noecho printf {<a><b>\n}
        arrived <b>
        expect -re {<.*>} { show $expect_out(0,string) }
    """,
    "return with a code": r"""
        proc p {} { spawn -noecho printf x; expect x { return -code 7 v } ; return none }
        show [catch { p } r],$r
        proc q {} { spawn -noecho printf x; expect x { return } ; return none }
        show <[q]>
    """,
}


@pytest.mark.parametrize("name", _CASES)
def test_corner(tmp_path: Path, name: str) -> None:
    theirs, ours = under_both(tmp_path, _CASES[name])
    assert ours == theirs


def test_what_a_pattern_does_not_look_at_is_not_lost(tmp_path: Path) -> None:
    """Unlike expect, the engine keeps all earlier output for `expect_out(buffer)`."""
    theirs, ours = under_both(
        tmp_path,
        """
        match_max -d 1000
        spawn -noecho sh -c {i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i+1)); done}
        expect -re {line 1999\\r\\n}
        show [string length $expect_out(buffer)]
        """,
    )
    assert ours == ["20890"] and int(theirs[0]) < 3000


# Surrogates and the long form of zero are left out: they are no text here.
_BYTES = st.binary(min_size=1, max_size=6).filter(
    lambda data: not {0, 10, 13, 0xC0, 0xED} & set(data)
)


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(_BYTES, min_size=60, max_size=60))
def test_bytes_that_are_no_text(tmp_path: Path, texts: list[bytes]) -> None:
    """Each byte that is not UTF-8 becomes the character of its number."""
    file = tmp_path / "bytes"
    file.write_bytes(b"".join(b"<" + text + b">\n" for text in texts))
    script = tmp_path / "script.exp"
    script.write_text(
        f"log_user 0\nmatch_max -d 100000\nspawn -noecho cat {{{file}}}\nexpect eof\n"
        'foreach line [split [string trim $expect_out(buffer)] "\\n"] {\n'
        "  set codes {}\n"
        "  foreach character [split [string trimright $line] {}] {\n"
        "    scan $character %c code\n    lappend codes $code\n  }\n"
        "  puts $codes\n}\n"
    )
    done = subprocess.run(
        ["expect", "-N", "-n", str(script)], capture_output=True, text=True, timeout=60, check=True
    )
    for text, line in zip(texts, done.stdout.splitlines(), strict=True):
        ours = TextDecoder(raw=True).decode(b"<" + text + b">", final=True)
        assert [ord(character) for character in ours] == [*map(int, line.split())]
