"""The options of make.

GNU make manual, "Summary of Options". One table drives parsing, MAKEFLAGS and the list of options.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NoReturn

from genode_tool.errors import UserError
from genode_tool.makefile.executor.shuffle import shuffle_mode
from genode_tool.makefile.reading.assignments import plain_assignment


class OptionSource(Enum):
    """Where options come from."""

    COMMAND_LINE = "command line"
    ENVIRONMENT = "environment"
    MAKEFILE = "makefile"


@dataclass(frozen=True, slots=True)
class Option:
    """An option: its letter, its long names, and the field of `Options` that it sets.

    `argument` is "", "text" or "optional". An option without an argument sets the field to
    `value`. `inherited` options are part of MAKEFLAGS.
    """

    letter: str
    names: tuple[str, ...]
    field: str
    argument: str = ""
    inherited: bool = True
    value: bool = True


# In the order in which MAKEFLAGS has them.
OPTIONS = (
    Option("B", ("always-make",), "always_make"),
    Option("d", (), "debug"),
    Option("e", ("environment-overrides",), "environment_overrides"),
    Option("E", ("eval",), "evals", "text"),
    Option("h", ("help",), "help", inherited=False),
    Option("i", ("ignore-errors",), "ignore_errors"),
    Option("k", ("keep-going",), "keep_going"),
    Option("L", ("check-symlink-times",), "check_symlink_times"),
    Option("n", ("just-print", "dry-run", "recon"), "dry_run"),
    Option("p", ("print-data-base",), "print_data_base"),
    Option("q", ("question",), "question"),
    Option("r", ("no-builtin-rules",), "no_builtin_rules"),
    Option("R", ("no-builtin-variables",), "no_builtin_variables"),
    Option("s", ("silent", "quiet"), "silent"),
    Option("S", ("no-keep-going", "stop"), "keep_going", value=False),
    Option("t", ("touch",), "touch"),
    Option("v", ("version",), "version", inherited=False),
    Option("w", ("print-directory",), "print_directory"),
    Option("C", ("directory",), "directories", "text", inherited=False),
    Option("f", ("file", "makefile"), "makefiles", "text", inherited=False),
    Option("I", ("include-dir",), "include_dirs", "text"),
    Option("j", ("jobs",), "jobs", "optional"),
    Option("l", ("load-average", "max-load"), "load", "optional"),
    Option("o", ("old-file", "assume-old"), "old_files", "text", inherited=False),
    Option("O", ("output-sync",), "output_sync", "optional"),
    Option("W", ("what-if", "new-file", "assume-new"), "new_files", "text", inherited=False),
    Option("", ("debug",), "debug_kinds", "optional"),
    Option("", ("jobserver-auth", "jobserver-fds"), "jobserver", "text"),
    Option("", ("trace",), "trace"),
    Option("", ("no-print-directory",), "print_directory", value=False),
    Option("", ("warn-undefined-variables",), "warn_undefined"),
    Option("", ("sync-mutex",), "sync_mutex", "text", inherited=False),
    Option("", ("no-silent",), "silent", value=False),
    Option("", ("shuffle",), "shuffle", "optional"),
    Option("", ("jobserver-style",), "jobserver_style", "text", inherited=False),
    Option("", ("temp-stdin",), "temp_stdin", "text", inherited=False),
)
_BY_LETTER = {one.letter: one for one in OPTIONS if one.letter}
_BY_LETTER |= {one: Option(one, (), "ignored") for one in "bm"}
_BY_NAME = {name: one for one in OPTIONS for name in one.names}
# A makefile does not change what the command line says about these.
_RANKED = ("keep_going", "silent", "print_directory")


@dataclass(slots=True)
class Options:
    """The options of the command line and of MAKEFLAGS.

    `jobs` 0: without a limit. Those that can be None were not given. `commanded` are the fields
    that a makefile cannot change, because the command line sets them.
    """

    always_make: bool = False
    directories: list[str] = field(default_factory=list)
    environment_overrides: bool = False
    evals: list[str] = field(default_factory=list)
    makefiles: list[str] = field(default_factory=list)
    ignore_errors: bool = False
    include_dirs: list[str] = field(default_factory=list)
    jobs: int | None = None
    keep_going: bool | None = None
    load: str | None = None
    dry_run: bool = False
    old_files: list[str] = field(default_factory=list)
    output_sync: str | None = None
    print_data_base: bool = False
    question: bool = False
    no_builtin_rules: bool = False
    no_builtin_variables: bool = False
    silent: bool | None = None
    touch: bool = False
    version: bool = False
    help: bool = False
    print_directory: bool | None = None
    new_files: list[str] = field(default_factory=list)
    debug: bool = False
    check_symlink_times: bool = False
    trace: bool = False
    warn_undefined: bool = False
    jobserver: str = ""
    sync_mutex: str = ""
    jobserver_style: str = ""
    shuffle: str | None = None
    debug_kinds: list[str] = field(default_factory=list)
    temp_stdin: str = ""
    ignored: bool = False
    goals: list[str] = field(default_factory=list)
    variables: list[tuple[str, str, str]] = field(default_factory=list)
    commanded: set[str] = field(default_factory=set)
    _definitions: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def most_load(self) -> float | None:
        """The load average from which on no second job starts; None: whatever it is."""
        try:
            return float(self.load) if self.load else None
        except ValueError:
            return None

    def parse(self, argv: Sequence[str], source: OptionSource = OptionSource.COMMAND_LINE) -> None:
        """Parse arguments. Raises `UserError` for an unknown option of the command line."""
        rest = list(argv)
        only_names = False
        while rest:
            word = rest.pop(0)
            if only_names or not word.startswith("-") or word == "-":
                self._name(word, source)
            elif word == "--":
                only_names = True
            elif word.startswith("--"):
                self._long(word[2:], rest, source)
            else:
                self._short(word[1:], rest, source)

    def parse_flags(self, text: str, source: OptionSource = OptionSource.ENVIRONMENT) -> None:
        """Parse the value of MAKEFLAGS."""
        words = split_flags(text)
        if not words:
            return
        if not words[0].startswith("-") and "=" not in words[0]:
            words[0] = "-" + words[0]
        self.parse(words, source)

    def take_definitions(self) -> list[tuple[str, str, str]]:
        """Return the variables that a makefile has put into MAKEFLAGS, each once."""
        taken, self._definitions = self._definitions, []
        return taken

    def _name(self, word: str, source: OptionSource) -> None:
        found = plain_assignment(word)
        if found is not None and source is OptionSource.MAKEFILE:
            self._definitions.append((found.name, found.operator, found.value))
        elif found is not None:
            self._variable(found.name, found.operator, found.value)
        elif found is None and source is OptionSource.COMMAND_LINE:
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

    def _long(self, text: str, rest: list[str], source: OptionSource) -> None:
        name, equal, value = text.partition("=")
        option = _BY_NAME.get(name)
        if option is None:
            matches = {id(o): o for n, o in _BY_NAME.items() if n.startswith(name)}
            if len(matches) != 1:
                if source is not OptionSource.COMMAND_LINE:
                    return
                _unknown(f"--{name}")
            option = next(iter(matches.values()))
        if option.argument == "text" and not equal:
            if not rest:
                _unknown(f"--{name} without its argument")
            value = rest.pop(0)
        self._apply(option, value if equal or option.argument == "text" else None, source)

    def _short(self, letters: str, rest: list[str], source: OptionSource) -> None:
        while letters:
            letter, letters = letters[0], letters[1:]
            option = _BY_LETTER.get(letter)
            if option is None:
                if source is not OptionSource.COMMAND_LINE:
                    continue
                _unknown("-" + letter)
            if option.argument == "text":
                if not letters and not rest:
                    _unknown(f"-{option.letter} without its argument")
                self._apply(option, letters or rest.pop(0), source)
                return
            if option.argument == "optional":
                value: str | None = letters or None
                number = option.letter in "jl"
                if number and value is not None and not value[0].isdigit():
                    self._apply(option, None, source)
                    continue
                if number and value is None and rest and rest[0][:1].isdigit():
                    value = rest.pop(0)
                self._apply(option, value, source)
                return
            self._apply(option, None, source)

    def _apply(self, option: Option, value: str | None, source: OptionSource) -> None:
        name = option.field
        if name == "jobs":
            if value is not None and (not value.isdigit() or int(value) < 1):
                _unknown("-j without a positive number", "the '-j' option needs a positive integer")
            self.jobs = 0 if value is None else int(value)
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
        elif name == "debug_kinds":
            if (value or "basic") not in self.debug_kinds:
                self.debug_kinds.append(value or "basic")
        elif name == "shuffle":
            if source is OptionSource.MAKEFILE:
                # Sub-makes get it; it is too late for this one.
                self.shuffle = value or "random"
                return
            if value == "":
                what = "the '--shuffle' option requires a non-empty string argument"
                _unknown("--shuffle=", what)
            self.shuffle = shuffle_mode(value or "random") or None
        elif option.argument == "optional":
            setattr(self, name, value or "")
        elif source is not OptionSource.MAKEFILE or name not in self.commanded:
            if name == "no_builtin_variables":
                self.no_builtin_rules = True
            elif name in _RANKED and source is not OptionSource.MAKEFILE:
                self.commanded.add(name)
            setattr(self, name, option.value)


def listing() -> list[str]:
    """Return a line for each option, with its short and long names."""
    lines = []
    for option in OPTIONS:
        names = [f"-{option.letter}"] if option.letter else []
        names += [f"--{name}" for name in option.names]
        lines.append(
            ", ".join(names) + {"": "", "optional": " [WORD]"}.get(option.argument, " WORD")
        )
    return lines


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
