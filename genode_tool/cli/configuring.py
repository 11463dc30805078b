"""What `genode config` works on: a file, or the configuration that a run script writes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool.errors import UserError

if TYPE_CHECKING:
    from genode_tool.config.examine import Examination
    from genode_tool.config.schema.catalogue import Schemas
    from genode_tool.config.syntax.document import Document
    from genode_tool.config.system.model import Dialect, System
    from genode_tool.run.plan import Plan


@dataclass(frozen=True, slots=True)
class Subject:
    """A configuration with what was found in it. `plan` is that of the scenario, if it is one."""

    name: str
    examination: Examination
    plan: Plan | None = None

    @property
    def system(self) -> System:
        """What init is told. Raises `GenodeError` when the configuration is not init's."""
        from genode_tool.config.syntax.document import Malformed

        found = self.examination
        if found.document is None:
            raise Malformed(found.findings)
        if found.system is None:
            raise UserError(
                f"{self.name} is no configuration of init",
                location=found.document.root.location,
                hint="wanted <config> with <start> nodes",
            )
        return found.system


def read_text(file: str) -> str:
    """Return the text of a file, of standard input for `-`. Raises `GenodeError`."""
    from genode_tool.config.syntax.read import read_file

    if file != "-":
        return read_file(Path(file))
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise UserError(f"standard input is no text in UTF-8: byte {error.start}") from error


def read(file: str) -> Document:
    """Return the document in a file. Raises `GenodeError`."""
    from genode_tool.config.syntax.read import read_document

    return read_document(read_text(file), "standard input" if file == "-" else file)


def subject(
    word: str,
    variables: Mapping[str, str],
    *,
    strict: bool = False,
    binary: str = "",
    init: str = "",
) -> list[Subject]:
    """Return the configurations that `word` means: that of a file, or all of a scenario.

    A file is checked with the schemas of the tree around us. `init` names the dialect, "" lets
    the tree decide. Raises `GenodeError` for what does not exist.
    """
    if word == "-" or Path(word).is_file():
        return [_of_file(word, strict=strict, binary=binary, init=init)]
    if "/" in word.removeprefix("run/") or Path(word).suffix in (".hid", ".xml", ".config"):
        raise UserError(f"there is no file {word}")
    return _of_scenario(word, variables, strict=strict)


def _of_file(word: str, *, strict: bool, binary: str, init: str) -> Subject:
    from genode_tool.config.checks.report import Given
    from genode_tool.config.examine import examine
    from genode_tool.config.schema.catalogue import INIT

    text = read_text(word)
    schemas, around = _tree_facts()
    dialect = _dialect(init, text, around)
    if dialect is not around:  # the schema of the tree's init is not about this one
        schemas.xsd.pop(INIT, None)
        schemas.hsd.pop(INIT, None)
    found = examine(text, word, schemas, dialect, binary=binary, given=Given(strict=strict))
    return Subject(word, found)


def _dialect(init: str, text: str, around: Dialect) -> Dialect:
    from genode_tool.config.syntax.read import looks_like_xml
    from genode_tool.config.system.model import Dialect

    if init:
        return Dialect(init)
    # Our own init reads XML only.
    return around if looks_like_xml(text) else Dialect.FRAMEWORK


def _tree_facts() -> tuple[Schemas, Dialect]:
    """Return the schemas of the tree around us, and whose init it has."""
    from genode_tool.config.examine import dialect_of
    from genode_tool.config.schema.catalogue import Schemas, find_schemas
    from genode_tool.config.system.model import Dialect
    from genode_tool.tree.search import find_tree, own_tree

    tree = find_tree(Path.cwd()) or own_tree()
    if tree is None:
        return Schemas(), Dialect.FRAMEWORK
    top = tree.path / "repos" if (tree.path / "repos").is_dir() else tree.path
    repositories = [path for path in sorted(top.iterdir()) if (path / "src").is_dir()]
    return find_schemas(repositories), dialect_of(tree.path)


def _of_scenario(word: str, variables: Mapping[str, str], *, strict: bool) -> list[Subject]:
    from genode_tool.cli.place import build_directory
    from genode_tool.config.checks.report import Given
    from genode_tool.errors import GenodeError
    from genode_tool.events import discard
    from genode_tool.run.configuration.examination import (
        examine_image,
        known_modules,
        memory_of,
        plan_lightly,
    )
    from genode_tool.run.context.run_scripts import find_scenario
    from genode_tool.run.context.tree_build import TreeBuild
    from genode_tool.run.options import RunOptions

    build = TreeBuild(build_directory(variables, discard), RunOptions(plan=True), discard)
    script = find_scenario(build.repositories, word)
    verdict, plan = plan_lightly(build, word)
    if not plan.images:
        raise UserError(
            f"the scenario {word} makes no boot image here: {verdict.reason}",
            location=verdict.location,
            hint="another KERNEL= or BOARD= may suit it" if plan.unmet else "",
        )
    found: list[Subject] = []
    for image in plan.images:
        given = Given(ram=memory_of(plan.arguments), strict=strict)
        examined = examine_image(build, script, image, given)
        if examined is None:
            continue
        if not examined.errors and not plan.archives:
            # Which programs there will be takes the first stage of the build to know.
            try:
                made = build.artifacts_of(plan.goals)
            except GenodeError:
                made = ()
            if made:
                given = Given(known_modules(made, image), given.ram, strict)
                examined = examine_image(build, script, image, given) or examined
        found.append(Subject(word.removeprefix("run/"), examined, plan))
    if not found:
        raise UserError(f"the scenario {word} writes no configuration", location=None)
    return found


def one_system(names: Sequence[str], variables: Mapping[str, str]) -> System:
    """Return what the first instance of init of a file or scenario is told."""
    if len(names) != 1:
        raise UserError("wanted one file or scenario")
    return subject(names[0], variables)[0].system
