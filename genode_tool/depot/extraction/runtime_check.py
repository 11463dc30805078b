"""The check of a package's file `runtime`: by the tree's schema, or that it is well-formed."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from genode_tool.config.schema.hsd import HsdSchema, read_hsd
from genode_tool.config.syntax.document import Syntax
from genode_tool.config.syntax.read import read_document, read_file
from genode_tool.depot.recipes.catalogue import Recipes
from genode_tool.depot.recipes.recipe import Recipe
from genode_tool.errors import Severity, UserError

# The newest name first: it was renamed after 26.02.
_SCHEMAS = ("src/app/depot_deploy/pkg_runtime.hsd", "src/app/depot_deploy/runtime.hsd")


class RuntimeCheck:
    """Checks the `runtime` files of a call; the schema is read once."""

    def __init__(self, recipes: Recipes) -> None:
        self._recipes = recipes

    @cached_property
    def schema_file(self) -> Path | None:
        """The schema in the first repository that has one."""
        places = (top / name for name in _SCHEMAS for top in self._recipes.repositories)
        return next((path for path in places if path.is_file()), None)

    @cached_property
    def _schema(self) -> HsdSchema | None:
        path = self.schema_file
        return read_hsd(read_document(read_file(path), str(path))) if path else None

    def check(self, recipe: Recipe) -> None:
        """Raise `UserError` at the first mistake in the recipe's `runtime`, if it has one."""
        path = recipe.directory / "runtime"
        if not path.is_file():
            return
        document = read_document(read_file(path), str(path))
        found = list(document.remarks)
        if document.syntax is Syntax.HID and self._schema is not None:
            found += self._schema.check(document.root)
        errors = [one for one in found if one.severity is Severity.ERROR]
        if errors:
            first = errors[0].diagnostic
            raise UserError(
                f"the package {recipe}: {first.text}",
                location=first.location,
                trail=tuple(str(one.diagnostic) for one in errors[1:]),
                hint=first.hint,
            )
