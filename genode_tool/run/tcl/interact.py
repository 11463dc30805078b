"""`interact`: the user's terminal joined to a program of the script, as expect(1) has it.

Pairs of a key sequence and a script may follow; the keys are then not passed on, and the script
runs. What begins with `-re` is taken as it is. Without a terminal, the programs are listened to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genode_tool.deadline import Deadline
from genode_tool.run.console.console import Console
from genode_tool.run.console.patterns import Pattern, PatternKind
from genode_tool.run.console.wait import Case, Ending
from genode_tool.run.scenario.consoles import Consoles
from genode_tool.run.tcl.interpreter import Interpreter
from genode_tool.run.terminal_bridge import Action

_WITH_VALUE = ("-u", "-input", "-output")
_PLAIN = ("-o", "-reset", "-re", "-ex", "-nobuffer", "-echo", "-indices", "-f", "-F", "--")
_OK, _ERROR, _CONTINUE = "0", "1", "4"


@dataclass(frozen=True, slots=True)
class Interaction:
    """The arguments of one `interact`: the program (""), keys with scripts, what runs at its end.

    `timeout` is in seconds without any output or key, None for as long as it takes.
    """

    target: str
    keys: tuple[tuple[bytes, str], ...]
    at_end: str = ""
    timeout: float | None = None
    at_timeout: str = ""


class _Enough(Exception):
    """A script said that the interaction is over."""


def parse_interact(words: Sequence[str]) -> Interaction:
    """Return what the words of an `interact` ask for."""
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
            timeout = float(queue.pop(0))
            at_timeout = queue.pop(0) if queue else ""
        elif word:
            keys.append((word.encode(), queue.pop(0) if queue else ""))
    return Interaction(target, tuple(keys), at_end, timeout, at_timeout)


def interact(
    all_consoles: Consoles, tcl: Interpreter, wanted: Interaction, consoles: tuple[Console, ...]
) -> None:
    """Join the user's terminal to `consoles` until their end, or what a key's script says."""

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
