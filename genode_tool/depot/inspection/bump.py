"""New versions for recipes whose content changed, and for those that name them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from genode_tool.depot.archive.closure import Closure, closure_of, work_order
from genode_tool.depot.archive.name import Archive
from genode_tool.depot.archive.version import next_version
from genode_tool.depot.inspection.current_content import CurrentContent
from genode_tool.depot.recipes.recipe import Recipe
from genode_tool.depot.recipes.references import RecipeReferences
from genode_tool.errors import GenodeError
from genode_tool.files import write_atomically


@dataclass(frozen=True, slots=True)
class Bump:
    """A recipe and its new version and hash; or the `error` because of which these are unknown."""

    recipe: Recipe
    version: str = ""
    hash: str = ""
    error: GenodeError | None = None


def bump(
    current: CurrentContent,
    roots: Sequence[Archive],
    user: str,
    propose: Callable[[], str],
    *,
    write: bool,
) -> Iterator[Bump]:
    """Yield the recipes that get a new version, interfaces first.

    `roots` are looked at with all that they need and all that needs them; without any, all recipes
    are. With `write`, their hash files are rewritten. Raises `EnvironmentProblem` when that fails.
    """
    recipes = current.recipes
    for archive in _affected(current, roots, user):
        recipe = recipes.get(*archive.recipe)
        try:
            found = current.hash_of(archive)
        except GenodeError as error:
            yield Bump(recipe, error=error)
            continue
        if found == recipe.hash and recipe.version:
            continue
        version = next_version(
            recipe.version,
            propose(),
            lambda one, of=archive, digest=found: current.depot.may_be(of.at(one), digest),  # type: ignore[misc]
        )
        if write:
            write_atomically(recipe.hash_file, f"{version} {found}\n")
        recipes.note_version(recipe, version, found)
        yield Bump(recipe, version, found)


def _affected(current: CurrentContent, roots: Sequence[Archive], user: str) -> list[Archive]:
    """Return the archives to look at, none before one that it refers to."""
    references = RecipeReferences(current.recipes)
    own = closure_of(roots, references)
    whole = Closure(())
    for recipe in current.recipes.all():
        try:
            found = closure_of([Archive(user, recipe.type, recipe.name)], references)
        except GenodeError:
            continue  # a recipe that names what does not exist; `extract` reports it
        whole.needs.update(found.needs)
    order = work_order(whole)
    if not roots:
        return order
    chosen = set(own.needs)
    changed = set(roots)
    for archive in order:
        if any(other in changed for other in whole.needs[archive]):
            changed.add(archive)
    return [one for one in order if one in chosen | changed]
