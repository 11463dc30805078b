"""The parser: turns the text of a makefile into a syntax tree.

GNU make manual, "How `make` Reads a Makefile" and "How Makefiles Are Parsed". Parsing never
fails: what cannot be understood becomes a `UnreadableLine`, which is an error when it is reached.
"""

from __future__ import annotations

import re

from genode_tool.makefile.reading import lines
from genode_tool.makefile.reading.assignments import Found, modified_assignment, plain_assignment
from genode_tool.makefile.reading.syntax import (
    Assign,
    Condition,
    Else,
    Endif,
    ExportNames,
    Include,
    Node,
    RecipeBlock,
    RecipeLine,
    RuleLine,
    Tree,
    Undefine,
    UnreadableLine,
    Vpath,
)
from genode_tool.makefile.reading.text import skip_reference, text
from genode_tool.makefile.words import SPACE

_BLANKS = " \t"
_CONDITIONAL = re.compile(r"[ \t]*(ifn?def|ifn?eq|else|endif)(?=[ \t]|\Z)")
_WORD = re.compile(r"[^ \t\n\v\f\r]+")
_NESTED = re.compile(r"[ \t]*(define|endef)(?=[ \t\n]|\Z)(.*)", re.DOTALL)


def parse(source: str, prefix: str = "\t") -> Tree:
    """Parse a makefile whose recipe lines start with the character `prefix`."""
    return _Parser(source, prefix).parse()


class _Parser:
    def __init__(self, source: str, prefix: str) -> None:
        self.source = source
        self.prefix = prefix
        self.lines = lines.logical(source)
        self.nodes: list[Node] = []
        # Whether a rule may stand before the next line; a skipped assignment does not end it.
        self.in_rule = False
        self.depth = 0
        self.last = 0

    def parse(self) -> Tree:
        block: list[tuple[int, str]] = []
        for number, line, last in self.lines:
            self.last = last
            if self.in_rule and line.startswith(self.prefix):
                block.append((number, line))
                continue
            if block and self._blank(line):
                continue
            if block:
                self._recipe(block)
                block = []
            self._line(number, line)
        if block:
            self._recipe(block)
        nodes = tuple(self.nodes)
        return Tree(nodes, _skips(nodes), self.source, self.prefix, self.last)

    @staticmethod
    def _blank(line: str) -> bool:
        stripped = line.lstrip(SPACE)
        return not stripped or stripped.startswith("#")

    def _recipe(self, block: list[tuple[int, str]]) -> None:
        cut = len(self.prefix)
        self.nodes.append(
            RecipeBlock(
                block[0][0],
                tuple(RecipeLine(number, line[cut:]) for number, line in block),
                tuple(line for _, line in block),
            )
        )

    def _line(self, number: int, raw: str) -> None:
        line = lines.strip_comment(lines.collapse(raw)).lstrip(SPACE)
        if not line:
            return
        found = modified_assignment(line)
        if found is not None:
            if not self.depth:
                self.in_rule = False
            self.nodes.append(self._assignment(number, found))
            return
        match = _WORD.match(line)
        word = match.group() if match else ""
        rest = line[len(word) :].lstrip(SPACE)
        node = self._directive(number, word, rest)
        if node is None:
            node = _divide(number, raw)
            self.in_rule = True
        self.nodes.append(node)

    def _assignment(self, number: int, found: Found) -> Node:
        if found.keyword == "undefine":
            return Undefine(number, text(found.rest.rstrip(SPACE)), found.modifiers.override)
        if found.keyword == "define":
            return self._define(number, found)
        return Assign(number, text(found.name), found.operator, text(found.value), found.modifiers)

    def _define(self, number: int, found: Found) -> Node:
        name, operator = found.rest.rstrip(SPACE), "="
        parts = plain_assignment(found.rest)
        warnings: list[tuple[int, str]] = []
        if parts is not None:
            name, operator = parts.name, parts.operator
            if parts.value:
                warnings.append((number, "extraneous text after 'define' directive"))
        body: list[str] = []
        level = 1
        # Where the definition ends when it stands in a skipped branch, which knows no nesting.
        resume = 0
        for here, raw, last in self.lines:
            self.last = last
            line = lines.collapse(raw)
            if not line.startswith(self.prefix):
                match = _NESTED.match(line)
                if match and match.group(1) == "define":
                    level += 1
                elif match:
                    if _ends_skipped(match.group(2)):
                        resume = resume or last + 1
                    if lines.strip_comment(match.group(2)).strip(SPACE):
                        warnings.append((here, "extraneous text after 'endef' directive"))
                    level -= 1
                    if not level:
                        break
            body.append(line)
        else:
            message = "missing 'endef', unterminated 'define'"
            return UnreadableLine(number, message, resume or self.last + 1, tuple(warnings))
        if not name:
            return UnreadableLine(number, "empty variable name")
        resume = resume or self._skipped_end()
        if not self.depth or resume == self.last + 1:
            resume = 0
        value = text("\n".join(body))
        return Assign(
            number, text(name), operator, value, found.modifiers, True, resume, tuple(warnings)
        )

    def _skipped_end(self) -> int:
        """Return the line after the next bare `endef`, which ends a skipped definition."""
        rest = self.source.split("\n")
        for number, line in enumerate(rest[self.last :], self.last + 1):
            match = _NESTED.match(line)
            if match and match.group(1) == "endef" and _ends_skipped(match.group(2)):
                return number + 1
        return len(rest) + 1

    def _directive(self, number: int, word: str, rest: str) -> Node | None:
        if word in ("ifdef", "ifndef", "ifeq", "ifneq"):
            self.depth += 1
            return _condition(number, word, rest)
        if word == "else":
            return _else(number, rest)
        if word == "endif":
            self.depth -= 1
            extra = "extraneous text after 'endif' directive" if rest else ""
            return Endif(number, extra)
        if word in ("export", "unexport"):
            return ExportNames(number, text(rest), word == "export")
        if word == "vpath":
            return Vpath(number, text(rest))
        if word in ("include", "-include", "sinclude"):
            return Include(number, text(rest), word != "include")
        if word in ("load", "-load"):
            return UnreadableLine(number, "the 'load' directive is not supported")
        return None


