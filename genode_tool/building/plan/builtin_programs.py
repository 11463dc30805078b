"""Programs of the tree that the tool has itself.

A tree checks each shared library against its ABI with `tool/check_abi`, a script that needs
tclsh and starts four programs. `genode_tool.binary` does the same on the ELF file.
"""

from __future__ import annotations

import shlex
import sys

from genode_tool.regex import regex
from genode_tool.resources import PACKAGE

_CHECK_ABI = regex(r"(?<!\S)([\w./+-]+/tool)/check_abi(?=\s)")
_PROGRAM = PACKAGE / "binary/__main__.py"


def with_builtin_programs(text: str) -> str:
    """Return a command with the tree's programs replaced by the tool's."""
    if "/check_abi" not in text:
        return text
    start = f"{shlex.quote(sys.executable)} -I -S {shlex.quote(str(_PROGRAM))} check-abi"
    return _CHECK_ABI.sub(lambda found: f"{start} {found.group(1)}/internal_abi.list", text)
