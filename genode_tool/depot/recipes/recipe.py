"""One recipe: the directory `recipes/TYPE/NAME` of a repository."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from genode_tool.depot.archive.name import ArchiveType
from genode_tool.depot.archive.version import check_version
from genode_tool.errors import EnvironmentProblem, Location, UserError


@dataclass(frozen=True)
class Recipe:
    """A recipe as it is now. `version` and `hash` are empty when its file `hash` has none."""

    type: ArchiveType
    name: str
    repository: Path
    version: str
    hash: str
    _words: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.type}/{self.name}"

    @cached_property
    def directory(self) -> Path:
        """The directory of the recipe."""
        return self.repository / "recipes" / self.type / self.name

    @property
    def hash_file(self) -> Path:
        """The file with version and hash."""
        return self.directory / "hash"

    @property
    def content_file(self) -> Path:
        """The makefile that makes the content; packages have none."""
        return self.directory / "content.mk"

    def words(self, file: str) -> tuple[str, ...]:
        """Return the words of a file of the recipe, which is read once; () when there is none.

        Raises `EnvironmentProblem` when it cannot be read.
        """
        known = self._words.get(file)
        if known is None:
            known = self._words[file] = self._read_words(f"{self.directory}/{file}")
        return known

    def _read_words(self, path: str) -> tuple[str, ...]:
        try:
            with open(path, "rb", buffering=0) as stream:  # noqa: PTH123 - hundreds of times
                return tuple(stream.read().decode(errors="surrogateescape").split())
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise EnvironmentProblem(f"cannot read {path}: {error.strerror}") from error

    def checked(self) -> Recipe:
        """Return the recipe. Raises `UserError` when it has no version, or one that is none."""
        if not self.version:
            raise UserError(
                f"the recipe {self} has no version",
                location=Location(str(self.hash_file)),
                hint="extract it with --update-versions, which writes version and hash",
            )
        check_version(self.version, str(self.hash_file))
        return self


def read_recipe(kind: ArchiveType, name: str, repository: Path) -> Recipe:
    """Return the recipe in a repository. Raises `EnvironmentProblem` when it cannot be read."""
    words = Recipe(kind, name, repository, "", "").words("hash")
    return Recipe(kind, name, repository, words[0] if words else "", words[-1] if words else "")
