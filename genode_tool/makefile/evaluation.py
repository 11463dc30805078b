"""An evaluation: variables, scopes, expansion, and the messages that come out of it.

Reading makefiles is `statements.Reader`'s work, rules are kept by `rules.RuleBook`; this class
holds what they share. One `Evaluation` is one run of the language over one set of variables.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NoReturn, Protocol

from genode_tool.errors import Location
from genode_tool.makefile.expansion import Text, text
from genode_tool.makefile.inputs import Inputs, Kind
from genode_tool.makefile.problems import MakefileError, Message, Severity, Source
from genode_tool.makefile.reading.cache import ParseCache
from genode_tool.makefile.reading.syntax import PLAIN, Modifiers
from genode_tool.makefile.rules.rule_book import RuleBook
from genode_tool.makefile.statements import Reader
from genode_tool.makefile.variables import environment, predefined
from genode_tool.makefile.variables.assign import assign
from genode_tool.makefile.variables.variable import Origin, Variable
from genode_tool.makefile.words import SPACE

_DEPTH = 20_000


class Scope(Protocol):
    """Variables that hide those of the same name further out."""

    def get(self, name: str, /) -> Variable | None:
        """Return the variable `name`, or None."""


class Evaluation:
    """The state of one evaluation.

    `cwd` is the absolute directory that relative names start from. `variables` come from the
    command line and win over makefiles. `environ` replaces the environment of `inputs`.
    `goals` become MAKECMDGOALS. `on_message` gets what `$(info)`, `$(warning)` and our own
    warnings say. `catalogue` is false for what `make -r -R` leaves out: the built-in rules
    and the variables they use. `include_dirs` are searched by `include`.

    With `defer_missing`, included files that are missing are left in `missing_includes` for
    the caller (who may make them); otherwise `include` raises `MakefileError` for them.
    """

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
        self.cache = cache or ParseCache()
        self.goals = tuple(goals)
        self.on_message = on_message
        self.environment_overrides = environment_overrides
        self.warn_undefined = warn_undefined
        self.builtin_variables = builtin_variables
        self.include_dirs = tuple(include_dirs)
        self.defer_missing = defer_missing
        self.missing_includes: list[tuple[str, bool, Location | None]] = []
        self.optional_includes: set[str] = set()
        self.required_includes: dict[str, Location] = {}
        self.level = level
        self.environ = dict(inputs.environ() if environ is None else environ)
        self.home = self.environ.get("HOME", "")
        self.scopes: list[Scope] = []
        self.calls: list[str] = []
        self.most_arguments = 0
        self.innermost: Variable | None = None
        self.source = Source("")
        self.line = 0
        self.prefix = "\t"
        self.export_all = False
        self.warnings: list[Message] = []
        self.globals: dict[str, Variable] = {}
        self.rules = RuleBook(self, builtin_rules)
        self.reader = Reader(self)
        predefined.define_variables(self, make, goals)
        environment.import_environment(self)
        for name, value in (variables or {}).items():
            self.set_command_line(name, value)

    # --- makefiles ------------------------------------------------------------------------

    def include(self, path: str) -> None:
        """Evaluate the makefile at `path` (relative to `cwd` or absolute).

        Raises `MakefileError` when it, or one that it includes, is missing or wrong.
        """
        with self._guarded():
            if not self.reader.read_file(path, Source(path)):
                what, hint = self._why_unread(path)
                raise MakefileError(f"makefile '{path}' {what}", location=Location(path), hint=hint)
            if self.missing_includes and not self.defer_missing:
                for name, optional, location in self.missing_includes:
                    if not optional and not self.rules.can_make(name):
                        from genode_tool.makefile.explain.place import pointed

                        message = f"included makefile '{name}' {self._why_unread(name)[0]}"
                        place = pointed(self, location, message, name)
                        raise MakefileError(message, location=place)

    def _why_unread(self, name: str) -> tuple[str, str]:
        """Return what is wrong with a makefile that could not be read, and what to do."""
        found = self.inputs.stat(self.path(name))
        if found is None:
            return "not found", "check the name and the directory it is looked up in"
        if found.kind is Kind.DIRECTORY:
            return "is a directory", "name a file in it"
        return "cannot be read", "check who may read the file"

    def read_content(self, name: str, content: bytes) -> None:
        """Evaluate `content` as the makefile `name`, which need not exist."""
        with self._guarded():
            self.reader.read_bytes(name, content, Source(name))

    def evaluate_text(self, content: str) -> None:
        """Evaluate `content` as `$(eval)` does."""
        self.reader.read_text(content)

    # --- variables ------------------------------------------------------------------------

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of all global variables."""
        return tuple(self.globals)

    def lookup(self, name: str) -> Variable | None:
        """Return the variable that a reference to `name` means here, or None."""
        return self.find(name)

    def find(self, name: str) -> Variable | None:
        """Return the variable `name` of the innermost scope that has one, or None."""
        for scope in reversed(self.scopes):
            found = scope.get(name)
            if found is not None:
                return found
        found = self.globals.get(name)
        if found is None and name in predefined.COMPUTED:
            return predefined.compute(self, name)
        return found

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
        """Carry out one assignment, as `assigning.assign` tells."""
        return assign(self, name, operator, value, origin, modifiers, line, defined, scope)

    def undefine(self, name: str, origin: Origin) -> None:
        """Forget the variable `name` unless it comes from a stronger place than `origin`."""
        found = self.globals.get(name)
        if found is not None and found.origin <= origin:
            del self.globals[name]
            if name == ".RECIPEPREFIX":
                self.prefix = "\t"

    def exported_environment(self) -> dict[str, str]:
        """Return the environment that a recipe or `$(shell)` gets."""
        return environment.exported(self)

    # --- expansion ------------------------------------------------------------------------

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
                return self._appended(variable)
            return text(raw).expand(self)
        finally:
            variable.expanding = False
            self.innermost = outer

    def expand_called(self, variable: Variable) -> str:
        """Expand the body of a `$(call)`; it may call itself."""
        before, variable.expanding = variable.expanding, True
        outer, self.innermost = self.innermost, variable
        try:
            if variable.append:
                return self._appended(variable)
            return text(variable.value).expand(self)
        finally:
            variable.expanding = before
            self.innermost = outer

    def _appended(self, variable: Variable, above: int | None = None) -> str:
        """Return the value of a target-specific `+=`: that of the outer scopes, then its own.

        The variable is looked for in the scopes below index `above`.
        """
        own = text(variable.value).expand(self) if variable.recursive else variable.value
        name = variable.name
        depth = len(self.scopes) if above is None else above
        while depth > 0:
            depth -= 1
            if self.scopes[depth].get(name) is variable:
                break
        else:
            return own
        outer: Variable | None = None
        while depth > 0 and outer is None:
            outer = self.scopes[depth - 1].get(name)
            depth -= 1
        if outer is None:
            outer = self.globals.get(name)
        if outer is None:
            return own
        if outer.append:
            before = self._appended(outer, depth + 1)
        else:
            before = text(outer.value).expand(self) if outer.recursive else outer.value
        return f"{before} {own}" if before else own

    def _self_reference(self, variable: Variable) -> str:
        if self.calls and variable.name in self.calls:
            # A function that calls itself: its scope differs from call to call.
            return text(variable.value).expand(self)
        message = f"Recursive variable '{variable.name}' references itself (eventually)"
        from genode_tool.makefile.explain.place import pointed, self_reference

        snippet, way, hint = self_reference(self, variable)
        place = pointed(self, variable.location or self.location, message, snippet)
        raise MakefileError(message, location=place, trail=way + self.trail, hint=hint)

    def undefined(self, name: str) -> str:
        """Return what a reference to an undefined variable gives."""
        if name in predefined.COMPUTED:
            return predefined.compute(self, name).value
        if self.warn_undefined:
            self.tell(Severity.WARNING, f"undefined variable '{name}'")
        return ""

    def unknown_function(self, name: str) -> None:
        """Tell that `$(name argument)` is neither a function nor a variable."""
        self.tell(Severity.LINT, f"'{name}' is no function; the reference is empty")

    def run_shell(self, command: str) -> str:
        """Run a command as `$(shell)` does; return its output, newlines as spaces."""
        return environment.run_shell(self, command)

    # --- places and messages --------------------------------------------------------------

    def path(self, name: str) -> str:
        """Return the absolute form of a file name."""
        if name.startswith("/"):
            return name
        return f"{self.cwd}/{name}" if self.cwd != "/" else f"/{name}"

    @property
    def location(self) -> Location | None:
        """Where the evaluation is."""
        return self.source.location(self.line) if self.line else None

    @property
    def trail(self) -> tuple[str, ...]:
        """The calls, includes and evals that led here, innermost first."""
        return tuple(f"in call of '{name}'" for name in reversed(self.calls)) + self.source.trail()

    def _used(self) -> tuple[str, ...]:
        assert self.innermost is not None
        return (f"in the value of '{self.innermost.name}', used at {self.location}",)

    def tell(self, severity: Severity, message: str) -> None:
        """Deliver a message about the present place."""
        told = Message(severity, message, self.location, self.trail)
        if severity is not Severity.INFO:
            self.warnings.append(told)
        if self.on_message is not None:
            self.on_message(told)

    def fail(
        self,
        message: str,
        *,
        within: str = "",
        position: int = 0,
        here: bool = False,
        trail: tuple[str, ...] = (),
        hint: str = "",
    ) -> NoReturn:
        """Raise `MakefileError`.

        The place is the definition of the variable that is being expanded, or with `here` and
        outside of variables the line that is being read. `within[position:]` is the text in
        question, `trail` what led there besides calls and includes.
        """
        from genode_tool.makefile.explain.place import pointed

        location = self.location
        inside = None if here or self.innermost is None else self.innermost.location
        if inside is not None:
            location, trail = inside, trail + self._used()
        place = pointed(self, location, message, within[position:])
        raise MakefileError(message, location=place, trail=trail + self.trail, hint=hint)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Give deep but finite recursion room; turn an endless one into an error."""
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(before, _DEPTH))
        try:
            yield
        except RecursionError:
            calls = self.calls[-3:]
            self.calls = []
            self.scopes = []
            raise MakefileError(
                "references are nested too deeply",
                location=self.location,
                trail=tuple(f"in call of '{name}'" for name in calls),
                hint="a function calls itself without end, or a file includes itself",
            ) from None
        finally:
            sys.setrecursionlimit(before)


__all__ = ["SPACE", "Evaluation"]
