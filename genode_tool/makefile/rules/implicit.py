"""The search for an implicit rule.

GNU make manual, "Implicit Rule Search Algorithm", "Chains of Implicit Rules", "How Patterns
Match", "Match-Anything Pattern Rules".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Sequence
from typing import Protocol

from genode_tool.makefile import archives, words
from genode_tool.makefile.glob import has_magic
from genode_tool.makefile.rules.rule import PatternRule, Prerequisite
from genode_tool.record import NamedTuple


class Files(Protocol):
    """The files as the search sees them."""

    def exists(self, name: str) -> bool:
        """Tell whether the file exists, here or on the search path."""

    def is_known(self, name: str) -> bool:
        """Tell whether the file exists, is a target or is mentioned."""

    def names_in(self, directory: str) -> frozenset[str] | None:
        """Return the names of the files in a directory; None: `exists` knows more than them."""

    def mentioned(self) -> Container[str]:
        """Return the names for which `is_mentioned` holds."""

    def is_target(self, name: str) -> bool:
        """Tell whether an explicit rule has the file as a target."""

    def is_mentioned(self, name: str) -> bool:
        """Tell whether a makefile or an option mentions the file, or a rule that was found does."""

    def keep_chain(self, match: Match) -> None:
        """Note how the intermediate files of a rule are made; from now on, they are targets."""

    def matching(self, pattern: str) -> Sequence[str]:
        """Return the files that match a pattern with wildcards, the pattern when none does."""

    def second_expansion(self, rule: PatternRule, name: str, stem: str) -> tuple[Prerequisite, ...]:
        """Expand the prerequisites of a rule a second time, for target `name`."""


class Match(NamedTuple):
    """A rule that applies: the stem, the prerequisites, and how to make those that are not there.

    `others` are the further targets that the same run of the recipe makes. `named` are the
    prerequisites that the rules of the chain name without a `%`: they are not intermediate.
    `target` is the pattern that matched.
    """

    rule: PatternRule
    stem: str
    prerequisites: tuple[Prerequisite, ...]
    others: tuple[str, ...]
    chain: dict[str, Match]
    named: frozenset[str] = frozenset()
    target: str = ""


class Candidate(NamedTuple):
    """A rule one of whose targets matches: `directory` and `stem` are what stands for its `%`."""

    rule: PatternRule
    target: str
    directory: str
    stem: str


class _Pattern(NamedTuple):
    """One target pattern of a rule, in parts. `plain`: it has no slash.

    `bare`: it is a suffix alone, from a dot on. `first` are the parts of the first prerequisite of
    the rule, if it has a `%` and no wildcard; `beside`: that stands in the directory of the target,
    or `below` a directory there. `only`: it is the only prerequisite, of a rule with one target.
    """

    rule: PatternRule
    target: str
    prefix: str
    suffix: str
    plain: bool
    bare: bool
    first: tuple[str, str] | None
    beside: bool
    below: str
    only: Prerequisite | None

    @classmethod
    def of(cls, rule: PatternRule, target: str) -> _Pattern:
        """Take a target pattern of a rule apart."""
        prefix, suffix = words.pattern(target)
        bare = not prefix and suffix is not None and suffix.rfind(".") == 0 and "/" not in suffix
        first = None
        below = ""
        if rule.deferred is None and rule.prerequisites:
            name = rule.prerequisites[0].name
            before, after = words.pattern(name)
            if after is not None and not has_magic(name):
                first = before, after
                below = before.partition("/")[0] if "/" in before else ""
        beside = first is not None and "/" not in target and "/" not in name
        if "/" in target:
            below = ""
        single = first is not None and len(rule.prerequisites) == 1 == len(rule.targets)
        only = rule.prerequisites[0] if single else None
        plain = "/" not in target
        return cls(rule, target, prefix, suffix or "", plain, bare, first, beside, below, only)

    def may_end(self, ending: str) -> bool:
        """Tell whether names match whose last part, from its last dot on, is `ending`."""
        suffix = self.suffix
        slash = suffix.rfind("/")
        dot = suffix.rfind(".")
        if dot > slash:
            return suffix[dot:] == ending
        return not ending or (slash < 0 and ending.endswith(suffix))


_NONE: frozenset[str] = frozenset()
_Choice = tuple[list[_Pattern], list[_Pattern], list[_Pattern]]


def _is_member(name: str) -> bool:
    return name.startswith("(") or archives.divide(name) is not None


class Search:
    """Finds implicit rules among `rules`; `files` answers for the files."""

    def __init__(self, rules: Callable[[], list[PatternRule]], files: Files) -> None:
        self._load = rules
        self._files = files
        self._patterns: list[_Pattern] | None = None
        self._by_ending: dict[str, _Choice] = {}
        self._impossible: set[str] = set()
        self._in_use: set[int] = set()
        # Whether a rule was given up for a file that is only mentioned.
        self._given_up = False
        # The prerequisites that the rule tried last had, before one was missing.
        self._left_over: list[Prerequisite] = []

    def find(self, name: str, explicit: Collection[str] = ()) -> Match | None:
        """Return the rule for `name`, whose explicit prerequisites are `explicit`, or None."""
        member = name.endswith(")")
        if not member:
            dot = name.rfind(".", name.rfind("/") + 1)
            choice = self._by_ending.get(name[dot:] if dot >= 0 else "")
            if choice is not None and not choice[0] and not choice[1]:
                return None
        found = self._find(name, explicit, 0, compat=False)
        if found is None and member and (parts := archives.divide(name)) is not None:
            # Rules for members of any archive.
            found = self._find(f"({parts[1]})", explicit, 0, compat=False)
        return found

    def _select(self, ending: str) -> _Choice:
        """Return the patterns that names with `ending` may match, each in the order of trials.

        These are specific ones, those that match anything, and the terminal ones among the latter.
        The shortest stem wins, which is the longest rest of the pattern, then the order of the
        rules.
        """
        if self._patterns is None:
            self._patterns = []
            for rule in self._load():
                if rule.recipe is None and (rule.prerequisites or rule.deferred is not None):
                    # A cancelled rule.
                    continue
                self._patterns += [_Pattern.of(rule, target) for target in rule.targets]
            self._patterns.sort(key=lambda one: -len(one.prefix) - len(one.suffix))
        found = [one for one in self._patterns if one.may_end(ending)]
        specific = [one for one in found if one.target != "%"]
        anything = [one for one in found if one.target == "%" and one.rule.recipe is not None]
        terminal = [one for one in anything if one.rule.terminal]
        self._by_ending[ending] = specific, anything, terminal
        return specific, anything, terminal

    def candidates(self, name: str, depth: int = 0) -> list[Candidate]:
        """Return the rules whose targets match `name`, in the order they are tried."""
        return [
            Candidate(pattern.rule, pattern.target, directory, stem)
            for pattern, directory, stem in self._matches(name, depth)
        ]

    def _matches(self, name: str, depth: int) -> list[tuple[_Pattern, str, str]]:
        """Return the patterns that match `name`, each with what stands for its `%`."""
        slash = name.rfind("/") + 1
        cut = 0 if name.endswith(")") and _is_member(name) else slash
        directory, base = name[:cut], name[cut:]
        dot = name.rfind(".", slash)
        ending = name[dot:] if dot >= 0 else ""
        choice = self._by_ending.get(ending)
        specific, anything, terminal = choice if choice is not None else self._select(ending)
        known = depth > 0
        found: list[tuple[_Pattern, str, str]] = []
        in_use = self._in_use
        for pattern in specific:
            rule, _, prefix, suffix, plain, bare, _, _, _, _ = pattern
            if in_use and id(rule) in in_use:
                continue
            if bare:
                # Its suffix is the ending by which it was selected.
                size = len(base) - len(suffix)
                if size > 0:
                    known = True
                    if rule.recipe is not None:
                        found.append((pattern, directory, base[:size]))
                continue
            text = base if plain else name
            size = len(prefix) + len(suffix)
            # The stem must not be empty.
            if len(text) > size and text.startswith(prefix) and text.endswith(suffix):
                known = True
                if rule.recipe is not None:
                    stem = text[len(prefix) : len(text) - len(suffix)]
                    found.append((pattern, directory if plain else "", stem))
        if base:
            # The stems of these are the longest ones. A name that matches a specific pattern, and
            # one in a chain, is not made by a rule for anything, unless that is terminal.
            found += [(pattern, directory, base) for pattern in (terminal if known else anything)]
        return found

    def _find(self, name: str, explicit: Collection[str], depth: int, compat: bool) -> Match | None:
        above, self._given_up = self._given_up, False
        found = self._search(name, explicit, depth, compat)
        again, self._given_up = self._given_up, above
        if found is None and again and not compat:
            # Files that are only mentioned count as possible when nothing better was found.
            return self._find(name, explicit, depth, compat=True)
        return found

    def _search(
        self, name: str, explicit: Collection[str], depth: int, compat: bool
    ) -> Match | None:
        self._left_over = []
        found = self._matches(name, depth)
        if not found:
            return None
        later: list[tuple[tuple[_Pattern, str, str], bool]] = []
        in_use, files = self._in_use, self._files
        mentioned = files.mentioned()
        simple = not has_magic(name)
        where: str | None = None
        names: frozenset[str] | None = None
        for match in found:
            pattern, directory, stem = match
            rule, first = pattern.rule, pattern.first
            if in_use and id(rule) in in_use:
                continue
            if first is not None and simple:
                # Most rules end here: nothing that is there, or named, is like this one.
                needed = f"{first[0]}{stem}{first[1]}"
                path = needed if needed.startswith("/") else directory + needed
                if path not in mentioned:
                    if directory != where:
                        where, names = directory, files.names_in(directory)
                    if names is not None and pattern.beside:
                        absent = needed not in names
                    else:
                        below = pattern.below
                        absent = below != "" and names is not None and below not in names
                        absent = absent or not files.is_known(path)
                    if absent:
                        self._left_over = []
                        if not rule.terminal:
                            later.append((match, True))
                        continue
            made = self._try(name, match, explicit, depth, False, compat)
            if made is not None:
                return made
            if not rule.terminal:
                later.append((match, False))
        for match, absent in later:
            made = self._try(name, match, explicit, depth, True, compat, absent)
            if made is not None:
                return made
        return None

    def _try(
        self,
        name: str,
        matched: tuple[_Pattern, str, str],
        explicit: Collection[str],
        depth: int,
        chained: bool,
        compat: bool,
        absent: bool = False,
    ) -> Match | None:
        """Return the match if the prerequisites are there or, when `chained`, can be made.

        `absent`: the first prerequisite is neither there nor known.
        """
        pattern, directory, base = matched
        rule, files = pattern.rule, self._files
        stem = directory + base
        only, first = pattern.only, pattern.first
        if only is not None and first is not None and not has_magic(stem):
            needed = f"{first[0]}{base}{first[1]}"
            path = needed if needed.startswith("/") else directory + needed
            prerequisites: tuple[Prerequisite, ...] = (
                Prerequisite(path, only.order_only, only.wait),
            )
        elif rule.deferred is not None:
            prerequisites = files.second_expansion(rule, name, stem)
        elif not rule.prerequisites:
            # Release 4.4.1 takes those over that the rule before had, until one was missing.
            prerequisites = tuple(self._left_over)
        else:
            candidate = Candidate(rule, pattern.target, directory, base)
            prerequisites = self.filled(rule.prerequisites, candidate)
        chain: dict[str, Match] = {}
        for position, one in enumerate(prerequisites):
            needed = one.name
            if needed in self._impossible:
                self._left_over = list(prerequisites[:position])
                return None
            mentioned = False
            if needed in explicit:
                continue
            # The searches since then may have made it a target.
            if only is None or not absent or needed in files.mentioned():
                if files.is_target(needed) or files.exists(needed):
                    continue
                mentioned = files.is_mentioned(needed)
                if mentioned and compat:
                    continue
                self._given_up = self._given_up or mentioned
            if not chained:
                self._left_over = list(prerequisites[:position])
                return None
            self._in_use.add(id(rule))
            found = self._find(needed, (), depth + 1, compat)
            self._in_use.discard(id(rule))
            if found is None:
                if not mentioned:
                    self._impossible.add(needed)
                return None
            if found.chain:
                # Even when the rule at hand fails, as in GNU make.
                files.keep_chain(found)
            chain[needed] = found
            chain.update(found.chain)
        others: tuple[str, ...] = ()
        if len(rule.targets) > 1:
            further = [target for target in rule.targets if target != pattern.target]
            others = tuple([self._other(target, directory, base) for target in further])
        named = _NONE
        if only is None:
            named = frozenset([one.name for one in prerequisites if one.literal])
        if chain:
            named = named.union(*(one.named for one in chain.values()))
        return Match(rule, stem, prerequisites, others, chain, named, pattern.target)

    @staticmethod
    def _other(target: str, directory: str, base: str) -> str:
        prefix, suffix = words.pattern(target)
        filled = f"{prefix}{base}{suffix or ''}"
        return filled if "/" in target else directory + filled

    def filled(
        self, prerequisites: tuple[Prerequisite, ...], candidate: Candidate
    ) -> tuple[Prerequisite, ...]:
        """Return prerequisites with the stem of `candidate` in place of `%`."""
        result = []
        for one in prerequisites:
            prefix, suffix = words.pattern(one.name)
            if suffix is None:
                result.append(one._replace(literal=True))
                continue
            filled = f"{prefix}{candidate.stem}{suffix}"
            name = filled if filled.startswith("/") else candidate.directory + filled
            if not has_magic(name):
                result.append(Prerequisite(name, one.order_only, one.wait))
                continue
            for each in self._files.matching(name):
                result.append(Prerequisite(each, one.order_only, one.wait))
        return tuple(result)
