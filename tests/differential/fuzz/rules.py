"""Random rules of all kinds, with harmless recipes."""

from __future__ import annotations

from collections.abc import Callable

from tests.differential.fuzz.chance import Chance
from tests.differential.fuzz.expressions import VARIABLES, Expressions

TARGETS = ("t1", "t2", "d/t3.o", "t4.o", "t5.x", "a.o", "b.o", "out", "t6", "t5.y")
SOURCES = ("s1.c", "s2", "t4.c", "d/t3.c", "t5.y", "a.c", "b.c", "h.h", "never")
OPERATORS = ("=", ":=", "+=", "?=", "::=", ":::=", "!=")
_SPECIAL = (
    *(".PHONY", ".PRECIOUS", ".INTERMEDIATE", ".SECONDARY", ".NOTINTERMEDIATE", ".IGNORE"),
    *(".SILENT", ".DELETE_ON_ERROR", ".NOTPARALLEL", ".ONESHELL", ".POSIX", ".SUFFIXES"),
    *(".SECONDEXPANSION", ".EXPORT_ALL_VARIABLES", ".LOW_RESOLUTION_TIME"),
)
_SHOW = "'$@' from '$<' '$^' '$+' '$|' '$*' '$(@D)' '$(<F)' '$?'"


class Rules:
    """Makes rules; recipes only print, touch their target, or fail."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._expressions = Expressions(chance)
        self._second = chance.one_in(8)

    def start(self) -> list[str]:
        """Return the lines that the rules of this makefile rely on."""
        return [".SECONDEXPANSION:"] if self._second else []

    def rule(self) -> str:
        """Return a rule or a target-specific assignment."""
        kinds: tuple[tuple[int, Callable[[], str]], ...] = (
            (8, self._explicit),
            (2, self._double),
            (2, self._grouped),
            (5, self._pattern),
            (3, self._static),
            (1, self._suffix),
            (4, self._specific),
            (4, self._special),
            (1, self._computed),
        )
        return self._chance.weighted(kinds)()

    def _needed(self, more: tuple[str, ...] = ()) -> str:
        chance = self._chance
        names = chance.sample((*SOURCES, *TARGETS, *more), 0, 3)
        if chance.one_in(12):
            names.append(self._expressions.reference())
        if chance.one_in(15):
            names.append(".WAIT")
            names.append(chance.pick(SOURCES))
        if chance.one_in(15):
            names.append(chance.pick(("*.c", "d/*.c", "n*.q", "[ab].c")))
        if self._second and chance.one_in(3):
            names.append(chance.pick(("$$(A)", "$$@.c", "$$(@D)/$$(@F).c", "$$(n)", "$$<", "$$^")))
        text = " ".join(names)
        if chance.one_in(6):
            text += " | " + " ".join(chance.sample((*SOURCES, *TARGETS), 0, 2))
        return text

    def recipe(self) -> str:
        """Return the recipe of a rule, with what leads from the rule to it."""
        chance = self._chance
        if chance.one_in(8):
            return chance.pick(("", " ;", " ; @:", "\n\t"))
        lines = chance.several(self._line, 1, 3)
        if chance.one_in(2):
            lines.append("touch $@" if chance.one_in(2) else "@touch $@")
        if chance.one_in(12):
            return " ; " + lines[0] + "".join(f"\n\t{line}" for line in lines[1:])
        return "".join(f"\n\t{line}" for line in lines)

    def _line(self) -> str:
        chance = self._chance
        kinds: tuple[tuple[int, Callable[[], str]], ...] = (
            (12, lambda: f"@echo {_SHOW} '$({chance.pick(VARIABLES)})'"),
            (3, lambda: f"@echo '{self._expressions.expression(2)}'"),
            (2, lambda: f"echo {chance.pick(TARGETS)} $(words $^)"),
            (1, lambda: f'@echo "$${chance.pick(("A", "B", "C", "n", "obj"))}"'),
            (1, lambda: chance.pick(("-false", "@-exit 3", "-@exit 1"))),
            (1, lambda: chance.pick(("false", "@exit 2", "@touch $@; exit 1"))),
            (1, lambda: chance.pick(("+@echo plus", "@+echo both", "+echo $@", "@ + echo x"))),
            (1, lambda: chance.pick(("$(canned)", "@$(canned)", "$(info in $@)", "@:", "", "@"))),
            (1, lambda: "@echo one \\\n" + chance.pick(("\t", "", "   ")) + "two"),
            (1, lambda: chance.pick(("# remark", "@# remark", "$(B)", "@echo '$(call f,$@,$<)'"))),
            (1, lambda: "@echo " + " ".join(f"'{self._expressions.automatic()}'" for _ in "ab")),
        )
        return chance.weighted(kinds)()

    def _explicit(self) -> str:
        chance = self._chance
        names = " ".join(chance.sample(TARGETS, 1, 1 if chance.one_in(2) else 2))
        recipe = "" if chance.one_in(4) else self.recipe()
        return f"{names}{chance.pick((':', ' :', ': '))}{self._needed()}{recipe}"

    def _double(self) -> str:
        name = self._chance.pick(("z", "z.o", "d/z", *TARGETS[:1]))
        return f"{name}:: {self._needed()}{self.recipe()}"

    def _grouped(self) -> str:
        names = " ".join(self._chance.sample(("g1", "g2", "g3", *TARGETS), 2, 3))
        return f"{names} &: {self._needed()}{self.recipe()}"

    def _pattern(self) -> str:
        chance = self._chance
        pattern, needed = chance.pick(
            (
                *(("%.o", "%.c"), ("%.x", "%.y"), ("%.y", "%.c"), ("d/%.o", "%.c"), ("t%", "s%")),
                *(("%.o", "%.c h.h"), ("%", "%.c"), ("%1", "never"), ("%.c", ""), ("%.o", "%.y")),
                *(("%.o %.x", "%.c"), ("%.o", "%.c | h.h"), ("%", ""), ("t%.o", "t%.y")),
            )
        )
        double = "::" if chance.one_in(8) else ":"
        more = " " + self._needed() if chance.one_in(5) and "|" not in needed else ""
        recipe = "" if chance.one_in(12) else self.recipe()
        return f"{pattern}{double} {needed}{more}{recipe}"

    def _static(self) -> str:
        chance = self._chance
        names = chance.pick(("t4.o a.o", "a.o b.o", "d/t3.o", "t4.o t5.x", "$(obj)"))
        pattern = chance.pick(("%.o", "t%", "%", "d/%.o", "a%"))
        needed = chance.pick(("%.c", "s%", "%.c h.h", "never%", ""))
        return f"{names}: {pattern}: {needed} {self._needed()}{self.recipe()}"

    def _suffix(self) -> str:
        head = self._chance.pick((".c.o", ".y.x", ".c", ".y.c", ".q.o"))
        return f"{head}:{self._chance.pick(('', '', ' h.h'))}{self.recipe()}"

    def _specific(self) -> str:
        chance = self._chance
        name = chance.pick((*TARGETS, "%.o", "t%", "%", "all", "t1 t2"))
        word = chance.pick(("", "", "", "", "export ", "private ", "override ", "unexport "))
        operator = chance.pick(OPERATORS[:6])
        return (
            f"{name}: {word}{chance.pick(VARIABLES)} {operator} {self._expressions.expression(1)}"
        )

    def _special(self) -> str:
        chance = self._chance
        if chance.one_in(6):
            return f".DEFAULT:{self.recipe()}"
        if chance.one_in(8):
            return f".EXTRA_PREREQS {chance.pick(('=', '+='))} {chance.pick((*SOURCES, *TARGETS))}"
        if chance.one_in(8):
            return f".DEFAULT_GOAL := {chance.pick((*TARGETS, ''))}"
        name = chance.pick(_SPECIAL)
        names = chance.sample((*TARGETS, *TARGETS, *SOURCES, "%.o", "g1", "z"), 0, 3)
        if name == ".SUFFIXES":
            names = chance.sample((".c", ".o", ".x", ".y"), 0, 3)
        return f"{name}: {' '.join(names)}"

    def _computed(self) -> str:
        chance = self._chance
        return (
            f"$(foreach i,{' '.join(chance.sample(TARGETS, 1, 3))},"
            f"$(eval $(i): {self._needed()} ; @echo $(i) '$$<'))"
        )
