from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyte
import pytest

from genode_tool.building import events as build_events
from genode_tool.building.problems import Problem, Trouble
from genode_tool.errors import Diagnostic, Location, Severity, UserError
from genode_tool.events import Event, Note
from genode_tool.programs.installing import install_programs
from genode_tool.report import build as build_voice
from genode_tool.report.control import clean_line
from genode_tool.report.diagnostic import diagnostic_lines
from genode_tool.report.reporter import Reporter
from genode_tool.report.runs import lines as run_voice
from genode_tool.report.terminal import ColorMode, Terminal, terminal
from genode_tool.run import events as run_events
from genode_tool.run.verdict import Difference, Evidence, Outcome, Verdict


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("tty", "mode", "environ", "color", "live"),
    [
        (True, ColorMode.AUTO, {"TERM": "xterm"}, True, True),
        (True, ColorMode.AUTO, {"TERM": "dumb"}, False, False),
        (True, ColorMode.AUTO, {"TERM": "xterm", "NO_COLOR": "1"}, False, True),
        (True, ColorMode.AUTO, {"TERM": "xterm", "NO_COLOR": ""}, True, True),
        (True, ColorMode.ALWAYS, {"TERM": "xterm", "NO_COLOR": "1"}, True, True),
        (True, ColorMode.NEVER, {"TERM": "xterm"}, False, True),
        (True, ColorMode.AUTO, {"TERM": "xterm", "CI": "true"}, True, False),
        (False, ColorMode.AUTO, {"TERM": "xterm"}, False, False),
        (False, ColorMode.ALWAYS, {"TERM": "xterm"}, True, False),
    ],
)
def test_what_a_stream_can_show(
    tty: bool, mode: ColorMode, environ: Mapping[str, str], color: bool, live: bool
) -> None:
    screen = terminal(Tty() if tty else io.StringIO(), mode, environ)
    assert (screen.color, screen.live) == (color, live)


def test_error_with_excerpt_caret_trail_and_hint(tmp_path: Path) -> None:
    source = tmp_path / "target.mk"
    source.write_text("A = 1\nB\t= $(foo x)\n")
    error = UserError(
        "no function `foo`",
        location=Location(str(source), 2, 5),
        trail=(f"included from {source}:9",),
        hint="did you mean `for`?",
    )
    assert diagnostic_lines(error.diagnostic) == [
        f"{source}:2:5: error: no function `foo`",
        "    2 | B\t= $(foo x)",
        "      |  \t  ^",
        f"  included from {source}:9",
        "  hint: did you mean `for`?",
    ]


def test_error_in_a_file_that_is_gone() -> None:
    error = UserError("bad", location=Location("/nowhere/x", 2, 5))
    assert diagnostic_lines(error.diagnostic) == ["/nowhere/x:2:5: error: bad"]


def shown(*events: Event, verbosity: int = 0) -> list[str]:
    stream = io.StringIO()
    screen = Terminal(stream, color=False, live=False, width=80)
    with Reporter(screen, verbosity, (build_voice, run_voice)) as sink:
        for event in events:
            sink(event)
    return stream.getvalue().splitlines()


def step(text: str, number: int = 1, output: str = "") -> build_events.BuildStepFinished:
    return build_events.BuildStepFinished("test/log", text, number, 9, 1, output)


FAILED = build_events.BuildStepFailed(
    "test/log", "COMPILE  main.o", "g++ -c main.cc", "main.cc:1: error: no\n", 1
)


def test_a_python_module_that_a_recipe_misses_is_named_with_its_package() -> None:
    output = "Traceback …\nModuleNotFoundError: No module named 'yaml.nodes'\nand more\n"
    event = replace(FAILED, output=output)
    lines = build_voice.lines_of(event, terminal(io.StringIO(), ColorMode.NEVER, {}), 0)
    assert lines
    assert lines[-1].startswith("  hint: the Python that rules call has no module `yaml`: ")
    assert install_programs([], ["yaml"]) in lines[-1]


def test_steps_are_the_traditional_lines_and_name_their_target() -> None:
    lines = shown(step("COMPILE  main.o"), step("LINK     test-log", 2, "ld: warning\n"))
    assert [line.split("  test/log")[0].rstrip() for line in lines] == [
        "    COMPILE  main.o",
        "    LINK     test-log",
        "ld: warning",
    ]
    assert lines[0].endswith(" test/log")


def test_steps_that_make_keeps_quiet_about_show_with_details_only() -> None:
    event = build_events.BuildStepFinished("test/log", "main.d", 1, 9, 1, quiet=True)
    assert shown(event) == []
    assert shown(event, verbosity=1)[0].startswith("    main.d")


def test_quiet_shows_warnings_and_failures_alone() -> None:
    lines = shown(
        build_events.GraphStarted(),
        step("COMPILE  a.o"),
        step("COMPILE  b.o", 2, "b.cc:1: warning: x\n"),
        FAILED,
        build_events.BuildFinished(False, 2, 1.0),
        verbosity=-1,
    )
    assert lines == [
        "b.cc:1: warning: x",
        "genode: error: COMPILE main.o of test/log failed (exit status 1)",
        "main.cc:1: error: no",
    ]


