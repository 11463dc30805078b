"""An evaluation: variables, scopes, expansion, and the messages that come out of it.

`statements` carries out makefiles on it, `rules.database` holds what they say about rules; this
class holds what they share. One `Evaluation` is one run of the language over one set of variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NoReturn

from genode_tool.errors import Diagnostic, Location, Severity
from genode_tool.makefile.evaluator import expansion
from genode_tool.makefile.evaluator.error_places import failure, self_reference
from genode_tool.makefile.evaluator.includes import search_directories
from genode_tool.makefile.evaluator.statements import Reader
from genode_tool.makefile.functions.table import FUNCTION_NAMES, call_function
from genode_tool.makefile.inputs import Inputs
from genode_tool.makefile.problems import Message, Source
from genode_tool.makefile.reading.cache import ParseCache
from genode_tool.makefile.reading.syntax import PLAIN, Modifiers
from genode_tool.makefile.reading.text import Expand, Text, text
from genode_tool.makefile.rules.automatic_variables import AutomaticVariables
from genode_tool.makefile.rules.database import RuleDatabase
from genode_tool.makefile.variables import environment, predefined
from genode_tool.makefile.variables.append import appended_value
from genode_tool.makefile.variables.assign import assign
from genode_tool.makefile.variables.protocols import Scope
from genode_tool.makefile.variables.recursion import deep_recursion
from genode_tool.makefile.variables.variable import Origin, TargetScope, Variable

_MOST_REFERENCES = 1000
_SHOWN_CALLS = 20


class Evaluation:
    """The state of one evaluation.

    `cwd` is the absolute directory that relative names start from. `variables` come from the
    command line and win over makefiles. `environ` replaces the environment of `inputs`.
    `goals` become MAKECMDGOALS. `on_message` receives the messages of `$(info)`, `$(warning)` and
    our own warnings. `builtin_rules` and `builtin_variables` are false for what `make -r` and `-R`
    leave out. `include_dirs` are searched by `include`.

    With `defer_missing`, included files that are missing are left in `includes.missing` for
    the caller (who may make them); otherwise `include` raises `MakefileError` for them.
    """

    function_names = FUNCTION_NAMES

    def __init__(
        self,
        inputs: Inputs,
        *,
        cwd: str,
        variables: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        goals: Sequence[str] = (),
        cache: ParseCache | None = None,
        on_message: Callable[[Message], None] | None = None,
        builtin_rules: bool = True,
        builtin_variables: bool = True,
        environment_overrides: bool = False,
        warn_undefined: bool = False,
        include_dirs: Sequence[str] = (),
        defer_missing: bool = False,
        make: str = "make",
        level: int = 0,
    ) -> None:
        self.inputs = inputs
        self.cwd = cwd.rstrip("/") or "/"
        self.goals = tuple(goals)
        self.on_message = on_message
        self.environment_overrides = environment_overrides
        self.warn_undefined = warn_undefined
        self.level = level
        self.environ = dict(inputs.environ() if environ is None else environ)
        self.home = self.environ.get("HOME", "")
        self.scopes: list[Scope] = []
        self.calls: list[str] = []
        # How many functions that refer to themselves, without a call, are being expanded.
        self._references = 0
        self.most_arguments = 0
        self.innermost: Variable | None = None
        self.source = Source("")
        self.line = 0
        self.prefix = "\t"
        self.posix = False
        self.export_all = False
        self._exporting = False
        self.on_makeflags: Callable[[], None] | None = None
        self.warnings: list[Message] = []
        self.globals: dict[str, Variable] = {}
        self.rules = RuleDatabase(self, builtin_rules)
        self._defer_missing = defer_missing
        self._reader = Reader(self, cache or ParseCache())
        self.includes = self._reader.includes
        self.includes.deferred = defer_missing
        predefined.define_variables(self, make, goals, catalogue=builtin_variables)
        if not builtin_rules:
            self.globals["SUFFIXES"] = Variable("SUFFIXES", "", Origin.DEFAULT)
        if include_dirs:
            self.set_include_dirs(include_dirs)
        environment.import_environment(self)
        for name, value in (variables or {}).items():
            self.set_command_line(name, value)

    # --- makefiles ------------------------------------------------------------------------

    def include(self, path: str) -> None:
        """Evaluate the makefile at `path` (relative to `cwd` or absolute).

        Raises `MakefileError` when it, or one that it includes, is missing or wrong.
        """
        with deep_recursion(self):
            self._reader.read_makefile(path)
            if not self._defer_missing:
                self._reader.require_includes()

    def read_content(self, name: str, content: bytes) -> None:
        """Evaluate `content` as the makefile `name`, which need not exist."""
        with deep_recursion(self):
            self._reader.read_bytes(name, content, Source(name))

    def evaluate_text(self, content: str) -> None:
        """Evaluate `content` as `$(eval)` does."""
        self._reader.read_text(content)

    # --- variables ------------------------------------------------------------------------

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of all global variables."""
        return tuple(self.globals)

    def find(self, name: str) -> Variable | None:
        """Return the variable that a reference to `name` means here, or None."""
        for scope in reversed(self.scopes):
            found = scope.get(name)
            if found is not None:
                return found
        found = self.globals.get(name)
        if found is None:
            return predefined.compute(self, name) if name in predefined.COMPUTED else None
        return None if found.private and self.for_target else found

    @property
    def for_target(self) -> bool:
        """Whether the expansion is for a target, which does not see private global variables."""
        for scope in self.scopes:
            if scope.__class__ is AutomaticVariables or scope.__class__ is TargetScope:
                return True
        return False

    def value(self, name: str) -> str:
        """Return the expanded value of variable `name`, "" when undefined."""
        found = self.find(name)
        if found is None:
            return self.undefined(name)
        return self.expand_variable(found) if found.recursive else found.value

    def expand(self, raw: str) -> str:
        """Return `raw` with all references expanded."""
        return text(raw).expand(self) if "$" in raw else raw

    def set(self, name: str, value: str, *, origin: Origin = Origin.FILE) -> None:
        """Define a simple variable `name` with the finished `value`."""
        self.define(name, ":=", text(value.replace("$", "$$")), origin)

    def set_command_line(self, name: str, value: str, operator: str = "=") -> None:
        """Define a variable as `make NAME=value` does."""
        self.define(name, operator, text(value), Origin.COMMAND_LINE)

    def define(
        self,
        name: str,
        operator: str,
        value: Text,
        origin: Origin,
        *,
        modifiers: Modifiers = PLAIN,
        line: int = 0,
        defined: bool = False,
        scope: dict[str, Variable] | None = None,
    ) -> Variable | None:
        """Carry out one assignment, see `variables.assign`."""
        return assign(self, name, operator, value, origin, modifiers, line, defined, scope)

    def undefine(self, name: str, origin: Origin) -> None:
        """Remove the variable `name` unless it comes from a stronger place than `origin`."""
        found = self.globals.get(name)
        if found is not None and found.origin <= origin:
            del self.globals[name]
            if name == ".RECIPEPREFIX":
                self.prefix = "\t"

    def special_assigned(self, name: str) -> None:
        """Obey an assignment to one of `predefined.SPECIAL`."""
        if name == ".RECIPEPREFIX":
            self.prefix = (self.value(name) or "\t")[:1]
        elif self.on_makeflags is not None:
            self.on_makeflags()

    def set_include_dirs(self, directories: Sequence[str]) -> None:
        """Search `directories`, and the standard ones, for included makefiles from now on."""
        found = search_directories(self, directories)
        self._reader.include_dirs = found
        self.globals[".INCLUDE_DIRS"] = Variable(".INCLUDE_DIRS", " ".join(found), Origin.DEFAULT)

    def drop_builtins(self, *, rules: bool, variables: bool) -> None:
        """Drop the built-in rules, and the variables of the catalogue, if asked to."""
        if rules:
            self.rules.builtin = False
            self.globals["SUFFIXES"] = Variable("SUFFIXES", "", Origin.DEFAULT)
        if variables:
            predefined.drop_catalogue(self)

    def exported_environment(self, for_shell: bool = False) -> dict[str, str]:
        """Return the environment of a recipe or, `for_shell`, of `$(shell)`."""
        everything = self.export_all or (
            # Unlike a bare `export`, the special target has no effect before all is read.
            ".EXPORT_ALL_VARIABLES" in self.rules.targets and (self.rules.complete or not for_shell)
        )
        before, self._exporting = self._exporting, for_shell
        place = self.source, self.line
        try:
            return environment.exported(self, everything, at_definitions=not for_shell)
        finally:
            self._exporting = before
            self.source, self.line = place

    # --- expansion ------------------------------------------------------------------------

    def compile(self, raw: str) -> Expand:
        """Return `raw` as a function of an evaluation."""
        return expansion.compile_text(raw)

    def call_function(self, name: str, arguments: Sequence[str]) -> str:
        """Call the built-in function `name`."""
        return call_function(self, name, arguments)

    def push(self, scope: Scope) -> None:
        """Open a scope that hides outer variables of the same names."""
        self.scopes.append(scope)

    def pop(self) -> None:
        """Close the innermost scope."""
        self.scopes.pop()

    @contextmanager
    def within(self, scopes: Sequence[Scope]) -> Iterator[None]:
        """Expand in `scopes`, outermost first, instead of the present ones."""
        before, self.scopes = self.scopes, list(scopes)
        try:
            yield
        finally:
            self.scopes = before

    def expand_variable(self, variable: Variable) -> str:
        """Return the expanded value of a recursive variable."""
        if variable.expanding:
            return self._self_reference(variable)
        raw = variable.value
        if "$" not in raw and not variable.append:
            return raw
        variable.expanding = True
        outer, self.innermost = self.innermost, variable
        try:
            if variable.append:
                return appended_value(self, variable)
            return text(raw).expand(self)
        finally:
            variable.expanding = False
            self.innermost = outer

    def expand_called(self, variable: Variable) -> str:
        """Expand the body of a `$(call)`; it may call itself."""
        if variable.expanding and self._exporting:
            return self._self_reference(variable)
        before, variable.expanding = variable.expanding, True
        outer, self.innermost = self.innermost, variable
        try:
            if variable.append:
                return appended_value(self, variable)
            return text(variable.value).expand(self)
        finally:
            variable.expanding = before
            self.innermost = outer

    def _self_reference(self, variable: Variable) -> str:
        if self._exporting:
            # `$(shell)` in the value of an exported variable; GNU make 4.4 then takes the value
            # that the environment has.
            return self.environ.get(variable.name, "")
        if self.calls and variable.name in self.calls:
            # A function that calls itself: its scope differs from call to call.
            self._references += 1
            if self._references > _MOST_REFERENCES:
                raise self_reference(self, variable, self.innermost)
            try:
                return text(variable.value).expand(self)
            finally:
                self._references -= 1
        raise self_reference(self, variable, self.innermost)

    def undefined(self, name: str) -> str:
        """Return the expansion of a reference to an undefined variable."""
        if name in predefined.COMPUTED:
            return predefined.compute(self, name).value
        if self.warn_undefined and name not in predefined.UNSET:
            self.report(Severity.WARNING, f"undefined variable '{name}'", name or " ")
        return ""

    def unknown_function(self, name: str) -> None:
        """Report that `$(name argument)` is neither a function nor a variable."""
        self.report(Severity.LINT, f"no such function: '{name}'; the reference is empty", name)

    def run_shell(self, command: str, *, trim: bool = True) -> str:
        """Run a command as `$(shell)` does; return its output, newlines as spaces."""
        return environment.run_shell(self, command, trim=trim)

    # --- places and messages --------------------------------------------------------------

    def path(self, name: str) -> str:
        """Return the absolute form of a file name."""
        if name.startswith("/"):
            return name
        return f"{self.cwd}/{name}" if self.cwd != "/" else f"/{name}"

    @property
    def location(self) -> Location | None:
        """The place that is being evaluated."""
        return self.source.location(self.line) if self.line and self.source.file else None

    @property
    def trail(self) -> tuple[str, ...]:
        """The calls, includes and evals that led here, innermost first."""
        calls = [f"in call of '{name}'" for name in reversed(self.calls[-_SHOWN_CALLS:])]
        if len(self.calls) > _SHOWN_CALLS:
            # Messages keep their trails, so these must not grow with the depth of a recursion.
            calls.append(f"in {len(self.calls) - _SHOWN_CALLS} more calls")
        return (*calls, *self.source.trail())

    def report(self, severity: Severity, text: str, subject: str = "") -> None:
        """Deliver a message about the present place; `subject` as in `Message`."""
        said = Message(Diagnostic(severity, text, self.location, self.trail), subject)
        if severity is not Severity.INFO:
            self.warnings.append(said)
        if self.on_message is not None:
            self.on_message(said)

    def fail(
        self,
        message: str,
        *,
        within: str = "",
        position: int = 0,
        function: str = "",
        here: bool = False,
        trail: tuple[str, ...] = (),
        hint: str = "",
    ) -> NoReturn:
        """Raise `MakefileError`.

        The place is the definition of the variable that is being expanded, or with `here` and
        outside of variables the line that is being read. `within[position:]` is the text in
        question, `function` the name of the built-in one that fails, `trail` what led there
        besides calls and includes.
        """
        innermost = None if here else self.innermost
        raise failure(self, message, within[position:], innermost, trail, hint, function)
