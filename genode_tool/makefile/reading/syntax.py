"""The frozen syntax tree of a makefile.

Parsing decides as much as the text of a line alone shows. Two things are left to the evaluation:
whether a line that starts with the recipe prefix is a recipe line (only when a rule stands before
it), and where a rule is divided whose colon comes out of a reference.

A tree knows line numbers, not file names: the same text in two places is parsed once.

The nodes are named tuples: a large makefile has tens of thousands of them, and a frozen dataclass
takes several times as long to make.
"""

from __future__ import annotations

from genode_tool.makefile.reading.text import Text
from genode_tool.record import NamedTuple, field, record


class Modifiers(NamedTuple):
    """The words before an assignment. `export` None: neither `export` nor `unexport`."""

    export: bool | None = None
    override: bool = False
    private: bool = False


PLAIN = Modifiers()


class Assign(NamedTuple):
    """`NAME op VALUE`, also with `define` (`defined`).

    A `define` in a skipped branch ends at the first `endef`, others inside it or not. Where that
    is another one than when it counts, `resume` is the line after it, otherwise 0. `warnings` are
    lines with what is odd in them. `last` is the line of `endef`, where errors are reported.
    """

    line: int
    name: Text
    operator: str
    value: Text
    modifiers: Modifiers = PLAIN
    defined: bool = False
    resume: int = 0
    warnings: tuple[tuple[int, str], ...] = ()
    last: int = 0


class Undefine(NamedTuple):
    """`[override] undefine NAME`."""

    line: int
    name: Text
    override: bool


class Condition(NamedTuple):
    """`ifdef`, `ifndef`, `ifeq`, `ifneq`: `left` alone for the first two."""

    line: int
    keyword: str
    left: Text
    right: Text
    problem: str = ""
    warning: str = ""


class Else(NamedTuple):
    """`else`, with the condition that follows on the same line."""

    line: int
    condition: Condition | None = None
    warning: str = ""


class Endif(NamedTuple):
    """`endif`."""

    line: int
    warning: str = ""


class Include(NamedTuple):
    """`include` and its forms that accept missing files."""

    line: int
    names: Text
    optional: bool


class Load(NamedTuple):
    """`load` of shared objects, and `-load`, which accepts missing ones."""

    line: int
    names: Text
    optional: bool


class ExportNames(NamedTuple):
    """`export` or `unexport` of names; without names, of everything."""

    line: int
    names: Text
    export: bool


class Vpath(NamedTuple):
    """`vpath [PATTERN [DIRECTORIES]]`."""

    line: int
    words: Text


class RecipeLine(NamedTuple):
    """One line of a recipe without its prefix, backslash-newlines kept."""

    line: int
    text: str


class RuleLine(NamedTuple):
    """`TARGETS : …`, or a line of references that expand to one, or to nothing.

    When `divided`, the text alone shows the colon: `targets` stands before it, `rest` after it,
    and `variable` is the assignment in `rest` that makes this a target-specific variable.
    `raw` is the whole logical line, as it stands, for the other case.
    """

    line: int
    raw: str
    divided: bool = False
    targets: Text | None = None
    double: bool = False
    grouped: bool = False
    rest: Text | None = None
    variable: Assign | None = None
    recipe: RecipeLine | None = None


class CommonRule(NamedTuple):
    """`TARGET : NAME…`; each name means itself: no reference, pattern, wildcard or quoting."""

    line: int
    target: str
    prerequisites: tuple[str, ...]


class RecipeBlock(NamedTuple):
    """Consecutive lines that start with the recipe prefix, after a rule."""

    line: int
    lines: tuple[RecipeLine, ...]


class UnreadableLine(NamedTuple):
    """A line that cannot be understood; an error only when it is reached.

    `resume` and `warnings` are as with `Assign`, for a `define` without its end.
    """

    line: int
    message: str
    resume: int = 0
    warnings: tuple[tuple[int, str], ...] = ()


Node = (
    Assign
    | Undefine
    | Condition
    | Else
    | Endif
    | Include
    | Load
    | ExportNames
    | Vpath
    | RuleLine
    | CommonRule
    | RecipeBlock
    | UnreadableLine
)


@record
class Tree:
    """A makefile. `skip[i]`, for a conditional `nodes[i]`, is where its branch ends.

    A skip of -1 means that the end must be searched line by line.
    `last_line` is the number of physical lines; `text` is what was parsed.
    """

    nodes: tuple[Node, ...]
    skip: tuple[int, ...] = ()
    text: str = field(default="", repr=False)
    prefix: str = "\t"
    last_line: int = 0
    posix: bool = False
