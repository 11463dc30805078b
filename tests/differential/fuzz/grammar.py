"""Random makefiles with their surroundings: statements of all kinds, files, calls."""

from __future__ import annotations

from collections.abc import Callable

from tests.differential.fuzz.chance import Chance
from tests.differential.fuzz.expressions import VARIABLES, Expressions
from tests.differential.fuzz.rules import OPERATORS, SOURCES, TARGETS, Rules
from tests.differential.makefile.harness import Case

_MODIFIERS = (*("",) * 12, "export ", "override ", "unexport ", "private ", "override export ")
_OPTIONS = (
    *("-k", "-k", "-n", "-B", "-s", "-q", "-t", "-i", "-r", "-R", "-e", "-w", "--trace", "-Bn"),
    *("--no-print-directory", "-W s1.c", "-W a.c", "-o t1", "-o a.o", "A=line", "B+=more", "n:=1"),
    *("--warn-undefined-variables", "-S", "-Bk", "--eval=X=1", "-I d", "-C d -f ../Makefile"),
    *("C?=given", "-ks", "--no-silent", "-rR", "list=$(A)b"),
)


class Grammar:
    """Makes one case."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._expressions = Expressions(chance)
        self._rules = Rules(chance)

    def case(self, name: str) -> Case:
        """Return a makefile, the files around it, and the calls to compare."""
        chance = self._chance
        files = {one: f"{one}\n" for one in chance.sample(SOURCES[:-1], 4, 8)}
        files |= dict.fromkeys(chance.sample(TARGETS, 0, 3), "")
        for included in chance.sample(("inc.mk", "d/two.mk"), 0, 1):
            files[included] = self.makefile(4)
        files["Makefile"] = self.makefile(14, goals=True)
        case = Case(name, files, directories=["d"])
        case.runs = chance.several(self.arguments, 1, 3)
        if chance.one_in(4):
            case.environ[chance.pick(("A", "B", "n"))] = chance.pick(("env", "$(C)", "a b", ""))
        if chance.one_in(12):
            flags = chance.pick(("k", "s", "ks", "-k A=flags", "n", "w", "A=flags", "r -- B=2"))
            case.environ["MAKEFLAGS"] = flags
        return case

    def arguments(self) -> list[str]:
        """Return the arguments of one call."""
        chance = self._chance
        words = []
        for option in chance.sample(_OPTIONS, 0, 2):
            words += option.split()
        if chance.one_in(6):
            words += ["-j3", "-k"]
        if chance.one_in(3):
            words += chance.sample((*TARGETS, "g1", "z", "all", "s1.c", "inc.mk", "never"), 1, 2)
        return words

    def makefile(self, most: int, goals: bool = False) -> str:
        """Return a makefile of at most about `most` statements."""
        chance = self._chance
        lines = ["f = <$(1)|$(2)>", "g = $(if $(2),$(call f,$(2),$1),$(0))"] if goals else []
        if goals and chance.one_in(2):
            lines += ["define canned", "@echo canned '$@'", "@echo more", "endef"]
        before = chance.several(self._statement, 0, most // 2)
        after = chance.several(self._statement, 0, most // 3)
        if goals:
            wanted = " ".join(chance.sample((*TARGETS, "z", "g1"), 1, 4))
            lines += [*before, *self._rules.start(), f"all: {wanted}\n\t@echo all '$^' '$?'"]
            lines += chance.several(self._rules.rule, 2, 7)
        else:
            lines += [*before, *chance.several(self._rules.rule, 0, 2)]
        return "\n".join([*lines, *after, ""])

    def _statement(self) -> str:
        chance = self._chance
        kinds: tuple[tuple[int, Callable[[], str]], ...] = (
            (10, self._assignment),
            (2, self._define),
            (3, self._conditional),
            (3, self._show),
            (4, self._rules.rule),
            (1, self._include),
            (1, self._vpath),
            (1, self._export),
            (1, lambda: f"{chance.pick(('', 'override '))}undefine {chance.pick(VARIABLES)}"),
            (1, lambda: chance.pick(("# remark", "# remark \\\n still $(", "", "  ", "\t"))),
            (1, lambda: "$(eval " + self._assignment().replace("\n", " ") + ")"),
            (1, self._flags),
        )
        return chance.weighted(kinds)()

    def _assignment(self) -> str:
        chance = self._chance
        operator = chance.pick(OPERATORS)
        value = self._expressions.expression()
        if operator == "!=":
            value = f"echo '{self._expressions.expression(1)}'"
        elif chance.one_in(10):
            value += " \\\n  " + self._expressions.expression(1)
        elif chance.one_in(10):
            value += chance.pick((" # remark", "  ", "\\# no remark"))
        space = chance.pick((" ", "", "  "))
        name = chance.pick(VARIABLES)
        if chance.one_in(15):
            name = f"$({name})" if chance.one_in(2) else f"{name}$(B)"
        return f"{chance.pick(_MODIFIERS)}{name}{space}{operator}{space}{value}"

    def _define(self) -> str:
        chance = self._chance
        body = "\n".join(chance.several(self._expressions.expression, 0, 3))
        operator = chance.pick(("", " =", " :=", " +=", " ?="))
        modifier = chance.pick(("", "", "", "export ", "override "))
        return f"{modifier}define {chance.pick(VARIABLES)}{operator}\n{body}\nendef"

    def _conditional(self) -> str:
        chance = self._chance

        def test() -> str:
            name = chance.pick(VARIABLES)
            text, other = self._expressions.expression(1), self._expressions.words()
            return chance.pick(
                (
                    f"ifdef {name}",
                    f"ifndef {name}",
                    f"ifeq ({text},{other})",
                    f"ifneq ($({name}),{other})",
                    f"ifeq '{other}' \"$({name})\"",
                    f"ifneq \"$({name})\" '$({chance.pick(VARIABLES)})'",
                )
            )

        lines = [test(), *chance.several(self._statement, 0, 2)]
        if chance.one_in(4):
            lines += [f"else {test()}", *chance.several(self._statement, 0, 2)]
        if chance.one_in(2):
            lines += ["else", *chance.several(self._statement, 0, 2)]
        return "\n".join([*lines, "endif"])

    def _show(self) -> str:
        name = self._chance.pick(VARIABLES)
        return self._chance.pick(
            (
                f"$(info {name} [$({name})] $(origin {name}) $(flavor {name}) $(value {name}))",
                f"$(warning {self._expressions.expression(1)})",
                "$(info $(MAKEFLAGS) $(MAKEFILE_LIST) $(.DEFAULT_GOAL) $(MAKECMDGOALS))",
                f"$(info {self._expressions.expression(3)})",
            )
        )

    def _include(self) -> str:
        chance = self._chance
        word = chance.pick(("include", "-include", "-include", "sinclude"))
        return f"{word} {chance.pick(('inc.mk', 'd/two.mk', 'two.mk', '*.mk', 't6', 'no.mk'))}"

    def _vpath(self) -> str:
        chance = self._chance
        return chance.pick(("vpath %.c d", "VPATH = d", "vpath %.o d", "vpath", "vpath %.c"))

    def _export(self) -> str:
        chance = self._chance
        names = " ".join(chance.sample(VARIABLES, 0, 2))
        return f"{chance.pick(('export', 'unexport'))} {names}"

    def _flags(self) -> str:
        chance = self._chance
        flags = chance.pick(("-k", "-s", "r", "n", "--no-print-directory", "w", "A=flag", "-I d"))
        return f"MAKEFLAGS {chance.pick(('+=', '+=', '='))} {flags}"
