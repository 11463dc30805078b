"""The steps of a port that this process carries out itself, by the name of their target.

`X.file` brings a file into the port's directory, `X.archive` unpacks it, `X.git` and the like
make a checkout, `phony/patches/P` applies a patch, `_hash_file` writes the version.
"""

from __future__ import annotations

import glob
import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from genode_tool.errors import Location, UserError
from genode_tool.events import Sink
from genode_tool.makefile import Evaluation
from genode_tool.ports.description import template as frame
from genode_tool.ports.description.evaluate import PortDescription, downloads, source_of
from genode_tool.ports.events import PortStep
from genode_tool.ports.fetch.cache.downloads import copy_into_place
from genode_tool.ports.fetch.source import Fetched, PortSource, SourceKind
from genode_tool.ports.preparation.extraction_style import ExtractionStyle, disable_automake_rules

_UNPACKED = tuple(f".{kind.value}" for kind in SourceKind if kind.is_unpacked)
_CHECKOUTS = (".git", ".sparse-git", ".svn")


class PortTools(Protocol):
    """The tools that the steps use: fetching, unpacking, patching."""

    def fetch_file(self, source: PortSource) -> Fetched:
        """Return the verified file of `source`, which belongs to the cache."""

    def fetch_checkout(self, source: PortSource, into: Path) -> Fetched:
        """Make the checkout of `source` at `into`, which does not exist."""

    def extract(
        self, archive: Path, into: Path, source: PortSource, *, cwd: Path, keep_times: bool
    ) -> None:
        """Unpack `archive` into the directory `into`; options are relative to `cwd`."""

    def patch(
        self, patch: Path, directory: Path, options: list[str], place: Location | None
    ) -> None:
        """Apply `patch` with `options` of patch(1) in `directory`; `place` is for messages."""


@dataclass(frozen=True, slots=True)
class PortSteps:
    """The steps of one port in `directory`; `ev` is its description, evaluated there."""

    description: PortDescription
    directory: Path
    genode_dir: Path
    ev: Evaluation
    tools: PortTools
    sink: Sink
    note: Callable[[str], None]

    def perform(self, target: str) -> None:
        """Carry out the step `target`. Raises `GenodeError` when it fails."""
        name, _, kind = target.rpartition(".")
        suffix = f".{kind}"
        if target.startswith(frame.PATCH):
            self._patch(target.removeprefix(frame.PATCH))
        elif suffix == ".file":
            self._file(self._source_of_file(name))
        elif suffix in _UNPACKED:
            self._unpack(source_of(self.ev, target))
        elif suffix in _CHECKOUTS:
            self._checkout(source_of(self.ev, target))
        else:
            digest = self.description.computed_hash()
            (self.directory / f"{self.description.name}.hash").write_text(f"{digest}\n")

    def _announce(self, action: str, subject: str) -> None:
        self.note(f"== {action} {subject}")
        self.sink(PortStep(self.description.name, action, subject))

    def _source_of_file(self, name: str) -> PortSource:
        """Return the download that brings a file: `name.file`, or what is unpacked from one."""
        words = downloads(self.ev)
        kinds = (".file", *_UNPACKED)
        word = next((f"{name}{kind}" for kind in kinds if f"{name}{kind}" in words), f"{name}.file")
        return source_of(self.ev, word)

    def _file(self, source: PortSource) -> None:
        self._require(source, "URL", source.url)
        self._announce("download", source.url)
        fetched = self.tools.fetch_file(source)
        self.note(f"   from {fetched.origin}, {fetched.size} bytes, sha256 {fetched.sha256}")
        # A copy: what recipes do to it must not reach the cache.
        copy_into_place(fetched.path, self._inside(source, source.local_name or fetched.path.name))

    def _unpack(self, source: PortSource) -> None:
        self._require(source, "DIR", source.directory)
        self._announce("extract", source.local_name)
        into = self._inside(source, source.directory)
        into.mkdir(parents=True, exist_ok=True)
        style = ExtractionStyle.of(self.genode_dir)
        archive = self._inside(source, source.local_name)
        self.tools.extract(archive, into, source, cwd=self.directory, keep_times=style.keep_times)
        if style.disable_automake_rules:
            disable_automake_rules(into)

    def _checkout(self, source: PortSource) -> None:
        self._require(source, "URL", source.url)
        self._require(source, "REV", source.revision)
        self._require(source, "DIR", source.directory)
        if source.kind is SourceKind.SPARSE_GIT:
            self._require(source, "SPARSE_PATH", source.sparse_path)
        self._announce("check out", f"{source.url} {source.revision}")
        into = self._inside(source, source.directory)
        into.parent.mkdir(parents=True, exist_ok=True)
        fetched = self.tools.fetch_checkout(source, into)
        self.note(f"   from {fetched.origin}, revision {fetched.revision}")

    def _patch(self, name: str) -> None:
        ev = self.ev
        found = ev.expand(f"$(wildcard {name} {ev.value('REP_DIR')}/{name})").split()
        if not found:
            raise UserError(
                f"port `{self.description.name}`: no such patch: `{name}`",
                location=self._place("PATCHES"),
                hint=f"searched {self.description.port.repository} and the downloaded sources",
            )
        options = shlex.split(ev.value(f"PATCH_OPT({name})") or ev.value("PATCH_OPT"))
        for patch in found:
            self._announce("apply", patch)
            path = Path(ev.path(patch))
            self.tools.patch(path, self.directory, options, self._place("PATCHES"))

    def check_content(self, directory: str) -> None:
        """Raise `UserError` when the entry `directory` of DIRS names files of the host.

        Files of the port, of the tree and its repositories, and of other ports belong in it.
        """
        variable = f"DIR_CONTENT({directory})"
        places = (
            self.directory,
            self.genode_dir,
            self.description.port.repository,
            self.directory.parent,
        )
        allowed = [one.resolve() for one in places]
        for word in self.ev.value(variable).split():
            if "$" in word or "`" in word:  # the shell's; it cannot be known
                continue
            pattern = os.path.join(self.directory, word)  # noqa: PTH118 - a pattern
            matches = glob.glob(pattern)  # noqa: PTH207 - it may be absolute
            for path in (os.path.normpath(pattern), *matches):
                real = Path(path).resolve()
                if not any(real.is_relative_to(one) for one in allowed):
                    raise UserError(
                        f"port `{self.description.name}`: {variable} names {word}, which is "
                        "outside of the port and the tree",
                        location=self._place(variable),
                    )

    def _inside(self, source: PortSource, name: str) -> Path:
        """Return the path of `name` below the port's directory; nothing may lie outside."""
        path = Path(os.path.normpath(self.directory / name))
        if not path.is_relative_to(self.directory):
            raise UserError(
                f"port `{self.description.name}`: `{name}` of download `{source}` lies outside "
                "the port's directory",
                location=source.location,
            )
        return path

    def _require(self, source: PortSource, variable: str, value: str) -> None:
        if not value:
            raise UserError(
                f"port `{self.description.name}`: download `{source}` has no "
                f"{variable}({source.name})",
                location=source.location or self._place("DOWNLOADS"),
                hint=f"add `{variable}({source.name}) := …`",
            )

    def _place(self, variable: str) -> Location | None:
        found = self.ev.find(variable)
        return found.location if found else None
