"""Variables: flavor, origin, and where each assignment stands.

GNU make manual, "How to Use Variables" and "The `origin` Function".
"""

from __future__ import annotations

import enum
from typing import cast

from genode_tool.errors import Location
from genode_tool.makefile.problems import Source
from genode_tool.record import record


class Origin(enum.IntEnum):
    """The origin of a variable; a larger one is not replaced by a smaller one."""

    DEFAULT = 0
    ENVIRONMENT = 1
    FILE = 2
    ENVIRONMENT_OVERRIDE = 3
    COMMAND_LINE = 4
    OVERRIDE = 5
    AUTOMATIC = 6

    @property
    def text(self) -> str:
        """The word that `$(origin)` gives."""
        return self.name.lower().replace("_", " ")


class Flavor(enum.Enum):
    """When a value is expanded."""

    RECURSIVE = "recursive"
    SIMPLE = "simple"


class Export(enum.Enum):
    """Whether a variable reaches the environment of recipes."""

    DEFAULT = "default"
    YES = "yes"
    NO = "no"


@record
class Assignment:
    """One assignment in a makefile.

    `operator` is `=`, `:=`, `+=`, `?=`, `!=`, `define`, or "" for what no makefile assigned.
    `value` is the text on its right-hand side, not expanded.
    """

    operator: str
    value: str
    origin: Origin
    source: Source | None
    line: int

    @property
    def location(self) -> Location | None:
        """The place of the assignment; None for the command line and the environment."""
        return self.source.location(self.line) if self.source else None

    @property
    def trail(self) -> tuple[str, ...]:
        """The chain of includes that led to the assignment."""
        return self.source.trail() if self.source else ()


# The fields of an `Assignment`; most are never looked at.
Logged = tuple[str, str, Origin, Source | None, int]


class Variable:
    """A variable as it is now.

    `value` is the raw text; `recursive`: a reference expands it. `append` and
    `conditional` hold for target-specific ones: how the value joins the outer one.
    """

    # What few variables have is kept on the class until one has it.
    expanding = False
    private = False
    append = False
    conditional = False

    def __init__(
        self,
        name: str,
        value: str,
        origin: Origin,
        recursive: bool = False,
        export: Export = Export.DEFAULT,
    ) -> None:
        self.name = name
        self.value = value
        self.origin = origin
        self.recursive = recursive
        self.export = export
        self.log: list[Logged] = []

    @property
    def history(self) -> list[Assignment]:
        """The assignments that made the value, in their order."""
        return [Assignment(*entry) for entry in self.log]

    @property
    def flavor(self) -> Flavor:
        """When the value is expanded."""
        return Flavor.RECURSIVE if self.recursive else Flavor.SIMPLE

    @property
    def location(self) -> Location | None:
        """The place of the last assignment that contributed to the value."""
        for operator, value, _, source, line in reversed(self.log):
            if value or operator != "+=":
                return source.location(line) if source else None
        return None

    def __repr__(self) -> str:
        kind = type(self).__name__
        return f"{kind}({self.name!r}, {self.value!r}, {self.origin.text}, {self.flavor.value})"


class Bound(Variable):
    """A variable that `foreach`, `let` or `call` binds: simple, automatic, quickly made."""

    origin = Origin.AUTOMATIC
    recursive = False
    export = Export.DEFAULT

    # Nothing assigns to it.
    log = cast("list[Logged]", ())

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self.value = value


class TargetScope(dict[str, Variable]):
    """The variables of one target or pattern; what they refer to is expanded for that target."""
