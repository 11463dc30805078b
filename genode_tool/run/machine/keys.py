"""Keys of a PC's keyboard, by QEMU's names of them (its QMP reference, `QKeyCode`)."""

from __future__ import annotations

from genode_tool.errors import UserError

_NAMED = {
    " ": "spc",
    "\n": "ret",
    "\t": "tab",
    "-": "minus",
    "=": "equal",
    "[": "bracket_left",
    "]": "bracket_right",
    "\\": "backslash",
    ";": "semicolon",
    "'": "apostrophe",
    "`": "grave_accent",
    ",": "comma",
    ".": "dot",
    "/": "slash",
}
_SHIFTED = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./", strict=True))


def chord_of(word: str) -> tuple[str, ...]:
    """Return the keys that are pressed together, written with `-` between: `ctrl-alt-delete`."""
    keys = tuple(word.split("-"))
    if not all(keys):
        raise UserError(f"`{word}` is not a key combination", hint="for example ctrl-alt-delete")
    return keys


def chords_for(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the chords that type a text on a US keyboard. Raises `UserError`."""
    return tuple(_chord_for(character) for character in text)


def _chord_for(character: str) -> tuple[str, ...]:
    if character in _SHIFTED:
        return ("shift", *_chord_for(_SHIFTED[character]))
    if character in _NAMED:
        return (_NAMED[character],)
    if character.isascii() and character.isalnum():
        low = character.lower()
        return (low,) if low == character else ("shift", low)
    raise UserError(f"a US keyboard has no key for {character!r}")
