"""MAKEFLAGS: the options that sub-makes inherit, as a text and back.

GNU make manual, "Communicating Options to a Sub-make". The value starts with the letters of
options without an argument; options with arguments and long names follow. Variables of the command
line come last, behind `--`, as a reference to MAKEOVERRIDES.
"""

from __future__ import annotations

from collections.abc import Callable

from genode_tool.makefile.evaluator.evaluation import Evaluation
from genode_tool.makefile.executor.jobserver import Jobserver
from genode_tool.makefile.executor.option_parser import OptionParser, split_flags
from genode_tool.makefile.executor.options import OPTIONS, Kind, Option, Options, OptionSource
from genode_tool.makefile.reading.assignments import plain_assignment
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
        if option.kind is not Kind.FLAG:
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
        text = "" if option.field == "jobs" and one == 0 else quote(_shown(one))
        if option.letter:
            words.append(f"-{option.letter}{text}")
        else:
            words.append(f"--{option.names[0]}={text}" if text else f"--{option.names[0]}")
    return words


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def mflags(flags: str) -> str:
    """Return the value of MFLAGS for that of MAKEFLAGS without variables."""
    return flags.strip() if not flags or flags.startswith(" ") else f"-{flags}"


def eval_flags(options: Options) -> str:
    """Return the `--eval` options as MAKEFLAGS has them."""
    return " ".join([f"--eval={quote(one)}" for one in options.evals])


def overrides(ev: Evaluation, options: Options) -> str:
    """Return the variables of the command line as MAKEOVERRIDES has them, the latest first."""
    found = [ev.globals[name] for name in reversed(options.commanded_variables)]
    return " ".join(
        [quote(f"{one.name}{'=' if one.recursive else ':='}{one.value}") for one in found]
    )


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

    `jobserver` is where the job slots are, "" when there are none to share. `warn` is called with
    what a makefile gets wrong.
    """

    def __init__(
        self,
        ev: Evaluation,
        options: Options,
        jobserver: str = "",
        warn: Callable[[str], None] | None = None,
    ) -> None:
        self._warn = warn
        self._ev = ev
        self._options = options
        self._jobserver = jobserver

    def define(self) -> None:
        """Define MAKEFLAGS and what belongs to it; obey assignments from now on."""
        ev, options = self._ev, self._options
        if options.evals:
            ev.globals[EVAL_FLAGS] = Variable(EVAL_FLAGS, eval_flags(options), Origin.AUTOMATIC)
        if options.commanded_variables:
            listed = overrides(ev, options)
            ev.globals[COMMAND_VARIABLES] = Variable(COMMAND_VARIABLES, listed, Origin.AUTOMATIC)
            reference = f"${{{COMMAND_VARIABLES}}}"
            ev.globals["MAKEOVERRIDES"] = Variable(
                "MAKEOVERRIDES", reference, Origin.DEFAULT, recursive=True
            )
        for name in ("MAKEFLAGS", "MFLAGS"):
            given = ev.globals.get(name)
            if given is None or given.origin < Origin.COMMAND_LINE:
                export = Export.YES if name == "MAKEFLAGS" else Export.DEFAULT
                ev.globals[name] = Variable(name, "", Origin.ENVIRONMENT, export=export)
        if ev.globals["MAKEFLAGS"].origin is Origin.COMMAND_LINE:
            self._changed()
        else:
            self.write()
        ev.on_makeflags = self._changed

    def _changed(self) -> None:
        ev, options = self._ev, self._options
        parser = OptionParser(options, ev.home)
        given = ev.globals["MAKEFLAGS"]
        source = OptionSource.MAKEFILE
        if given.origin is Origin.OVERRIDE:
            source = OptionSource.OVERRIDE
        for message in parser.parse_flags(ev.value("MAKEFLAGS"), source):
            if self._warn is not None:
                self._warn(message)
        taken, options.definitions = options.definitions, []
        # The command line's own definitions are made after the makefiles were read.
        for name, operator, value in taken if given.origin is not Origin.COMMAND_LINE else ():
            ev.define(name, operator, text(value), given.origin)
        ev.warn_undefined = options.warn_undefined
        ev.set_include_dirs(options.include_dirs)
        self.write()

    def finish(self, server: Jobserver | None) -> None:
        """Write the flags as recipes get them; `server` has the job slots.

        Variables that makefiles have put into MAKEOVERRIDES count as the environment's.
        """
        ev, options = self._ev, self._options
        late = OptionParser(options, ev.home)
        late.parse_flags(ev.value("GNUMAKEFLAGS"), OptionSource.MAKEFILE)
        strong = options.environment_overrides
        origin = Origin.ENVIRONMENT_OVERRIDE if strong else Origin.ENVIRONMENT
        for name, operator, value in options.definitions:
            ev.define(name, operator, text(value), origin)
        options.definitions = []
        known = ev.globals.get("GNUMAKEFLAGS")
        emptied = Variable("GNUMAKEFLAGS", "", Origin.OVERRIDE)
        emptied.export = known.export if known is not None else Export.DEFAULT
        ev.globals["GNUMAKEFLAGS"] = emptied
        if options.no_builtin_variables:
            options.no_builtin_rules = True
        for word in split_flags(ev.value("MAKEFLAGS")):
            found = plain_assignment(word)
            known = ev.globals.get(found.name) if found is not None else None
            if found is not None and (known is None or known.origin <= Origin.ENVIRONMENT):
                ev.define(found.name, found.operator, text(found.value), Origin.ENVIRONMENT)
                ev.globals[found.name].export = Export.YES
        self._jobserver = server.auth if server is not None else ""
        self.write()

    def write(self) -> None:
        """Give MAKEFLAGS its normal form, and MFLAGS; those of the command line stay."""
        options = self._options
        flags = makeflags(options, self._jobserver)
        over = options.environment_overrides
        self._set(
            "MFLAGS", mflags(flags), Origin.ENVIRONMENT_OVERRIDE if over else Origin.ENVIRONMENT
        )
        if options.evals:
            flags += f" $({EVAL_FLAGS})"
        overridden = self._ev.globals.get("MAKEOVERRIDES")
        if overridden is not None and overridden.value:
            flags += " -- $(MAKEOVERRIDES)"
        self._set("MAKEFLAGS", flags, Origin.ENVIRONMENT_OVERRIDE if over else Origin.FILE)

    def _set(self, name: str, value: str, origin: Origin) -> None:
        """Set a variable unless it comes from a stronger place; it stays exported, or not."""
        variable = self._ev.globals.get(name)
        if variable is None:
            self._ev.globals[name] = Variable(name, value, origin, recursive=True)
        elif variable.origin <= (origin if name == "MFLAGS" else Origin.ENVIRONMENT_OVERRIDE):
            variable.value, variable.origin, variable.recursive = value, origin, True
