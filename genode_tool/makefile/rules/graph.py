"""The files that goals reach, each with the rule that makes it.

This is what resolving (`plan`) and running (`executor`) share: finding the recipe of a file,
explicit or implicit, its prerequisites, and the scopes in which its recipe is expanded.
GNU make manual, "Writing Rules", "Using Implicit Rules", "Target-specific Variable Values".
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from genode_tool.errors import Location
from genode_tool.makefile import archives, words
from genode_tool.makefile.glob import glob
from genode_tool.makefile.inputs import Kind, Stat
from genode_tool.makefile.problems import Source
from genode_tool.makefile.reading.text import split_words
from genode_tool.makefile.rules import builtin_rules as catalogue
from genode_tool.makefile.rules.automatic_variables import AutomaticVariables
from genode_tool.makefile.rules.contents import Contents
from genode_tool.makefile.rules.file_names import file_names, prerequisites
from genode_tool.makefile.rules.files import Dependency, File
from genode_tool.makefile.rules.implicit import Match, Search
from genode_tool.makefile.rules.libraries import find_library
from genode_tool.makefile.rules.protocols import RuleEvaluator
from genode_tool.makefile.rules.rule import PatternRule, Prerequisite, Rule, Target
from genode_tool.makefile.rules.variable_scopes import Scopes
from genode_tool.makefile.variables.protocols import Scope
from genode_tool.record import replace


class Graph:
    """All files of one evaluation, settled as they are reached.

    `contents` answers for the existence of files; without it, each is looked at.
    """

    def __init__(self, ev: RuleEvaluator, contents: Contents | None = None) -> None:
        self.ev = ev
        self._contents = contents
        self.rules = ev.rules
        self.files: dict[str, File] = {}
        self._libraries: dict[str, str | None] = {}
        # Files that options name; they count as mentioned.
        self.named: frozenset[str] = frozenset()
        # Files whose times options give; they are not searched for.
        self.assumed: frozenset[str] = frozenset()
        # The names that count as mentioned, and what the collection rests on.
        self._mentioned: set[str] = set()
        self._mentioned_from: tuple[object, object] = (None, None)
        # What second expansions of rules without a pattern have given.
        self._expanded: set[str] = set()
        self._special_needs = frozenset().union(
            *(self._special(name) for name in (".PHONY", ".PRECIOUS", ".SUFFIXES"))
        )
        self.phony = self._special(".PHONY")
        self.chained: dict[str, Match] = {}
        self.search = Search(self._implicit_rules, self)
        self._has_extra = ".EXTRA_PREREQS" in ev.globals or any(
            ".EXTRA_PREREQS" in (target.variables or ()) for target in self.rules.targets.values()
        )
        self._scopes = Scopes(ev)
        default = ev.rules.targets.get(".DEFAULT")
        last = default.rules[-1] if default and default.rules else None
        cleared = last is not None and last.recipe is None and not last.prerequisites
        self._default = default.recipe_rule if default and not cleared else None

    def _special(self, name: str) -> frozenset[str]:
        return self.rules.special(name) or frozenset()

    def _implicit_rules(self) -> list[PatternRule]:
        """Return all implicit rules, with the prerequisites that `.EXTRA_PREREQS` adds."""
        rules = catalogue.implicit_rules(self.rules)
        extra = self._extra_names(None) if self._has_extra else []
        if not extra:
            return rules
        self.named = self.named.union(extra)
        more = tuple(Prerequisite(name, hidden=True) for name in extra)
        return [
            replace(rule, prerequisites=rule.prerequisites + more)
            if rule.deferred is None
            else replace(rule, extra=more)
            for rule in rules
        ]

    # --- `implicit.Files` ---------------------------------------------------------------------

    def exists(self, name: str) -> bool:
        """Tell whether the file exists, here or on the search path."""
        return self._is_there(name) or self._on_vpath(name) is not None

    def _is_there(self, name: str) -> bool:
        if self._contents is None or name.endswith(")"):  # it may be a member of an archive
            return self.stat(name) is not None
        return self._contents.has(name)

    def is_known(self, name: str) -> bool:
        """Tell whether the file exists, is a target or is mentioned."""
        return self.is_mentioned(name) or name in self.chained or self.exists(name)

    def names_in(self, directory: str) -> frozenset[str] | None:
        """Return the names of the files in a directory; None: `exists` knows more than them."""
        if self._contents is None or self.rules.vpath.given:
            return None
        return self._contents.names(directory)

    def is_target(self, name: str) -> bool:
        """Tell whether a rule has the file as a target; what is phony counts as one."""
        found = self.rules.targets.get(name)
        if (found is not None and found.rules) or name in self.phony or name in self.chained:
            return True
        known = self.files.get(name)
        return known is not None and known.is_target

    def is_mentioned(self, name: str) -> bool:
        """Tell whether a makefile or an option mentions the file, or a rule that was found does."""
        return name in self.mentioned()

    def mentioned(self) -> Container[str]:
        """Return the names for which `is_mentioned` holds."""
        named, by_rules = self.named, self.rules.mentioned()
        if self._mentioned_from[0] is not by_rules or self._mentioned_from[1] is not named:
            self._mentioned_from = by_rules, named
            self._mentioned = set().union(
                by_rules, self.rules.targets, self.files, named, self._special_needs
            )
        return self._mentioned

    def matching(self, pattern: str) -> list[str]:
        """Return the files that match a pattern with wildcards, the pattern when none does."""
        ev = self.ev
        return glob(ev.inputs, ev.cwd, pattern, ev.home) or [pattern]

    def second_expansion(self, rule: PatternRule, name: str, stem: str) -> tuple[Prerequisite, ...]:
        """Expand the prerequisites of a rule a second time, for target `name`.

        The file part of the stem takes the place of the first `%` of each word, and the directory
        goes in front of what the word expands to.
        """
        file = File(name, self.rules.targets.get(name))
        file.stem = stem
        directory = stem[: stem.rfind("/") + 1]
        base = stem[len(directory) :]
        expanded = []
        literal: set[str] = set()
        for word in split_words(rule.deferred or ""):
            prefix, suffix = words.pattern(word)
            if suffix is None:
                expanded.append(self._expand_again(file, prefix, rule.location))
                literal.update(words.split(expanded[-1]))
            else:
                found = self._expand_again(file, f"{prefix}{base}{suffix}", rule.location)
                expanded += [directory + one for one in words.split(found)]
        needed = prerequisites(self.ev, " ".join(expanded))
        own = tuple(one._replace(literal=one.name in literal) for one in needed)
        return own + rule.extra

    # --- files --------------------------------------------------------------------------------

    def stat(self, name: str) -> Stat | None:
        """Return what stands at `name`, which may be a member of an archive, not searched for."""
        if name.endswith(")"):
            parts = archives.divide(name)
            if parts is not None:
                return self._member(*parts)
        return self.ev.inputs.stat(self.ev.path(name))

    def _member(self, archive: str, member: str) -> Stat | None:
        ev = self.ev
        content = ev.inputs.read(ev.path(archive))
        found = archives.find(content, member) if content else None
        # One without a time counts as missing.
        if found is None or not found.date:
            return None
        return Stat(Kind.FILE, found.date * 1_000_000_000, 0)

    def search_path(self, name: str) -> str | None:
        """Return where `name`, also one such as `-lNAME`, is found on the search path, or None."""
        parts = archives.divide(name)
        if parts is not None:
            archive, member = parts
            place = None if self.stat(archive) is not None else self._on_vpath(archive)
            return None if place is None else f"{place}({member})"
        found = self._on_vpath(name)
        if found is not None:
            return found
        if name.startswith("-l"):
            if name not in self._libraries:
                self._libraries[name] = find_library(self.ev, name[2:], self.is_target)
            return self._libraries[name]
        return None

    def _on_vpath(self, name: str) -> str | None:
        if not self.rules.vpath.given:
            return None
        for candidate in self.rules.vpath.candidates(name):
            if self.is_target(candidate) or self._is_there(candidate):
                return candidate
        return None

    def file(self, name: str, parent: File | None = None) -> File:
        """Return the entry of file `name`, made when it is new."""
        found = self.files.get(name)
        if found is None:
            target = self.rules.targets.get(name)
            if (target is None or not target.rules) and self.rules.vpath.entries:
                # A name that is found on the search path as the target of a rule is that target.
                for candidate in self.rules.vpath.candidates(name):
                    if self.is_target(candidate) and self.stat(name) is None:
                        found = self.files[name] = self.file(candidate, parent)
                        self._mentioned.add(name)
                        return found
            found = self.files[name] = File(name, target)
            self._mentioned.add(name)
            found.parent = parent
        return found

    def settle(self, file: File) -> None:
        """Find out, once, how `file` is made and from what."""
        if file.searched:
            return
        if not file.settled:
            self.settle_explicit(file)
        file.searched = True
        if file.branch_rule is not None or file.branches:
            return
        if file.recipe is None and file.name.startswith("."):
            # A built-in suffix rule is a rule for the file of that name, too.
            file.recipe = catalogue.suffix_recipe(self.rules, file.name)
        if file.recipe is None and not file.phony and not file.terminal:
            self._settle_implicit(file)
        if file.deferred:
            self.expand(file)
        if self._has_extra:
            self.extend(file)
        if file.recipe is not None:
            return
        if self._default is not None and not file.is_target and not file.phony:
            exists = not self.rules.complete and self.exists(file.name)
            if not exists:
                file.recipe = self._default.recipe
                file.by_default = True
                file.location = self._default.location
        if file.recipe is None and not file.phony and not file.group:
            self._find(file)

    def settle_explicit(self, file: File) -> None:
        """Find out, once, what the makefiles say about `file` itself."""
        if file.settled:
            return
        file.settled = True
        target = file.target
        file.phony = file.name in self.phony
        if file.branch_rule is not None:
            self._settle_branch(file, file.branch_rule)
        elif target is not None and target.rules:
            file.is_target = file.explicit = True
            if target.double:
                self._settle_double(file, target)
            else:
                self._settle_single(file, target)

    def _find(self, file: File) -> None:
        """Use the name on the search path for a file that is not here and is not made."""
        name = file.name
        searched = self.rules.vpath.given or name.startswith("-l") or name.endswith(")")
        if searched and name not in self.assumed and not self._is_there(name):
            found = self.search_path(name)
            if found is not None:
                file.found = found

    def _settle_single(self, file: File, target: Target) -> None:
        chosen = target.recipe_rule
        file.location = (chosen or target.rules[0]).location
        if chosen is not None:
            file.recipe = chosen.recipe
        grouped = next((one for one in reversed(target.rules) if one.group), None)
        if grouped is not None:
            # Another recipe makes them all the same. The last one is considered first.
            names = [name for name in reversed(grouped.group) if name != file.name]
            file.group = [self.file(name, file.parent) for name in names]
        for rule in target.rules:
            if rule.static_pattern:
                # Kept even when another rule has the recipe.
                file.stem, file.static_stem = rule.stem, True
        self._link(file, target.ordered_rules)

    def _link(self, file: File, rules: Sequence[Rule]) -> None:
        """Give a file the prerequisites of explicit rules; a second expansion waits."""
        for rule in rules:
            if rule.deferred is not None:
                file.deferred += ((rule, len(file.dependencies)),)
            file.dependencies += self._linked(file, rule.prerequisites)

    def expand(self, file: File) -> None:
        """Expand the prerequisites of explicit rules a second time, once.

        An expansion sees the prerequisites that need none, and those of the ones before it.
        """
        deferred, file.deferred = file.deferred, ()
        added = 0
        for rule, place in deferred:
            if rule.static_pattern:
                file.stem = rule.stem
            found = self._linked(file, self._deferred(file, rule))
            if not rule.static_pattern:
                self._expanded.update(one.file.name for one in found)
            place += added + file.implied
            file.dependencies[place:place] = found
            added += len(found)

    def _linked(self, file: File, needed: tuple[Prerequisite, ...]) -> list[Dependency]:
        return [
            Dependency(self.file(one.name, file), one.order_only, one.wait, one.hidden)
            for one in needed
        ]

    def _settle_double(self, file: File, target: Target) -> None:
        file.location = target.rules[0].location
        branches = []
        for rule in target.rules:
            branch = File(file.name, target)
            branch.branch_rule = rule
            branch.is_target = branch.explicit = True
            branch.parent = file.parent
            branch.location = rule.location
            branch.recipe = rule.recipe
            branch.stem = rule.stem
            branch.group = [self.file(n, file.parent) for n in rule.group if n != file.name]
            branches.append(branch)
        file.branches = branches

    def _settle_branch(self, branch: File, rule: Rule) -> None:
        """Find the prerequisites of a double-colon rule, just before it is considered."""
        self._link(branch, [rule])
        if branch.target is not None and rule is branch.target.rules[0]:
            self.extend(branch)
        if branch.recipe is None and not branch.phony:
            self._settle_implicit(branch)
        self.expand(branch)

    def _settle_implicit(self, file: File) -> None:
        match = self.chained.get(file.name)
        if match is None:
            explicit = [one.file.name for one in file.dependencies]
            match = self.search.find(file.name, explicit)
        if match is None:
            return
        file.recipe = match.rule.recipe
        file.stem = match.stem
        file.static_stem = True
        file.location = match.rule.location
        file.implicit = match.rule
        file.pattern = match.target
        file.is_target = True
        self.keep_chain(match, file)
        plain = self.rules.mentioned(static=False)
        for need in match.prerequisites:
            name = need.name
            if need.literal or name in plain or name in self._expanded or name in match.named:
                continue
            # Known, but no rule names it as it is: by a static pattern or an earlier search.
            if self.is_mentioned(name) and not self.exists(name):
                self.file(name, file).intermediate = True
        found = self._linked(file, match.prerequisites)
        for one in found if match.rule.terminal else ():
            one.file.terminal = True
        file.dependencies = [*found, *file.dependencies]
        file.implied = len(found)
        others = [self.file(name, file.parent) for name in match.others]
        file.group = [other for other in others if other is not file]

    def keep_chain(self, match: Match, parent: File | None = None) -> None:
        """Note how the intermediate files of a rule are made; from now on, they are targets."""
        for name, inner in match.chain.items():
            self.chained.setdefault(name, inner)
            known = self.file(name, parent)
            named = name in self.rules.mentioned() or name in match.named
            if not known.searched and not named:
                known.intermediate = True

    def extend(self, file: File) -> None:
        """Add, once, what `.EXTRA_PREREQS` gives a file, unless that names the file itself."""
        if not self._has_extra:
            return
        own = file.target.variables if file.target else None
        if not file.explicit and not file.phony and (own is None or ".EXTRA_PREREQS" not in own):
            return
        names = self._extra_names(file)
        if file.name not in names and not file.extended:
            file.extended = True
            file.dependencies += [
                Dependency(self.file(name, file), False, False, hidden=True) for name in names
            ]

    def _extra_names(self, file: File | None) -> list[str]:
        """Return the value of `.EXTRA_PREREQS` for a file, for None the global one, as names.

        A file with variables of its own does not see the global value, and its own is expanded
        without them: release 4.4.1 does so, whatever the manual says.
        """
        ev = self.ev
        own = file.target.variables if file is not None and file.target is not None else None
        found = (ev.globals if own is None else own).get(".EXTRA_PREREQS")
        if found is None:
            return []
        with ev.within([]):
            return file_names(ev, ev.expand(found.value) if found.recursive else found.value)

    def _deferred(self, file: File, rule: Rule) -> tuple[Prerequisite, ...]:
        text = rule.deferred or ""
        if rule.static_pattern:
            filled = []
            for word in words.split(text):
                prefix, suffix = words.pattern(word)
                filled.append(prefix if suffix is None else f"{prefix}{rule.stem}{suffix}")
            text = " ".join(filled)
        return prerequisites(self.ev, self._expand_again(file, text, rule.location))

    def _expand_again(self, file: File, text: str, location: Location) -> str:
        ev = self.ev
        before = ev.source, ev.line
        ev.source, ev.line = Source(location.file), location.line
        automatic = AutomaticVariables(file, self.rules, everything_newer=False)
        with ev.within([*self.scopes(file), automatic]):
            expanded = ev.expand(text)
        ev.source, ev.line = before
        if self._contents is not None:
            self._contents.forget()  # a function may have written files
        return expanded

    def scopes(self, file: File) -> list[Scope]:
        """Return the scopes of the variables that hold for `file`, outermost first."""
        return self._scopes.of(file)
