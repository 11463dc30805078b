"""The records that the tool keeps beside archives: `VERSION.record`, JSON."""

from __future__ import annotations

import json

from genode_tool.depot.archive.name import Archive
from genode_tool.depot.store.depot import Depot


def read_record(depot: Depot, archive: Archive) -> dict[str, object]:
    """Return what the tool recorded of an archive, {} without a readable record."""
    try:
        found = json.loads(depot.record_file(archive).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
