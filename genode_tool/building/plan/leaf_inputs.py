"""The view that a leaf's evaluation has of the build directory: the plan, not the disk.

Inside the directories that builds fill (its own, the library cache, `bin`, `debug`), a file
exists exactly when a step of the graph makes it. So a leaf evaluates alike before, during and
after a build, and no observation of it goes stale because something was built.

What the leaf itself will make is known only after its evaluation. It starts with a guess
(objects exist, so do directories named with a trailing slash) and every answer is recorded;
`contradicted` finds wrong answers afterwards, and the leaf is evaluated again.

A directory that `$(shell mkdir …)` makes exists from then on. Elsewhere in the build
directory a leaf may make things, too: what is planned there is seen, all else as it is on disk.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from genode_tool.building.graph.model import LeafId
from genode_tool.building.memory.scope import EvaluationScope
from genode_tool.files import make_directory
from genode_tool.makefile import Kind, ShellResult, Stat
from genode_tool.regex import regex

_SHELL_SYNTAX = regex(r"[^\w\s./+,:@=-]")
_FILE = Stat(Kind.FILE, 0, 0)
_DIRECTORY = Stat(Kind.DIRECTORY, 0, 0)


class PlannedFiles:
    """All files (absolute) that the leaves evaluated so far make, with their directories."""

    def __init__(self) -> None:
        self._makers: dict[str, set[LeafId]] = {}
        self._children: dict[str, dict[str, set[LeafId]]] = {}
        self._links: dict[str, str] = {}
        self._sub_builds: dict[str, LeafId] = {}

    def add(
        self,
        leaf: LeafId,
        files: Iterable[str],
        links: Mapping[str, str],
        filled: Iterable[str] = (),
    ) -> None:
        """Record what `leaf` makes; `links` maps symbolic links to where they lead.

        `filled` are directories that other build systems fill.
        """
        self._links.update(links)
        self._sub_builds.update(dict.fromkeys(filled, leaf))
        for path in (*files, *links):
            self._makers.setdefault(path, set()).add(leaf)
            while True:
                directory, _, name = path.rpartition("/")
                if not directory:
                    break
                makers = self._children.setdefault(directory, {}).setdefault(name, set())
                if leaf in makers:
                    break
                makers.add(leaf)
                path = directory

    def kind(self, path: str, makers: frozenset[LeafId]) -> str:
        """Return "file", "directory" or "" for what some leaves make at a path."""
        if not makers.isdisjoint(self._makers.get(path, ())):
            return "file"
        for others in self._children.get(path, {}).values():
            if not makers.isdisjoint(others):
                return "directory"
        return ""

    def supposed(self, path: str, makers: frozenset[LeafId]) -> str:
        """Return what `kind` does, and for what is in a filled directory what it looks like."""
        kind = self.kind(path, makers)
        if not kind and self._sub_builds:
            directory, _, name = path.rpartition("/")
            while directory and not kind:
                if self._sub_builds.get(directory) in makers:
                    kind = "file" if "." in name else "directory"
                directory = directory.rpartition("/")[0]
        return kind

    def names(self, directory: str, makers: frozenset[LeafId]) -> set[str]:
        """Return the names that some leaves make in a directory."""
        return {
            name
            for name, others in self._children.get(directory, {}).items()
            if not makers.isdisjoint(others)
        }

    def view(self, makers: frozenset[LeafId]) -> PlannedFilesView:
        """Return the view of what some leaves make."""
        return PlannedFilesView(self, makers)

    def link(self, path: str) -> str | None:
        """Return where a symbolic link leads."""
        return self._links.get(path)


@dataclass(frozen=True, slots=True)
class PlannedFilesView:
    """The part of the planned files that some leaves make."""

    board: PlannedFiles
    makers: frozenset[LeafId]

    @classmethod
    def alone(
        cls, leaf: LeafId, files: Iterable[str], links: Mapping[str, str]
    ) -> PlannedFilesView:
        """Return a view of what a single leaf makes."""
        board = PlannedFiles()
        board.add(leaf, files, links)
        return cls(board, frozenset((leaf,)))

    def kind(self, path: str) -> str:
        """Return "file", "directory" or "" for a path."""
        return self.board.kind(path, self.makers)

    def supposed(self, path: str) -> str:
        """Return "file", "directory" or "", also for what other build systems make."""
        return self.board.supposed(path, self.makers)

    def names(self, directory: str) -> set[str]:
        """Return the names in a directory."""
        return self.board.names(directory, self.makers)

    def link(self, path: str) -> str | None:
        """Return where a symbolic link leads, None for anything else."""
        return self.board.link(path) if self.kind(path) == "file" else None


class LeafInputs:
    """The `Inputs` of one leaf evaluation.

    `build_dir` is the build directory, `roots` are the directories that builds fill, `own` the
    leaf's directory, `before` what other leaves make, `mine` what this leaf makes (None: to be
    guessed). `asked` records each answer about a path in the build directory.
    """

    def __init__(
        self,
        scope: EvaluationScope,
        build_dir: str,
        roots: Collection[str],
        own: str,
        before: PlannedFilesView,
        mine: PlannedFilesView | None,
        guessed_links: Mapping[str, str],
    ) -> None:
        self._scope = scope
        self._build_dir = build_dir + "/"
        self._roots = tuple(root + "/" for root in roots)
        self._exact_roots = frozenset(roots)
        self._own = own + "/"
        self._before = before
        self._mine = mine
        self._guessed_links = guessed_links
        self._directories: set[str] = set()
        self.asked: dict[str, str] = {}

    def _planned(self, path: str) -> str | None:
        """Return the kind of what the plan has at `path`; None when the plan is not asked."""
        if not path.startswith(self._build_dir):
            return None
        slash = path.endswith("/")
        if slash or "//" in path or "/." in path:
            path = os.path.normpath(path)
        if path in self._directories:
            return "directory"
        kind = self._before.supposed(path)
        if not self._filled(path):
            kind = kind or (self._mine.kind(path) if self._mine is not None else "")
            self.asked[path] = kind
            return kind or None
        if not kind:
            if path in self._exact_roots:
                kind = "directory"
            elif self._mine is not None:
                kind = self._mine.kind(path)
            elif path.startswith(self._own) and (
                path.endswith(".o") or path in self._guessed_links
            ):
                kind = "file"
            elif path.startswith(self._own) and slash:
                kind = "directory"
        if path + "/" != self._own and path not in self._exact_roots:
            self.asked[path] = kind
        return kind

    def _filled(self, path: str) -> bool:
        """Return whether `path` holds only what is planned."""
        return path.startswith(self._roots) or path in self._exact_roots

    def contradicted(self, mine: PlannedFilesView) -> bool:
        """Return whether an answer was wrong, now that it is known what the leaf makes."""
        return any(
            kind != (self._before.supposed(path) or mine.kind(path))
            for path, kind in self.asked.items()
        )

    def foreign(self) -> dict[str, str]:
        """Return what other leaves make at the places that were asked about."""
        return {
            path: self._before.supposed(path)
            for path in self.asked
            if not path.startswith(self._own)
        }

    def read(self, path: str) -> bytes | None:
        """Return the content of a source file; what will be made has no content yet."""
        return None if self._planned(path) is not None else self._scope.read(path)

    def listdir(self, path: str) -> tuple[str, ...] | None:
        """Return the sorted names in a directory."""
        kind = self._planned(path)
        if kind is None:
            return self._scope.listdir(path)
        path = os.path.normpath(path)
        names = self._before.names(path)
        if self._mine is not None:
            names |= self._mine.names(path)
        if not self._filled(path):
            names.update(self._scope.listdir(path) or ())
        return tuple(sorted(names)) if kind == "directory" else None

    def stat(self, path: str) -> Stat | None:
        """Return what is, or will be, at a path."""
        kind = self._planned(path)
        if kind is None:
            return self._scope.stat(path)
        return {"file": _FILE, "directory": _DIRECTORY}.get(kind)

    def realpath(self, path: str) -> str | None:
        """Return the path free of links."""
        kind = self._planned(path)
        if kind is None:
            return self._scope.realpath(path)
        if not kind:
            return None
        path = os.path.normpath(path)
        target = self._before.link(path)
        if target is None:
            target = self._mine.link(path) if self._mine else self._guessed_links.get(path)
        if target is None:
            return path
        return self.realpath(os.path.normpath(os.path.join(os.path.dirname(path), target)))  # noqa: PTH118, PTH120

    def getenv(self, name: str) -> str | None:
        """Return one variable of the environment."""
        return self._scope.getenv(name)

    def environ(self) -> Mapping[str, str]:
        """Return the whole environment."""
        return self._scope.environ()

    def shell(
        self,
        command: str,
        *,
        shell: str,
        flags: tuple[str, ...],
        cwd: str,
        env: Mapping[str, str],
    ) -> ShellResult:
        """Run a shell command, in the leaf's directory as a rule."""
        make_directory(self._own)
        result = self._scope.shell(command, shell=shell, flags=flags, cwd=cwd, env=env)
        if result.status == 0:
            self._directories.update(
                path
                for path in made_directories(command, cwd)
                if path.startswith(self._own) or not self._filled(path)
            )
        return result


def made_directories(command: str, cwd: str) -> set[str]:
    """Return the absolute paths that `mkdir -p` makes directories of, as far as it does."""
    words = command.split()
    if words[:2] != ["mkdir", "-p"] or _SHELL_SYNTAX.search(command):
        return set()
    found = set()
    for word in words[2:]:
        path = os.path.normpath(f"{cwd}/{word}" if word[0] != "/" else word)
        while path not in found and path != "/":
            found.add(path)
            path = os.path.dirname(path)  # noqa: PTH120
    return found
