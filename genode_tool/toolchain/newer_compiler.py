"""The differences between an adopted compiler and the older one that a source tree was written for.

Trees from 18.02 on make warnings of C++ errors. A warning that is newer than the tree's compiler is
none of the tree's faults, so it stays a warning. The versions are those of GCC's release notes,
under "C family" and "C++", where a warning became part of -Wall, -Wextra or the defaults.
"""

from __future__ import annotations

_SINCE = {
    "class-memaccess": 8,
    "stringop-truncation": 8,
    "address-of-packed-member": 9,
    "deprecated-copy": 9,
    "pessimizing-move": 9,
    "redundant-move": 9,
    "volatile": 10,
    "zero-length-bounds": 10,
    "array-parameter": 11,
    "deprecated-enum-enum-conversion": 11,
    "mismatched-new-delete": 11,
    "range-loop-construct": 11,
    "stringop-overread": 11,
    "address": 12,
    "array-compare": 12,
    "dangling-pointer": 12,
    "infinite-recursion": 12,
    "missing-template-keyword": 12,
    "use-after-free": 12,
    "dangling-reference": 13,
    "overloaded-virtual": 13,
    "self-move": 13,
    "alloc-size": 14,
    "template-id-cdtor": 14,
}
# Warnings that find more with each version: by how much of the program the optimizer sees through,
# and, for the indentation, by what the parser remembers of it.
_OF_WIDER_REACH = (
    *("array-bounds", "free-nonheap-object", "maybe-uninitialized", "misleading-indentation"),
    *("nonnull", "restrict", "stringop-overflow", "uninitialized"),
)
_STRLEN_IDIOM = 12  # tree-loop-distribute-patterns knows strlen from here on


def newer_warnings(version: str, wanted: str) -> tuple[str, ...]:
    """Return the warnings of GCC `version` that GCC `wanted` does not give; none if it is as new.

    Versions are as in `12.2.0`; of one that is no version, nothing is known.
    """
    has, had = major(version), major(wanted)
    if not had or has <= had:
        return ()
    newer = (name for name, since in _SINCE.items() if had < since <= has)
    return tuple(sorted((*newer, *_OF_WIDER_REACH)))


def calls_for_loops(version: str, wanted: str) -> bool:
    """Return whether GCC `version` makes calls of `strlen` out of loops, and `wanted` does not.

    A tree that implements `strlen` by such a loop calls itself then, or what nothing defines.
    """
    return major(version) >= _STRLEN_IDIOM > major(wanted) > 0


def major(version: str) -> int:
    """Return the major version of `12.2.0`, 0 of what is no version."""
    first = version.partition(".")[0]
    return int(first) if first.isdecimal() else 0
