"""Reading makefiles: carrying out the nodes of a syntax tree, one after the other.

GNU make manual, "How `make` Reads a Makefile", "Conditional Parts of Makefiles", "Including
Other Makefiles".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genode_tool.makefile import words
from genode_tool.makefile.inputs import Kind
from genode_tool.makefile.problems import Severity, Source
from genode_tool.makefile.reading.syntax import (
    Assign,
    Condition,
    Else,
    Endif,
    ExportNames,
    Include,
    Problem,
    RecipeBlock,
    RuleLine,
    Tree,
    Undefine,
    Vpath,
)
from genode_tool.makefile.rules.file_names import file_names
from genode_tool.makefile.rules.rule_lines import RuleLines
from genode_tool.makefile.variables.variable import Export, Origin, Variable

if TYPE_CHECKING:
    from genode_tool.makefile.evaluation import Evaluation

_INCLUDE_DIRS = ("/usr/local/include", "/usr/include")


class _Branch:
    """One open conditional: whether its present branch is skipped, and what is done with."""

    __slots__ = ("had_else", "ignored", "line", "outer", "taken")

    def __init__(self, outer: bool, line: int) -> None:
        self.outer = outer
        self.ignored = outer
        self.taken = False
        self.had_else = False
        self.line = line


class Reader:
    """Carries out syntax trees on an evaluation."""

    def __init__(self, ev: Evaluation) -> None:
        self.ev = ev
        self.rule_lines = RuleLines(ev)

    def read_file(self, name: str, source: Source) -> bool:
        """Read the makefile `name`; return false when there is none."""
        ev = self.ev
        found = name
        content = ev.inputs.read(ev.path(name))
        if content is None and not name.startswith("/"):
            for directory in (*ev.include_dirs, *_INCLUDE_DIRS):
                content = ev.inputs.read(ev.path(f"{directory}/{name}"))
                if content is not None:
                    found = f"{directory}/{name}"
                    source = Source(found, source.parent, source.parent_line)
                    break
        if content is None:
            standing = ev.inputs.stat(ev.path(name))
            if source.parent is not None and standing and standing.kind is Kind.DIRECTORY:
                ev.fail(f"included makefile '{name}' is a directory", within=name)
            return False
        self.read_bytes(found, content, source)
        return True

    def read_bytes(self, found: str, content: bytes, source: Source) -> None:
        """Read `content` as the makefile `found`."""
        ev = self.ev
        listed = ev.globals.get("MAKEFILE_LIST")
        if listed is None:
            ev.globals["MAKEFILE_LIST"] = Variable("MAKEFILE_LIST", found, Origin.FILE)
        else:
            before = listed.value if not listed.recursive else ev.value("MAKEFILE_LIST")
            listed.value = f"{before} {found}" if before else found
            listed.recursive = False
        ev.rules.makefiles.append(found)
        self._run(ev.cache.file(content, ev.prefix), source)

    def read_text(self, content: str) -> None:
        """Read a text that `$(eval)` was given."""
        ev = self.ev
        if not content:
            return
        here = ev.source
        shift = here.shift + max(ev.line - 1, 0)
        source = Source(here.file, here, ev.line, shift, how="evaluated")
        pending, self.rule_lines.pending = self.rule_lines.pending, None
        scopes = ev.scopes
        try:
            self._run(ev.cache.text(content, ev.prefix), source)
        finally:
            self.rule_lines.pending = pending
            ev.scopes = scopes

    def _run(self, tree: Tree, source: Source) -> None:
        ev = self.ev
        before = ev.source, ev.line
        ev.source, ev.line = source, 0
        branches = self._nodes(tree, [])
        if branches:
            ev.line = tree.last_line + 1
            opened = source.location(branches[-1].line)
            ev.fail("missing 'endif'", hint=f"the conditional at {opened} is still open")
        self.rule_lines.finish()
        ev.source, ev.line = before

    def _nodes(self, tree: Tree, branches: list[_Branch]) -> list[_Branch]:
        ev = self.ev
        nodes = tree.nodes
        skip = tree.skip
        prefix = tree.prefix
        rule_lines = self.rule_lines
        index = 0
        count = len(nodes)
        ignored = bool(branches) and branches[-1].ignored
        while index < count:
            node = nodes[index]
            kind = type(node)
            ev.line = node.line
            if kind is Assign:
                if not ignored:
                    self._assign(node)  # type: ignore[arg-type]
                elif node.resume:  # type: ignore[union-attr]
                    return self._from(tree, node.resume, branches)  # type: ignore[union-attr]
            elif kind is Condition or kind is Else or kind is Endif:
                ignored = self._conditional(node, branches)  # type: ignore[arg-type]
                if ignored and skip[index] >= 0:
                    index = skip[index]
                    continue
            elif kind is RecipeBlock:
                assert isinstance(node, RecipeBlock)
                if rule_lines.no_targets:
                    pass
                elif rule_lines.pending is not None:
                    if not ignored:
                        rule_lines.pending.lines.extend(node.lines)
                else:
                    ignored = self._stray(node, branches, tree)
            elif not ignored:
                if kind is RuleLine:
                    rule_lines.add(node)  # type: ignore[arg-type]
                else:
                    self._statement(node)
            elif kind is Problem and node.resume:  # type: ignore[union-attr]
                return self._from(tree, node.resume, branches)  # type: ignore[union-attr]
            if ev.prefix != prefix:
                return self._reparse(tree, index, branches)
            index += 1
        return branches

    def _statement(self, node: object) -> None:
        if isinstance(node, Include):
            self._include(node)
        elif isinstance(node, Vpath):
            self.rule_lines.finish()
            self._vpath(node)
        elif isinstance(node, ExportNames):
            self.rule_lines.finish()
            self._export(node)
        elif isinstance(node, Undefine):
            self.rule_lines.finish()
            name = node.name.expand(self.ev).strip(words.SPACE)
            if not name:
                self.ev.fail("empty variable name")
            self.ev.undefine(name, Origin.OVERRIDE if node.override else Origin.FILE)
        elif isinstance(node, Problem):
            self.ev.fail(node.message)

    def _assign(self, node: Assign) -> None:
        ev = self.ev
        rule_lines = self.rule_lines
        if rule_lines.pending is not None or rule_lines.no_targets:
            rule_lines.finish()
        name = node.name.raw if node.name.static else node.name.expand(ev).strip(words.SPACE)
        if not name:
            ev.fail("empty variable name")
        modifiers = node.modifiers
        ev.define(
            name,
            node.operator,
            node.value,
            Origin.OVERRIDE if modifiers.override else Origin.FILE,
            modifiers=modifiers,
            line=node.line,
            defined=node.defined,
        )

    def _conditional(self, node: Condition | Else | Endif, branches: list[_Branch]) -> bool:
        ev = self.ev
        if isinstance(node, Condition):
            outer = bool(branches) and branches[-1].ignored
            branch = _Branch(outer, node.line)
            branches.append(branch)
            if not outer:
                branch.taken = self._holds(node)
                branch.ignored = not branch.taken
        elif not branches:
            word = "else" if isinstance(node, Else) else "endif"
            ev.fail(f"extraneous '{word}'", hint="no conditional is open here")
        elif isinstance(node, Endif):
            branches.pop()
            self._extraneous(node.warning)
        else:
            branch = branches[-1]
            if branch.had_else:
                ev.fail("only one 'else' per conditional")
            branch.had_else = node.condition is None
            if not branch.outer:
                if branch.taken:
                    branch.ignored = True
                elif node.condition is None or self._holds(node.condition):
                    branch.taken = True
                    branch.ignored = False
            self._extraneous(node.warning)
        return bool(branches) and branches[-1].ignored

    def _extraneous(self, warning: str) -> None:
        if warning:
            self.ev.tell(Severity.WARNING, warning)

    def _holds(self, node: Condition) -> bool:
        ev = self.ev
        keyword = node.keyword
        if node.problem:
            ev.fail(node.problem, within=keyword, hint="wanted: `(A,B)`, or `'A' 'B'`")
        self._extraneous(node.warning)
        if keyword in ("ifeq", "ifneq"):
            return (node.left.expand(ev) == node.right.expand(ev)) == (keyword == "ifeq")
        names = words.split(node.left.expand(ev))
        if len(names) > 1:
            ev.fail("invalid syntax in conditional")
        found = ev.find(names[0] if names else "")
        return (found is not None and found.value != "") == (keyword == "ifdef")

    def _include(self, node: Include) -> None:
        ev = self.ev
        self.rule_lines.finish()
        for pattern in file_names(ev, node.names.expand(ev)):
            here, line = ev.source, node.line
            if not self.read_file(pattern, Source(pattern, here, line)):
                location = here.location(line)
                ev.missing_includes.append((pattern, node.optional, location))
            elif node.optional:
                ev.optional_includes.add(pattern)
            else:
                ev.required_includes.setdefault(pattern, here.location(line))
            ev.source, ev.line = here, line

    def _export(self, node: ExportNames) -> None:
        ev = self.ev
        if not node.names.raw:
            ev.export_all = node.export
            return
        for name in words.split(node.names.expand(ev)):
            found = ev.globals.get(name)
            if found is None:
                found = ev.globals[name] = Variable(name, "", Origin.FILE)
            elif found.origin is Origin.DEFAULT:
                # Shared between evaluations; ours gets its own.
                copy = Variable(name, found.value, found.origin, found.recursive)
                found = ev.globals[name] = copy
            found.export = Export.YES if node.export else Export.NO

    def _vpath(self, node: Vpath) -> None:
        ev = self.ev
        parts = node.words.expand(ev).split(None, 1)
        if not parts:
            ev.rules.vpath.clear()
        elif len(parts) == 1:
            ev.rules.vpath.remove(parts[0])
        else:
            ev.rules.vpath.add(parts[0], parts[1], ev.source.location(node.line))

    def _stray(self, block: RecipeBlock, branches: list[_Branch], outer: Tree) -> bool:
        """Carry out lines that look like a recipe but have no rule before them."""
        ev = self.ev
        for number, raw in zip((one.line for one in block.lines), block.raw, strict=True):
            if self.rule_lines.pending is not None:
                # A line of this very block turned out to be a rule.
                if not (branches and branches[-1].ignored):
                    from genode_tool.makefile.reading.syntax import RecipeLine

                    self.rule_lines.pending.lines.append(
                        RecipeLine(number, raw[len(outer.prefix) :])
                    )
                continue
            tree = ev.cache.text(raw, outer.prefix)
            source = ev.source
            shift = source.shift + number - 1
            ev.source = Source(source.file, source.parent, source.parent_line, shift)
            self._nodes(tree, branches)
            ev.source = source
        return bool(branches) and branches[-1].ignored

    def _reparse(self, tree: Tree, index: int, branches: list[_Branch]) -> list[_Branch]:
        """Go on after `.RECIPEPREFIX` changed: the rest of the text reads differently."""
        if index + 1 >= len(tree.nodes):
            return branches
        return self._from(tree, tree.nodes[index + 1].line, branches)

    def _from(self, tree: Tree, start: int, branches: list[_Branch]) -> list[_Branch]:
        """Go on at the line `start` of a text, which is divided anew from there."""
        lines = tree.text.split("\n")
        # Blank lines keep the numbers of what follows.
        rest = "\n" * (start - 1) + "\n".join(lines[start - 1 :])
        return self._nodes(self.ev.cache.text(rest, self.ev.prefix), branches)
