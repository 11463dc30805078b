"""The examination of one configuration: syntax, schemas, routes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from genode_tool.config.checks.report import CheckOptions
from genode_tool.config.checks.systems import check_systems
from genode_tool.config.schema.catalogue import INIT, Schemas, check_schemas
from genode_tool.config.syntax.document import (
    Document,
    Finding,
    Malformed,
    Node,
    Syntax,
    TranslateLocation,
)
from genode_tool.config.syntax.read import read_document
from genode_tool.config.system.model import Dialect, System
from genode_tool.config.system.reader import Modules, no_modules, read_system
from genode_tool.errors import Severity

_OF_INIT = ("parent-provides", "default-route", "start", "prio_levels")


@dataclass(frozen=True, slots=True)
class Examination:
    """The results. `document` is None for a malformed text, `system` when it is not init's."""

    document: Document | None
    system: System | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep a scenario from starting."""
        return tuple(one for one in self.findings if one.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The others."""
        return tuple(one for one in self.findings if one.severity is Severity.WARNING)


def examine(
    text: str,
    file: str,
    schemas: Schemas,
    dialect: Dialect,
    *,
    binary: str = "",
    options: CheckOptions = CheckOptions(),  # noqa: B008 - frozen
    modules: Modules = no_modules,
    translate: TranslateLocation | None = None,
) -> Examination:
    """Return the findings about the configuration of a program.

    `binary` is its name; without it, init's if the text looks like it. `modules` has the
    configurations that nested instances of init get as ROMs. `translate` maps places in the text
    to where they were written.
    """
    try:
        document = read_document(text, file, translate)
    except Malformed as error:
        return Examination(None, None, error.problems)
    program = binary or (INIT if is_init(document.root) else "")
    findings = list(document.remarks)
    if program:
        findings += check_schemas(document.root, schemas, document.syntax, binary=program)
    system = None
    if program == INIT:
        system = read_system(document, dialect, modules, translate)
        findings += check_systems(system, options)
        findings += _modules(system, schemas, document.syntax)
    unique = dict.fromkeys(findings)
    return Examination(document, system, tuple(sorted(unique, key=_order)))


def _order(finding: Finding) -> tuple[bool, str, int, int]:
    place = finding.location
    return finding.severity is not Severity.ERROR, place.file, place.line, place.column


def _modules(system: System, schemas: Schemas, syntax: Syntax) -> Iterator[Finding]:
    """Yield the schema errors of nested configurations that are boot modules."""
    for one in system.instances():
        for start in one.children:
            if start.inner is not None and start.config is None:
                path = " -> ".join((*one.path, start.name))
                yield from check_schemas(start.inner.root, schemas, syntax, path=path)


def is_init(root: Node) -> bool:
    """Return whether a configuration looks like one of init."""
    return root.name == "config" and any(
        root.has(name) or root.first(name) is not None for name in _OF_INIT
    )


def dialect_of(tree: Path) -> Dialect:
    """Return the dialect of init in a source tree; ours is described in `repos/os/doc/init.md`."""
    return Dialect.OWN if (tree / "repos/os/doc/init.md").is_file() else Dialect.FRAMEWORK
