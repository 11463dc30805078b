"""The built-in implicit rules.

GNU make manual, "Catalogue of Built-In Rules", "Old-Fashioned Suffix Rules", "Suffix Rules for
Archive Files".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from genode_tool.errors import Location
from genode_tool.makefile.problems import Source
from genode_tool.makefile.reading.syntax import RecipeLine
from genode_tool.makefile.rules.database import RuleDatabase
from genode_tool.makefile.rules.rule import PatternRule, Prerequisite, Recipe, Rule
from genode_tool.makefile.variables import predefined

_LINKED = ("o", "c", "cc", "C", "cpp", "p", "f", "F", "m", "r", "s", "S")
_LINK = "$(LINK.{}) $^ $(LOADLIBES) $(LDLIBS) -o $@"

# (suffix of the prerequisite, suffix of the target, lines of the recipe)
_SUFFIX_RULES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    *((f".{one}", "", (_LINK.format(one),)) for one in _LINKED),
    (".mod", "", ("$(COMPILE.mod) -o $@ -e $@ $^",)),
    (".sh", "", ("cat $< >$@ ", " chmod a+x $@")),
    *(
        (f".{one}", ".o", (f"$(COMPILE.{one}) $(OUTPUT_OPTION) $<",))
        for one in ("c", "cc", "C", "cpp", "f", "m", "p", "F", "r")
    ),
    *((f".{one}", ".o", (f"$(COMPILE.{one}) -o $@ $<",)) for one in ("s", "S", "mod")),
    (".def", ".sym", ("$(COMPILE.def) -o $@ $<",)),
    (".texi", ".info", ("$(MAKEINFO) $(MAKEINFO_FLAGS) $< -o $@",)),
    (".texi", ".dvi", ("$(TEXI2DVI) $(TEXI2DVI_FLAGS) $<",)),
    (".texinfo", ".info", ("$(MAKEINFO) $(MAKEINFO_FLAGS) $< -o $@",)),
    (".texinfo", ".dvi", ("$(TEXI2DVI) $(TEXI2DVI_FLAGS) $<",)),
    (".txinfo", ".info", ("$(MAKEINFO) $(MAKEINFO_FLAGS) $< -o $@",)),
    (".txinfo", ".dvi", ("$(TEXI2DVI) $(TEXI2DVI_FLAGS) $<",)),
    (".c", ".ln", ("$(LINT.c) -C$* $<",)),
    (".y", ".ln", ("$(YACC.y) $< ", " $(LINT.c) -C$* y.tab.c ", " $(RM) y.tab.c")),
    (
        ".l",
        ".ln",
        ("@$(RM) $*.c", " $(LEX.l) $< > $*.c", "$(LINT.c) -i $*.c -o $@", " $(RM) $*.c"),
    ),
    (".y", ".c", ("$(YACC.y) $< ", " mv -f y.tab.c $@")),
    (".l", ".c", ("@$(RM) $@ ", " $(LEX.l) $< > $@")),
    (".ym", ".m", ("$(YACC.m) $< ", " mv -f y.tab.c $@")),
    (".F", ".f", ("$(PREPROCESS.F) $(OUTPUT_OPTION) $<",)),
    (".r", ".f", ("$(PREPROCESS.r) $(OUTPUT_OPTION) $<",)),
    (".l", ".r", ("$(LEX.l) $< > $@ ", " mv -f lex.yy.r $@")),
    (".S", ".s", ("$(PREPROCESS.S) $< > $@",)),
    (".w", ".c", ("$(CTANGLE) $< - $@",)),
    (".w", ".tex", ("$(CWEAVE) $< - $@",)),
    (".web", ".p", ("$(TANGLE) $<",)),
    (".web", ".tex", ("$(WEAVE) $<",)),
    (".tex", ".dvi", ("$(TEX) $<",)),
)

_CHECKOUT, _GET = "$(CHECKOUT,v)", "$(GET) $(GFLAGS) $(SCCS_OUTPUT_OPTION) $<"
_PATTERN_RULES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("(%)", ("%",), ("$(AR) $(ARFLAGS) $@ $<",)),
    ("%.out", ("%",), ("@rm -f $@ ", " cp $< $@")),
    ("%.c", ("%.w", "%.ch"), ("$(CTANGLE) $^ $@",)),
    ("%.tex", ("%.w", "%.ch"), ("$(CWEAVE) $^ $@",)),
)
# Out of RCS and SCCS; what they are made from must exist.
_TERMINAL_RULES = (
    ("%,v", _CHECKOUT),
    ("RCS/%,v", _CHECKOUT),
    ("RCS/%", _CHECKOUT),
    ("s.%", _GET),
    ("SCCS/s.%", _GET),
)

_Identity = tuple[frozenset[str], tuple[str, ...]]

_SOURCE = Source("<builtin>")
_PLACE = Location("<builtin>")


def _recipe(lines: Sequence[str]) -> Recipe:
    return Recipe(tuple(RecipeLine(0, line) for line in lines), _SOURCE)


_BUILTIN = {from_ + to: lines for from_, to, lines in _SUFFIX_RULES}


@lru_cache(maxsize=1)
def _defaults() -> tuple[tuple[_Identity, PatternRule], ...]:
    """Return the built-in rules with their identities, in their order."""
    return tuple(_converted(predefined.SUFFIXES, {}, builtin=True))


def implicit_rules(rules: RuleDatabase) -> list[PatternRule]:
    """Return all implicit rules: those of the makefiles, suffix rules, the built-in ones."""
    result = list(rules.patterns)
    known = {
        (frozenset(rule.targets), tuple([one.name for one in rule.prerequisites]))
        for rule in result
    }
    suffixes = rules.suffixes
    known_suffixes = frozenset(("", *suffixes))
    own = {
        name: target.recipe_rule
        for name, target in rules.targets.items()
        if name.startswith(".")
        and (target.recipe_rule is not None or target.needs)
        and any(name.startswith(one) and name[len(one) :] in known_suffixes for one in suffixes)
    }
    if ".POSIX" in rules.targets:
        # There, a target with prerequisites is no suffix rule.
        own = {name: None if rules.targets[name].needs else rule for name, rule in own.items()}
    else:
        own = {name: rule for name, rule in own.items() if rule is not None}
    if rules.builtin and not own and suffixes == predefined.SUFFIXES:
        further: Iterable[tuple[_Identity, PatternRule]] = _defaults()
    else:
        further = _converted(suffixes, own, rules.builtin)
    for key, rule in further:
        if key not in known:
            known.add(key)
            result.append(rule)
    return result


def suffix_recipe(rules: RuleDatabase, name: str) -> Recipe | None:
    """Return the recipe of the built-in suffix rule `name`, such as `.c.o`, None without one."""
    lines = _BUILTIN.get(name) if rules.builtin else None
    return _recipe(lines) if lines is not None else None


def ignored_prerequisites(rules: RuleDatabase, extra: bool = False) -> Iterator[Location | None]:
    """Yield the places of suffix rules whose prerequisites have no effect; None: a built-in one.

    With `extra`, all targets have some, by `.EXTRA_PREREQS`.
    """
    dotted = {
        name
        for name, one in rules.targets.items()
        if name.startswith(".") and (one.needs or (extra and one.rules))
    }
    if not dotted or ".POSIX" in rules.targets:
        return
    suffixes = rules.listed_suffixes
    for name in [source + target for source in suffixes for target in suffixes if source != target]:
        rule = rules.targets[name].recipe_rule if name in dotted else None
        if rule is not None and rule.recipe is not None:
            yield rule.recipe.location
        elif name in dotted and rules.builtin and name in _BUILTIN:
            yield None


def _converted(
    suffixes: tuple[str, ...], own: Mapping[str, Rule | None], builtin: bool
) -> Iterator[tuple[_Identity, PatternRule]]:
    """Yield suffix rules as pattern rules, those in `own` before the built-in ones.

    None in `own` is a name that is no suffix rule.
    """
    for source in suffixes:
        yield _rule("%" + source, (), None, _PLACE)
        for target in ("", *suffixes):
            if target == source:
                continue
            rule = own.get(source + target)
            if source + target in own and rule is None:
                continue
            if rule is not None:
                if target == ".a":
                    yield _rule("(%.o)", ("%" + source,), rule.recipe, rule.location)
                yield _rule("%" + target, ("%" + source,), rule.recipe, rule.location)
            elif builtin and source + target in _BUILTIN:
                recipe = _recipe(_BUILTIN[source + target])
                yield _rule("%" + target, ("%" + source,), recipe, _PLACE)
    if builtin:
        for target, sources, lines in _PATTERN_RULES:
            yield _rule(target, sources, _recipe(lines), _PLACE)
        for name, line in _TERMINAL_RULES:
            yield _rule("%", (name,), _recipe((line,)), _PLACE, terminal=True)


def _rule(
    target: str,
    sources: tuple[str, ...],
    recipe: Recipe | None,
    place: Location,
    *,
    terminal: bool = False,
) -> tuple[_Identity, PatternRule]:
    needed = tuple(Prerequisite(one) for one in sources)
    rule = PatternRule((target,), needed, recipe, place, terminal, builtin=place is _PLACE)
    return (frozenset((target,)), sources), rule
