"""Regular expressions that every supported Python understands alike."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "genode_tool"


def possessive(pattern: str) -> bool:
    """Return whether a pattern has a possessive quantifier or an atomic group."""
    plain = re.sub(r"\\.", "x", pattern, flags=re.DOTALL)
    plain = re.sub(r"\[\^?\]?[^\]]*\]", "x", plain)
    return re.search(r"[*+?}]\+|\(\?>", plain) is not None


def test_no_pattern_is_possessive() -> None:
    """Python 3.11.2, which Debian 12 has, loses matches of such patterns within groups."""
    assert possessive(r"(?:a[bc]*+)+") and possessive(r"a{2}+") and possessive("(?>a)")
    assert not possessive(r"[*+?]+ \*+ (\++)+ [^]*+]+")
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("re."):
                wrong += [
                    f"{path.relative_to(PACKAGE)}:{node.lineno}: {node.value}"
                    for node in ast.walk(call)
                    if isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and possessive(node.value)
                ]
    assert wrong == []
