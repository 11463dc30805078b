"""Guesses at what was meant by a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable

_CUTOFF = 0.6
"""The similarity (0 to 1, as `difflib` counts it) from which a name may have been meant."""

_MARGIN = 0.05
"""The similarity that further guesses may lack to the best one: no far-fetched names."""

_MOST_GUESSES = 3
_MOST_NAMES = 12


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to three of the `known` names that are like `name`, the most similar first."""
    import difflib  # only a mistake needs it

    names = list(dict.fromkeys(known))
    found = difflib.get_close_matches(name, names, n=_MOST_GUESSES, cutoff=_CUTOFF)
    similarity = [difflib.SequenceMatcher(None, one, name).ratio() for one in found]
    return tuple(
        one for one, ratio in zip(found, similarity, strict=True) if ratio > similarity[0] - _MARGIN
    )


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint with the names that are like `name`, "" when none is."""
    guesses = " or ".join(f"`{one}`" for one in nearest(name, known))
    return f"did you mean {guesses}?" if guesses else ""


def known_names(known: Iterable[str]) -> str:
    """Return a hint that lists the first dozen of the `known` names, "" when there is none."""
    names = list(dict.fromkeys(known))
    shown = ", ".join(f"`{one}`" for one in names[:_MOST_NAMES])
    more = ", …" if len(names) > _MOST_NAMES else ""
    return f"known names: {shown}{more}" if names else ""
