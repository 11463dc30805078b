"""Text from outside that tries to steer the user's terminal."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from genode_tool.cli.app import app
from genode_tool.cli.main import main
from genode_tool.errors import Diagnostic, Location, Severity, UserError
from genode_tool.events import Note, Warned
from genode_tool.report.reporter import Reporter
from genode_tool.report.terminal import Terminal
from tests.unit.buildtree import SmallTree

ATTACKS = (
    "\x1b]0;title\x07",
    "\x1b]52;c;ZXZpbA==\x1b\\",
    "\x1b[2J\x1b[1;1H",
    "\x1bc",
    "\x1bP$q\x1b\\",
    "\x9b2J",
    "\r\x08\x7f",
    "\x1b\x1b]0;a\x07]0;title\x07",
)
STEERING = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[[0-9;:]*m)")


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("color", [True, False])
def test_events_do_not_steer_the_terminal(attack: str, color: bool) -> None:
    stream = io.StringIO()
    screen = Terminal(stream, color=color, live=False, width=80)
    text = f"404 {attack}Not Found"
    with Reporter(screen, 1, ()) as sink:
        sink(Note(text))
        sink(Note(text, "warning"))
        place = Location(f"a{attack}b", 1)
        sink(Warned(Diagnostic(Severity.WARNING, text, place, (text,), text)))
    assert not STEERING.search(stream.getvalue())
    assert "Not Found" in stream.getvalue()


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_error_does_not_steer_the_terminal(
    attack: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise UserError(f"a{attack}b", location=Location(f"c{attack}d"), hint=f"e{attack}f")

    monkeypatch.setattr(app, "make_context", fail)
    assert main(["--color", "always", "version"]) == 2
    err = capfd.readouterr().err
    assert not STEERING.search(err) and "a" in err and "f" in err


@pytest.mark.parametrize(
    "words", [["make", "ATTACK"], ["run", "ATTACK"], ["ATTACK"], ["help", "ATTACK"]]
)
@pytest.mark.parametrize("attack", ATTACKS)
def test_what_a_call_repeats_does_not_steer_the_terminal(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    words: list[str],
    attack: str,
) -> None:
    monkeypatch.chdir(SmallTree(tmp_path).build)
    main([word.replace("ATTACK", f"x{attack}y") for word in words])
    out, err = capfd.readouterr()
    assert not STEERING.search(out + err)


@pytest.mark.parametrize("command", ["targets", "libs", "scenarios"])
def test_names_of_files_do_not_steer_the_terminal(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    command: str,
) -> None:
    tree = SmallTree(tmp_path)
    name = "x\x1b]0;title\x07y"
    tree.write(f"repos/base/src/{name}/target.mk", "TARGET = x\n")
    tree.write(f"repos/base/lib/mk/{name}.mk", "SRC_CC =\n")
    tree.write(f"repos/base/run/{name}.run", "\n")
    monkeypatch.chdir(tree.build)
    assert main([command]) == 0
    out, err = capfd.readouterr()
    assert "xy" in out and not STEERING.search(out + err)
