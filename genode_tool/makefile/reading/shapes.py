"""Lines by their shape: regular expressions that read whole lines, or several, in one go.

GNU make manual, "What Makefiles Contain". Only lines that need no closer look have such a shape.
"""

from __future__ import annotations

import re
from functools import lru_cache

from genode_tool.record import record

# A line that holds neither a comment, nor quoting, nor a continuation: an assignment (its name,
# operator and value), a variable for targets (targets, colons, name, operator and value), or a rule
# whose colon is not hidden by a reference and that has no inline recipe (targets, second colon,
# prerequisites).
#
# No possessive quantifiers: those of Python 3.11.2 lose matches within groups. Each repetition is
# unambiguous instead, so that a line without match takes no longer than its length.
_TARGETS = r"[^\n\v\f\r$#:=;\\&]*(?:\$\([\w.-]+\)[^\n\v\f\r$#:=;\\&]*)*"
PLAIN_LINE = re.compile(
    r"[ \t]*(?:"
    r"([^ \t\n\v\f\r$#:=+?!\\]+)[ \t]*(:{1,3}=|[+?!]?=)[ \t\v\f\r]*([^#\\\n]*)"
    rf"|(?![ \t:])({_TARGETS}):(:?)(?:"
    r"([ \t]*([^ \t\n\v\f\r$#:=+?!;\\]+)[ \t]*(:{1,3}=|[+?!]?=)[ \t\v\f\r]*([^#;\\\n]*))"
    r"|((?!:)[^#=;\\\n]*))"
    r")(?:\n|\Z)"
)

# A rule for one file, with files alone behind the colon: names without anything that a list of
# names treats specially, so that they mean themselves. Most rules are like this.
_NAME = r"(?:/|(?:\.\./)+)?[\w+][\w.+/-]*"
COMMON_RULE = re.compile(rf"({_NAME}) *:((?: *{_NAME})?(?: +{_NAME})*)[ \t]*(?:\n|\Z)")

KEYWORDS = frozenset(
    (
        *("define", "undefine", "override", "private", "export", "unexport", "vpath"),
        *("ifdef", "ifndef", "ifeq", "ifneq", "else", "endif", "load", "-load"),
        *("include", "-include", "sinclude"),
    )
)


@record
class Shapes:
    """The regular expressions for the lines of a makefile with one recipe prefix."""

    recipe: re.Pattern[str]
    """Lines that start with the prefix; the last one may not go on in the next."""
    blank: re.Pattern[str]
    """Empty lines and comments without the prefix."""


@lru_cache(maxsize=16)
def shapes(prefix: str) -> Shapes:
    """Return the regular expressions for the recipe prefix `prefix`."""
    first = re.escape(prefix)
    rest = r"[^\n\\]*(?:\\[^\n][^\n\\]*)*"
    return Shapes(
        re.compile(rf"(?:{first}{rest}(?:\n|\Z))+"),
        re.compile(rf"(?:(?!{first})[ \t\v\f\r]*(?:#{rest})?\n)+"),
    )
