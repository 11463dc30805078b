"""Definition of rules: from a rule line with its recipe to entries in the rule data base.

GNU make manual, "Multiple Rules for One Target", "Static Pattern Rules", "Double-Colon Rules".
"""

from __future__ import annotations

from genode_tool.errors import Location, Severity
from genode_tool.makefile import words
from genode_tool.makefile.problems import Source
from genode_tool.makefile.reading.syntax import RecipeLine
from genode_tool.makefile.rules.file_names import file_names, prerequisites
from genode_tool.makefile.rules.protocols import RuleEvaluator
from genode_tool.makefile.rules.rule import PatternRule, Prerequisite, Recipe, Rule, Target
from genode_tool.record import field, record


@record(frozen=False)
class PendingRule:
    """A rule whose recipe is still being read; `patterns` are those of `targets` with a `%`.

    `common` are the prerequisites of a rule with one target, no pattern and one colon, when they
    are known to mean themselves; `prerequisites` does not count then.
    """

    targets: list[str]
    pattern: str | None
    prerequisites: str
    double: bool
    grouped: bool
    source: Source
    line: int
    lines: list[RecipeLine] = field(default_factory=list)
    patterns: frozenset[str] = frozenset()
    common: tuple[Prerequisite, ...] | None = None

    @property
    def location(self) -> Location:
        """The place of the rule line."""
        return self.source.location(self.line)


def define_rule(ev: RuleEvaluator, pending: PendingRule) -> None:
    """Enter a rule whose recipe is complete into the data base."""
    if ev.rules.complete:
        _fail_at(ev, pending.location, "prerequisites cannot be defined in recipes")
    recipe = None
    if pending.lines:
        recipe = Recipe(tuple(pending.lines), pending.source, ev.prefix)
    if pending.common is not None:
        (name,) = pending.targets
        _add(ev, Rule(name, pending.common, recipe, pending.source, pending.line))
        return
    deferred = None
    if ev.rules.second_expansion and "$" in pending.prerequisites:
        deferred = pending.prerequisites
    targets = pending.targets
    patterns = [one for one in targets if "%" in one and words.pattern(one)[1] is not None]
    pending.patterns = frozenset(patterns)
    if len(patterns) != len(targets):
        # In the name of a file, a backslash before a `%` is dropped.
        targets = [one if one in patterns else words.pattern(one)[0] for one in targets]
        pending.targets = targets
    if patterns and targets[0] in patterns and pending.pattern is not None:
        _fail_at(ev, pending.location, "mixed implicit and static pattern rules")
    if patterns and len(patterns) != len(targets) and targets[0] in patterns:
        _fail_at(ev, pending.location, "mixed implicit and normal rules")
    if pending.pattern is not None:
        _static_pattern(ev, pending, recipe, deferred)
        return
    found = () if deferred is not None else prerequisites(ev, pending.prerequisites)
    double = pending.double
    if patterns and len(patterns) == len(targets):
        ev.rules.add_pattern(
            PatternRule(tuple(targets), found, recipe, pending.location, double, deferred)
        )
        return
    if pending.grouped and recipe is None:
        _fail_at(ev, pending.location, "grouped targets must provide a recipe")
    group = tuple(words.unique(targets)) if pending.grouped else ()
    source, line = pending.source, pending.line
    members = [name for name in reversed(group) if _grouped(ev, name)]
    for name in _once(ev, pending):
        _warn_if_mixed(ev, pending, name)
        _add(ev, Rule(name, found, recipe, source, line, double, "", False, deferred, group))
    for name in members:
        assert recipe is not None
        message = f"overriding group membership for target '{name}'"
        _warn_at(ev, recipe.location, message, name)


def _once(ev: RuleEvaluator, pending: PendingRule) -> list[str]:
    """Return the targets of a rule, each once unless it has double colons."""
    if len(pending.targets) == 1:
        return pending.targets
    names = words.unique(pending.targets)
    if pending.double or len(names) == len(pending.targets):
        return pending.targets
    for name in names:
        if pending.targets.count(name) > 1:
            _warn_at(ev, pending.location, f"target '{name}' given more than once in the same rule")
    return names