def _ends_skipped(rest: str) -> bool:
    """Tell whether an `endef` with `rest` behind it ends a `define` in a skipped branch."""
    return rest.lstrip(SPACE)[:1] in ("", "#")


def _condition(number: int, keyword: str, rest: str) -> Condition:
    empty = text("")
    if keyword in ("ifdef", "ifndef"):
        return Condition(number, keyword, text(rest.rstrip(SPACE)), empty)
    invalid = Condition(number, keyword, empty, empty, "invalid syntax in conditional")
    if not rest or rest[0] not in "(\"'":
        return invalid
    if rest[0] == "(":
        end = _closing(rest, 1, ",")
        if end < 0:
            return invalid
        left = rest[1:end].rstrip(_BLANKS)
        start = end + 1
        while start < len(rest) and rest[start] in SPACE:
            start += 1
        end = _closing(rest, start, ")")
    else:
        end = rest.find(rest[0], 1)
        if end < 0:
            return invalid
        left = rest[1:end]
        start = end + 1
        while start < len(rest) and rest[start] in SPACE:
            start += 1
        if start >= len(rest) or rest[start] not in "\"'":
            return invalid
        quote = rest[start]
        start += 1
        end = rest.find(quote, start)
    if end < 0:
        return invalid
    extra = rest[end + 1 :].strip(SPACE)
    warning = f"extraneous text after '{keyword}' directive" if extra else ""
    return Condition(number, keyword, text(left), text(rest[start:end]), warning=warning)


def _closing(rest: str, start: int, stop: str) -> int:
    depth = 0
    for position in range(start, len(rest)):
        char = rest[position]
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if stop == ")" and depth < 0:
                return position
        elif char == stop and depth <= 0:
            return position
    return -1


def _else(number: int, rest: str) -> Else:
    if not rest:
        return Else(number)
    match = _CONDITIONAL.match(rest)
    if match is None or match.group(1) in ("else", "endif"):
        return Else(number, warning="extraneous text after 'else' directive")
    return Else(number, _condition(number, match.group(1), rest[match.end() :].lstrip(SPACE)))


def _divide(number: int, raw: str) -> RuleLine:
    """Divide a rule at its colon as far as the text alone shows it."""
    head, stop = lines.find_unquoted(raw, ";#")
    inline = None
    if stop >= 0:
        if head[stop] == ";":
            inline = head[stop + 1 :]
        head = head[:stop]
    head = lines.collapse(head)
    colon = _colon(head)
    if colon < 0 or "\\" in head:
        return RuleLine(number, raw)
    targets, rest = head[:colon], head[colon + 1 :]
    double = rest.startswith(":")
    if double:
        rest = rest[1:]
    grouped = targets.endswith("&")
    if grouped:
        targets = targets[:-1]
    found = modified_assignment(rest, target=True)
    variable = None
    if found is not None:
        value = found.value
        if inline is not None:
            value += lines.collapse(";" + inline)
        variable = Assign(number, text(found.name), found.operator, text(value), found.modifiers)
    recipe = None if inline is None else RecipeLine(number, inline)
    return RuleLine(number, raw, True, text(targets), double, grouped, text(rest), variable, recipe)


def _colon(head: str) -> int:
    position = 0
    size = len(head)
    while position < size:
        char = head[position]
        if char == "$":
            position = skip_reference(head, position)
        elif char == ":":
            return position
        else:
            position += 1
    return -1


def _skips(nodes: tuple[Node, ...]) -> tuple[int, ...]:
    """Find, for each conditional, the index of the `else` or `endif` that ends its branch."""
    skip = [-1] * len(nodes)
    for node in nodes:
        if type(node) is RecipeBlock and any(_CONDITIONAL.match(one.text) for one in node.lines):
            # Without a rule before them these lines are conditionals: search line by line.
            return tuple(skip)
        if isinstance(node, Assign | UnreadableLine) and node.resume:
            return tuple(skip)
    open_: list[int] = []
    for index, node in enumerate(nodes):
        kind = type(node)
        if kind is Condition:
            open_.append(index)
        elif (kind is Else or kind is Endif) and open_:
            skip[open_.pop()] = index
            if kind is Else:
                open_.append(index)
    return tuple(skip)
