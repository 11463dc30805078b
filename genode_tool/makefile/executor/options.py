"""The command line of make, and the MAKEFLAGS that carry it to sub-makes.

GNU make manual, "Summary of Options", "Communicating Options to a Sub-make". One table drives
parsing, MAKEFLAGS and the list of options.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from genode_tool.errors import UserError
from genode_tool.makefile.reading.assignments import plain_assignment


@dataclass(frozen=True, slots=True)
class _Option:
    letter: str
    names: tuple[str, ...]
    field: str
    argument: str = ""  # "", "text", "number", "optional"
    in_flags: bool = True
    value: bool = True


_TABLE = (
    _Option("B", ("always-make",), "always_make"),
    _Option("C", ("directory",), "directories", "text", in_flags=False),
    _Option("e", ("environment-overrides",), "environment_overrides"),
    _Option("E", ("eval",), "evals", "text"),
    _Option("f", ("file", "makefile"), "makefiles", "text", in_flags=False),
    _Option("i", ("ignore-errors",), "ignore_errors"),
    _Option("I", ("include-dir",), "include_dirs", "text"),
    _Option("j", ("jobs",), "jobs", "optional"),
    _Option("k", ("keep-going",), "keep_going"),
    _Option("l", ("load-average", "max-load"), "load", "optional"),
    _Option("n", ("just-print", "dry-run", "recon"), "dry_run"),
    _Option("o", ("old-file", "assume-old"), "old_files", "text", in_flags=False),
    _Option("O", ("output-sync",), "output_sync", "optional"),
    _Option("p", ("print-data-base",), "print_data_base"),
    _Option("q", ("question",), "question"),
    _Option("r", ("no-builtin-rules",), "no_builtin_rules"),
    _Option("R", ("no-builtin-variables",), "no_builtin_variables"),
    _Option("s", ("silent", "quiet"), "silent"),
    _Option("S", ("no-keep-going", "stop"), "stop"),
    _Option("t", ("touch",), "touch"),
    _Option("v", ("version",), "version", in_flags=False),
    _Option("h", ("help",), "help", in_flags=False),
    _Option("w", ("print-directory",), "print_directory"),
    _Option("W", ("what-if", "new-file", "assume-new"), "new_files", "text", in_flags=False),
    _Option("d", (), "debug"),
    _Option("", ("no-print-directory",), "no_print_directory"),
    _Option("", ("no-silent",), "no_silent"),
    _Option("", ("trace",), "trace"),
    _Option("", ("warn-undefined-variables",), "warn_undefined"),
    _Option("", ("jobserver-auth", "jobserver-fds"), "jobserver", "text"),
    _Option("", ("sync-mutex",), "sync_mutex", "text", in_flags=False),
    _Option("", ("jobserver-style",), "jobserver_style", "text", in_flags=False),
    _Option("", ("shuffle",), "shuffle", "optional", in_flags=False),
    _Option("", ("debug",), "debug_kinds", "optional", in_flags=False),
    _Option("", ("temp-stdin",), "temp_stdin", "text", in_flags=False),
)
_BY_LETTER = {one.letter: one for one in _TABLE if one.letter} | {"m": _Option("m", (), "ignored")}
_BY_NAME = {name: one for one in _TABLE for name in one.names}


@dataclass(slots=True)
class Options:
    """The options of the command line and of MAKEFLAGS. `jobs` 0: without a limit."""

    always_make: bool = False
    directories: list[str] = field(default_factory=list)
    environment_overrides: bool = False
    evals: list[str] = field(default_factory=list)
    makefiles: list[str] = field(default_factory=list)
    ignore_errors: bool = False
    include_dirs: list[str] = field(default_factory=list)
    jobs: int | None = None
    keep_going: bool = False
    load: str | None = None
    dry_run: bool = False
    old_files: list[str] = field(default_factory=list)
    output_sync: str | None = None
    print_data_base: bool = False
    question: bool = False
    no_builtin_rules: bool = False
    no_builtin_variables: bool = False
    silent: bool = False
    stop: bool = False
    touch: bool = False
    version: bool = False
    help: bool = False
    print_directory: bool = False
    new_files: list[str] = field(default_factory=list)
    debug: bool = False
    no_print_directory: bool = False
    no_silent: bool = False
    trace: bool = False
    warn_undefined: bool = False
    jobserver: str = ""
    sync_mutex: str = ""
    jobserver_style: str = ""
    shuffle: str | None = None
    debug_kinds: str | None = None
    temp_stdin: str = ""
    ignored: bool = False
    goals: list[str] = field(default_factory=list)
    variables: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def most_load(self) -> float | None:
        """The load average from which on no second job starts; None: whatever it is."""
        try:
            return float(self.load) if self.load else None
        except ValueError:
            return None

    def parse(self, argv: Sequence[str], *, from_flags: bool = False) -> None:
        """Parse arguments. Raises `UserError` for an unknown option."""
        rest = list(argv)
        only_names = False
        while rest:
            word = rest.pop(0)
            if only_names or not word.startswith("-") or word == "-":
                self._name(word, from_flags)
            elif word == "--":
                only_names = True
            elif word.startswith("--"):
                self._long(word[2:], rest, from_flags)
            else:
                self._short(word[1:], rest, from_flags)

    def _name(self, word: str, from_flags: bool) -> None:
        found = plain_assignment(word)
        if found is not None:
            self._variable(found.name, found.operator, found.value)
        elif not from_flags:
            self.goals.append(word)

    def _variable(self, name: str, operator: str, value: str) -> None:
        """Note a variable; one given twice is passed on as what the two make together."""
        before = [one for one in self.variables if one[0] == name]
        if before:
            old = before[0]
            if operator == "?=":
                return
            if operator == "+=":
                operator, value = old[1], f"{old[2]} {value}"
            self.variables[self.variables.index(old)] = (name, operator, value)
            return
        self.variables.append((name, "=" if operator in ("+=", "?=") else operator, value))

    def _long(self, text: str, rest: list[str], from_flags: bool) -> None:
        name, equal, value = text.partition("=")
        option = _BY_NAME.get(name)
        if option is None:
            matches = {id(o): o for n, o in _BY_NAME.items() if n.startswith(name)}
            if len(matches) != 1:
                if from_flags:
                    return
                _unknown(f"--{name}")
            option = next(iter(matches.values()))
        if option.argument == "text" and not equal:
            if not rest:
                _unknown(f"--{name} without its argument")
            value = rest.pop(0)
        self._apply(option, value if equal or option.argument == "text" else None)

    def _short(self, letters: str, rest: list[str], from_flags: bool) -> None:
        while letters:
            option = _BY_LETTER.get(letters[0])
            letters = letters[1:]
            if option is None:
                if from_flags:
                    continue
                _unknown("-" + letters)
            if option.argument == "text":
                if not letters and not rest:
                    _unknown(f"-{option.letter} without its argument")
                self._apply(option, letters or rest.pop(0))
                return
            if option.argument == "optional":
                value: str | None = letters or None
                number = option.letter in "jl"
                if number and value is not None and not value[0].isdigit():
                    self._apply(option, None)
                    continue
                if number and value is None and rest and rest[0][:1].isdigit():
                    value = rest.pop(0)
                self._apply(option, value)
                return
            self._apply(option, None)

    def _apply(self, option: _Option, value: str | None) -> None:
        name = option.field
        if name == "jobs":
            if value is not None and (not value.isdigit() or int(value) < 1):
                _unknown("-j without a positive number", "the '-j' option needs a positive integer")
            self.jobs = 0 if value is None else int(value)
        elif name == "stop":
            self.keep_going = False
            self.stop = True
        elif name == "output_sync":
            self.output_sync = value or "target"
            if self.output_sync not in ("none", "line", "target", "recurse"):
                what = f"unknown output-sync type '{value}'"
                _unknown("-O", what)
        elif option.argument == "text":
            current = getattr(self, name)
            if isinstance(current, list):
                if value not in current or name == "makefiles":
                    current.append(value)
            else:
                setattr(self, name, value)
        elif option.argument == "optional":
            setattr(self, name, value or "")
        else:
            if name == "keep_going":
                self.stop = False
            elif name == "no_builtin_variables":
                self.no_builtin_rules = True
            elif name == "no_print_directory":
                self.print_directory = False
            elif name == "no_silent":
                self.silent = False
            setattr(self, name, True)

    # --- MAKEFLAGS --------------------------------------------------------------------------

    def parse_flags(self, text: str) -> None:
        """Parse the value of MAKEFLAGS."""
        words = split_flags(text)
        if not words:
            return
        if not words[0].startswith("-") and "=" not in words[0]:
            words[0] = "-" + words[0]
        self.parse(words, from_flags=True)

    def flags(self, *, jobserver: str = "", variables: bool = True) -> str:
        """Return the value of MAKEFLAGS: letters, then what has arguments, then variables."""
        letters = ""
        words: list[str] = []
        for option in _TABLE:
            if not option.in_flags:
                continue
            value = getattr(self, option.field)
            if option.field == "jobserver":
                continue
            if option.argument:
                for one in value if isinstance(value, list) else [value]:
                    if one is None or one == "":
                        if option.field == "load" and one == "":
                            words.append("-l")
                        continue
                    if option.field == "jobs":
                        words.append("-j" if one == 0 else f"-j{one}")
                    elif option.field == "evals":
                        words.append(f"--eval={quote(one)}")
                    else:
                        words.append(f"-{option.letter}{quote(str(one))}")
            elif value and option.letter:
                if option.field == "no_builtin_rules" and self.no_builtin_variables:
                    letters += "r"
                    continue
                letters += option.letter
            elif value and option.field != "no_silent":
                words.append(f"--{option.names[0]}")
        if jobserver:
            at = 1 + max((i for i, w in enumerate(words) if w[:2] in ("-j", "-l")), default=-1)
            words.insert(at, f"--jobserver-auth={jobserver}")
        text = " ".join([letters, *words]) if letters or words else ""
        if variables and self.variables:
            text += " -- " + self.overrides()
        return text

    def overrides(self) -> str:
        """Return the command-line variables as MAKEOVERRIDES has them, the latest first."""
        return " ".join(
            [quote(f"{name}{operator}{value}") for name, operator, value in self.variables[::-1]]
        )


def listing() -> list[str]:
    """Return a line for each option, with its short and long names."""
    lines = []
    for option in _TABLE:
        names = [f"-{option.letter}"] if option.letter else []
        names += [f"--{name}" for name in option.names]
        lines.append(
            ", ".join(names) + {"": "", "optional": " [WORD]"}.get(option.argument, " WORD")
        )
    return lines


def quote(text: str) -> str:
    """Quote blanks, backslashes and dollars for MAKEFLAGS."""
    out = []
    for char in text:
        if char in " \t\n\\":
            out.append("\\")
        elif char == "$":
            out.append("$")
        out.append(char)
    return "".join(out)


def split_flags(text: str) -> list[str]:
    """Split MAKEFLAGS into words; a backslash quotes the next character."""
    words: list[str] = []
    current = ""
    inside = False
    position = 0
    while position < len(text):
        char = text[position]
        if char == "\\" and position + 1 < len(text):
            position += 1
            current += text[position]
            inside = True
        elif char in " \t\n":
            if inside:
                words.append(current)
            current, inside = "", False
        else:
            current += char
            inside = True
        position += 1
    if inside:
        words.append(current)
    return words


def _unknown(what: str, message: str = "") -> NoReturn:
    raise UserError(
        message or f"unknown option {what}", hint="the options are those of GNU make 4.4"
    )
