"""One Tcl interpreter, with commands written in Python.

A command is called without a frame of its own, so that a script it evaluates works in its
caller's frame, as with commands written in C. What a command raises becomes

- a Tcl error that the script may `catch`, for `ScriptError`;
- the end of the script that no `catch` can hold back (`interp cancel -unwind`), for anything
  else: `run()` raises it again once the interpreter has unwound.
"""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from genode_tool.errors import EnvironmentProblem, Location
from genode_tool.nearest import did_you_mean
from genode_tool.programs import how_to_get
from genode_tool.regex import regex
from genode_tool.run.console.patterns import Span
from genode_tool.run.scenario.script import ScriptPosition
from genode_tool.run.tcl.interrupts import interruptible
from genode_tool.run.tcl.quoting import quote
from genode_tool.run.verdict import ScriptError, UnknownCommand

Command = Callable[..., object]

_CONTEXT = regex(
    r'^    \((?:(?P<kind>file|procedure) "(?P<name>.*)" line (?P<line>\d+)'
    r'|(?P<body>".*" (?:body|arm|script)|"[^"]*" (?:then|else) script) line (?P<offset>\d+))\)$',
    re.MULTILINE,
)
_MOST_PLACES = 12
_UNKNOWN = regex(r'invalid command name "(.*)"')


_FEW_LINES = 1000
"""Lines of a command after which its end is looked for less often."""


