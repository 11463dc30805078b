"""`interact`: connects the user's terminal to a program of the script, as expect(1) does.

Pairs of a key sequence and a script may follow: these keys are not passed on, but run the script.
A sequence after `-re` is taken literally. Without a terminal, the output of the programs is read.
pexpect's `interact` is not used: it connects one program, and has one key that leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genode_tool.deadline import Deadline
from genode_tool.run.console.console import Console
from genode_tool.run.console.patterns import Pattern, PatternKind
from genode_tool.run.console.wait import Case, Ending
from genode_tool.run.scenario.consoles import Consoles
from genode_tool.run.scenario.numbers import seconds
from genode_tool.run.tcl.interpreter import Interpreter
from genode_tool.run.terminal_bridge import Action

_WITH_VALUE = ("-u", "-input", "-output")
_PLAIN = ("-o", "-reset", "-re", "-ex", "-nobuffer", "-echo", "-indices", "-f", "-F", "--")
_OK, _ERROR, _CONTINUE = "0", "1", "4"


@dataclass(frozen=True, slots=True)
class Interaction:
    """The arguments of one `interact`.

    `target` is the spawn id, "" for the current one; `keys` are key sequences with their scripts.
    `at_end` runs when the program ends, `at_timeout` after `timeout` seconds; None is no timeout.
    """

    target: str
    keys: tuple[tuple[bytes, str], ...]
    at_end: str = ""
    timeout: float | None = None
    at_timeout: str = ""


class _Enough(Exception):
    """A key's script ended the interaction."""


def parse_interact(words: Sequence[str]) -> Interaction:
    """Parse the arguments of an `interact`."""
    queue = list(words)
    target, at_end, at_timeout = "", "", ""
    timeout: float | None = None
    keys: list[tuple[bytes, str]] = []
    while queue:
        word = queue.pop(0)
        if word == "-i" and queue:
            target = queue.pop(0)
        elif word in _WITH_VALUE and queue:
            queue.pop(0)
        elif word in _PLAIN:
            continue
        elif word == "eof":
            at_end = queue.pop(0) if queue else ""
        elif word == "timeout" and queue:
            timeout = seconds(queue.pop(0))
            at_timeout = queue.pop(0) if queue else ""
        elif word:
            keys.append((word.encode(), queue.pop(0) if queue else ""))
    return Interaction(target, tuple(keys), at_end, timeout, at_timeout)


def interact(
    all_consoles: Consoles, tcl: Interpreter, wanted: Interaction, consoles: tuple[Console, ...]
) -> None:
    """Connect the user's terminal to `consoles` until they end or a key's script ends it."""

    def on(script: str) -> Action:
        return lambda: _evaluate(tcl, script)

    keys = tuple((key, on(script)) for key, script in wanted.keys)
    cases = [Case(Pattern(kind), consoles) for kind in (PatternKind.EOF, PatternKind.TIMEOUT)]
    with all_consoles.bridged(consoles, _Enough, keys):
        while True:
            try:
                match = all_consoles.wait(cases, Deadline.after(wanted.timeout))
                script = wanted.at_end if match.ending is Ending.EOF else wanted.at_timeout
                incident = _evaluate(tcl, script)
                if incident or match.ending is Ending.EOF:
                    return
            except _Enough:
                return


def _evaluate(tcl: Interpreter, script: str) -> Exception | None:
    """Run a key's script in the caller's frame; return what ends the interaction, if anything."""
    if not script.strip():
        return None
    body = tcl.quote(script)
    code = tcl.evaluate(f"catch {body} ::genode::result ::genode::options")
    if code == _ERROR:
        tcl.evaluate("return -options $::genode::options $::genode::result")
    return None if code in (_OK, _CONTINUE) else _Enough()
