"""Bills of materials: the ports behind an image, as a table and as an SPDX document.

What a description says of its licence is taken over as it is: an expression of SPDX identifiers
counts as such, anything else becomes a licence reference with that text. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from genode_tool.ports.description.evaluate import PortDescription, describe
from genode_tool.ports.fetch.source import PortSource, SourceKind
from genode_tool.ports.metadata import prepared_ports
from genode_tool.ports.spdx import Licenses, creation_info, identifier, need_library, valid_json
from genode_tool.ports.store.collection import PortCollection

if TYPE_CHECKING:
    from spdx_tools.spdx.model.document import Document


@dataclass(frozen=True, slots=True)
class Material:
    """A port behind an image; `users` are the programs and libraries that contain some of it."""

    description: PortDescription
    hash: str
    users: tuple[str, ...] = ()


def prepared_materials(collection: PortCollection) -> list[Material]:
    """Return all ports that are prepared. Raises `GenodeError` for a wrong description."""
    return [
        Material(describe(collection, port), port.recorded_hash)
        for port in prepared_ports(collection)
    ]


def table_rows(materials: Sequence[Material]) -> list[tuple[str, ...]]:
    """Return a row per port, after a row of headings."""
    rows: list[tuple[str, ...]] = [("port", "version", "licence", "hash", "used by")]
    for one in materials:
        about = one.description
        rows.append((about.name, about.version, about.license, one.hash, ", ".join(one.users)))
    return rows


def plain_data(subject: str, materials: Sequence[Material]) -> dict[str, Any]:
    """Return the same as plain data, with the sources."""
    return {
        "subject": subject,
        "ports": [
            {
                "name": one.description.name,
                "version": one.description.version,
                "license": one.description.license,
                "hash": one.hash,
                "used_by": list(one.users),
                "sources": [
                    {
                        "name": str(source),
                        "location": _location(source),
                        "digest": str(source.digest) if source.digest else "",
                        "revision": source.revision,
                    }
                    for source in one.description.sources
                ],
            }
            for one in materials
        ],
    }


def spdx_json(subject: str, materials: Sequence[Material]) -> str:
    """Return the SPDX document of `subject`, an image or a tree, as JSON.

    Raises `EnvironmentProblem` without the library, `GenodeError` when the result is not valid.
    """
    need_library()
    return valid_json(_document(subject, materials))


def _document(subject: str, materials: Sequence[Material]) -> Document:
    from spdx_tools.spdx.model.document import Document
    from spdx_tools.spdx.model.package import Package
    from spdx_tools.spdx.model.relationship import Relationship, RelationshipType
    from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion

    content = "\n".join(f"{one.description.name} {one.hash}" for one in materials)
    top = f"SPDXRef-{identifier(subject)}"
    packages = [Package(top, subject, SpdxNoAssertion(), files_analyzed=False)]
    relations = [Relationship("SPDXRef-DOCUMENT", RelationshipType.DESCRIBES, top)]
    licenses = Licenses()
    for one in materials:
        about = one.description
        port = f"SPDXRef-Port-{identifier(about.name)}"
        sources = about.sources
        comment = f"contrib/{about.name}-{one.hash}"
        if one.users:
            comment += f"; used by {', '.join(one.users)}"
        terms = licenses.of(about.license)
        # A port with one source is one package, with that source's place and hash.
        single = sources[0] if len(sources) == 1 else None
        packages.append(_package(port, about.name, about.version, single, terms, comment))
        relations.append(Relationship(top, RelationshipType.GENERATED_FROM, port))
        if single is None:
            for source in sources:
                name = f"{port}-{identifier(source.name)}"
                version = source.version or source.revision or about.version
                packages.append(_package(name, source.name, version, source, terms, ""))
                relations.append(Relationship(port, RelationshipType.CONTAINS, name))
    return Document(
        creation_info(subject, content),
        packages=packages,
        relationships=relations,
        extracted_licensing_info=licenses.extracted,
    )


def _package(
    identity: str, name: str, version: str, source: PortSource | None, terms: Any, comment: str
) -> Any:
    from spdx_tools.spdx.model.checksum import Checksum, ChecksumAlgorithm
    from spdx_tools.spdx.model.package import (
        ExternalPackageRef,
        ExternalPackageRefCategory,
        Package,
    )
    from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion

    location = _location(source) if source else ""
    checksums = []
    if source and source.digest:
        algorithm = ChecksumAlgorithm[source.digest.algorithm.upper()]
        checksums.append(Checksum(algorithm, source.digest.hex))
    references = []
    if source and (purl := _purl(source)):
        manager = ExternalPackageRefCategory.PACKAGE_MANAGER
        references.append(ExternalPackageRef(manager, "purl", purl))
    return Package(
        identity,
        name,
        location or SpdxNoAssertion(),
        version=version,
        files_analyzed=False,
        checksums=checksums,
        license_concluded=SpdxNoAssertion(),
        license_declared=terms,
        copyright_text=SpdxNoAssertion(),
        comment=comment or None,
        external_references=references,
    )


def _location(source: PortSource) -> str:
    """Return where the source comes from in the notation of SPDX; "" for package names."""
    match source.kind:
        case SourceKind.GIT | SourceKind.SPARSE_GIT:
            path = f"#{source.sparse_path.strip('/')}" if source.sparse_path else ""
            return f"{_vcs('git', source.url)}@{source.revision}{path}"
        case SourceKind.SVN:
            return f"{_vcs('svn', source.url)}@{source.revision}"
        case SourceKind.DEBIAN | SourceKind.PYPI:
            return ""
    return source.url


def _vcs(tool: str, url: str) -> str:
    return url if url.startswith(f"{tool}:") else f"{tool}+{url}"


def _purl(source: PortSource) -> str:
    """Return the package URL of what a distribution or an index calls a package."""
    name, version = quote(source.url), quote(source.version)
    if source.kind is SourceKind.DEBIAN:
        return f"pkg:deb/debian/{name}@{version}?arch=source"
    return f"pkg:pypi/{name.lower()}@{version}" if source.kind is SourceKind.PYPI else ""
