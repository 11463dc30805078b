"""Views of what depends on what: trees, graphs, and the reverse direction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from genode_tool.depot.archive.closure import PRINT_ORDER, Closure, closure_of
from genode_tool.depot.archive.name import Archive
from genode_tool.depot.store.depot import Depot
from genode_tool.errors import UserError


def tree_lines(closure: Closure) -> Iterator[str]:
    """Yield the archives under those that need them; what was shown before is marked by `…`."""
    shown: set[Archive] = set()

    def below(archive: Archive, indent: str) -> Iterator[str]:
        needs = closure.needs[archive]
        again = archive in shown and bool(needs)
        yield f"{indent}{archive}{' …' if again else ''}"
        shown.add(archive)
        if not again:
            for other in needs:
                yield from below(other, indent + "  ")

    for root in closure.roots:
        yield from below(root, "")


def dot_lines(closure: Closure) -> Iterator[str]:
    """Yield the closure as a graph for Graphviz."""
    yield "digraph depot {"
    yield '\trankdir=LR; node [shape=box, fontname="sans"];'
    for archive, needs in closure.needs.items():
        yield f'\t"{archive}";'
        for other in needs:
            yield f'\t"{archive}" -> "{other}";'
    yield "}"


def dependants(depot: Depot, archives: Sequence[Archive]) -> Closure:
    """Return what in the depot needs some archives, as a closure in the reverse direction.

    An archive without version stands for all its versions.
    """
    whole = closure_of(depot.archives(), depot)
    roots = [one for one in whole.needs if one in archives or one.at("") in archives]
    users: dict[Archive, list[Archive]] = {}
    for archive, needs in whole.needs.items():
        for other in needs:
            users.setdefault(other, []).append(archive)
    found = Closure(tuple(sorted(roots, key=str)))
    pending = list(found.roots)
    while pending:
        archive = pending.pop()
        if archive not in found.needs:
            found.needs[archive] = tuple(sorted(users.get(archive, ()), key=str))
            pending += found.needs[archive]
    return found


def incomplete(closure: Closure, depot: Depot) -> tuple[list[Archive], list[Archive]]:
    """Return the archives of a closure without version, and those that the depot does not have."""
    every = sorted(closure.sorted(PRINT_ORDER), key=str)
    without = [one for one in every if not one.version]
    return without, [one for one in every if not depot.place(one).exists()]


def require_complete(closure: Closure, depot: Depot, what: str) -> None:
    """Raise `UserError`, which begins with `what`, unless a depot has all of a closure."""
    cases = (
        ("has no version", "`genode depot list -l` shows the versions"),
        ("is not in the depot", "`genode depot extract` and `genode depot download` get archives"),
    )
    for (text, hint), found in zip(cases, incomplete(closure, depot), strict=True):
        if found:
            first, *others = found
            raise UserError(
                f"{what}: {first} {text}",
                trail=tuple(f"{one} {text}" for one in others),
                hint=hint,
            )
