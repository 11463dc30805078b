"""Statements: carrying out the nodes of a syntax tree, one after the other.

GNU make manual, "How `make` Reads a Makefile", "Including Other Makefiles".
"""

from __future__ import annotations

from genode_tool.errors import Location, Severity
from genode_tool.makefile import words
from genode_tool.makefile.evaluator.conditionals import Conditionals
from genode_tool.makefile.evaluator.error_places import pointed
from genode_tool.makefile.evaluator.includes import (
    STANDARD_DIRECTORIES,
    Includes,
    find_makefile,
    why_unreadable,
)
from genode_tool.makefile.evaluator.objects import load_objects
from genode_tool.makefile.evaluator.rule_lines import RuleLines
from genode_tool.makefile.inputs import Kind
from genode_tool.makefile.problems import MakefileError, Source
from genode_tool.makefile.reading.cache import ParseCache
from genode_tool.makefile.reading.syntax import (
    Assign,
    CommonRule,
    Condition,
    Else,
    Endif,
    ExportNames,
    Include,
    Load,
    RecipeBlock,
    RecipeLine,
    RuleLine,
    Tree,
    Undefine,
    UnreadableLine,
    Vpath,
)
from genode_tool.makefile.rules.file_names import file_names
from genode_tool.makefile.rules.protocols import RuleEvaluator
from genode_tool.makefile.variables.variable import Export, Origin, Variable
from genode_tool.record import replace


