"""Intel AMT with stand-ins for its programs: what they are called with."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from genode_tool.run.context.run_modules import RunModule
from genode_tool.run.machine.lines import CommandLine, line_of
from genode_tool.run.machine.power import switch
from genode_tool.run.options import Switches

_PROGRAM = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
echo 'Current power state: Soft off'
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file that the stand-ins write their calls to."""
    for name in ("meshcmd", "amtterm", "wsman"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(_PROGRAM)
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return tmp_path / "calls"


def _switches(text: str) -> Switches:
    return Switches(tuple(shlex.split(text)))


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("", "amtterm -u admin -v board"),
        ("--amtterm-tls no", "amtterm -u admin -v board"),
        ("--amtterm-tls yes", "amtterm -C board.cert -u admin -v board"),
        ("--amtterm-tls --switch", "amtterm -C board.cert -u admin -v board"),
        ("--amt-tool meshcmd", 'meshcmd amtterm --host board --password "$AMT_PASSWORD"'),
        (
            "--amt-tool meshcmd --meshcmd-tls",
            'meshcmd amtterm --tls --host board --password "$AMT_PASSWORD"',
        ),
    ],
)
def test_the_serial_line(words: str, command: str, calls: Path) -> None:
    given = _switches(f"--log-amt-host board --log-amt-password secret {words}")
    line = line_of(RunModule("log", "amt", None, given), calls.parent)
    assert isinstance(line, CommandLine)
    assert line.command == ("/bin/sh", "-c", command)


@pytest.mark.parametrize(("words", "tls"), [("", ""), ("--meshcmd-tls", "--tls ")])
def test_switching_on(words: str, tls: str, calls: Path) -> None:
    given = _switches(
        f"--power-on-amt-host board --power-on-amt-password secret --amt-tool meshcmd"
        f" --power-on-amt-timeout 0 {words}"
    )
    switch(RunModule("power_on", "amt", None, given), calls.parent, lambda _text: None)
    login = f"{tls}--host board --password secret"
    assert calls.read_text().splitlines() == [
        f"meshcmd amtpower --reset {login}",
        f"meshcmd amtpower --poweron {login}",
    ]
