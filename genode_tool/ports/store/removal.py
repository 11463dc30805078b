"""Removal of prepared ports."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from genode_tool.events import Sink, discard
from genode_tool.files import remove_tree
from genode_tool.ports.store.collection import PortCollection, unknown_port
from genode_tool.ports.store.contrib_directory import ContribDirectory

_LOCK_SECONDS = 600.0


def remove_ports(
    collection: PortCollection, names: Sequence[str], sink: Sink = discard
) -> tuple[Path, ...]:
    """Remove everything of the ports `names` but their downloads; return what was removed.

    A port without a description can be removed as well, as long as something of it exists. Raises
    `UserError` for an unknown name before anything is removed, and `EnvironmentProblem` when
    the port is being prepared for too long.
    """
    for name in names:
        if name not in collection.ports and not collection.versions(name):
            raise unknown_port(name, collection.ports)
    gone: list[Path] = []
    store = ContribDirectory(collection.contrib_dir)
    for name in names:
        if not collection.versions(name):
            continue
        with store.locked(name, collection.contrib_dir / name, sink, _LOCK_SECONDS) as slot:
            for path in collection.versions(name):
                remove_tree(path)
                gone.append(path)
            for steps in slot.log.parent.glob(f"{name}-*.steps"):
                with contextlib.suppress(FileNotFoundError):
                    steps.unlink()
            private = slot.log.with_name(f"{name}.tmp")
            if private.is_dir():
                remove_tree(private)
            slot.log.unlink()
    return tuple(gone)