class Reader:
    """Reads makefiles and carries out their statements on an evaluation."""

    def __init__(
        self,
        ev: RuleEvaluator,
        cache: ParseCache,
        include_dirs: tuple[str, ...] = STANDARD_DIRECTORIES,
    ) -> None:
        self.ev = ev
        self.includes = Includes()
        self._cache = cache
        self.include_dirs = include_dirs
        self._rule_lines = RuleLines(ev)

    # --- whole texts ----------------------------------------------------------------------

    def read_makefile(self, path: str) -> None:
        """Carry out the makefile `path`. Raises `MakefileError` when it cannot be read."""
        if not self._read_file(path, Source(path)):
            what, hint = why_unreadable(self.ev, path)
            raise MakefileError(f"makefile '{path}' {what}", location=Location(path), hint=hint)

    def require_includes(self) -> None:
        """Raise `MakefileError` for an include that was not found and that no rule makes."""
        ev = self.ev
        for one in self.includes.missing:
            if not one.optional and not ev.rules.can_make(one.name):
                message = f"included makefile '{one.name}' {why_unreadable(ev, one.name)[0]}"
                place = pointed(ev, one.location, one.name)
                raise MakefileError(message, location=place)

    def _read_file(self, name: str, source: Source) -> bool:
        """Carry out the makefile `name`; return false when there is none."""
        ev = self.ev
        found = find_makefile(ev, name, self.include_dirs)
        if found is None:
            standing = ev.inputs.stat(ev.path(name))
            if source.parent is not None and standing and standing.kind is Kind.DIRECTORY:
                if self.includes.deferred:
                    raise MakefileError(f"{name}: Is a directory", hint="name a file in it")
                ev.fail(f"included makefile '{name}' is a directory", within=name)
            return False
        path, content = found
        if path != name:
            source = Source(path, source.parent, source.parent_line)
        self.read_bytes(path, content, source)
        return True

    def read_bytes(self, path: str, content: bytes, source: Source) -> None:
        """Carry out `content` as the makefile `path`."""
        ev = self.ev
        listed = ev.globals.get("MAKEFILE_LIST")
        if listed is None:
            ev.globals["MAKEFILE_LIST"] = Variable("MAKEFILE_LIST", path, Origin.FILE)
        else:
            before = listed.value if not listed.recursive else ev.value("MAKEFILE_LIST")
            listed.value = f"{before} {path}" if before else path
            listed.recursive = False
        ev.rules.makefiles.append(path)
        self.includes.named.append(path)
        self._run(self._cache.file(content, ev.prefix, ev.posix), source)

    def read_text(self, content: str) -> None:
        """Carry out a text that `$(eval)` was given."""
        ev = self.ev
        if not content:
            return
        here = ev.source
        at = here.at or here.shift + ev.line
        source = Source(here.file, here, ev.line, how="evaluated", at=at)
        # The rule before the line with the `$(eval)` goes on after it.
        pending, self._rule_lines.pending = self._rule_lines.pending, None
        scopes = ev.scopes
        try:
            self._run(self._cache.text(content, ev.prefix, ev.posix), source)
        finally:
            self._rule_lines.pending = pending
            ev.scopes = scopes

    def _run(self, tree: Tree, source: Source) -> None:
        ev = self.ev
        before = ev.source, ev.line
        ev.source, ev.line = source, 0
        conditionals = Conditionals(ev)
        self._nodes(tree, conditionals)
        if conditionals.unclosed:
            ev.line = tree.last_line + 1
            opened = source.location(conditionals.unclosed)
            ev.fail("missing 'endif'", hint=f"the conditional at {opened} is still open")
        self._rule_lines.finish()
        ev.source, ev.line = before

    # --- statements -----------------------------------------------------------------------

    def _nodes(self, tree: Tree, conditionals: Conditionals) -> None:
        ev = self.ev
        nodes = tree.nodes
        skip = tree.skip
        prefix = tree.prefix
        rule_lines = self._rule_lines
        index = 0
        count = len(nodes)
        ignored = conditionals.ignored
        while index < count:
            node = nodes[index]
            kind = type(node)
            ev.line = node.line
            if kind is Assign:
                if not ignored:
                    self._assign(node)  # type: ignore[arg-type]
                elif node.resume:  # type: ignore[union-attr]
                    self._continue_at(tree, node.resume, conditionals)  # type: ignore[union-attr]
                    return
            elif kind is Condition or kind is Else or kind is Endif:
                ignored = conditionals.carry_out(node)  # type: ignore[arg-type]
                if ignored and skip[index] >= 0:
                    index = skip[index]
                    continue
            elif kind is RecipeBlock:
                assert isinstance(node, RecipeBlock)
                if rule_lines.no_targets:
                    pass  # GNU make ignores the recipe of a rule without targets
                elif rule_lines.pending is None:
                    ignored = self._stray(node, conditionals, tree)
                elif not ignored:
                    rule_lines.pending.lines.extend(node.lines)
            elif not ignored:
                if kind is CommonRule:
                    rule_lines.add_common(node)  # type: ignore[arg-type]
                elif kind is RuleLine:
                    rule_lines.add(node)  # type: ignore[arg-type]
                else:
                    self._directive(node)
            elif kind is UnreadableLine and node.resume:  # type: ignore[union-attr]
                self._continue_at(tree, node.resume, conditionals)  # type: ignore[union-attr]
                return
            index += 1
            if ev.prefix != prefix or ev.posix is not tree.posix:
                # `.RECIPEPREFIX` changed, or `.POSIX` came: the rest of the text reads differently.
                if index < count:
                    self._continue_at(tree, nodes[index].line, conditionals)
                return

    def _continue_at(self, tree: Tree, start: int, conditionals: Conditionals) -> None:
        """Go on at the line `start` of a text, which is divided anew from there."""
        lines = tree.text.split("\n")
        # Blank lines keep the numbers of what follows.
        rest = "\n" * (start - 1) + "\n".join(lines[start - 1 :])
        self._nodes(self._cache.text(rest, self.ev.prefix, self.ev.posix), conditionals)

    def _stray(self, block: RecipeBlock, conditionals: Conditionals, outer: Tree) -> bool:
        """Carry out lines that look like a recipe but have no rule before them.

        Returns whether the next line is skipped.
        """
        ev = self.ev
        for number, line in block.lines:
            raw = outer.prefix + line
            pending = self._rule_lines.pending
            if pending is not None:
                # A line of this very block turned out to be a rule.
                if not conditionals.ignored:
                    pending.lines.append(RecipeLine(number, line))
                continue
            tree = self._cache.text(raw, outer.prefix, outer.posix)
            source = ev.source
            shift = source.shift + number - 1
            ev.source = replace(source, shift=shift)
            self._nodes(tree, conditionals)
            ev.source = source
        return conditionals.ignored

    def _assign(self, node: Assign) -> None:
        ev = self.ev
        rule_lines = self._rule_lines
        if rule_lines.pending is not None or rule_lines.no_targets:
            rule_lines.finish()
        line, name_text, operator, value, modifiers, defined, _, warnings, last = node
        if warnings:
            self._warn(node)
        name = name_text.raw if name_text.static else name_text.expand(ev)
        if defined:
            name = name.strip(words.SPACE)
        if not name:
            ev.fail("empty variable name")
        if last:
            ev.line = last
        origin = Origin.OVERRIDE if modifiers.override else Origin.FILE
        ev.define(name, operator, value, origin, modifiers=modifiers, line=line, defined=defined)

    def _warn(self, node: Assign | UnreadableLine) -> None:
        for self.ev.line, warning in node.warnings:
            self.ev.report(Severity.WARNING, warning)
        self.ev.line = node.line

    def _directive(self, node: object) -> None:
        if isinstance(node, Include):
            self._include(node)
        elif isinstance(node, Vpath):
            self._vpath(node)
        elif isinstance(node, ExportNames):
            self._export(node)
        elif isinstance(node, Undefine):
            self._undefine(node)
        elif isinstance(node, Load):
            self._rule_lines.finish()
            load_objects(self.ev, node, self.includes)
        elif isinstance(node, UnreadableLine):
            self._warn(node)
            self.ev.fail(node.message)

    def _include(self, node: Include) -> None:
        ev, includes = self.ev, self.includes
        self._rule_lines.finish()
        for name in file_names(ev, node.names.expand(ev)):
            here, line = ev.source, node.line
            location = here.location(line) if here.file else None
            if not self._read_file(name, Source(name, here, line)):
                includes.note_missing(name, node.optional, location)
            elif node.optional:
                includes.optional.add(name)
            else:
                includes.required.setdefault(name, location)
            ev.source, ev.line = here, line

    def _export(self, node: ExportNames) -> None:
        ev = self.ev
        self._rule_lines.finish()
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

    def _undefine(self, node: Undefine) -> None:
        ev = self.ev
        self._rule_lines.finish()
        name = node.name.expand(ev).strip(words.SPACE)
        if not name:
            ev.fail("empty variable name")
        ev.undefine(name, Origin.OVERRIDE if node.override else Origin.FILE)

    def _vpath(self, node: Vpath) -> None:
        ev = self.ev
        self._rule_lines.finish()
        parts = node.words.expand(ev).split(None, 1)
        if not parts:
            ev.rules.vpath.clear()
        elif len(parts) == 1:
            ev.rules.vpath.remove(parts[0])
        else:
            ev.rules.vpath.add(parts[0], parts[1], ev.source.location(node.line))
