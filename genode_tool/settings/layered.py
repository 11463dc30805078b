"""The settings in force: the layers read, laid over each other and checked, topic by topic."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genode_tool.errors import Location, UserError
from genode_tool.nearest import did_you_mean
from genode_tool.settings.binding import bind, default_of
from genode_tool.settings.layers import TOOL, Layer, layers_of
from genode_tool.settings.merge import Leaf, Table, merge
from genode_tool.settings.schema.topics import TOPICS
from genode_tool.settings.toml_file import KeyPath, read_toml

if TYPE_CHECKING:
    from genode_tool.settings.schema.boards import Boards
    from genode_tool.settings.schema.mirrors import MirrorSettings
    from genode_tool.settings.schema.programs import ProgramSettings
    from genode_tool.settings.schema.runs import RunSettings
    from genode_tool.settings.schema.tool_chains import ToolChainSettings
    from genode_tool.settings.schema.trust import TrustSettings


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One value: its key, the layer that gave it, and where it stands there."""

    path: KeyPath
    value: object
    layer: str
    location: Location


class LayeredSettings:
    """The settings of `layers`; a later layer wins. A file is read when it is needed.

    Each property raises `UserError` for a mistake in one of its files, with file and line.
    """

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        self.layers = layers
        self._tables: dict[str, Table] = {}

    @cached_property
    def boards(self) -> Boards:
        """The boards that QEMU emulates, and which boards are the default."""
        found: Boards = self._bound("boards")
        return found

    @cached_property
    def mirrors(self) -> MirrorSettings:
        """The mirrors of downloads."""
        found: MirrorSettings = self._bound("mirrors")
        return found

    @cached_property
    def programs(self) -> ProgramSettings:
        """The external programs, and the packages that contain them."""
        found: ProgramSettings = self._bound("programs")
        return found

    @cached_property
    def runs(self) -> RunSettings:
        """The defaults for running scenarios."""
        found: RunSettings = self._bound("run")
        return found

    @cached_property
    def tool_chains(self) -> ToolChainSettings:
        """The compilers of each release."""
        found: ToolChainSettings = self._bound("tool_chains")
        return found

    @cached_property
    def trust(self) -> TrustSettings:
        """The directories of other users that are trusted."""
        found: TrustSettings = self._bound("trust")
        return found

    def files(self, topic: str) -> tuple[tuple[Layer, Path], ...]:
        """Return the files that are looked for, whether they exist or not.

        Which programs are installed and who is trusted is not for a source tree to decide.
        """
        return tuple(
            (layer, layer.directory / f"{topic}.toml")
            for layer in self.layers
            if layer.of_machine or not TOPICS[topic].of_machine
        )

    def entries(self, topic: str) -> Iterator[Entry]:
        """Yield the values of a topic that some file has, in the order of the files."""
        self._bound(topic)
        yield from _entries(self._table(topic))

    def changed(self, topic: str, path: KeyPath) -> bool:
        """Return whether a later layer than the tool's own has given the value at `path`."""
        found = self._table(topic).find(path)
        return isinstance(found, Leaf) and found.origin.layer.name != TOOL

    def location(self, topic: str, path: KeyPath) -> Location | None:
        """Return where the value at `path` comes from, None when no file has it."""
        found = self._table(topic).find(path)
        return found.location if found else None

    def default(self, topic: str, path: KeyPath) -> object:
        """Return the default of a key. Raises `KeyError` when there is no such key."""
        return default_of(TOPICS[topic].schema, path)

    def _bound(self, topic: str) -> Any:
        return bind(TOPICS[topic].schema, self._table(topic))

    def _table(self, topic: str) -> Table:
        if topic not in self._tables:
            for layer in self.layers:
                _refuse_unknown_files(layer)
            files = [(layer, read_toml(path)) for layer, path in self.files(topic)]
            self._tables[topic] = merge((layer, file) for layer, file in files if file is not None)
        return self._tables[topic]


def settings_of(tree: Path | None = None, build_dir: Path | None = None) -> LayeredSettings:
    """Return the settings for a call about `tree` and `build_dir`; files are read once."""
    return _settings(layers_of(tree, build_dir))


@cache
def _settings(layers: tuple[Layer, ...]) -> LayeredSettings:
    return LayeredSettings(layers)


def _refuse_unknown_files(layer: Layer) -> None:
    """Raise `UserError` for a file that no topic is named after: it would have no effect."""
    for path in sorted(layer.directory.glob("*.toml")):
        if path.stem not in TOPICS:
            raise UserError(
                f"no such settings file: {path}",
                hint=did_you_mean(path.name, [f"{topic}.toml" for topic in TOPICS]),
            )


def _entries(table: Table) -> Iterator[Entry]:
    for one in table.entries.values():
        if isinstance(one, Table):
            yield from _entries(one)
        else:
            yield Entry(one.path, one.value, one.origin.layer.name, one.location)
