"""Control sequences in text from outside: a guest, a server, a script, a file's name.

What is shown must not move the cursor of, or otherwise steer, the user's terminal.
"""

from __future__ import annotations

from genode_tool.regex import regex

# Control functions of ECMA-48: colours first, then other control sequences, strings up to
# their terminator, further escape sequences, and single control characters.
_CONTROL = regex(
    r"(?P<color>\x1b\[[0-9;:]*m)"
    r"|\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"
    r"|\x1b[ -/]*[0-~]"
    r"|[\x00-\x08\x0a-\x1f\x7f-\x9f]"
)


def clean_line(text: str, *, color: bool) -> str:
    """Return one line without control sequences, but for colours if wanted."""
    kept = _CONTROL.sub(lambda found: (found["color"] or "") if color else "", text)
    # Colours of others end with the line: ours come next.
    if "\x1b" in kept and not kept.endswith("\x1b[0m"):
        kept += "\x1b[0m"
    return kept


def clean_lines(text: str, *, color: bool) -> str:
    """Return text of several lines without their control sequences, but for colours if wanted."""
    return "\n".join(clean_line(line, color=color) for line in text.split("\n"))
