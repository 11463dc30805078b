"""Merging of files, key by key: tables are merged, any other value is replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from genode_tool.errors import Location
from genode_tool.record import field, record
from genode_tool.settings.layers import Layer
from genode_tool.settings.toml_file import KeyPath, TomlFile


@record
class Origin:
    """The file that gave a value, and the layer that it belongs to."""

    layer: Layer
    file: TomlFile


@record
class Leaf:
    """A value other than a table."""

    path: KeyPath
    value: object
    origin: Origin

    @property
    def location(self) -> Location:
        """The place of its key."""
        return self.origin.file.location(self.path)


@record(frozen=False)
class Table:
    """A table; `origin` is the last file that had it, None for the table around all."""

    path: KeyPath = ()
    origin: Origin | None = None
    entries: dict[str, Table | Leaf] = field(default_factory=dict)

    @property
    def location(self) -> Location | None:
        """The place of its key in the last file that has it."""
        return self.origin.file.location(self.path) if self.origin else None

    def find(self, path: KeyPath) -> Table | Leaf | None:
        """Return the entry at `path`, which is relative to this table, or None."""
        found: Table | Leaf | None = self
        for name in path:
            found = found.entries.get(name) if isinstance(found, Table) else None
        return found


def merge(files: Iterable[tuple[Layer, TomlFile]]) -> Table:
    """Return the merged table of `files`; a later file wins."""
    result = Table()
    for layer, file in files:
        _lay_over(result, file.data, Origin(layer, file))
    return result


def _lay_over(table: Table, data: Mapping[str, object], origin: Origin) -> None:
    table.origin = origin
    for key, value in data.items():
        path = (*table.path, key)
        if isinstance(value, dict):
            below = table.entries.get(key)
            # A table takes the place of another value of the same key.
            if not isinstance(below, Table):
                below = table.entries[key] = Table(path)
            _lay_over(below, value, origin)
        else:
            table.entries[key] = Leaf(path, value, origin)