def test_the_command_of_a_failed_step_shows_with_details_or_when_it_said_nothing() -> None:
    command = "g++ -c main.cc"
    assert command in shown(FAILED, verbosity=1)
    assert command not in shown(FAILED)
    assert shown(FAILED)[-1] == "  hint: `genode -v make …` shows the command"
    silent = shown(replace(FAILED, output=""))
    assert silent[-1] == command


def test_a_program_that_is_linked_without_libraries_is_told_what_it_lacks() -> None:
    for said in ("required symbol `_start' not defined", "cannot find entry symbol _start; not"):
        lines = shown(replace(FAILED, output=f"ld: {said}\n"))
        assert lines[-1].endswith("A program needs `LIBS = base` at least")


def test_a_failed_step_is_shown_once_and_last() -> None:
    lines = shown(step("COMPILE  a.o"), build_events.BuildFinished(False, 1, 1.0), FAILED)
    assert lines[-3:] == [
        "genode: error: COMPILE main.o of test/log failed (exit status 1)",
        "main.cc:1: error: no",
        "  hint: `genode -v make …` shows the command",
    ]
    assert sum("main.cc:1" in line for line in lines) == 1


def test_a_build_that_had_nothing_to_do_says_so() -> None:
    assert shown(build_events.BuildFinished(True, 0, 0.12)) == ["genode: nothing to build (0.12 s)"]
    assert shown(build_events.BuildFinished(True, 3, 2.0)) == ["genode: built: 3 steps in 2.0 s"]
    longest = build_events.StepTime("app/one", "LINK     one", 1.24)
    cache = build_events.CacheUse("ccache", 3, 1)
    told = build_events.BuildFinished(True, 9, 2.0, longest=longest, cache=cache)
    assert shown(told) == [
        "genode: built: 9 steps in 2.0 s; ccache: 3 of 4 cached; longest: 1.2 s, LINK one (app/one)"
    ]


def test_problems_are_grouped_and_skips_are_counted() -> None:
    problems = (
        Problem.of(Trouble.REQUIREMENT, "a", "a needs x86"),
        Problem.of(
            Trouble.MISSING_LIBRARY,
            "libx",
            "no such library: `libx`",
            chain=("libx", "test/log"),
            hint="did you mean `liby`?",
        ),
        Problem.of(Trouble.EVALUATION, "b", "missing )", Location("b.mk", 3)),
        Problem.of(Trouble.REQUIREMENT, "c", "c needs arm"),
    )
    event = build_events.ProblemsFound(problems)
    assert shown(event) == [
        "genode: descriptions that cannot be evaluated (1):",
        "  b.mk:3: error: missing )",
        "genode: missing libraries (1):",
        "  no such library: `libx`",
        "    needed by test/log",
        "    hint: did you mean `liby`?",
        "genode: 2 targets skipped: unmet requirements (-v lists them)",
    ]
    assert shown(event, verbosity=1)[-2:] == ["  a needs x86", "  c needs arm"]


def test_a_dry_run_says_what_is_to_do() -> None:
    event = build_events.BuildFinished(True, 3, 2.0, planned=True)
    assert shown(event) == ["genode: 3 steps to do"]


def test_strict_lists_skips() -> None:
    problems = (Problem.of(Trouble.REQUIREMENT, "a", "a is skipped: it requires x86"),)
    assert shown(build_events.ProblemsFound(problems, strict=True)) == [
        "genode: unmet requirements (1):",
        "  a is skipped: it requires x86",
    ]


def test_ports_take_a_line_each_and_one_command() -> None:
    problems = tuple(
        Problem(
            Trouble.PORT,
            port,
            Diagnostic(Severity.ERROR, f"port `{port}` is not prepared", hint=f"prepare {port}"),
            (port, "libc", "test/x"),
            others,
            "prepare",
        )
        for port, others in (("zlib", 2), ("gcc", 0))
    )
    assert shown(build_events.ProblemsFound(problems)) == [
        "genode: ports not prepared or outdated (2):",
        "  gcc   needed by libc <- test/x",
        "  zlib  needed by libc <- test/x and 2 more",
        "  hint: prepare gcc zlib",
    ]


def test_a_hint_of_several_problems_is_given_once() -> None:
    problems = tuple(
        Problem.of(Trouble.NO_TARGET, name, f"{name} has no TARGET", Location(name), hint="add one")
        for name in ("a", "b")
    )
    assert shown(build_events.ProblemsFound(problems)) == [
        "genode: descriptions without TARGET (2):",
        "  a: error: a has no TARGET",
        "  b: error: b has no TARGET",
        "  hint: add one",
    ]


def verdict(outcome: Outcome, reason: str = "", evidence: Evidence | None = None) -> Verdict:
    return Verdict(
        "log",
        "hw",
        "pc",
        outcome,
        outcome.exit_code,
        reason,
        2.34,
        Path("/b/var/run/log"),
        evidence or Evidence(),
    )


def scenario(*inner: Event, end: Verdict) -> tuple[Event, ...]:
    return (
        run_events.ScenarioStarted("log", Path("log.run"), "hw", "pc", 1, 2),
        *inner,
        run_events.ScenarioEnded("log", end),
    )


