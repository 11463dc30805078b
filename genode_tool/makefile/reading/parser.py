"""The parser: turns the text of a makefile into a syntax tree.

GNU make manual, "How `make` Reads a Makefile" and "How Makefiles Are Parsed". Parsing never
fails: what cannot be understood becomes a `UnreadableLine`, which is an error when it is reached.
"""

from __future__ import annotations

import re

from genode_tool.makefile.reading import lines
from genode_tool.makefile.reading.assignments import Found, modified_assignment, plain_assignment
from genode_tool.makefile.reading.conditions import condition, otherwise, skips
from genode_tool.makefile.reading.shapes import COMMON_RULE, KEYWORDS, PLAIN_LINE, shapes
from genode_tool.makefile.reading.syntax import (
    Assign,
    CommonRule,
    Endif,
    ExportNames,
    Include,
    Load,
    Node,
    RecipeBlock,
    RecipeLine,
    RuleLine,
    Tree,
    Undefine,
    UnreadableLine,
    Vpath,
)
from genode_tool.makefile.reading.text import Text, skip_reference, text
from genode_tool.makefile.words import SPACE
from genode_tool.regex import regex

_WORD = regex(r"[^ \t\n\v\f\r]+")
_COLON = regex(r"[$:]")
_NESTED = regex(r"[ \t]*(define|endef)(?=[ \t\n]|\Z)(.*)", re.DOTALL)


def parse(source: str, prefix: str = "\t", posix: bool = False) -> Tree:
    """Parse a makefile whose recipe lines start with the character `prefix`.

    `posix`: continued lines are joined as POSIX has it.
    """
    return _Parser(source, prefix, posix).parse()


