"""The bill of materials of archives: what is in a package, as a table and as an SPDX document.

Each archive of the closure is a package of the document, with its version, its hashes, its
licence and what it depends on. Its SHA1 is the hash that recipes and `.hash` files have, its SHA256
the digest of all that it contains. A licence is the file LICENSE of the archive: its
`SPDX-License-Identifier`, if it has one, else the text itself. Nothing is guessed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genode_tool.depot.archive.closure import Closure
from genode_tool.depot.archive.content import ContentHash, content_hash, package_list
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.store.depot import Depot
from genode_tool.errors import EnvironmentProblem
from genode_tool.ports.spdx import Licenses, creation_info, identifier, need_library, valid_json
from genode_tool.regex import regex

if TYPE_CHECKING:
    from spdx_tools.spdx.model.document import Document

_IDENTIFIER = regex(r"SPDX-License-Identifier:\s*(\S[^\n*/]*)")
_TITLE_LENGTH = 60


@dataclass(frozen=True, slots=True)
class ArchiveMaterial:
    """An archive with its hashes and the text of its licence, "" without; `needs` are direct."""

    archive: Archive
    hashes: ContentHash
    license_text: str
    needs: tuple[Archive, ...]

    @property
    def license(self) -> str:
        """The identifier that the licence names, else its first line, "" without licence."""
        match = _IDENTIFIER.search(self.license_text)
        if match:
            return match[1].strip()
        lines = (line.strip() for line in self.license_text.splitlines())
        return next((line[:_TITLE_LENGTH] for line in lines if line), "")


def archive_materials(depot: Depot, closure: Closure) -> list[ArchiveMaterial]:
    """Return the archives of a complete closure, type by type. Raises `EnvironmentProblem`."""
    try:
        return [_material(depot, one, closure.needs[one]) for one in closure.sorted()]
    except OSError as error:
        raise EnvironmentProblem(f"cannot read {error.filename}: {error.strerror}") from error


def _material(depot: Depot, archive: Archive, needs: tuple[Archive, ...]) -> ArchiveMaterial:
    place = depot.place(archive)
    package = archive.type is ArchiveType.PKG
    hashes = content_hash(str(place), package_list(str(place), archive.user) if package else None)
    path = place / "LICENSE"
    text = path.read_text(errors="replace") if path.is_file() else ""
    return ArchiveMaterial(archive, hashes, text, needs)


def archive_rows(materials: Sequence[ArchiveMaterial]) -> list[tuple[str, ...]]:
    """Return a row per archive, after a row of headings."""
    rows: list[tuple[str, ...]] = [("archive", "version", "licence", "SHA1")]
    for one in materials:
        rows.append((one.archive.family, one.archive.version, one.license, one.hashes.hash))
    return rows


def archive_data(subject: str, materials: Sequence[ArchiveMaterial]) -> dict[str, Any]:
    """Return the same as plain data, with digests and dependencies."""
    return {
        "subject": subject,
        "archives": [
            {
                "archive": str(one.archive),
                "version": one.archive.version,
                "license": one.license,
                "sha1": one.hashes.hash,
                "sha256": one.hashes.digest,
                "needs": [str(other) for other in one.needs],
            }
            for one in materials
        ],
    }


def archive_spdx(
    roots: Sequence[Archive],
    closure: Closure,
    materials: Sequence[ArchiveMaterial],
    location: Callable[[Archive], str],
) -> str:
    """Return the SPDX document of some archives and all that they need, as JSON.

    `location` returns where an archive is published, "" if that is not known. Raises
    `EnvironmentProblem` without the library, `GenodeError` when the result is not valid.
    """
    need_library()
    return valid_json(_document(roots, closure, materials, location))


def _document(
    roots: Sequence[Archive],
    closure: Closure,
    materials: Sequence[ArchiveMaterial],
    location: Callable[[Archive], str],
) -> Document:
    from spdx_tools.spdx.model.document import Document
    from spdx_tools.spdx.model.package import Package
    from spdx_tools.spdx.model.relationship import Relationship, RelationshipType
    from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion

    licenses = Licenses()
    packages = [_package(one, licenses, location(one.archive)) for one in materials]
    relations = [
        Relationship("SPDXRef-DOCUMENT", RelationshipType.DESCRIBES, _id(root)) for root in roots
    ]
    for archive, needs in closure.needs.items():
        if archive.is_binary_package:
            # It is no archive of its own, but what its package and binaries are together.
            packages.append(
                Package(
                    _id(archive),
                    archive.family,
                    SpdxNoAssertion(),
                    version=archive.version,
                    files_analyzed=False,
                )
            )
        for other in needs:
            made = archive.type in (ArchiveType.BIN, ArchiveType.DBG)
            kind = RelationshipType.GENERATED_FROM if made else RelationshipType.DEPENDS_ON
            if archive.is_binary_package:
                kind = RelationshipType.CONTAINS
            relations.append(Relationship(_id(archive), kind, _id(other)))
    content = "\n".join(f"{one.archive} {one.hashes.digest}" for one in materials)
    return Document(
        creation_info(" ".join(map(str, roots)), content),
        packages=packages,
        relationships=relations,
        extracted_licensing_info=licenses.extracted,
    )


def _package(one: ArchiveMaterial, licenses: Licenses, location: str) -> Any:
    from spdx_tools.spdx.model.actor import Actor, ActorType
    from spdx_tools.spdx.model.checksum import Checksum, ChecksumAlgorithm
    from spdx_tools.spdx.model.package import Package
    from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion

    return Package(
        _id(one.archive),
        one.archive.family,
        location or SpdxNoAssertion(),
        version=one.archive.version,
        supplier=Actor(ActorType.ORGANIZATION, one.archive.user),
        files_analyzed=False,
        checksums=[
            Checksum(ChecksumAlgorithm.SHA1, one.hashes.hash),
            Checksum(ChecksumAlgorithm.SHA256, one.hashes.digest),
        ],
        license_concluded=SpdxNoAssertion(),
        license_declared=_terms(one, licenses) if one.license_text.strip() else SpdxNoAssertion(),
        copyright_text=SpdxNoAssertion(),
    )


def _terms(one: ArchiveMaterial, licenses: Licenses) -> Any:
    if licenses.is_expression(one.license):
        return licenses.of(one.license)
    digest = hashlib.sha256(one.license_text.encode()).hexdigest()
    return licenses.reference(f"LICENSE-{digest[:16]}", one.license_text, one.license)


def _id(archive: Archive) -> str:
    """Return the identifier of an archive; `_` and the like, which SPDX has not, are told apart."""
    path = str(archive)
    plain = identifier(path.replace("/", "-"))
    if re.sub(r"[A-Za-z0-9.-]", "", path.replace("/", "")):
        plain += f"-{hashlib.sha256(path.encode()).hexdigest()[:8]}"
    return f"SPDXRef-{plain}"
