"""What somebody may have meant who wrote a name that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the name that is most like `name`, "" when none is."""
    found = difflib.get_close_matches(name, list(dict.fromkeys(known)), n=1, cutoff=0.6)
    return found[0] if found else ""


def did_you_mean(name: str, known: Iterable[str], *, otherwise: bool = True) -> str:
    """Return a hint: the nearest name, else all of them if they are few."""
    names = list(dict.fromkeys(known))
    guess = nearest(name, names)
    if guess:
        return f"did you mean `{guess}`?"
    if otherwise and names:
        shown = ", ".join(f"`{one}`" for one in names[:12])
        return f"known are {shown}" + (", …" if len(names) > 12 else "")
    return ""
