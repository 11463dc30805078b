"""The repositories of a build directory, and the check of its kernel and board."""

from __future__ import annotations

import os
from collections.abc import Iterable

from genode_tool.errors import UserError
from genode_tool.makefile import Evaluation, Inputs
from genode_tool.nearest import did_you_mean, known_names
from genode_tool.tree.layout import TreeLayout


def absolute(text: str, build_dir: str, inputs: Inputs) -> str | None:
    """Return the one existing directory that `text` names (`~` and relative names allowed)."""
    text = text.strip()
    if not text:
        return None
    path = os.path.join(build_dir, os.path.expanduser(text))  # noqa: PTH111, PTH118
    found = inputs.realpath(path)
    if found is not None and any(character.isspace() for character in found):
        return os.path.normpath(path)  # named through a link because of the blank
    return found


def repositories_of(
    ev: Evaluation, build_dir: str, conf: str, genode_dir: str, layout: TreeLayout, inputs: Inputs
) -> tuple[str, ...]:
    """Return the repositories, the one that wins first.

    Raises `UserError` when one does not exist or is named twice.
    """
    named = ev.value("REPOSITORIES").split()
    kernel = ev.value("KERNEL")
    found = []
    for name in named:
        path = absolute(name, build_dir, inputs)
        if path is None:
            if kernel and name.endswith(f"/base-{kernel}"):
                raise _unknown_kernel(kernel, genode_dir, layout, inputs)
            raise UserError(
                f"REPOSITORIES names `{name}`, which does not exist",
                hint=f"correct it in {conf}",
            )
        found.append(path)
    twice = sorted({path for path in found if found.count(path) > 1})
    if twice:
        raise UserError(
            f"REPOSITORIES names {', '.join(twice)} more than once", hint=f"correct it in {conf}"
        )
    if not found:
        raise UserError(f"{conf}: REPOSITORIES is empty: nothing to build")
    return tuple(found)


def _unknown_kernel(kernel: str, genode_dir: str, layout: TreeLayout, inputs: Inputs) -> UserError:
    directory = os.path.normpath(f"{genode_dir}/{layout.repository_dir}")
    known = [
        name.removeprefix("base-")
        for name in inputs.listdir(directory) or ()
        if name.startswith("base-")
    ]
    return UserError(
        f"unknown kernel `{kernel}`: {directory} has no repository base-{kernel}",
        hint=did_you_mean(kernel, known) or known_names(known),
    )


def unknown_board(
    kernel: str, board: str, repositories: tuple[str, ...], inputs: Inputs
) -> UserError | None:
    """Return the error that `board` is when the kernel lists its boards and it is not among them.

    A kernel with boards has a directory `board/<board>` for each; further repositories may add
    more.
    """
    listing = any(
        repository.endswith(f"/base-{kernel}") and inputs.listdir(f"{repository}/board")
        for repository in repositories
    )
    if not board or not listing:
        return None
    known = known_boards(repositories, inputs)
    if board in known:
        return None
    return UserError(
        f"unknown board `{board}` for kernel `{kernel}`",
        hint=did_you_mean(board, known) or known_names(known),
    )


def known_boards(repositories: Iterable[str], inputs: Inputs) -> tuple[str, ...]:
    """Return the boards that repositories describe, sorted."""
    listed = (inputs.listdir(f"{repository}/board") or () for repository in repositories)
    return tuple(sorted({name for names in listed for name in names}))
