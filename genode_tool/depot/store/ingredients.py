"""The hashes that a binary archive is made of: of its source and of the interfaces."""

from __future__ import annotations

from genode_tool.depot.archive.name import Archive
from genode_tool.depot.store.depot import Depot


def ingredients(depot: Depot, binary: Archive) -> list[Archive]:
    """Return the source of a binary and its interfaces: the implemented one, then those used."""
    source = binary.source
    return [
        source,
        *depot.interfaces_in(source, "api"),
        *depot.interfaces_in(source, "used_apis"),
    ]


def ingredient_hashes(depot: Depot, binary: Archive) -> list[str]:
    """Return what the hash file of a binary has to say."""
    return [word for one in ingredients(depot, binary) for word in depot.hash_of(one).split()]
