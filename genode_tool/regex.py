"""Regular expressions that are compiled when they are first used.

`re` compiles in Python, which takes 0.1 to 2 ms for each expression; a short call imports modules
with a hundred of them and uses a few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AnyStr

if TYPE_CHECKING:
    import re

_METHODS = ("match", "search", "fullmatch", "finditer", "findall", "split", "sub", "subn")


class _Regex:
    """Stands for a `re.Pattern`: what is asked of it is kept as an attribute, and so is found
    without a detour from then on.
    """

    def __init__(self, pattern: Any, flags: int) -> None:
        self._given = pattern, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        import re

        compiled = re.compile(*self._given)
        for one in _METHODS:
            setattr(self, one, getattr(compiled, one))
        return getattr(compiled, name)


def regex(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what `re.compile` returns, as far as its methods and attributes go.

    `flags` are those of `re`. An error in the expression shows when it is first used.
    """
    return _Regex(pattern, flags)  # type: ignore[return-value]
