"""MAKEFLAGS: the options that sub-makes inherit, as a text and back.

GNU make manual, "Communicating Options to a Sub-make". The value starts with the letters of
options without an argument; options with arguments and long names follow. Variables of the command
line come last, behind `--`, as a reference to MAKEOVERRIDES.
"""

from __future__ import annotations

from collections.abc import Callable

from genode_tool.makefile.evaluator.evaluation import Evaluation
from genode_tool.makefile.executor.options import OPTIONS, Option, Options, OptionSource
from genode_tool.makefile.reading.text import text
from genode_tool.makefile.variables.variable import Export, Origin, Variable

EVAL_FLAGS = "-*-eval-flags-*-"
COMMAND_VARIABLES = "-*-command-variables-*-"


def makeflags(options: Options, jobserver: str = "") -> str:
    """Return the value of MAKEFLAGS without variables; `jobserver` is where the job slots are."""
    letters = ""
    words: list[str] = []
    for option in OPTIONS:
        if not option.inherited:
            continue
        value = jobserver if option.field == "jobserver" else getattr(options, option.field)
        if option.argument:
            words += _with_argument(option, value)
        elif value is option.value:
            if option.letter:
                letters += option.letter
            else:
                words.append(f"--{option.names[0]}")
    return " ".join([letters, *words]) if words else letters


def _with_argument(option: Option, value: object) -> list[str]:
    """Return the words for an option with an argument; an omitted one is ""."""
    given = value if isinstance(value, list) else [value]
    if option.field == "evals" or (option.field == "jobserver" and not value):
        return []
    words = []
    for one in given:
        if one is None:
            continue
        text = "" if option.field == "jobs" and one == 0 else quote(str(one))
        if option.letter:
            words.append(f"-{option.letter}{text}")
        else:
            words.append(f"--{option.names[0]}={text}" if text else f"--{option.names[0]}")
    return words


def mflags(flags: str) -> str:
    """Return the value of MFLAGS for that of MAKEFLAGS without variables."""
    return flags.strip() if not flags or flags.startswith(" ") else f"-{flags}"


def eval_flags(options: Options) -> str:
    """Return the `--eval` options as MAKEFLAGS has them."""
    return " ".join([f"--eval={quote(one)}" for one in options.evals])


def overrides(options: Options) -> str:
    """Return the variables of the command line as MAKEOVERRIDES has them, the latest first."""
    return " ".join([quote("".join(one)) for one in options.variables[::-1]])


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


class Makeflags:
    """The variable MAKEFLAGS of one evaluation; an assignment to it changes `options` at once.

    `jobserver` is where the job slots are, "" when there are none to share. `announce` is called
    when the options have changed.
    """

    def __init__(
        self,
        ev: Evaluation,
        options: Options,
        jobserver: str = "",
        announce: Callable[[], None] = lambda: None,
    ) -> None:
        self._announce = announce
        self._ev = ev
        self._options = options
        self._jobserver = jobserver

    def define(self) -> None:
        """Define MAKEFLAGS and what belongs to it; obey assignments from now on."""
        ev, options = self._ev, self._options
        if options.evals:
            ev.globals[EVAL_FLAGS] = Variable(EVAL_FLAGS, eval_flags(options), Origin.AUTOMATIC)
        if options.variables:
            given = overrides(options)
            ev.globals[COMMAND_VARIABLES] = Variable(COMMAND_VARIABLES, given, Origin.AUTOMATIC)
            reference = f"${{{COMMAND_VARIABLES}}}"
            ev.globals["MAKEOVERRIDES"] = Variable(
                "MAKEOVERRIDES", reference, Origin.DEFAULT, recursive=True
            )
        if ev.globals["MAKEFLAGS"].origin is Origin.COMMAND_LINE:
            self._changed()
        else:
            self.write()
        ev.on_makeflags = self._changed

    def _changed(self) -> None:
        ev, options = self._ev, self._options
        options.parse_flags(ev.value("MAKEFLAGS"), OptionSource.MAKEFILE)
        for name, operator, value in options.take_definitions():
            ev.define(name, operator, text(value), Origin.FILE)
        ev.set_include_dirs(options.include_dirs)
        self.write()
        self._announce()

    def write(self) -> None:
        """Give MAKEFLAGS its normal form, and MFLAGS; those of the command line stay."""
        ev, options = self._ev, self._options
        over = options.environment_overrides
        environment = Origin.ENVIRONMENT_OVERRIDE if over else Origin.ENVIRONMENT
        flags = makeflags(options, self._jobserver)
        ev.globals["MFLAGS"] = Variable(
            "MFLAGS", mflags(flags), environment, recursive=True, export=Export.YES
        )
        if options.evals:
            flags += f" $({EVAL_FLAGS})"
        overridden = ev.globals.get("MAKEOVERRIDES")
        if overridden is not None and overridden.value:
            flags += " -- $(MAKEOVERRIDES)"
        variable = ev.globals.get("MAKEFLAGS")
        if variable is None or variable.origin <= Origin.ENVIRONMENT_OVERRIDE:
            ev.globals["MAKEFLAGS"] = Variable(
                "MAKEFLAGS",
                flags,
                Origin.ENVIRONMENT_OVERRIDE if over else Origin.FILE,
                recursive=True,
                export=Export.YES,
            )
