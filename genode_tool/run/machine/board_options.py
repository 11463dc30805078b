"""QEMU's options for a board: those of the tree, changed by the user's settings.

A tree describes its boards itself, in `board/NAME/qemu_args`. `etc/boards.toml` describes those
that a tree does not (no tree before 21.11 describes any), and what a site, a user, a tree or a
build directory sets there wins over both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from genode_tool.run.machine.qemu_args import option_pairs
from genode_tool.settings.layered import LayeredSettings
from genode_tool.settings.schema.boards import Board

_OPTIONS = {
    "machine": ("-machine", "-M"),
    "cpu": ("-cpu",),
    "processors": ("-smp",),
    "memory": ("-m",),
}
"""The fields of a board that are options, with QEMU's names for each."""

_FIELDS = (*_OPTIONS, "arguments")


def board_words(
    name: str, of_tree: Sequence[str] | None, settings: LayeredSettings
) -> tuple[str, ...] | None:
    """Return the words that the board `name` adds to QEMU's; None: QEMU does not emulate it.

    `of_tree` are those in the tree's file, None when it has no such file. Raises `UserError` for a
    mistake in the settings.
    """
    board = settings.boards.boards.get(name)
    if of_tree is None:
        return _words(board, _FIELDS) if board and board.machine else None
    if board is None:
        return tuple(of_tree)
    fields = [one for one in _FIELDS if settings.changed("boards", ("boards", name, one))]
    replaced = [option for field in fields for option in _OPTIONS.get(field, ())]
    kept = [
        word
        for option, value in option_pairs(of_tree)
        if option not in replaced
        for word in ([option] if value is None else [option, value])
    ]
    return (*kept, *_words(board, fields))


def emulator(name: str, by_specs: str | None, settings: LayeredSettings) -> str | None:
    """Return the QEMU for the board `name`; `by_specs` is the one for the instruction set.

    None when none is known.
    """
    board = settings.boards.boards.get(name)
    chosen = board.qemu if board else ""
    if settings.changed("boards", ("boards", name, "qemu")):
        return chosen or by_specs
    return by_specs or chosen or None


def _words(board: Board, fields: Iterable[str]) -> tuple[str, ...]:
    """Return the words for those of `fields` that `board` sets."""
    words: list[str] = []
    for field in fields:
        value = getattr(board, field)
        if field == "arguments":
            words += value
        elif value:
            words += [_OPTIONS[field][0], str(value)]
    return tuple(words)
