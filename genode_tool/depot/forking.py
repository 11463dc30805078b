"""Forking: a recipe of one's own, with the sources, from an archive that somebody else made.

The content goes into a repository, where the recipe mirrors it from. What the tree has a recipe for
is named without version, so that the fork uses the tree's own interfaces; the others stay those
that the archive was made with.
"""

from __future__ import annotations

import filecmp
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool.depot.archive.closure import interfaces_of, member_of
from genode_tool.depot.archive.content import PACKAGE_LIST
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.archive.version import sort_key
from genode_tool.depot.inspection.current_content import CurrentContent
from genode_tool.depot.recipes.catalogue import Recipes
from genode_tool.depot.recipes.references import OWN_USER
from genode_tool.depot.store.depot import Depot
from genode_tool.errors import UserError
from genode_tool.files import cannot_write, remove_tree, write_atomically
from genode_tool.regex import regex

_SHARED = frozenset(("include", "lib", "lib/import", "lib/mk", "lib/symbols", "src"))
"""Directories that a repository has for many archives; what is in them is mirrored one by one."""

_REFERENCES = ("used_apis", "api")
_PLAIN = regex(r"[\w.+@,/-]+", re.ASCII)
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Forked:
    """A new recipe: where it is, and the version that it has."""

    recipe: Path
    version: str


def fork(
    depot: Depot,
    recipes: Recipes,
    archive: Archive,
    repository: Path,
    contrib_dir: Path,
    version: str,
) -> Forked:
    """Make a recipe, called like `archive`, in `repository`, which need not exist.

    `version` is the recipe's. Raises `UserError` when the archive is not in the depot, when the
    tree has such a recipe already, or when something else stands in the way: nothing is
    overwritten. Raises `EnvironmentProblem` when the repository cannot be written.
    """
    source = _chosen(depot, archive)
    existing = recipes.of_archive(source)
    if existing is not None:
        raise UserError(
            f"the tree has a recipe for {existing} already: {existing.directory}",
            hint="change that one; two recipes of one name would be ambiguous",
        )
    recipe = repository / "recipes" / source.type / source.name
    stage = repository.with_name(f".{repository.name}.{os.getpid()}.part")
    try:
        for left in repository.parent.glob(f".{repository.name}.*.part"):
            remove_tree(left)  # a killed call
        try:
            _stage(depot, recipes, source, stage)
            _refuse_conflicts(stage, repository)
            staged = Recipes(recipes.genode_dir, [*recipes.repositories, stage])
            with CurrentContent.of(staged, depot, contrib_dir) as current:
                digest = current.hash_of(source.at(""))
            write_atomically(
                stage / recipe.relative_to(repository) / "hash", f"{version} {digest}\n"
            )
            _put(stage, repository)
        finally:
            if stage.exists():
                remove_tree(stage)
    except OSError as error:
        raise cannot_write(repository, error) from error
    return Forked(recipe, version)


def _chosen(depot: Depot, archive: Archive) -> Archive:
    """Return the archive in its version, or in the highest of the depot."""
    if not archive.type.has_recipe or archive.is_binary_package:
        raise UserError(
            f"cannot fork {archive}: it has no recipe",
            hint="wanted USER/src/NAME, or an api, raw or pkg archive",
        )
    versions = sorted(depot.versions(archive), key=sort_key)
    if not versions or (archive.version and archive.version not in versions):
        raise UserError(
            f"{archive} is not in the depot",
            hint=f"the depot has {' '.join(versions)}"
            if versions
            else f"`genode depot download {archive.family}/VERSION` gets it",
        )
    return archive if archive.version else archive.at(versions[-1])


def _stage(depot: Depot, recipes: Recipes, source: Archive, stage: Path) -> None:
    """Make the content for a repository and the recipe in the directory `stage`."""
    place = depot.place(source)
    recipe = stage / "recipes" / source.type / source.name
    recipe.mkdir(parents=True)
    if source.type is ArchiveType.PKG:
        shutil.copytree(place, recipe, symlinks=True, dirs_exist_ok=True)
        lines = [_member(recipes, word) for word in depot.words(source, PACKAGE_LIST)]
        (recipe / PACKAGE_LIST).write_text("".join(f"{line}\n" for line in lines))
        return
    own = _REFERENCES if source.type is ArchiveType.SRC else ()
    with os.scandir(place) as entries:
        names = sorted(entry.name for entry in entries if entry.name not in own)
    items = sorted(item for name in names for item in _items(place, name))
    for item in items:
        if not _PLAIN.fullmatch(item):
            raise UserError(f"cannot fork {source}: a makefile cannot name `{item}`")
        target = stage / item
        target.parent.mkdir(parents=True, exist_ok=True)
        if (place / item).is_dir() and not (place / item).is_symlink():
            shutil.copytree(place / item, target, symlinks=True)
        else:
            shutil.copy2(place / item, target, follow_symlinks=False)
    (recipe / "content.mk").write_text(_content_mk(source, items))
    for file in own:
        found = interfaces_of(source.user, depot.words(source, file))
        if found:
            lines = [_interface(recipes, one) for one in found]
            (recipe / file).write_text("".join(f"{line}\n" for line in lines))


def _items(top: Path, path: str) -> Iterator[str]:
    """Yield what is mirrored as one: files, and directories that belong to one archive."""
    place = top / path
    if place.is_symlink() or not place.is_dir():
        yield path
        return
    names = sorted(os.listdir(place))  # noqa: PTH208
    only = len(names) == 1 and (place / names[0]).is_dir() and not (place / names[0]).is_symlink()
    if path in _SHARED or only:
        for name in names:
            yield from _items(top, f"{path}/{name}")
    else:
        yield path


def _content_mk(source: Archive, items: Sequence[str]) -> str:
    lines = " \\\n".join(f"\t{item}" for item in items)
    return (
        f"# forked from {source}\n\nMIRRORED := \\\n{lines}\n\n"
        "content: $(MIRRORED)\n\n$(MIRRORED):\n\t$(mirror_from_rep_dir)\n"
    )


def _interface(recipes: Recipes, interface: Archive) -> str:
    return interface.name if recipes.of_archive(interface) else str(interface)


def _member(recipes: Recipes, word: str) -> str:
    found = member_of(word)
    if found is None or recipes.of_archive(found) is None:
        return word
    return f"{OWN_USER}/{found.type}/{found.name}"


def _refuse_conflicts(stage: Path, repository: Path) -> None:
    """Raise `UserError` if something in the way differs from what is to be written."""
    wrong = []
    for path in sorted(stage.rglob("*")):
        target = repository / path.relative_to(stage)
        if path.is_symlink():
            same = target.is_symlink() and target.readlink() == path.readlink()
        elif path.is_dir():
            same = target.is_dir() and not target.is_symlink()
        else:
            same = target.is_file() and filecmp.cmp(path, target, shallow=False)
        if not same and (target.exists() or target.is_symlink()):
            wrong.append(str(target))
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise UserError(
            f"a fork would overwrite {', '.join(wrong[:_SHOWN])}{more}",
            hint="name another repository with --repository DIR",
        )


def _put(stage: Path, repository: Path) -> None:
    """Move what was made into its place: the recipe last, so that it finds all that it names."""
    if not repository.exists():
        stage.rename(repository)
        return
    paths = [path for path in sorted(stage.rglob("*")) if path.is_symlink() or not path.is_dir()]
    paths.sort(
        key=lambda path: (path.relative_to(stage).parts[0] == "recipes", path.name == "hash")
    )
    for path in paths:
        target = repository / path.relative_to(stage)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
