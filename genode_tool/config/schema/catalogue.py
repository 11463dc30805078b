"""The schemas of a tree and a build, and the check of a configuration against them.

A schema belongs to a binary: `config.xsd` or `BINARY.hsd` beside a program's `target.mk`. A build
puts them as `BINARY.xsd` and `BINARY.hsd` into `bin/`, and depot archives contain them. Init's
configuration holds those of its children, which are checked against theirs, to any depth.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from genode_tool.config.schema.hsd import HsdSchema, read_hsd
from genode_tool.config.schema.xsd import XsdSchema
from genode_tool.config.syntax.document import Finding, Node, Syntax
from genode_tool.config.syntax.read import read_document, read_file
from genode_tool.errors import Diagnostic, GenodeError, Severity
from genode_tool.regex import regex

INIT = "init"
_TARGET = regex(r"^TARGET\s*:?=\s*(\S+)\s*$", re.MULTILINE)
# Third-party code and builds have no descriptions of this tree.
_SKIPPED = {".git", "contrib", "build"}


@dataclass(slots=True)
class Schemas:
    """The schemas known by binary name, loaded when they are first needed."""

    xsd: dict[str, Path] = field(default_factory=dict)
    hsd: dict[str, Path] = field(default_factory=dict)
    catalogue: dict[str, Path] = field(default_factory=dict)
    _loaded: dict[tuple[str, Syntax], HsdSchema | XsdSchema | None] = field(default_factory=dict)

    def of(self, binary: str, syntax: Syntax) -> HsdSchema | XsdSchema | None:
        """Return the schema for a binary: the one of that syntax, else the other.

        Raises `UserError` when the schema itself is wrong.
        """
        key = binary, syntax
        if key not in self._loaded:
            self._loaded[key] = self._load(binary, syntax)
        return self._loaded[key]

    def _load(self, binary: str, syntax: Syntax) -> HsdSchema | XsdSchema | None:
        xsd, hsd = self.xsd.get(binary), self.hsd.get(binary)
        if hsd and (syntax is Syntax.HID or xsd is None):
            return read_hsd(read_document(read_file(hsd), str(hsd)))
        return XsdSchema(xsd, self.catalogue) if xsd else None


def find_schemas(repositories: Sequence[Path], built: Iterable[Path] = ()) -> Schemas:
    """Return the schemas of repositories, the first of which wins, and of directories of binaries.

    Schemas of the sources win over those built from an earlier state of them.
    """
    schemas = Schemas()
    for repository in repositories:
        for path in sorted((repository / "xsd").glob("*.xsd")):
            schemas.catalogue.setdefault(path.name, path)
        for path in _files(repository / "src"):
            if path.suffix == ".hsd":
                schemas.hsd.setdefault(path.stem, path)
            else:
                for name in _binaries(path.parent):
                    schemas.xsd.setdefault(name, path)
    for directory in built:
        for kind, table in ((".xsd", schemas.xsd), (".hsd", schemas.hsd)):
            for path in sorted(directory.glob(f"*{kind}")):
                table.setdefault(path.stem, path)
    return schemas


def _files(top: Path) -> Iterator[Path]:
    for directory, below, names in os.walk(top):
        below[:] = sorted(set(below) - _SKIPPED)
        for name in names:
            if name == "config.xsd" or name.endswith(".hsd"):
                yield Path(directory, name)


def _binaries(directory: Path) -> list[str]:
    """Return the targets of the description beside a schema, as far as they are literal.

    A schema below a directory with descriptions of variants belongs to all of them.
    """
    found = []
    for path in sorted({directory / "target.mk", *directory.glob("*/target.mk")}):
        try:
            match = _TARGET.search(path.read_text(errors="replace"))
        except OSError:
            continue
        # A name that make would have to compute is not worth an evaluation here.
        if match and "$" not in match[1]:
            found.append(match[1])
    return found


def check_schemas(
    root: Node, schemas: Schemas, syntax: Syntax, *, binary: str = INIT, path: str = INIT
) -> Iterator[Finding]:
    """Yield the schema errors of the configuration of `binary`, and of its children.

    `path` is the path of components that findings name. A schema that is wrong itself is a
    warning.
    """
    schema = None
    try:
        schema = schemas.of(binary, syntax)
    except GenodeError as error:
        # The mistake is in the schema, not in the configuration, so it must not stop a scenario.
        text = f"the schema of {binary} is not applied: {error.message}"
        place = error.location or root.location
        diagnostic = Diagnostic(Severity.WARNING, text, place, hint=error.hint)
        yield Finding("schema", diagnostic, path)
    if schema is not None:
        yield from (replace(one, path=path) for one in schema.check(root))
    if binary != INIT:
        return
    for start in root.named("start"):
        config = start.first("config")
        if config is not None:
            name = start.get("name")
            named = start.first("binary")
            own = named.get("name", name) if named else start.get("binary", name)
            yield from check_schemas(config, schemas, syntax, binary=own, path=f"{path} -> {name}")
