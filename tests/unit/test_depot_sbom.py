"""`genode depot sbom`: the bill of materials of archives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from genode_tool.depot.archive.content import content_hash
from tests.unit.depot_fixture import Genode, genode, recipe_dir, tree

__all__ = ["genode", "tree"]

V = "2026-01-01"
PACKAGE = f"al/pkg/x86_64/street/{V}"


@pytest.fixture
def depot(tree: Path, genode: Genode) -> Path:
    """A depot with the package `street`, and binaries of the source in it."""
    (recipe_dir(tree, "pkg/shop") / "archives").write_text("_/src/shop\n_/raw/goods\n")
    words = ("depot", "extract", "al/pkg/street", "--update-versions", "--version-cmd", f"echo {V}")
    for recipe in ("pkg/shop", "pkg/street"):
        (recipe_dir(tree, recipe) / "hash").write_text("2025-01-01 none\n")
    assert genode(*words)[0] == 0
    made = tree / f"depot/al/bin/x86_64/shop/{V}"
    made.mkdir(parents=True)
    (made / "shop").write_bytes(b"program")
    return tree / "depot"


def document(genode: Genode, *words: str) -> dict[str, Any]:
    """Return an SPDX document that another program reads and finds to be valid."""
    code, out, err = genode("depot", "sbom", *(words or (PACKAGE,)), "--format", "spdx-json")
    assert code == 0, err
    data: dict[str, Any] = json.loads(out)
    parser = JsonLikeDictParser()  # type: ignore[no-untyped-call]
    assert validate_full_spdx_document(parser.parse(data)) == []
    return data


def test_everything_in_a_package_is_listed(depot: Path, genode: Genode) -> None:
    packages = {one["name"]: one for one in document(genode)["packages"]}
    assert set(packages) == {
        *("al/pkg/x86_64/street", "al/pkg/x86_64/shop"),
        *("al/pkg/street", "al/pkg/shop", "al/src/shop", "al/raw/goods", "al/api/timer"),
        "al/bin/x86_64/shop",
    }
    source = packages["al/src/shop"]
    found = content_hash(str(depot / f"al/src/shop/{V}"))
    recorded = (depot / f"al/src/shop/{V}.hash").read_text().strip()
    assert found.hash == recorded
    assert {one["algorithm"]: one["checksumValue"] for one in source["checksums"]} == {
        "SHA1": recorded,
        "SHA256": found.digest,
    }
    assert source["versionInfo"] == V and source["downloadLocation"] == "NOASSERTION"
    assert source["supplier"] == "Organization: al"


def test_packages_have_the_hash_of_recipes(depot: Path, genode: Genode) -> None:
    packages = {one["name"]: one for one in document(genode)["packages"]}
    recorded = (depot / f"al/pkg/shop/{V}.hash").read_text().strip()
    assert packages["al/pkg/shop"]["checksums"][0]["checksumValue"] == recorded


def test_dependencies_and_origins(depot: Path, genode: Genode) -> None:
    data = document(genode)
    names = {one["SPDXID"]: one["name"] for one in data["packages"]}
    found = {
        (
            names.get(one["spdxElementId"], ""),
            one["relationshipType"],
            names[one["relatedSpdxElement"]],
        )
        for one in data["relationships"]
    }
    assert found == {
        ("", "DESCRIBES", "al/pkg/x86_64/street"),
        ("al/pkg/x86_64/street", "CONTAINS", "al/pkg/street"),
        ("al/pkg/x86_64/street", "CONTAINS", "al/pkg/x86_64/shop"),
        ("al/pkg/street", "DEPENDS_ON", "al/pkg/shop"),
        ("al/pkg/shop", "DEPENDS_ON", "al/src/shop"),
        ("al/pkg/shop", "DEPENDS_ON", "al/raw/goods"),
        ("al/src/shop", "DEPENDS_ON", "al/api/timer"),
        ("al/bin/x86_64/shop", "GENERATED_FROM", "al/src/shop"),
        ("al/pkg/x86_64/shop", "CONTAINS", "al/pkg/shop"),
        ("al/pkg/x86_64/shop", "CONTAINS", "al/bin/x86_64/shop"),
    }


def test_licences_are_what_archives_say(depot: Path, genode: Genode) -> None:
    text = "// SPDX-License-Identifier: BSD-2-Clause\n"
    (depot / f"al/api/timer/{V}/LICENSE").write_text(text)
    data = document(genode)
    packages = {one["name"]: one for one in data["packages"]}
    assert packages["al/api/timer"]["licenseDeclared"] == "BSD-2-Clause"
    reference = packages["al/src/shop"]["licenseDeclared"]
    (extracted,) = data["hasExtractedLicensingInfos"]
    assert extracted["licenseId"] == reference and reference.startswith("LicenseRef-LICENSE-")
    assert extracted["extractedText"] == "the licence\n"
    assert packages["al/raw/goods"]["licenseDeclared"] == "NOASSERTION"
    out = genode("depot", "sbom", PACKAGE)[1]
    assert f"al/api/timer        {V}  BSD-2-Clause  " in out
    plain = json.loads(genode("depot", "sbom", PACKAGE, "--format", "json")[1])
    licences = {one["archive"]: one["license"] for one in plain["archives"]}
    assert licences[f"al/src/shop/{V}"] == "the licence"


def test_where_an_archive_is_published(depot: Path, genode: Genode) -> None:
    (depot / "al/download").write_text("https://depot.example.org\n")
    packages = {one["name"]: one for one in document(genode)["packages"]}
    url = f"https://depot.example.org/al/raw/goods/{V}.tar.xz"
    assert packages["al/raw/goods"]["downloadLocation"] == url


def test_the_document_depends_on_the_content_alone(
    depot: Path, genode: Genode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    first = document(genode)
    assert document(genode) == first
    (depot / f"al/raw/goods/{V}/list").chmod(0o755)
    assert document(genode)["documentNamespace"] != first["documentNamespace"]


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        ("al/pkg/shop", "cannot list: al/pkg/shop has no version"),
        ("al/pkg/shop/1", "cannot list: al/pkg/shop/1 is not in the depot"),
    ],
)
def test_what_is_not_there_is_said(depot: Path, genode: Genode, archive: str, message: str) -> None:
    code, _, err = genode("depot", "sbom", archive)
    assert code == 2 and message in err
    assert depot.is_dir()
