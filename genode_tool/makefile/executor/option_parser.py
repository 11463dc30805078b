"""Reading options into `Options`: from the command line, the environment and makefiles.

GNU make manual, "Summary of Options" and "Communicating Options to a Sub-make".
"""

from __future__ import annotations

from collections.abc import Sequence

from genode_tool.errors import UserError
from genode_tool.makefile.executor.command_line import Given, Word, Wrong, divide
from genode_tool.makefile.executor.options import Kind, Option, Options, OptionSource
from genode_tool.makefile.executor.shuffle import shuffle_mode
from genode_tool.makefile.glob import expand_tilde
from genode_tool.makefile.reading.assignments import plain_assignment
from genode_tool.regex import regex

_INTEGER = regex(r"[ \t\n\v\f\r]*([+-]?)([0-9]+)")
_DECIMAL = regex(r"[ \t]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_ULONG_MAX, _UINT_MAX = 2**64 - 1, 2**32 - 1
# A makefile does not change what the environment or the command line says about these.
_RANKED = ("keep_going", "silent", "print_directory")

# These are too late in a makefile.
_OUTSIDE = ("directories", "makefiles", "old_files", "new_files", "temp_stdin")


class WrongOptions(UserError):
    """Options that cannot be read; `own` messages name the program, others the command line."""

    def __init__(self, messages: Sequence[tuple[str, bool]]) -> None:
        super().__init__(messages[0][0], hint="the options are those of GNU make 4.4")
        self.messages = tuple(messages)


class OptionParser:
    """Reads options into `options`; `home` is what `~` stands for in file names."""

    def __init__(self, options: Options, home: str = "") -> None:
        self._options = options
        self._home = home
        self._source = OptionSource.COMMAND_LINE
        self._wrong: list[tuple[str, bool]] = []

    def parse(self, argv: Sequence[str], source: OptionSource = OptionSource.COMMAND_LINE) -> None:
        """Read arguments. Raises `WrongOptions`, or `UserError` for a wrong value."""
        options = self._options
        self._source, self._wrong = source, []
        for part in divide(argv):
            if isinstance(part, Word):
                self._word(part.text)
            elif isinstance(part, Wrong):
                self._wrong.append((part.message, False))
            else:
                self._apply(part)
        # A makefile may use options of other releases.
        if self._wrong and not source.from_makefile:
            raise WrongOptions(self._wrong)
        options.apply_debug()
        options.apply_output_sync()
        # It is too late for this make when a makefile says it: sub-makes get it.
        if not source.from_makefile and options.shuffle:
            options.shuffle = shuffle_mode(options.shuffle) or None

    def parse_flags(self, text: str, source: OptionSource = OptionSource.ENVIRONMENT) -> list[str]:
        """Read the value of MAKEFLAGS; return messages about what a makefile got wrong."""
        words = split_flags(text)
        if words and not words[0].startswith("-") and "=" not in words[0]:
            words[0] = "-" + words[0]
        if words:
            self.parse(words, source)
        return [text for text, own in self._wrong if own] if words else []

    def _word(self, word: str) -> None:
        options = self._options
        if word in ("-", ""):
            return
        found = plain_assignment(word)
        if found is None:
            if not self._source.from_makefile:
                options.goals.append(self._file_name(word))
        elif not found.name:
            raise UserError("empty variable name", hint="write NAME=value")
        elif self._source.from_makefile:
            options.definitions.append((found.name, found.operator, found.value))
        else:
            options.variables.append((found.name, found.operator, found.value))

    def _apply(self, given: Given) -> None:
        option, argument = given.option, given.argument
        if option.field in _OUTSIDE and self._source.from_makefile:
            return
        if argument == "" and option.kind is not Kind.LOAD:
            what = "a positive integer" if option.kind is Kind.COUNT else "a non-empty string"
            self._fail(f"the '{option.spelling}' option requires {what} argument")
        elif option.kind is Kind.FLAG:
            self._flag(option)
        elif option.kind is Kind.COUNT:
            self._count(option, argument)
        elif option.kind is Kind.LOAD:
            found = _DECIMAL.match(argument) if argument is not None else None
            load = None if argument is None else float(found.group()) if found else 0.0
            self._options.load = None if load is not None and load < 0 else load
        else:
            self._text(option, argument if argument is not None else option.without or "")

    def _fail(self, message: str) -> None:
        self._wrong.append((message, True))

    def _flag(self, option: Option) -> None:
        options, name = self._options, option.field
        from_makefile = self._source.from_makefile
        ranked = name in options.commanded and self._source is not OptionSource.OVERRIDE
        if from_makefile and (ranked or name == "help"):
            return
        if name == "no_builtin_variables" and not from_makefile:
            options.no_builtin_rules = True
        elif name in _RANKED and not from_makefile:
            options.commanded.add(name)
        setattr(options, name, option.value)

    def _count(self, option: Option, argument: str | None) -> None:
        if argument is None:
            self._options.jobs = 0
            return
        found = _INTEGER.fullmatch(argument)
        # as strtoul reads it, into an int
        number = min(int(found.group(2)), _ULONG_MAX) & _UINT_MAX if found else 0
        if not found or not number:
            self._fail(f"the '{option.spelling}' option requires a positive integer argument")
        elif number == _UINT_MAX:  # -1, which stands for no option
            self._options.jobs = None
        elif found.group(1) != "-":
            self._options.jobs = number

    def _text(self, option: Option, value: str) -> None:
        options, name = self._options, option.field
        if option.kind is Kind.FILES:
            value = self._file_name(value)
        if option.kind is Kind.TEXT:
            setattr(options, name, value)
        else:
            current = getattr(options, name)
            if value not in current or name == "makefiles":
                current.append(value)

    def _file_name(self, name: str) -> str:
        if name.startswith("~"):
            return expand_tilde(name, self._home)
        while name.startswith("./") and name.strip("./"):
            name = name[2:].lstrip("/")
        return name


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
