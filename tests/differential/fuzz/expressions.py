"""Random expressions of the make language: words, references, function calls."""

from __future__ import annotations

from tests.differential.fuzz.chance import Chance

VARIABLES = ("A", "B", "C", "list", "x.y", "n", "obj")
_WORDS = ("a", "b.c", "foo.o", "d/e.c", "x", "1", "2", "%.c", "%", "../u", "d/", ".h", "a%b")
_NOISE = ("  ", "\t", ",", ":", "=", "-", "a b", " a.c b.c ", "\\%", "$$", "#"[:0])
_PATTERNS = ("%.c", "%.o", "%", "d/%", "x", "a%b", ".c", "%x%", "\\%.c", "b.c")
_AUTOMATIC = ("@", "<", "^", "+", "?", "*", "|", "@D", "@F", "<D", "<F", "^F", "*D", "*F", "?D")
_ONE = (
    *("strip", "sort", "words", "firstword", "lastword", "dir", "notdir", "suffix", "basename"),
    *("origin", "flavor", "value", "wildcard", "abspath", "realpath", "info"),
)
_TWO = ("filter", "filter-out", "findstring", "addsuffix", "addprefix", "join", "if", "or", "and")


class Expressions:
    """Makes expressions of limited depth."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance

    def words(self) -> str:
        """Return a few plain words."""
        chance = self._chance
        return " ".join(chance.several(lambda: chance.pick(_WORDS), 0, 3))

    def automatic(self) -> str:
        """Return a reference to an automatic variable."""
        name = self._chance.pick(_AUTOMATIC)
        return f"$({name})" if len(name) > 1 or self._chance.one_in(3) else f"${name}"

    def expression(self, depth: int = 2) -> str:
        """Return an expression."""
        chance = self._chance
        return "".join(chance.several(lambda: self._piece(depth), 1, 3))

    def reference(self) -> str:
        """Return a reference to a variable, with or without a substitution."""
        chance = self._chance
        name = chance.pick(VARIABLES)
        if chance.one_in(5):
            return f"$({name}:{chance.pick(_PATTERNS)}={chance.pick(_PATTERNS)})"
        if chance.one_in(12):
            return f"$($({name}))"
        return f"${{{name}}}" if chance.one_in(3) else f"$({name})"

    def _piece(self, depth: int) -> str:
        chance = self._chance
        if depth == 0 or chance.one_in(3):
            return chance.pick(_WORDS) if chance.one_in(2) else chance.pick(_NOISE)
        if chance.one_in(2):
            return self.reference()
        return self._call(depth - 1)

    def _call(self, depth: int) -> str:
        chance = self._chance
        text = self.expression(depth)
        other = self.expression(depth)
        name = chance.pick(VARIABLES)
        number = chance.pick(("1", "2", "3", " 2 ", "0", "9", "-1", "x", ""))
        kind = chance.number(0, 15)
        if kind < 4:
            return f"$({chance.pick(_ONE)} {text})"
        if kind < 8:
            return f"$({chance.pick(_TWO)} {text},{other})"
        return (
            f"$(patsubst {chance.pick(_PATTERNS)},{chance.pick(_PATTERNS)},{text})",
            f"$(subst {chance.pick(_WORDS)},{other},{text})",
            f"$(word {number},{text})",
            f"$(wordlist {number},{chance.pick('123')},{text})",
            f"$(foreach {chance.pick(('i', name))},{text},{other}$(i))",
            f"$(let i {name},{text},{other}$(i))",
            f"$(call {chance.pick(('f', 'g', name))},{text},{other})",
            f"$(intcmp {chance.number(0, 3)},{number},{text},{other})",
            f"$(eval {name} {chance.pick(('=', ':=', '+=', '?='))} {text})",
        )[kind - 8 + chance.number(0, 1)]
