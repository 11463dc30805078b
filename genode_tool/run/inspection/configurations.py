"""Configurations to work on: that of a file, or those that the run script of a scenario writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genode_tool.config.checks.report import CheckOptions
from genode_tool.config.examine import Examination, dialect_of, examine
from genode_tool.config.schema.catalogue import INIT, Schemas, find_schemas
from genode_tool.config.syntax.document import Malformed
from genode_tool.config.syntax.read import looks_like_xml
from genode_tool.config.system.model import Dialect, System
from genode_tool.errors import GenodeError, UserError
from genode_tool.events import discard
from genode_tool.run.configuration.examination import (
    examine_image,
    known_modules,
    memory_of,
)
from genode_tool.run.context.run_scripts import find_scenario
from genode_tool.run.context.tree_build import TreeBuild
from genode_tool.run.engine.scenario_planner import plan_lightly
from genode_tool.run.options import RunOptions
from genode_tool.run.plan import ScenarioPlan
from genode_tool.tree import BuildDirectory, SourceTree, find_tree
from genode_tool.tree.search import own_tree


@dataclass(frozen=True, slots=True)
class Subject:
    """A configuration and what was found in it. `plan` is that of the scenario, if it is one."""

    name: str
    examination: Examination
    plan: ScenarioPlan | None = None

    @property
    def system(self) -> System:
        """The configuration as init interprets it.

        Raises `GenodeError` when it is malformed or not a configuration of init.
        """
        found = self.examination
        if found.document is None:
            raise Malformed(found.findings)
        if found.system is None:
            raise UserError(
                f"{self.name} is not a configuration of init",
                location=found.document.root.location,
                hint="wanted <config> with <start> nodes",
            )
        return found.system


def subject_of_text(
    text: str, name: str, *, strict: bool = False, binary: str = "", dialect: Dialect | None = None
) -> Subject:
    """Return the configuration in `text`, which error messages call `name`.

    It is checked with the schemas of the tree around the current directory. `binary` is the
    program that it is for, "" for init if it looks like that. `dialect` is that of the
    init that reads it; None: that of the tree, outside of any that of the framework for HID.
    """
    tree = find_tree(Path.cwd())
    schemas, around = _schemas_of(tree or own_tree())
    if dialect is None:
        dialect = around if tree or looks_like_xml(text) else Dialect.FRAMEWORK
    if dialect is not around:  # the schema of the tree's init is not about this one
        schemas.xsd.pop(INIT, None)
        schemas.hsd.pop(INIT, None)
    options = CheckOptions(strict=strict)
    return Subject(name, examine(text, name, schemas, dialect, binary=binary, options=options))


def _schemas_of(tree: SourceTree | None) -> tuple[Schemas, Dialect]:
    """Return the schemas of a tree, and whose init it has."""
    if tree is None:
        return Schemas(), Dialect.FRAMEWORK
    top = tree.path / "repos" if (tree.path / "repos").is_dir() else tree.path
    repositories = [path for path in sorted(top.iterdir()) if (path / "src").is_dir()]
    return find_schemas(repositories), dialect_of(tree.path)


def subjects_of_scenario(
    build_dir: BuildDirectory, name: str, *, strict: bool = False
) -> list[Subject]:
    """Return the configurations of a scenario, one for each boot image; builds nothing.

    Raises `UserError` for an unknown scenario, and when it writes no configuration.
    """
    build = TreeBuild(build_dir, RunOptions(), discard)
    script = find_scenario(build.repositories, name)
    verdict, plan = plan_lightly(build, name)
    if not plan.images:
        raise UserError(
            f"scenario {name} makes no boot image here: {verdict.reason}",
            location=verdict.location,
            hint="try another KERNEL= or BOARD=" if plan.unmet else "",
        )
    found: list[Subject] = []
    for image in plan.images:
        options = CheckOptions(ram=memory_of(plan.arguments), strict=strict)
        examined = examine_image(build, script, image, options)
        if examined is None:
            continue
        if not examined.errors and not plan.archives:
            # Which programs there will be takes the first stage of the build to know.
            try:
                made = build.artifacts_of(plan.goals)
            except GenodeError:
                made = ()
            if made:
                options = CheckOptions(known_modules(made, image), options.ram, strict)
                examined = examine_image(build, script, image, options) or examined
        found.append(Subject(name.removeprefix("run/"), examined, plan))
    if not found:
        raise UserError(f"scenario {name} writes no configuration")
    return found
