"""Damages texts at random: bytes, words of the language, lines, pieces of other texts, nesting."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

_LONGEST = 20_000
_BYTES = (b"\0", b"\xff", b"\xc3", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\r", b"\x1b", b"\t", b"\\\n")
_NUMBERS = (
    b"0",
    b"-1",
    b"1e999",
    b"99999999999999999999",
    b"0x",
    b"4K",
    b"-0",
    b"\xd9\xa3",
    b"nan",
)


@dataclass(frozen=True, slots=True)
class Damage:
    """A source of damaged texts: `corpus` holds whole ones, `words` those of the language.

    `nesting` are beginnings that may stand within each other, each with its end.
    """

    corpus: Sequence[bytes]
    words: Sequence[bytes]
    nesting: Sequence[tuple[bytes, bytes]]

    def text(self, seed: int) -> bytes:
        """Return the text number `seed`, always the same."""
        chance = random.Random(seed)
        text = chance.choice(self.corpus)
        for _ in range(chance.choice((1, 1, 2, 3, 5, 12))):
            text = self._damaged(chance, text)[:_LONGEST]
        return text

    def _damaged(self, chance: random.Random, text: bytes) -> bytes:
        at = chance.randint(0, len(text))
        length = min(chance.choice((1, 1, 3, 20, 300)), len(text) - at)
        match chance.randint(0, 11):
            case 0:
                return text[:at] + text[at + length :]
            case 1:
                return text[:at] + chance.choice(self.words) + text[at + length % 4 :]
            case 2 | 3:
                return text[:at] + chance.choice(self.words) + text[at:]
            case 4:
                return text[:at] + bytes((chance.randint(0, 255),)) + text[at + 1 :]
            case 5:
                return text[:at] + chance.choice(_BYTES) + text[at:]
            case 6:
                return text[:at] + chance.choice(_NUMBERS) + text[at + length % 3 :]
            case 7:
                to = chance.randint(0, len(text))
                return text[:to] + text[at : at + length] + text[to:]
            case 8:
                other = chance.choice(self.corpus)
                start = chance.randint(0, len(other))
                return text[:at] + other[start : start + chance.randint(1, 400)] + text[at:]
            case 9:
                lines = text.split(b"\n")
                chance.shuffle(lines) if chance.random() < 0.2 else lines.reverse()
                return b"\n".join(lines)
            case 10:
                begin, end = chance.choice(self.nesting)
                depth = chance.choice((1, 1, 2, 3, 5, 20, 300))
                depth = depth * 10 if chance.random() < 0.01 else depth
                return text[:at] + begin * depth + text[at : at + length] + end * depth + text[at:]
            case _:
                return text[:at] + text[at : at + length] * chance.choice((2, 3, 50)) + text[at:]