def _static_pattern(
    ev: RuleEvaluator,
    pending: PendingRule,
    recipe: Recipe | None,
    deferred: str | None,
) -> None:
    assert pending.pattern is not None
    prefix, suffix = words.pattern(pending.pattern)
    group = tuple(words.unique(pending.targets)) if pending.grouped else ()
    found: tuple[Prerequisite, ...] = ()
    if deferred is None:
        found = prerequisites(ev, pending.prerequisites, glob=False)
    source, line, double = pending.source, pending.line, pending.double
    for name in _once(ev, pending):
        _warn_if_mixed(ev, pending, name)
        stem = words.stem(name, prefix, suffix or "")
        if stem is None:
            _warn_at(ev, pending.location, f"target '{name}' doesn't match the target pattern")
            # GNU make keeps the recipe, and takes the whole name for the stem.
            _add(ev, Rule(name, (), recipe, source, line, double, name, static_pattern=True))
            continue
        own: list[Prerequisite] = []
        for one in found:
            first, after = words.pattern(one.name)
            filled = first if after is None else f"{first}{stem}{after}"
            if not filled:
                continue
            names = file_names(ev, filled)
            own += [Prerequisite(each, one.order_only, one.wait) for each in names]
        _add(
            ev,
            Rule(
                name,
                tuple(own),
                recipe,
                source,
                line,
                double,
                stem,
                static_pattern=True,
                deferred=deferred,
                group=group,
            ),
        )


def _warn_if_mixed(ev: RuleEvaluator, pending: PendingRule, name: str) -> None:
    """Warn about a pattern among the targets of an explicit rule."""
    if name in pending.patterns:
        message = "*** mixed implicit and normal rules: deprecated syntax"
        _warn_at(ev, pending.location, message)


def _grouped(ev: RuleEvaluator, name: str) -> bool:
    """Tell whether a rule that is not a double-colon one makes a target as one of several."""
    target = ev.rules.targets.get(name)
    return target is not None and not target.double and any(one.group for one in target.rules)


def _add(ev: RuleEvaluator, rule: Rule) -> None:
    target = ev.rules.target(rule.target)
    if target.rules:
        _check_against(ev, target, rule)
    if rule.target == ".WAIT":
        _misused_wait(ev, target, rule)
    ev.rules.add(target, rule)


def _check_against(ev: RuleEvaluator, target: Target, rule: Rule) -> None:
    """Check a further rule for a target against those that there are."""
    name = rule.target
    if target.double != rule.double:
        _fail_at(ev, rule.location, f"target file '{name}' has both : and :: entries")
    if rule.recipe is not None and not rule.double:
        old = target.recipe_rule
        if old is not None and old.recipe is not None and not name.startswith(".SUFF"):
            _warn_at(ev, rule.recipe.location, f"overriding recipe for target '{name}'", name)
            _warn_at(ev, old.recipe.location, f"ignoring old recipe for target '{name}'", name)


def _misused_wait(ev: RuleEvaluator, target: Target, rule: Rule) -> None:
    """Report, once each, prerequisites and a recipe of `.WAIT`."""
    if (rule.prerequisites or rule.deferred is not None) and not target.needs:
        _warn_at(ev, rule.location, ".WAIT should not have prerequisites")
    if rule.recipe is not None and target.recipe_rule is None:
        _warn_at(ev, rule.location, ".WAIT should not have commands")


def _fail_at(ev: RuleEvaluator, location: Location, message: str) -> None:
    ev.line = location.line - ev.source.shift
    ev.fail(message)


def _warn_at(ev: RuleEvaluator, location: Location, message: str, subject: str = "") -> None:
    before = ev.source, ev.line
    ev.source, ev.line = Source(location.file), location.line
    ev.report(Severity.WARNING, message, subject)
    ev.source, ev.line = before