def serial(text: str) -> run_events.SerialLine:
    return run_events.SerialLine("log", text, 0.5)


def test_a_passed_scenario_shows_its_log_and_its_verdict() -> None:
    lines = shown(*scenario(serial("[init -> log] hi"), end=verdict(Outcome.PASSED)))
    assert lines == [
        "genode: run log on hw/pc (1 of 2)",
        "[init -> log] hi",
        "genode: log: passed (2.3 s)",
    ]


def test_a_mismatch_shows_both_lines() -> None:
    evidence = Evidence(differences=(Difference(1, "two", "zwei"),), last_lines=("zwei",))
    lines = shown(*scenario(end=verdict(Outcome.MISMATCH, "output differs", evidence)))
    assert lines[1:] == [
        "genode: log: mismatch (2.3 s)",
        "  output differs",
        "  line 2:",
        "    expected: two",
        "    found:    zwei",
        "  record: /b/var/run/log",
    ]


def test_quiet_verdicts_bring_the_last_lines() -> None:
    evidence = Evidence("done", last_lines=("[init] a", "[init] b"))
    lines = shown(
        *scenario(serial("[init] a"), end=verdict(Outcome.TIMEOUT, "timed out", evidence)),
        verbosity=-1,
    )
    assert lines == [
        "genode: log: time-out (2.3 s)",
        "  timed out",
        "  expected: done",
        "  last lines:",
        "    [init] a",
        "    [init] b",
        "  record: /b/var/run/log",
    ]


@pytest.mark.parametrize(
    ("raw", "plain", "colored"),
    [
        ("hello", "hello", "hello"),
        ("\x1b[31mError\x1b[0m", "Error", "\x1b[31mError\x1b[0m"),
        ("a\x1b[2Jb\x1b[1;1Hc", "abc", "abc"),
        ("\x1b]0;title\x07x", "x", "x"),
        ("\x1b]52;c;ZXZpbA==\x1b\\x", "x", "x"),
        ("ding\x07\tdong\r", "ding\tdong", "ding\tdong"),
        ("\x1bcreset", "reset", "reset"),
        ("\x1b\x07[2Jx", "[2Jx", "[2Jx"),
        ("\x1b]0;never ended", "", ""),
        ("cut \x1b[3", "cut 3", "cut 3"),
        ("c1 \x9b2J", "c1 2J", "c1 2J"),
    ],
)
def test_a_guest_cannot_steer_the_terminal(raw: str, plain: str, colored: str) -> None:
    assert clean_line(raw, color=False) == plain
    assert clean_line(raw, color=True) == colored


def test_notes() -> None:
    notes = (Note("a"), Note("b", "warning"), Note("c", "detail"))
    assert shown(*notes) == ["genode: a", "genode: warning: b"]
    assert shown(*notes, verbosity=-1) == ["genode: warning: b"]
    assert shown(*notes, verbosity=1)[-1] == "genode: c"


def test_summary_table_counts() -> None:
    lines = run_voice.summary_lines(
        [
            verdict(Outcome.PASSED),
            verdict(Outcome.TIMEOUT, "no [a] within 5 s"),
            verdict(Outcome.SKIPPED, "needs arm"),
        ],
        Terminal(io.StringIO(), color=False, live=False, width=80),
    )
    assert lines[-1] == "genode: 1 passed, 1 failed, 1 skipped in 7.0 s"
    rows = [line.split() for line in lines if " log " in f" {line} "]
    assert rows[0] == ["log", "hw", "pc", "passed", "2.3", "0"]
    assert rows[1][:6] == ["log", "hw", "pc", "time-out", "2.3", "254"]
    assert " ".join(rows[1][6:]) == "no [a] within 5 s"


def test_live_terminal_keeps_the_bar_below_the_lines_and_removes_it() -> None:
    stream = Tty()
    screen = Terminal(stream, color=True, live=True, width=80)
    display = pyte.Screen(80, 20)
    reader = pyte.Stream(display)
    with Reporter(screen, 0, (build_voice, run_voice)) as sink:
        sink(build_events.GraphStarted())
        sink(step("COMPILE  main.o", 3))
        sink(step("COMPILE  b.o", 4, "b.cc:1: warning: [red]x[/red]\n"))
        sink(build_events.BuildFinished(True, 4, 2.0))
        sink(serial("\x1b[34m[init] hi\x1b[0m"))
    reader.feed(stream.getvalue().replace("\n", "\r\n"))
    lines = [line.rstrip() for line in display.display if line.strip()]
    assert lines == [
        "    COMPILE  b.o                             test/log",
        "b.cc:1: warning: [red]x[/red]",
        "genode: built: 4 steps in 2.0 s",
        "[init] hi",
    ]
    assert "4/9" in stream.getvalue()
    assert not display.cursor.hidden


def test_a_file_name_of_several_lines_stays_on_one() -> None:
    (line,) = diagnostic_lines(Diagnostic(Severity.ERROR, "cannot create a\nb"))
    assert line == "genode: error: cannot create a\\nb"
