"""A small tree with ports, and tools that need no network."""

from __future__ import annotations

import hashlib
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from genode_tool.errors import Location
from genode_tool.events import Event, Sink
from genode_tool.ports.description.evaluate import PortDescription, describe
from genode_tool.ports.fetch.source import Fetched, PortSource
from genode_tool.ports.preparation.port import PreparationOptions
from genode_tool.ports.preparation.prepare import Prepared, prepare
from genode_tool.ports.store.collection import PortCollection
from genode_tool.tree.blank_alias import without_blanks

ZLIKE = """\
LICENSE   := zlib
VERSION   := 1.0
DOWNLOADS := zlike.archive
URL(zlike) := http://example.org/zlike-$(VERSION).tar.gz
SHA(zlike) := {sha}
DIR(zlike) := src/lib/zlike
"""

SHA = hashlib.sha256(b"x").hexdigest()


@dataclass(slots=True)
class FakeTools:
    """Unpacks an "archive" by writing `content` files; notes what it was asked for."""

    content: dict[str, str] = field(default_factory=lambda: {"a.c": "int a;\n"})
    asked: list[str] = field(default_factory=list)
    fail: str = ""
    downloads: Path = Path()

    def fetch_file(self, source: PortSource) -> Fetched:
        self._ask("fetch", source.name)
        path = self.downloads / f"{source.name}-{threading.get_ident()}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        return Fetched(path, "a fake", SHA, size=1)

    def fetch_checkout(self, source: PortSource, into: Path) -> Fetched:
        self._ask("checkout", source.name)
        into.mkdir()
        (into / "README").write_text(source.revision)
        return Fetched(into, "a fake", revision=source.revision)

    def extract(
        self, archive: Path, into: Path, source: PortSource, *, cwd: Path, keep_times: bool
    ) -> None:
        assert archive.read_bytes() == b"x"
        for name, text in self.content.items():
            path = into / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self._ask("extract", source.name)

    def patch(
        self, patch: Path, directory: Path, options: list[str], place: Location | None
    ) -> None:
        self._ask("patch", patch.name)
        subprocess.run(
            ["patch", "-s", *options, "-i", str(patch)], cwd=directory, check=True, timeout=60
        )

    def _ask(self, what: str, name: str) -> None:
        self.asked.append(f"{what} {name}")
        if self.fail == f"{what} {name}":
            raise InterruptedTools

    def __call__(self, description: PortDescription, sink: Sink) -> FakeTools:
        return self


class InterruptedTools(Exception):
    """Stands for a kill in the middle of a step."""


@dataclass(slots=True)
class Ports:
    """A tree below `top`."""

    top: Path
    tools: FakeTools = field(default_factory=FakeTools)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.top = without_blanks(self.top)
        self.tools.downloads = self.top / "downloads"
        (self.top / "repos/r/ports").mkdir(parents=True, exist_ok=True)

    @property
    def collection(self) -> PortCollection:
        contrib = self.top / "contrib"
        return PortCollection(self.top, (self.top / "repos/r",), contrib, contrib / "cache")

    def add(self, name: str, text: str, files: dict[str, str] | None = None) -> None:
        """Write the description `name` and further files of the repository, and the hash."""
        repository = self.top / "repos/r"
        for path, content in (files or {}).items():
            (repository / path).parent.mkdir(parents=True, exist_ok=True)
            (repository / path).write_text(content)
        (repository / f"ports/{name}.port").write_text(text)
        collection = self.collection
        digest = describe(collection, collection.port(name)).computed_hash()
        (repository / f"ports/{name}.hash").write_text(f"{digest}\n")

    def prepare(self, *names: str, options: PreparationOptions | None = None) -> Prepared:
        return prepare(
            self.collection, names, self.tools, options or PreparationOptions(), self.events.append
        )

    def path(self, name: str) -> Path:
        collection = self.collection
        return collection.directory(collection.port(name))

    def tree(self, name: str) -> dict[str, str]:
        """Return the files of a prepared port with their contents."""
        top = self.path(name)
        return {
            str(path.relative_to(top)): path.read_text()
            for path in sorted(top.rglob("*"))
            if path.is_file()
        }


PortMaker = Callable[..., Ports]


def messages(result: Prepared) -> Sequence[str]:
    return [one.error.message for one in result.finished if one.error]