class _Parser:
    def __init__(self, source: str, prefix: str, posix: bool) -> None:
        self.source = source
        self.posix = posix
        self.prefix = prefix
        self.position = 0
        self.nodes: list[Node] = []
        # Whether a rule may stand before the next line; a skipped assignment does not end it.
        self.in_rule = False
        self.depth = 0
        # The number of physical lines before the position.
        self.last = 0
        self.conditional = False

    def parse(self) -> Tree:
        source, prefix, size = self.source, self.prefix, len(self.source)
        shape = shapes(prefix)
        common = COMMON_RULE.match
        plain, blank, recipe = PLAIN_LINE.match, shape.blank.match, shape.recipe.match
        block: list[RecipeLine] = []
        while self.position < size:
            position = self.position
            if self.in_rule and source.startswith(prefix, position):
                match = recipe(source, position)
                if match is not None:
                    self.position = match.end()
                    self._recipe_lines(block, match.group())
                else:
                    number, line = self._next()
                    block.append(RecipeLine(number, line[len(prefix) :]))
                continue
            match = common(source, position)
            if match is not None and match.group(1) not in KEYWORDS:
                self.in_rule = True
                if block:
                    self.nodes.append(RecipeBlock(block[0].line, tuple(block)))
                    block = []
                self.last += 1
                target, names = match.groups()
                self.nodes.append(CommonRule(self.last, target, tuple(names.split())))
                self.position = match.end()
                continue
            match = plain(source, position)
            if match is not None:
                node = self._plain(match)
                if node is not None:
                    if block:
                        self.nodes.append(RecipeBlock(block[0].line, tuple(block)))
                        block = []
                    self.nodes.append(node)
                    self.last += 1
                    self.position = match.end()
                    continue
            else:
                match = blank(source, position)
                if match is not None:
                    self.last += match.group().count("\n")
                    self.position = match.end()
                    continue
            number, line = self._next()
            if block and self._blank(line):
                continue
            if block:
                self.nodes.append(RecipeBlock(block[0].line, tuple(block)))
                block = []
            self._line(number, line)
        if block:
            self.nodes.append(RecipeBlock(block[0].line, tuple(block)))
        nodes = tuple(self.nodes)
        skip = skips(nodes) if self.conditional else ()
        return Tree(nodes, skip, source, prefix, self.last, self.posix)

    def _next(self) -> tuple[int, str]:
        """Return the next logical line and its number."""
        number = self.last + 1
        start = self.position
        line, end = lines.logical_line(self.source, start)
        self.position = end
        self.last += self.source.count("\n", start, end) + (self.source[end - 1] != "\n")
        return number, line

    def _recipe_lines(self, block: list[RecipeLine], text: str) -> None:
        cut = len(self.prefix)
        number = self.last
        for line in text.removesuffix("\n").split("\n"):
            number += 1
            block.append(RecipeLine(number, line[cut:]))
        self.last = number

    def _plain(self, match: re.Match[str]) -> Node | None:
        """Return the node of a line without quoting, comments and continuations.

        None is returned when it needs a closer look.
        """
        name, operator, value, targets, double, assigned, *variable, rest = match.groups()
        if name is not None:
            if not self.depth:
                self.in_rule = False
            return Assign(self.last + 1, Text(name), operator, text(value))
        if targets.split(None, 1)[0] in KEYWORDS:
            return None
        self.in_rule = True
        raw = match.group().removesuffix("\n")
        number = self.last + 1
        assign = None
        if assigned is not None:
            name, operator, value = variable
            assign = Assign(number, Text(name), operator, text(value))
            rest = assigned
        return RuleLine(number, raw, True, text(targets), double != "", False, text(rest), assign)

    @staticmethod
    def _blank(line: str) -> bool:
        stripped = line.lstrip(SPACE)
        return not stripped or stripped.startswith("#")

    def _line(self, number: int, raw: str) -> None:
        line = lines.strip_comment(lines.collapse(raw, self.posix)).lstrip(SPACE)
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
        node = self._directive(number, word, rest) if word in KEYWORDS else None
        if node is None:
            node = _divide(number, raw, self.posix)
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
        while self.position < len(self.source):
            here, raw = self._next()
            line = lines.collapse(raw, self.posix)
            if not line.startswith(self.prefix):
                match = _NESTED.match(line)
                if match and match.group(1) == "define":
                    level += 1
                elif match:
                    if _ends_skipped(match.group(2)):
                        resume = resume or self.last + 1
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
        if not self.depth:
            resume = 0
        else:
            resume = resume or self._skipped_end()
            if resume == self.last + 1:
                resume = 0
        value = text("\n".join(body))
        return Assign(
            *(number, text(name), operator, value, found.modifiers),
            defined=True,
            resume=resume,
            warnings=tuple(warnings),
            last=self.last,
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
            self.conditional = True
            return condition(number, word, rest)
        if word == "else":
            self.conditional = True
            return otherwise(number, rest)
        if word == "endif":
            self.depth -= 1
            self.conditional = True
            extra = "extraneous text after 'endif' directive" if rest else ""
            return Endif(number, extra)
        if word in ("export", "unexport"):
            return ExportNames(number, text(rest), word == "export")
        if word == "vpath":
            return Vpath(number, text(rest))
        if word in ("include", "-include", "sinclude"):
            return Include(number, text(rest), word != "include")
        if word in ("load", "-load"):
            return Load(number, text(rest), word == "-load")
        return None


def _ends_skipped(rest: str) -> bool:
    """Tell whether an `endef` with `rest` behind it ends a `define` in a skipped branch."""
    return rest.lstrip(SPACE)[:1] in ("", "#")


def _divide(number: int, raw: str, posix: bool) -> RuleLine:
    """Divide a rule at its colon as far as the text alone shows it."""
    head, stop = lines.find_unquoted(raw, ";#")
    inline = None
    if stop >= 0:
        if head[stop] == ";":
            inline = head[stop + 1 :]
        head = head[:stop]
    head = lines.collapse(head, posix)
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
            value += lines.collapse(";" + inline, posix)
        variable = Assign(number, text(found.name), found.operator, text(value), found.modifiers)
    recipe = None if inline is None else RecipeLine(number, inline)
    return RuleLine(number, raw, True, text(targets), double, grouped, text(rest), variable, recipe)


def _colon(head: str) -> int:
    position = 0
    while True:
        match = _COLON.search(head, position)
        if match is None:
            return -1
        position = match.start()
        if head[position] == ":":
            return position
        position = skip_reference(head, position)
