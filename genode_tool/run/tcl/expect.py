"""`spawn`, `expect`, `send` and their kin, with the meaning that expect(1) gives them.

Consoles are shared with the run API: the spawn id of a machine works here, and the one of a
spawned program works with `run_genode_until`. Programs are started and read by pexpect
(`run/console`). What is here is expect's language, which pexpect has no counterpart for: spawn ids,
blocks of cases, `expect_out`, `exp_continue`, `expect_before` and `expect_after`, `wait`.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem
from genode_tool.process import find_program
from genode_tool.run.console.console import Console
from genode_tool.run.console.patterns import PatternKind
from genode_tool.run.console.wait import Ending, Match
from genode_tool.run.plan import Expectation
from genode_tool.run.scenario.consoles import Consoles
from genode_tool.run.scenario.execution_mode import ExecutionMode
from genode_tool.run.scenario.numbers import seconds as number_of_seconds
from genode_tool.run.scenario.planning_mode import PLANNED_ID
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.system import RunningSystem
from genode_tool.run.tcl.case_block import split_block
from genode_tool.run.tcl.cases import ANY, Cases, is_block, parse_cases
from genode_tool.run.tcl.exit_status import ending_words
from genode_tool.run.tcl.expect_settings import ExpectSettings
from genode_tool.run.tcl.interact import Interaction, interact, parse_interact
from genode_tool.run.tcl.interpreter import Interpreter
from genode_tool.run.tcl.pacing import Piece, human_pieces, slow_pieces
from genode_tool.run.verdict import ScriptError

if TYPE_CHECKING:
    from genode_tool.run.console.streams import Program

_DEFAULT_TIMEOUT = 10.0
_PAUSE_SECONDS = 0.1


class ExpectCommands:
    """The commands, bound to one scenario."""

    def __init__(
        self,
        interpreter: Interpreter,
        mode: ExecutionMode,
        consoles: Consoles,
        system: RunningSystem,
        progress: Progress,
        timeout_scale: float,
    ) -> None:
        """`timeout_scale` multiplies the seconds that scripts give."""
        self._tcl = interpreter
        self._mode = mode
        self._consoles = consoles
        self._system = system
        self._progress = progress
        self._scale = timeout_scale
        self._settings = ExpectSettings(consoles, lambda: self._get("spawn_id"))
        self._before, self._after = Cases(), Cases()
        self._deadline = Deadline(None)

    def register(self) -> None:
        """Make the commands known to the interpreter."""
        for name, command in (
            ("spawn", self.spawn),
            ("::genode::expect", self.expect),
            ("::genode::expect_before", self.expect_before),
            ("::genode::expect_after", self.expect_after),
            ("send", self.send),
            ("exp_send", self.send),
            ("interact", self.interact),
            ("exp_pid", self.exp_pid),
            ("wait", self.wait),
            ("exp_wait", self.wait),
            ("exp_close", self.close),
            ("match_max", self._settings.match_max),
            ("remove_nulls", self._settings.remove_nulls),
            ("log_user", self._settings.log_user),
            ("exp_internal", self._settings.exp_internal),
            ("::genode::send_user", self.send_user),
        ):
            self._tcl.register(name, command)
        self._tcl.set_global("any_spawn_id", ANY)
        self._tcl.run(
            "rename close ::genode::plain_close\n"
            "proc close {args} {\n"
            "  if {![llength $args] || [lindex $args 0] eq {-i}"
            " || [string match exp* [lindex $args 0]]} {\n"
            "    return [uplevel 1 [list exp_close {*}$args]]\n"
            "  }\n"
            "  ::genode::plain_close {*}$args\n"
            "}\n"
        )

    def spawn(self, *args: str) -> str:
        """Start a program on a terminal; sets `spawn_id` and returns the process id."""
        words = [word for word in args if word not in ("-noecho", "-console")]
        if words and words[0] == "-ignore":
            words = words[2:]
        if not words:
            raise ScriptError("spawn: no program given")
        planned = PLANNED_ID, "0"
        spawn_id, pid = self._mode.start_program(words, lambda: self._start(words), planned)
        self._set("spawn_id", spawn_id)
        return pid

    def _start(self, words: Sequence[str]) -> tuple[str, str]:
        """Start a program; return its spawn id and process id."""
        from genode_tool.run.console.streams import Program

        name = words[0].rsplit("/", 1)[-1]
        if find_program(words[0]) is None:
            raise ScriptError(f'couldn\'t execute "{words[0]}": no such file or directory')
        try:
            program = Program(words, settings=self._get("stty_init"))
        except EnvironmentProblem as error:
            raise ScriptError(error.message) from error
        console = Console(name, program, self._system.log_text, raw=True)
        console.decoder.keep_nulls = self._settings.keep_nulls
        return self._consoles.add(console), str(program.pid)

    def expect(self, going: str, arguments: str) -> tuple[str, str]:
        """Wait; return the script of the case that holds and what goes into `expect_out`.

        When `going` is 1, the time that an earlier call granted goes on.
        """
        words = self._words(arguments)
        own = parse_cases(words, self._planned_or)
        # A plan follows the first case that is no failure, as if its pattern had matched.
        first = next(
            (
                action.body
                for case, action in zip(own.cases, own.actions, strict=True)
                if case.pattern.kind not in (PatternKind.EOF, PatternKind.TIMEOUT)
            ),
            "",
        )
        return self._mode.await_program(
            Expectation(" ".join(words), None),
            lambda: self._wait_for_case(own, going),
            (first, "buffer {} 0,string {}"),
        )

    def _wait_for_case(self, own: Cases, going: str) -> tuple[str, str]:
        if going != "1":
            self._deadline = Deadline.after(self._seconds(own.timeout))
        consoles = own.consoles or self._planned_or(None)
        parsed = Cases()
        for one in (self._before.for_consoles(consoles), own, self._after.for_consoles(consoles)):
            parsed.cases += one.cases
            parsed.actions += one.actions
        match = self._consoles.wait(parsed.cases, self._deadline)
        if match.ending is Ending.EOF and match.console:
            match.console.closed = True
        if match.case is None:
            return "", self._tcl.join(self._outcome(match, indices=False))
        action = parsed.actions[match.case]
        return action.body, self._tcl.join(self._outcome(match, indices=action.indices))

    def expect_before(self, arguments: str) -> None:
        """Set what every `expect` tries first on the programs in question."""
        self._before = parse_cases(self._words(arguments), self._planned_or)

    def expect_after(self, arguments: str) -> None:
        """Set what every `expect` tries last on the programs in question."""
        self._after = parse_cases(self._words(arguments), self._planned_or)

    def _words(self, arguments: str) -> tuple[str, ...]:
        """Return the arguments; a block of cases is read and substituted first."""
        words = self._tcl.split(arguments)
        if len(words) == 1 and is_block(words[0]):
            block = split_block(words[0])
            words = tuple(self._tcl.evaluate(f"uplevel 1 {{list {word}}}") for word in block)
            # `list` made each word a list of one element; its quoting is taken off again.
            return tuple(self._tcl.split(word)[0] for word in words)
        if len(words) > 1 and words[0] == "-brace":
            return split_block(words[1])
        return words

    def send(self, *args: str) -> None:
        """Type into a program: `-i` chooses which, `-s` and `-h` the pace."""
        words = list(args)
        target: str | None = None
        pace = ""
        while words and words[0].startswith("-") and len(words) > 1:
            flag = words.pop(0)
            if flag == "-i":
                target = words.pop(0)
            elif flag == "--":
                break
            elif flag in ("-s", "-h"):
                pace = flag
        if words:
            pieces = self._pieces(words[0], pace)
            self._mode.perform(lambda: self._type(pieces, target), None)

    def _pieces(self, text: str, pace: str) -> Iterable[Piece]:
        if pace == "-s":
            return slow_pieces(text, self._tcl.split(self._get("send_slow")))
        if pace == "-h":
            return human_pieces(text, self._tcl.split(self._get("send_human")))
        return ((text, 0.0),)

    def _type(self, pieces: Iterable[Piece], target: str | None) -> None:
        consoles = self._named(self._get("spawn_id") if target is None else target)
        for text, pause in pieces:
            for console in consoles:
                try:
                    console.send(text.encode("utf-8", errors="surrogateescape"))
                except BrokenPipeError:
                    raise ScriptError(f"send: {console.name} is gone") from None
            time.sleep(pause)

    def interact(self, *args: str) -> None:
        """Join the user's terminal to a program until it ends, or a key's script ends it."""
        words = args
        if len(words) == 1 and is_block(words[0]):
            block = split_block(words[0])
            words = tuple(self._tcl.split(self._tcl.evaluate(f"list {word}"))[0] for word in block)
        parsed = parse_interact(words)
        self._mode.perform(lambda: self._interact(parsed), None)

    def _interact(self, parsed: Interaction) -> None:
        consoles = self._named(parsed.target or self._get("spawn_id"))
        interact(self._consoles, self._tcl, parsed, consoles)

    def exp_pid(self, *args: str) -> str:
        """Return the process id behind a spawn id."""
        console = self._console(args[1] if len(args) > 1 else self._get("spawn_id"))
        if console.stream.pid is not None:
            return str(console.stream.pid)
        return str(self._system.machine.pid if self._system.machine else 0)

    def wait(self, *args: str) -> tuple[str, ...]:
        """Reap a program; return its process id, spawn id, 0, and how it ended."""
        name = args[args.index("-i") + 1] if "-i" in args[:-1] else self._get("spawn_id")
        planned = "0", name, "0", "0"
        return self._mode.perform(lambda: self._reap(name, immediately="-nowait" in args), planned)

    def _reap(self, name: str, *, immediately: bool) -> tuple[str, ...]:
        console = self._console(name)
        program = _program(console)
        if program is None:
            return "0", name, "0", "0"
        if immediately:
            del self._consoles.open[name]
            program.close()
            return str(program.pid), name, "0", "0"
        while not console.closed and program.exit_status() is None:
            self._consoles.sleep(_PAUSE_SECONDS)  # what programs print meanwhile is kept
        del self._consoles.open[name]
        return str(program.pid), name, *ending_words(program.hang_up())

    def close(self, *args: str) -> None:
        """Close the connection to a program."""
        words = [word for word in args if word != "-i"]
        name = words[0] if words else self._get("spawn_id")
        self._mode.perform(lambda: self._close(name), None)

    def _close(self, name: str) -> None:
        for console in self._named(name):
            console.closed = True
            program = _program(console)
            # The line of the system itself: to close it is to switch the machine off.
            if console.on_text is not None or program is None:
                self._system.stop()
            else:
                console.ended = True
                program.close(force=False)

    def send_user(self, *args: str) -> None:
        """Print for the user."""
        words = [word for word in args if word not in ("-raw", "--")]
        self._progress.print("".join(words).replace("\r\n", "\n"), newline=False)

    def _planned_or(self, target: str | None) -> tuple[Console, ...]:
        def named() -> tuple[Console, ...]:
            return self._named(self._get("spawn_id") if target is None else target)

        return self._mode.perform(named, ())

    def _outcome(self, match: Match, *, indices: bool) -> list[str]:
        if match.ending is Ending.TIMEOUT or match.console is None:
            return []
        name = next((name for name, one in self._consoles.open.items() if one is match.console), "")
        entries = ["buffer", match.text, "spawn_id", name]
        shift = len(match.text) - match.spans[0][1] if match.spans else 0
        for index, (group, span) in enumerate(zip(match.groups, match.spans, strict=True)):
            if span[0] < 0:
                continue  # what took no part keeps its former value
            entries += [f"{index},string", group]
            if indices:
                entries += [f"{index},start", str(span[0] + shift)]
                entries += [f"{index},end", str(span[1] + shift - 1)]
        return entries

    def _console(self, name: str) -> Console:
        """Return the console of one spawn id, also of a closed one."""
        console = self._consoles.open.get(name)
        if console is None:
            raise ScriptError(f"spawn id {name} not open")
        return console

    def _named(self, ids: str) -> tuple[Console, ...]:
        """Return the open consoles of a list of spawn ids, or of the variable of that name."""
        known = self._consoles.open
        words = self._tcl.split(ids)
        if len(words) == 1 and words[0] not in known and not words[0].startswith("exp"):
            with contextlib.suppress(ScriptError):
                words = self._tcl.split(self._get(words[0])) or words
        for name in words:
            if name not in known or known[name].closed:
                raise ScriptError(f"spawn id {name} not open")
        if not words:
            raise ScriptError("no spawn id: nothing was spawned yet")
        return tuple(known[name] for name in words)

    def _get(self, name: str) -> str:
        """Read a variable as expect does: the caller's, else the global one."""
        script = f"if {{[info exists {name}]}} {{set {name}}}"
        local = self._tcl.evaluate(f"uplevel 1 {{{script}}}") if self._in_proc() else ""
        here = self._tcl.evaluate(script)
        return here or local or self._tcl.get_global(name) or ""

    def _in_proc(self) -> bool:
        return self._tcl.evaluate("info level") != "0"

    def _set(self, name: str, value: str) -> None:
        self._tcl.evaluate(f"set {name} {value}")

    def _seconds(self, given: str) -> float | None:
        text = given or self._get("timeout")
        try:
            seconds = number_of_seconds(text)
        except ScriptError:
            seconds = _DEFAULT_TIMEOUT
        return None if seconds < 0 else seconds * self._scale


def _program(console: Console) -> Program | None:
    """Return the program behind a console, None if it is a machine's line."""
    from genode_tool.run.console.streams import Program

    return console.stream if isinstance(console.stream, Program) else None
