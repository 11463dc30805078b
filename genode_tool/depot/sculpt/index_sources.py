"""What a new index of packages is written from: a template of the tree, or a list of packages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from genode_tool.config.syntax.document import Document, Syntax
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.archive.version import sort_key
from genode_tool.depot.recipes.catalogue import Recipes
from genode_tool.depot.sculpt.package_index import filled_template, index_text, offers
from genode_tool.depot.store.depot import Depot
from genode_tool.errors import UserError
from genode_tool.nearest import did_you_mean

_TEMPLATE = "run/sculpt/index"


def template_of(recipes: Recipes) -> Path:
    """Return the template of the first repository that has one. Raises `UserError`."""
    for repository in recipes.repositories:
        path = repository / _TEMPLATE
        if path.is_file():
            return path
    raise UserError(
        f"no repository has a template of an index, {_TEMPLATE}",
        hint="name one with --from FILE, or name the packages",
    )


def from_template(document: Document, user: str, recipes: Recipes) -> str:
    """Return the text of an index with the versions that recipes have now.

    Raises `UserError` that names all packages without recipe.
    """
    names = recipes.names(ArchiveType.PKG)
    wanted = (offer.path for offer in offers(document.root))
    unknown = list(dict.fromkeys(one for one in wanted if "/" not in one and one not in names))
    if unknown:
        raise UserError(
            f"{document.file} names packages without a recipe: {' '.join(filter(None, unknown))}",
            hint=did_you_mean(unknown[0], names) or "wanted recipes/pkg/NAME in a repository",
        )

    def path_of(name: str) -> str:
        version = recipes.get(ArchiveType.PKG, name).checked().version
        return str(Archive(user, ArchiveType.PKG, name, version))

    return filled_template(document, path_of)


def from_packages(
    packages: Sequence[Archive],
    recipes: Recipes,
    depot: Depot,
    architectures: Sequence[str],
    group: str,
    syntax: Syntax,
) -> str:
    """Return the text of an index of packages; the first line of each README describes it.

    A package without version is meant in that of its recipe, or else in the depot's highest.
    Raises `UserError` for what is no package and what has no version.
    """
    found = [_versioned(one, recipes, depot) for one in packages]
    described = ((one, next(_readme_lines(one, recipes, depot), one.name)) for one in found)
    return index_text(architectures, group, described, syntax)


def _versioned(package: Archive, recipes: Recipes, depot: Depot) -> Archive:
    if package.type is not ArchiveType.PKG or package.is_binary_package:
        raise UserError(f"{package} is not a package", hint="wanted USER/pkg/NAME[/VERSION]")
    if package.version:
        return package
    versions = sorted(depot.versions(package), key=sort_key)
    version = recipes.current_version(package) or next(reversed(versions), "")
    if not version:
        raise UserError(
            f"{package} has neither a recipe nor a version in the depot",
            hint=did_you_mean(package.name, recipes.names(ArchiveType.PKG)),
        )
    return package.at(version)


def _readme_lines(package: Archive, recipes: Recipes, depot: Depot) -> Iterator[str]:
    """Yield the lines of a package's README that say something, without marks of headings."""
    recipe = recipes.of_archive(package)
    places = [depot.place(package), *([recipe.directory] if recipe else [])]
    for place in places:
        path = place / "README"
        if path.is_file():
            for line in path.read_text(errors="replace").splitlines():
                text = line.strip().lstrip("#").strip()
                if text.strip("=-~"):
                    yield text
