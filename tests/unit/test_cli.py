from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from genode_tool.cli import app, lazy
from genode_tool.cli import main as entry
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.words import only, split_words
from genode_tool.errors import BuildFailed, Location, UserError
from tests.shared.waiting import await_end

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def genode(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run a command line; `probe` is a command that calls the function given as `does`."""

    def call(
        *words: str, does: Callable[[Invocation], int | None] = lambda _: None
    ) -> tuple[int, str, str]:
        @click.command("probe")
        @output_options
        @pass_invocation
        def probe(invocation: Invocation) -> int | None:
            return does(invocation)

        def load(_self: object, _ctx: click.Context, _name: str) -> click.Command:
            return probe

        if "probe" in words:
            monkeypatch.setitem(app.SUMMARIES, "probe", "")
            monkeypatch.setattr(lazy.LazyGroup, "get_command", load)
        code = entry.main(words)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


Genode = Callable[..., tuple[int, str, str]]


def failing(error: BaseException) -> Callable[[Invocation], int]:
    def fail(_invocation: Invocation) -> int:
        raise error

    return fail


def test_help_lists_every_command_with_an_example(genode: Genode) -> None:
    code, out, err = genode("--help")
    assert (code, err) == (0, "")
    assert all(name in out for name in app.SUMMARIES)
    assert "genode run log" in out


def groups() -> list[lazy.LazyGroup]:
    context = click.Context(app.app)
    below = (app.app.get_command(context, name) for name in app.SUMMARIES)
    return [app.app, *(one for one in below if isinstance(one, lazy.LazyGroup))]


def test_lists_and_helps_say_the_same_of_every_command() -> None:
    said = [
        (name, group.summaries[name], str(command.help).partition("\n")[0])
        for group in groups()
        for name in group.summaries
        if (command := group.get_command(click.Context(group), name))
    ]
    assert [one.name for one in groups()] == ["app", "config", "port", "depot", "tool-chain"]
    assert [one for one in said if one[1] != one[2]] == []


@pytest.mark.parametrize("name", list(app.SUMMARIES))
def test_every_command_explains_itself(genode: Genode, name: str) -> None:
    code, out, _ = genode(name, "--help")
    assert code == 0
    assert out.startswith(f"Usage: genode {name}")
    assert name == "version" or "genode " + name in out.partition("\n")[2]


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (UserError("no goal", hint="do it"), 2, "genode: error: no goal\n  hint: do it\n"),
        (BuildFailed("it broke"), 1, "genode: error: it broke\n"),
        (UserError("bad", location=Location("x.mk", 3, 7), trail=("from y.mk:1",)), 2,
         "x.mk:3:7: error: bad\n  from y.mk:1\n"),
        (KeyboardInterrupt(), 130, "genode: interrupted\n"),
        (click.Abort(), 130, "genode: interrupted\n"),
    ],
)  # fmt: skip
def test_errors_become_a_message_and_an_exit_code(
    genode: Genode, error: BaseException, code: int, message: str
) -> None:
    assert genode("probe", does=failing(error)) == (code, "", message)


def test_no_words_at_all_show_the_help(genode: Genode) -> None:
    code, out, err = genode()
    assert (code, out) == (2, "")
    assert err.startswith("Usage: genode")


def test_a_command_returns_its_exit_code(genode: Genode) -> None:
    assert genode("probe", does=lambda _: 253)[0] == 253
    assert genode("probe")[0] == 0


def test_an_internal_error_is_short_and_leaves_a_report(
    genode: Genode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, out, err = genode("probe", does=failing(ZeroDivisionError("oops\nmore")))
    assert (code, out) == (1, "")
    assert "internal error: ZeroDivisionError: oops\n" in err
    assert "Traceback" not in err
    (report,) = tmp_path.glob("genode-crash-*.txt")
    assert str(report) in err
    assert "Traceback" in report.read_text()
    assert "command: genode probe" in report.read_text()


def test_a_full_disk_is_no_internal_error(genode: Genode) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/b/x")
    assert genode("probe", does=failing(full)) == (
        2,
        "",
        "genode: error: /b/x: No space left on device\n",
    )


def test_an_output_that_takes_nothing_is_told() -> None:
    script = "import sys; from genode_tool.cli.main import main; sys.exit(main(['version']))"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr) == (2, "genode: error: No space left on device\n")


def test_traceback_on_request(genode: Genode) -> None:
    err = genode("--traceback", "probe", does=failing(UserError("bad")))[2]
    assert "Traceback" in err
    assert err.endswith("genode: error: bad\n")


def test_an_unknown_command_gets_the_nearest_name(genode: Genode) -> None:
    code, _, err = genode("docter")
    assert code == 2
    assert "no such command: `genode docter`" in err
    assert "did you mean `doctor`" in err


@pytest.mark.parametrize("words", [("--nope",), ("doctor", "--nope"), ("completion", "csh")])
def test_wrong_usage_is_told_in_one_line_and_a_hint(genode: Genode, words: tuple[str, ...]) -> None:
    code, out, err = genode(*words)
    assert (code, out) == (2, "")
    first, hint = err.splitlines()
    assert first.startswith("genode: error: ")
    assert "--help` shows" in hint


@pytest.mark.parametrize(
    ("before", "after", "verbosity"),
    [([], [], 0), (["-v"], [], 1), ([], ["-v"], 1), (["-v"], ["-vv"], 3), ([], ["-q"], -1)],
)
def test_verbosity_may_stand_before_and_after_the_command(
    genode: Genode, before: list[str], after: list[str], verbosity: int
) -> None:
    assert genode(*before, "probe", *after, does=lambda s: 10 + s.output.verbosity)[0] == (
        10 + verbosity
    )


def test_directory_option(genode: Genode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    genode("-C", str(tmp_path), "probe", does=lambda _: print(Path.cwd()))
    assert Path.cwd() == tmp_path
    code, _, err = genode("-C", "nowhere", "probe")
    assert code == 2
    assert "cannot change to nowhere: No such file" in err


def test_errors_are_coloured_when_asked(genode: Genode) -> None:
    err = genode("--color", "always", "probe", does=failing(UserError("bad")))[2]
    assert "\x1b[31;1merror\x1b[0m" in err or "\x1b[1;31merror\x1b[0m" in err
    assert "\x1b" not in genode("probe", does=failing(UserError("bad")))[2]


def test_preparation_comes_first_and_its_errors_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def prepare(words: list[str]) -> None:
        raise UserError(f"asked for {words}")

    assert entry.main(["version"], prepare=prepare) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "genode: error: asked for ['version']\n")


def test_doctor_lists_each_feature(genode: Genode) -> None:
    code, out, _ = genode("doctor", "--json")
    data = json.loads(out)
    assert [feature["name"] for feature in data["features"]] == [
        "set-up",
        "build",
        "run",
        "image",
        "ports",
        "tool-chain",
        "tool-chain adopt x86",
        "tool-chain adopt arm",
        "tool-chain adopt aarch64",
        "tool-chain adopt riscv",
        "tool-chain adopt --compiler clang",
        "selftest",
    ]
    lacking = [
        program["name"]
        for feature in data["features"]
        for program in feature["programs"]
        if program["required"] and not program["found"]
    ]
    assert (code, data["ok"]) == ((2, False) if lacking else (0, True))
    assert (data["install"] is None) == (not lacking)


def test_doctor_without_programs(genode: Genode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    code, out, _ = genode("doctor")
    assert code == 2
    assert "- g++" in out
    assert "o ccache" in out
    assert "install --no-install-recommends -y bash g++ gcc binutils" in out.splitlines()[-1]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_asks_the_tool(genode: Genode, shell: str) -> None:
    code, out, _ = genode("completion", shell)
    assert code == 0
    assert entry.COMPLETION in out


def test_completion_answers(tmp_path: Path) -> None:
    env = os.environ | {
        entry.COMPLETION: "bash_complete",
        "COMP_WORDS": "genode do",
        "COMP_CWORD": "1",
        "PYTHONPATH": str(ROOT),
    }
    shown = subprocess.run(
        [sys.executable, "-m", "genode_tool"], env=env, capture_output=True, text=True, cwd=tmp_path
    )
    assert shown.stdout.split() == ["plain,doctor"]


def test_words_in_the_manner_of_make() -> None:
    assert split_words(["core", "A=b=c", "B:=", "x/y", "A=d e"]) == (
        {"A": "d e", "B": ""},
        ["core", "x/y"],
    )
    only(["BUILD_DIR"], ["BUILD_DIR"])
    with pytest.raises(UserError, match="unknown variable `X`: wanted BUILD_DIR"):
        only(["X"], ["BUILD_DIR"])
    with pytest.raises(UserError, match="unexpected word `y`"):
        only([], ["BUILD_DIR"], ["y"])


WAITER = """
import signal, sys, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may run under nohup
from genode_tool import process
from genode_tool.cli import lazy, main
import click
@click.command()
def command():
    try:
        child = process.spawn(["/bin/sleep", "300"])
        print(child.pid, flush=True)
        time.sleep(300)
    finally:
        print("unwound", flush=True)
lazy.LazyGroup.get_command = lambda *_: command
sys.exit(main.main(["version"]))
"""


@pytest.mark.parametrize(
    ("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signals_unwind_and_end_the_children(signum: int, code: int) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", WAITER],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    grandchild = int(child.stdout.readline())
    child.send_signal(signum)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (code, "unwound\n")
    assert "Traceback" not in err
    await_end(grandchild)


def test_under_nohup_the_tool_goes_on_and_its_children_can_be_hung_up() -> None:
    hung_up = """
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from genode_tool import process
from genode_tool.cli import lazy, main
import click
@click.command()
def command():
    child = process.spawn(["/bin/sh", "-c", "kill -HUP $$; exec sleep 60"])
    print(child.wait(60), flush=True)
    os.kill(os.getpid(), signal.SIGHUP)
    print("went on", flush=True)
lazy.LazyGroup.get_command = lambda *_: command
sys.exit(main.main(["version"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", hung_up],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "-1\nwent on\n"), done.stderr


def test_a_reader_that_leaves_is_no_error() -> None:
    script = "import sys; from genode_tool.cli.main import main; sys.exit(main(['--help']))"
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout
    child.stdout.close()
    assert child.stderr
    assert child.stderr.read() == b""
    assert child.wait(60) == 128 + signal.SIGPIPE
    child.stderr.close()