class Interpreter:
    """A Tcl interpreter. Raises `EnvironmentProblem` when Python has no Tcl binding."""

    def __init__(self) -> None:
        try:
            import tkinter
        except ImportError as error:
            raise EnvironmentProblem(
                f"run scripts need Python's Tcl binding: {error}",
                hint=how_to_get("_tkinter"),
            ) from error
        self._error_class: type[Exception] = tkinter.TclError
        self._tcl: Any = tkinter.Tcl()
        self._stop: BaseException | None = None
        self.seconds: float | None = None
        """The seconds that a script may take; None for no limit."""
        self._procedures: dict[str, Location] = {}
        # `source` reads scripts in this encoding, which would be Latin-1 in the C locale.
        self._tcl.eval("encoding system utf-8")
        self._tcl.createcommand("::genode::note_proc", self._note_procedure)
        self._tcl.eval("trace add execution proc enter ::genode::note_proc")

    def register(self, name: str, command: Command) -> None:
        """Make `command` callable from scripts; its arguments arrive as strings.

        What it returns becomes the result: strings and numbers as they are, booleans as 0 and
        1, sequences as Tcl lists, None as the empty string.
        """
        signature = inspect.signature(command)
        usage = f'wrong # args: should be "{name}{_usage(signature)}"'

        def call(*arguments: object) -> object:
            if self._stop is not None:
                return ""
            try:
                try:
                    bound = signature.bind(*(str(argument) for argument in arguments))
                except TypeError:
                    # Thrown in Tcl: an exception of Python's would come without an errorCode.
                    self._tcl.eval("throw {TCL WRONGARGS} " + self.quote(usage))
                    return ""
                return self.to_tcl(command(*bound.args))
            except ScriptError as error:
                self._tcl.eval("throw {GENODE SCRIPT} " + self.quote(error.message))
            except OSError as error:
                where = f'"{error.filename}": ' if error.filename else ""
                words = f"{name}: {where}{error.strerror or error}"
                self._tcl.eval("throw {POSIX} " + self.quote(words))
            except self._error_class:
                # A script evaluated on the way failed; its result and errorInfo stand.
                raise
            except BaseException as error:
                return self._unwind(error)
            return ""

        self._tcl.createcommand(name, call)

    def run(self, script: str) -> str:
        """Evaluate a script; return its result.

        Raises `ScriptError` with location and trail for a Tcl error, and whatever made a
        command end the script.
        """
        try:
            result = interruptible(self._tcl.interpaddr(), lambda: self._eval(script), self.seconds)
        except self._error_class as error:
            if self._stop is not None:
                stop, self._stop = self._stop, None
                self._settle()
                raise stop from None
            info = str(self._tcl.getvar("errorInfo"))
            position = self._position_of_error(info)
            message = str(error).strip() or "error without a message"
            lines = message.splitlines()
            self._settle()
            unknown = _UNKNOWN.fullmatch(lines[0])
            kind = UnknownCommand if unknown else ScriptError
            raise kind(
                lines[0],
                location=position.location,
                trail=(*lines[1:], *position.trail),
                hint=self._similar(unknown[1]) if unknown else "",
            ) from None
        except KeyboardInterrupt:
            self._settle()
            raise
        if self._stop is not None:
            stop, self._stop = self._stop, None
            self._settle()
            raise stop
        return str(result)

    def _settle(self) -> None:
        """Let the cancellation of a script be over, so that others can be evaluated."""
        with contextlib.suppress(self._error_class):
            # `call` fails with the cancellation and clears it; `eval` would leave it as it is.
            self._tcl.call("set", "::genode::settled", "1")

    def evaluate(self, script: str) -> str:
        """Evaluate a script on behalf of a command, in the frame of the command's caller.

        A Tcl error passes through to the script that called the command.
        """
        return self._eval(script)

    def _eval(self, script: str) -> str:
        # tkinter evaluates no text with a null character, but passes it on in an argument.
        if "\0" in script:
            return str(self._tcl.call("eval", script))
        return str(self._tcl.eval(script))

    def source(self, path: Path) -> None:
        """Run a file; see `run` for what it raises."""
        self.run("source " + self.quote(str(path)))

    def unfinished_command(self, text: str) -> int | None:
        """Return the line, from 1, of a command that has no end, such as for want of a brace."""
        if self._complete(text):
            return None
        start, command = 1, ""
        for number, line in enumerate(text.splitlines(keepends=True), 1):
            command += line
            length = number - start
            # A command of a hundred thousand lines is not looked at a hundred thousand times.
            if not length % (length // _FEW_LINES + 1) and self._complete(command):
                start, command = number + 1, ""
        return start

    def _complete(self, text: str) -> bool:
        return self.evaluate("info complete " + self.quote(text)) == "1"

    def call(self, *words: str) -> str:
        """Call a command by its words and return its result; a Tcl error passes through."""
        return self.evaluate(self.join(words))

    def has_command(self, name: str) -> bool:
        """Return whether a command of that name exists."""
        return bool(self.evaluate("info commands " + self.quote("::" + name)))

    def split(self, text: str) -> tuple[str, ...]:
        """Split a Tcl list. Raises `ScriptError` when it is malformed."""
        try:
            found = self._tcl.call("lrange", text, 0, "end") if "\0" in text else text
            return tuple(str(element) for element in self._tcl.splitlist(found))
        except self._error_class as error:
            raise ScriptError(f"malformed list: {error}") from None

    def join(self, words: Sequence[object]) -> str:
        """Return the Tcl list of the words."""
        return " ".join(self.quote(str(word)) for word in words)

    quote = staticmethod(quote)

    def to_tcl(self, value: object) -> str:
        """Return the string that stands for a Python value."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "1" if value else "0"
        if isinstance(value, list | tuple):
            return self.join(value)
        return str(value)

    def get_global(self, name: str) -> str | None:
        """Return a global variable, None when it is unset."""
        try:
            return str(self._tcl.globalgetvar(name))
        except self._error_class:
            return None

    def set_global(self, name: str, value: str) -> None:
        """Set a global variable; `name(key)` sets an array's element."""
        self._tcl.globalsetvar(name, value)

    def where(self) -> ScriptPosition:
        """Return where the script stands that called the current command."""
        frames = self.evaluate(
            "set ::genode::frames {}\n"
            "for {set ::genode::i 1} {$::genode::i < [info frame]} {incr ::genode::i} {\n"
            "  set ::genode::f [info frame $::genode::i]\n"
            "  if {[dict get $::genode::f type] eq {source}} {\n"
            "    lappend ::genode::frames [dict get $::genode::f file]"
            " [dict get $::genode::f line]\n"
            "  }\n"
            "}\n"
            "set ::genode::frames"
        )
        words = self.split(frames)
        places = [
            Location(file, int(line)) for file, line in zip(words[::2], words[1::2], strict=True)
        ]
        places.reverse()
        unique = list(dict.fromkeys(places))
        if not unique:
            return ScriptPosition(None)
        trail = _shortened([f"called from {place}" for place in unique[1:]])
        return ScriptPosition(unique[0], trail)

    def search(self, pattern: str, text: str, *, nocase: bool = False) -> tuple[Span, ...] | None:
        """Find a Tcl regular expression; see `RegexEngine`."""
        options = ("-inline", "-indices", *(("-nocase",) if nocase else ()), "--")
        try:
            found = self._tcl.call("regexp", *options, pattern, text)
        except self._error_class as error:
            raise ScriptError(str(error)) from None
        pairs = self._tcl.splitlist(found)
        if not pairs:
            return None
        spans: list[Span] = []
        for pair in pairs:
            start, last = (int(index) for index in self._tcl.splitlist(pair))
            # Tcl's last index is that of the last character; a group without a part has -1 -1.
            spans.append((start, last + 1) if start >= 0 else (-1, -1))
        return tuple(spans)

    def substitute(self, pattern: str, replacement: str, text: str) -> str:
        """Replace all matches of a Tcl regular expression, as `regsub -all` does."""
        try:
            return str(self._tcl.call("regsub", "-all", "--", pattern, text, replacement))
        except self._error_class as error:
            raise ScriptError(str(error)) from None

    def _unwind(self, error: BaseException) -> str:
        self._stop = error
        self._tcl.eval("interp cancel -unwind {} stopped")
        return ""

    def _similar(self, name: str) -> str:
        known = [one for one in self.split(self.evaluate("info commands")) if "::" not in one]
        return did_you_mean(name, known)

    @property
    def stopping(self) -> bool:
        """Return whether a command ended the script and the interpreter is unwinding."""
        return self._stop is not None

    def _note_procedure(self, command: str, _operation: str) -> str:
        """Remember where a procedure's body begins, so that its lines become the file's."""
        words = self._tcl.splitlist(command)
        place = self.where().location
        if len(words) == 4 and place:
            # The body is the last word, but its text may occur in the words before it as well.
            head = str(command)[: str(command).rfind(str(words[3]))]
            self._procedures[str(words[1]).removeprefix("::")] = Location(
                place.file, place.line + head.count("\n")
            )
        return ""

    def _position_of_error(self, info: str) -> ScriptPosition:
        """Read Tcl's error trace, whose lines count from the start of each body."""
        places: list[str] = []
        location: Location | None = None
        offset = 0
        for match in _CONTEXT.finditer(info):
            if match["offset"]:
                # The line counts from the body of an `if` or `foreach`; where that body
                # begins, the next entry of the trace says.
                offset += int(match["offset"]) - 1
                continue
            line = int(match["line"]) + offset
            offset = 0
            if match["kind"] == "file":
                place = Location(match["name"], line)
                what = f"at {place}"
            else:
                name = match["name"].removeprefix("::")
                start = self._procedures.get(name)
                if start is None:
                    continue
                place = Location(start.file, start.line + line - 1)
                what = f"in procedure {match['name']} at {place}"
            if location is None:
                location = place
            else:
                places.append(what)
        return ScriptPosition(location, _shortened(places))


def _shortened(places: Sequence[str]) -> tuple[str, ...]:
    """Return a trail with what is between its ends left out when it is long: endless recursion."""
    if len(places) <= _MOST_PLACES:
        return tuple(places)
    count = _MOST_PLACES // 2
    left_out = f"… {len(places) - 2 * count} further calls …"
    return (*places[:count], left_out, *places[-count:])


def _usage(signature: inspect.Signature) -> str:
    words = ""
    for parameter in signature.parameters.values():
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            words += " ?arg ...?"
        elif parameter.default is inspect.Parameter.empty:
            words += f" {parameter.name}"
        else:
            words += f" ?{parameter.name}?"
    return words
