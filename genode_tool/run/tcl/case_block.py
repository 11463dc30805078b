"""Splits a braced block of `expect` cases into words, as the Tcl parser would.

expect(1) takes its only argument as a script whose commands are joined: newlines separate
words, a `#` at the start of a line begins a comment, and each word is substituted in the
caller's frame. Tcl(n) rules 4 to 9 say where a word ends.
"""

from __future__ import annotations

from genode_tool.run.verdict import ScriptError

_PAIRS = {"{": "}", "[": "]"}


def split_block(text: str) -> tuple[str, ...]:
    """Return the words of a block as they stand in the source, unsubstituted.

    Raises `ScriptError` when a brace, bracket or quotation is not closed.
    """
    words: list[str] = []
    index, at_start = 0, True
    while index < len(text):
        character = text[index]
        if character in "\n;":
            at_start = True
            index += 1
        elif character.isspace():
            index += 1
        elif text.startswith("\\\n", index):
            index += 2
        elif character == "#" and at_start:
            end = text.find("\n", index)
            index = len(text) if end < 0 else end
        else:
            end = _word_end(text, index)
            words.append(text[index:end])
            index, at_start = end, False
    return tuple(words)


def _word_end(text: str, start: int) -> int:
    if text[start] == "{" or text.startswith("{*}", start):
        return _closing(text, start)
    if text[start] == '"':
        return _quoted_end(text, start)
    index = start
    while index < len(text):
        character = text[index]
        if character == "\\":
            index += 2
        elif character == "[":
            index = _closing(text, index)
        elif character.isspace() or character == ";":
            break
        else:
            index += 1
    return min(index, len(text))


def _quoted_end(text: str, start: int) -> int:
    index = start + 1
    while index < len(text):
        if text[index] == "\\":
            index += 2
        elif text[index] == "[":
            index = _closing(text, index)
        elif text[index] == '"':
            return index + 1
        else:
            index += 1
    raise ScriptError("missing quotation mark in the cases of `expect`")


def _closing(text: str, start: int) -> int:
    opening = text[start]
    closing = _PAIRS[opening]
    depth = 0
    index = start
    while index < len(text):
        character = text[index]
        if character == "\\":
            index += 2
            continue
        if character == opening:
            depth += 1
        elif character == closing:
            depth -= 1
            if not depth:
                return index + 1
        index += 1
    raise ScriptError(f"missing `{closing}` in the cases of `expect`")
