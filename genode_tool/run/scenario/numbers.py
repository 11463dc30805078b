"""Numbers that scripts give, read and refused as Tcl does."""

from __future__ import annotations

import math

from genode_tool.regex import regex
from genode_tool.run.verdict import ScriptError

_INTEGER = regex(r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9][0-9]*))")
_BASES = (16, 8, 2, 10)
_LARGEST = (1 << 32) - 1


def integer(text: str) -> int:
    """Return a number of Tcl, octal after a leading zero. Raises `ScriptError`."""
    found = _INTEGER.fullmatch(text.strip())
    if not found:
        raise ScriptError(f'expected integer but got "{text}"')
    digits = zip(found.groups()[1:], _BASES, strict=True)
    value = next(int(one, base) for one, base in digits if one is not None)
    if value > _LARGEST:
        raise ScriptError("integer value too large to represent")
    return -value if found[1] == "-" else value


def seconds(text: str) -> float:
    """Return a finite number. Raises `ScriptError`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise ScriptError(f'expected floating-point number but got "{text}"')
    return value
