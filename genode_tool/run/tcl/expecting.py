"""`spawn`, `expect`, `send` and their kin, with the meaning that expect(1) gives them.

Consoles are shared with the run API: the spawn id of a machine works here, and the one of a
spawned program works with `run_genode_until`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from genode_tool.run.console.channel import PtyProcess
from genode_tool.run.console.patterns import Pattern, PatternKind
from genode_tool.run.console.wait import Case, Console, Ending, Match
from genode_tool.run.deadline import Deadline
from genode_tool.run.plan import Expectation
from genode_tool.run.session import Session
from genode_tool.run.tcl.interacting import interact, parse_interact
from genode_tool.run.tcl.interpreter import Interpreter
from genode_tool.run.tcl.words import split_block
from genode_tool.run.verdict import ScriptError

_KEYWORDS = {
    "eof": PatternKind.EOF,
    "timeout": PatternKind.TIMEOUT,
    "full_buffer": PatternKind.FULL_BUFFER,
    "null": PatternKind.NULL,
    "default": PatternKind.TIMEOUT,
}
_KINDS = {
    "-re": PatternKind.REGEX,
    "-gl": PatternKind.GLOB,
    "-glob": PatternKind.GLOB,
    "-ex": PatternKind.EXACT,
    "-exact": PatternKind.EXACT,
}
_DEFAULT_TIMEOUT = 10.0


@dataclass(slots=True)
class _Cases:
    """The parsed arguments of one `expect`."""

    cases: list[Case] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    timeout: str = ""

    def add(self, pattern: Pattern, consoles: tuple[Console, ...], body: str) -> None:
        self.cases.append(Case(pattern, consoles))
        self.bodies.append(body)


class Expecting:
    """The commands, bound to one session."""

    def __init__(self, session: Session, interpreter: Interpreter) -> None:
        self._session = session
        self._tcl = interpreter

    def register(self) -> None:
        """Make the commands known to the interpreter."""
        for name, command in (
            ("spawn", self.spawn),
            ("::genode::expect", self.expect),
            ("send", self.send),
            ("exp_send", self.send),
            ("interact", self.interact),
            ("exp_pid", self.exp_pid),
            ("wait", self.wait),
            ("exp_wait", self.wait),
            ("exp_close", self.close),
            ("match_max", self.match_max),
            ("log_user", self.log_user),
            ("exp_internal", self.log_user),
            ("::genode::send_user", self.send_user),
        ):
            self._tcl.register(name, command)
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
        if self._session.planning:
            self._session.plan.commands.append(tuple(words))
            self._set("spawn_id", "exp0")
            return "0"
        child = PtyProcess(words)
        name = words[0].rsplit("/", 1)[-1]
        spawn_id = self._session.add_console(Console(name, child, self._session.log_text))
        self._set("spawn_id", spawn_id)
        return str(child.pid)

    def expect(self, braced: str, arguments: str) -> tuple[str, ...]:
        """Wait; return the script of the case that holds and what goes into `expect_out`."""
        words = self._tcl.split(arguments)
        if len(words) == 1 and braced == "1" and _is_block(words[0]):
            block = split_block(words[0])
            words = tuple(self._tcl.evaluate(f"uplevel 1 {{list {word}}}") for word in block)
            words = tuple(self._tcl.split(word)[0] for word in words)
        elif len(words) > 1 and words[0] == "-brace":
            words = split_block(words[1])
        parsed = self._parse(words)
        if self._session.planning:
            first = next(
                (
                    body
                    for case, body in zip(parsed.cases, parsed.bodies, strict=True)
                    if case.pattern.kind not in (PatternKind.EOF, PatternKind.TIMEOUT)
                ),
                "",
            )
            self._session.plan.expectations.append(Expectation(" ".join(words), None))
            return first, "buffer {} 0,string {}"
        seconds = self._seconds(parsed.timeout)
        match = self._session.wait(parsed.cases, Deadline.after(seconds))
        body = parsed.bodies[match.case] if match.case is not None else ""
        return body, self._tcl.join(self._outcome(match))

    def send(self, *args: str) -> None:
        """Type into a program: `-i` chooses which, `-s` and `-h` have no effect."""
        words = list(args)
        target = ""
        while words and words[0].startswith("-") and len(words) > 1:
            flag = words.pop(0)
            if flag == "-i":
                target = words.pop(0)
            elif flag == "--":
                break
        if self._session.planning or not words:
            return
        for console in self._consoles(target or self._get("spawn_id")):
            try:
                console.channel.send(words[0].encode("utf-8", errors="surrogateescape"))
            except BrokenPipeError:
                raise ScriptError(f"send: {console.name} is gone") from None

    def interact(self, *args: str) -> None:
        """Join the user's terminal to a program until it ends, or a key's script ends it."""
        words = args
        if len(words) == 1 and _is_block(words[0]):
            block = split_block(words[0])
            words = tuple(self._tcl.split(self._tcl.evaluate(f"list {word}"))[0] for word in block)
        parsed = parse_interact(words)
        if self._session.planning:
            return
        consoles = self._consoles(parsed.target or self._get("spawn_id"))
        interact(self._session, self._tcl, parsed, consoles)

    def exp_pid(self, *args: str) -> str:
        """Return the process id behind a spawn id."""
        console = self._consoles(args[1] if len(args) > 1 else self._get("spawn_id"))[0]
        if isinstance(console.channel, PtyProcess):
            return str(console.channel.pid)
        return str(self._session.machine.pid if self._session.machine else 0)

    def wait(self, *args: str) -> tuple[str, ...]:
        """Reap a program; return its process id, spawn id, 0, and exit status."""
        words = [word for word in args if word != "-nowait"]
        name = words[1] if len(words) > 1 else self._get("spawn_id")
        console = self._session.consoles.pop(name, None)
        if console is None or not isinstance(console.channel, PtyProcess):
            return "0", name, "0", "0"
        pid = str(console.channel.pid)
        if "-nowait" in args or console.ended:
            status = console.channel.process.wait(_DEFAULT_TIMEOUT) if console.ended else 0
        else:
            status = console.channel.stop()
        return pid, name, "0", str(status & 0xFF)

    def close(self, *args: str) -> None:
        """Close the connection to a program."""
        words = [word for word in args if word != "-i"]
        name = words[0] if words else self._get("spawn_id")
        console = self._session.consoles.get(name)
        if console is None:
            return
        if console.on_text is not None:
            self._session.stop_machine()
        elif isinstance(console.channel, PtyProcess):
            console.channel.stop()
            console.ended = True

    def match_max(self, *args: str) -> str:
        """Return or set how far patterns look back, in characters."""
        numbers = [word for word in args if word.isdecimal()]
        if numbers:
            self._session.window = max(1, int(numbers[-1]))
            for console in self._session.consoles.values():
                console.buffer.window_size = self._session.window
        return str(self._session.window)

    def log_user(self, *args: str) -> str:
        """Accepted for the sake of scripts: reports decide what is shown."""
        return args[-1] if args else "1"

    def send_user(self, *args: str) -> None:
        """Print for the user."""
        words = [word for word in args if word not in ("-raw", "--")]
        self._session.print("".join(words).replace("\r\n", "\n"), newline=False)

    def _parse(self, words: tuple[str, ...]) -> _Cases:
        parsed = _Cases()
        # Which program is meant by default can still be an empty variable while a script only
        # checks for its end, so it is looked up when the first pattern needs it.
        target: str | None = None
        kind, nocase = PatternKind.GLOB, False
        queue = list(words)
        while queue:
            word = queue.pop(0)
            if word in ("-i", "-timeout") and queue:
                value = queue.pop(0)
                if word == "-i":
                    target = value
                else:
                    parsed.timeout = value
            elif word in _KINDS:
                kind = _KINDS[word]
                parsed_word = queue.pop(0) if queue else ""
                self._add(parsed, Pattern(kind, parsed_word, nocase), target, queue)
                kind, nocase = PatternKind.GLOB, False
            elif word == "-nocase":
                nocase = True
            elif word in ("-indices", "-notransfer", "--"):
                continue
            elif word == "default":
                body = queue.pop(0) if queue else ""
                consoles = self._planned_or(target)
                parsed.add(Pattern(PatternKind.TIMEOUT), consoles, body)
                parsed.add(Pattern(PatternKind.EOF), consoles, body)
            else:
                keyword = _KEYWORDS.get(word)
                pattern = Pattern(keyword) if keyword else Pattern(kind, word, nocase)
                self._add(parsed, pattern, target, queue)
                nocase = False
        return parsed

    def _add(self, parsed: _Cases, pattern: Pattern, target: str | None, queue: list[str]) -> None:
        body = queue.pop(0) if queue else ""
        parsed.add(pattern, self._planned_or(target), body)

    def _planned_or(self, target: str | None) -> tuple[Console, ...]:
        if self._session.planning:
            return ()
        return self._consoles(self._get("spawn_id") if target is None else target)

    def _outcome(self, match: Match) -> list[str]:
        if match.ending is Ending.TIMEOUT or match.console is None:
            return []
        name = next(
            (name for name, one in self._session.consoles.items() if one is match.console), ""
        )
        entries = ["buffer", match.text, "spawn_id", name]
        for index, group in enumerate(match.groups):
            entries += [f"{index},string", group]
        return entries

    def _consoles(self, ids: str) -> tuple[Console, ...]:
        known = self._session.consoles
        found = tuple(known[name] for name in self._tcl.split(ids) if name in known)
        if not found:
            raise ScriptError(f'spawn id "{ids}" names no running program')
        return found

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
            seconds = float(text)
        except ValueError:
            seconds = _DEFAULT_TIMEOUT
        return None if seconds < 0 else seconds * self._session.context.options.timeout_scale


def _is_block(argument: str) -> bool:
    """Whether an only argument is a block of cases: its first line holds nothing but space.

    That is how expect tells it from a pattern.
    """
    return "\n" in argument[: len(argument) - len(argument.lstrip())]
