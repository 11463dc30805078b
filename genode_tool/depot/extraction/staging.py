"""Archives as their recipes stand for them now, each made in a directory of its own.

The content of api, src and raw archives comes from `content.mk`, that of packages from the files
of the recipe. Versions of other archives are those that their recipes have at that moment.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from genode_tool.depot.archive.content import (
    PACKAGE_LIST,
    ContentHash,
    CountedAs,
    content_hash,
    items_of,
)
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.extraction.content import ContentRecipe, ContentTools
from genode_tool.depot.extraction.observations import SourceObservations, Stamps
from genode_tool.depot.extraction.record import ExtractionRecord, Use
from genode_tool.depot.extraction.runtime_check import RuntimeCheck
from genode_tool.depot.recipes.catalogue import Recipes
from genode_tool.depot.recipes.recipe import Recipe
from genode_tool.depot.recipes.references import OWN_USER
from genode_tool.errors import Location, UserError
from genode_tool.files import remove_tree
from genode_tool.makefile import MemoInputs, RealInputs
from genode_tool.process import scrubbed_environment
from genode_tool.regex import regex
from genode_tool.sandbox.policy import Policy
from genode_tool.sandbox.thread import ConfinedThread

_DROPPED = ("~", ".rej", ".orig", ".swp")
_BACKUP = regex(r"(?:~|\.rej|\.orig|\.swp)(?:/|\Z)")


@dataclass
class StagingArea:
    """What the staged archives of one call share.

    `directory_for` returns a new directory for an archive; `private` is one that only recipes use.
    """

    recipes: Recipes
    contrib_dir: Path
    private: Path
    directory_for: Callable[[Archive], Path]
    stamps: Stamps = field(default_factory=Stamps)

    def __post_init__(self) -> None:
        environ = scrubbed_environment(
            {"LC_ALL": "C.UTF-8", "HOME": str(self.private), "TMPDIR": str(self.private)}
        )
        self.tools = ContentTools(
            self.recipes.genode_dir,
            self.contrib_dir,
            self.private,
            environ,
            MemoInputs(RealInputs()),
        )
        self.runtime = RuntimeCheck(self.recipes)

    def archive(self, archive: Archive) -> StagedArchive:
        """Return the archive that the recipe of `archive` stands for, not made yet."""
        return StagedArchive(self, archive)

    def uses_of(self, archive: Archive) -> tuple[Use, ...]:
        """Return the versions that the content of an archive has to name now."""
        kind, name = archive.recipe
        recipe = self.recipes.get(kind, name)
        if kind is ArchiveType.PKG:
            return tuple(
                self._use(ArchiveType(word.split("/")[1]), word.split("/")[2], recipe)
                for word in recipe.words(PACKAGE_LIST)
                if _is_own(word)
            )
        if kind is ArchiveType.SRC:
            return tuple(
                self._use(ArchiveType.API, word, recipe)
                for file in ("used_apis", "api")
                for word in recipe.words(file)
                if "/" not in word
            )
        return ()

    def _use(self, kind: ArchiveType, name: str, recipe: Recipe) -> Use:
        other = self.recipes.get(kind, name.replace("..", "__"), f"recipe {recipe}").checked()
        return (str(kind), other.name, other.version)


class StagedArchive:
    """One archive in the making. Use as a context manager: its directory is temporary."""

    def __init__(self, area: StagingArea, archive: Archive) -> None:
        self.archive = archive
        self.recipe = area.recipes.get(*archive.recipe)
        self.content = ContentHash("", "")
        self.has_license = True
        self._area = area
        self._seen = SourceObservations(area.stamps)
        self._top: Path | None = None
        self._content: ContentRecipe | None = None
        self._uses: tuple[Use, ...] = ()
        self._thread: ConfinedThread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.discard()

    @property
    def directory(self) -> Path:
        """The directory with the content, made when it is first needed."""
        if self._top is None:
            self._top = Path(os.path.realpath(self._area.directory_for(self.archive)))
        return self._top

    @property
    def ports(self) -> list[str]:
        """The ports that are needed, once `evaluate` was called."""
        return self._content.ports if self._content else []

    @property
    def missing_ports(self) -> list[str]:
        """The ports that are needed and not prepared, once `evaluate` was called."""
        return self._content.missing_ports if self._content else []

    def _confined(self, content: ContentRecipe, work: Callable[[], None]) -> None:
        """Do `work` in the confined thread."""

        def with_programs() -> None:
            with content.commands:
                work()

        self._confining().run(with_programs)

    def _confining(self) -> ConfinedThread:
        """Return the thread that may write to the archive's directory and to a private one."""
        if self._thread is None:
            self._thread = ConfinedThread(Policy((self.directory, self._area.private)))
        return self._thread

    def discard(self) -> None:
        """Remove the directory, unless it was taken away."""
        if self._thread is not None:
            self._thread.close()
            self._thread = None
        if self._content is not None:
            self._content.close()
            self._content = None
        if self._top is not None and self._top.exists():
            remove_tree(self._top)
        self._top = None

    def evaluate(self) -> None:
        """Read the recipe's `content.mk`, if it has one. Raises `GenodeError`."""
        if self.archive.type is ArchiveType.PKG or self._content is not None:
            return
        self._content = ContentRecipe(
            self.recipe,
            str(self.directory),
            self._seen,
            self._area.tools,
            self._confining().outside,
        )
        self._confined(self._content, self._content.evaluate)

    def make(self) -> None:
        """Make the content and compute its hashes. Raises `GenodeError` and `OSError`."""
        self.recipe = self._area.recipes.get(*self.archive.recipe)
        self._uses = self._area.uses_of(self.archive)
        if self.archive.type is ArchiveType.PKG:
            self._make_package()
            return
        self.evaluate()
        assert self._content is not None
        self._confined(self._content, self._content.make)
        if self.archive.type is ArchiveType.API:
            self._complete_interface()
        elif self.archive.type is ArchiveType.SRC:
            self._add_versions()
        directory = str(self.directory)
        items = items_of(directory)
        if any(_BACKUP.search(item.path) for item in items):
            _drop_backups(directory)
            items = items_of(directory)
        self.content = content_hash(directory, items=items)
        wants_license = self.archive.type is not ArchiveType.RAW
        self.has_license = not wants_license or (self.directory / "LICENSE").is_file()

    def _complete_interface(self) -> None:
        """Add the library description that marks an interface, if the recipe has none."""
        description = self.directory / "lib/mk" / f"{self.archive.name}.mk"
        if not description.exists():
            description.parent.mkdir(parents=True, exist_ok=True)
            description.touch()

    def _add_versions(self) -> None:
        """Write the files that name interfaces with their versions."""
        versions = {name: version for _, name, version in self._uses}
        for file in ("used_apis", "api"):
            self._seen.file(str(self.recipe.directory / file))
            if not (self.recipe.directory / file).is_file():
                continue
            lines = [
                word if "/" in word else f"{word}/{versions[word.replace('..', '__')]}"
                for word in self.recipe.words(file)
            ]
            with (self.directory / file).open("a") as stream:
                stream.writelines(f"{line}\n" for line in lines)

    def _make_package(self) -> None:
        source = self.recipe.directory
        self._seen.directory(str(source))
        names = sorted(
            name
            for name in os.listdir(source)  # noqa: PTH208 - names, not paths
            if not name.startswith(".") and name not in (PACKAGE_LIST, "hash")
        )
        names = [name for name in names if not name.endswith(_DROPPED)]
        if "README" not in names:
            raise UserError(
                f"the package {self.recipe} has no README",
                location=Location(str(source / "README")),
                hint="the first line of README describes the package to those who install it",
            )
        self._area.runtime.check(self.recipe)
        if (schema := self._area.runtime.schema_file) is not None and "runtime" in names:
            self._seen.file(str(schema))
        for name in names:
            self._seen.file(str(source / name))
            if (source / name).is_dir():
                raise UserError(
                    f"the package {self.recipe} has the directory `{name}`",
                    location=Location(str(source / name)),
                    hint="a package has files only; put the content into a raw archive",
                )
            shutil.copy(source / name, self.directory / name)
            _copy_times(source / name, self.directory / name)
        self._seen.file(str(source / PACKAGE_LIST))
        universal = "".join(f"{line}\n" for line in self._listed())
        own = "".join(
            f"{line.replace(OWN_USER, self.archive.user, 1) if line[0] == OWN_USER else line}\n"
            for line in self._listed()
        )
        (self.directory / PACKAGE_LIST).write_text(own)
        counted = {PACKAGE_LIST: CountedAs(f"_{PACKAGE_LIST}", universal.encode())}
        self.content = content_hash(str(self.directory), counted)

    def _listed(self) -> list[str]:
        """Return the lines of `archives` with versions, and `_` for the own user."""
        versions = iter(self._uses)
        return [
            "/".join((OWN_USER, *next(versions))) if _is_own(word) else word
            for word in self.recipe.words(PACKAGE_LIST)
        ]

    def record(self) -> ExtractionRecord | None:
        """Return what to remember of the content; None if its sources changed just now."""
        if not self._seen.trusted:
            return None
        return ExtractionRecord(
            str(self.recipe.directory),
            self.content.hash,
            self.content.digest,
            self._uses,
            self._seen.checks(),
        )


def _is_own(entry: str) -> bool:
    """Return whether a line of `archives` names an archive that gets a version."""
    parts = entry.split("/")
    return parts[0] == OWN_USER and len(parts) >= 3 and parts[1] in tuple(ArchiveType)


def _copy_times(source: Path, target: Path) -> None:
    found = source.stat()
    os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))


def _drop_backups(directory: str) -> None:
    """Remove what editors and patches leave behind, which never belongs into an archive."""
    for place, below, files in os.walk(directory, topdown=False):
        for name in files:
            if name.endswith(_DROPPED):
                os.unlink(f"{place}/{name}")  # noqa: PTH108
        for name in below:
            path = f"{place}/{name}"
            if name.endswith(_DROPPED):
                if os.path.islink(path):  # noqa: PTH114
                    os.unlink(path)  # noqa: PTH108
                else:
                    shutil.rmtree(path)
