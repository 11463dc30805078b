"""`genode depot mirror`: a public directory of one's own from a server."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from genode_tool.depot.publishing.manifest import parse_manifest
from tests.unit.depot_fixture import genode, tree
from tests.unit.depot_shop import (
    ARCHIVES,
    SHOP,
    KeyRing,
    Shop,
    V,
    al_key,
    ring,
    shop,
    without_gpg,
)
from tests.unit.fetch import webserver

__all__ = ["al_key", "genode", "ring", "shop", "tree"]

pytestmark = without_gpg


def mirror(shop: Shop, *words: str) -> tuple[int, str]:
    """Return the exit code and all that is printed."""
    code, out, err = shop.genode("depot", "mirror", "--public-dir", "mirrored", *words)
    return code, out + err


def files(top: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(top)): path.read_bytes()
        for path in top.rglob("*")
        if path.is_file() and not path.relative_to(top).parts[0].startswith(".")
    }


@pytest.fixture
def with_index(shop: Shop) -> Shop:
    index = shop.tree / "depot/al/index/26.04"
    index.parent.mkdir()
    index.write_text(f'<index><supports arch="x86_64"/><pkg path="{SHOP}"/></index>')
    assert shop.publish(SHOP, "al/index/26.04")[0] == 0
    return shop


def test_a_mirror_is_what_is_published(with_index: Shop) -> None:
    shop = with_index
    code, said = mirror(shop, "al")
    assert code == 0, said
    assert "5 mirrored" in said
    assert files(shop.tree / "mirrored") == files(shop.public)
    shop.web.requests.clear()
    code, said = mirror(shop, "al")
    assert code == 0 and "5 up to date" in said
    assert {one.path for one in shop.web.requests} == {
        "/al/manifest.json",
        "/al/manifest.json.sig",
    }
    shutil.rmtree(shop.public)
    shutil.move(shop.tree / "mirrored", shop.public)
    assert shop.download()[0] == 0  # others can get everything from the mirror
    assert shop.has(ARCHIVES[3])


def test_archives_come_with_all_that_they_need(with_index: Shop) -> None:
    shop = with_index
    code, said = mirror(shop, SHOP)
    assert code == 0 and "4 mirrored" in said
    assert (shop.tree / f"mirrored/al/{ARCHIVES[0]}.tar.xz.sig").is_file()
    assert not (shop.tree / "mirrored/al/index").exists()


def test_without_a_manifest_archives_are_named(with_index: Shop) -> None:
    shop = with_index
    shop.without_manifest()
    code, said = mirror(shop, "al")
    assert code == 2 and "al publishes no manifest, so nobody knows what there is" in said
    code, said = mirror(shop, SHOP, "al/index/26.04")
    assert code == 0 and "5 mirrored" in said
    assert files(shop.tree / "mirrored") == files(shop.public)


@pytest.mark.parametrize("manifest", [True, False])
def test_what_is_not_genuine_is_not_mirrored_and_can_be_got_later(
    with_index: Shop, manifest: bool
) -> None:
    shop = with_index
    if not manifest:
        shop.without_manifest()
    file = shop.public / f"al/{ARCHIVES[2]}.tar.xz"
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    code, said = mirror(shop, SHOP)
    assert code == 1 and f"al/{ARCHIVES[2]}.tar.xz" in said
    there = shop.tree / "mirrored/al"
    assert not (there / f"{ARCHIVES[2]}.tar.xz").exists()
    assert (there / f"{ARCHIVES[1]}.tar.xz").is_file()
    assert not (there / "manifest.json").exists()
    file.write_bytes(whole)
    assert mirror(shop, SHOP)[0] == 0
    assert (there / f"{ARCHIVES[2]}.tar.xz").read_bytes() == whole
    assert (there / "manifest.json").exists() is manifest


def test_what_changed_under_its_name_is_got_anew(with_index: Shop) -> None:
    shop = with_index
    assert mirror(shop, "al")[0] == 0
    index = shop.tree / "depot/al/index/26.04"
    index.write_text(f'<index><supports arch="riscv"/><pkg path="{SHOP}"/></index>')
    assert shop.publish("al/index/26.04")[0] == 0
    # also when something else is asked for: the new manifest lists the new index
    code, said = mirror(shop, f"al/{ARCHIVES[1]}")
    assert code == 0 and "mirrored al/index/26.04.xz" in said
    assert files(shop.tree / "mirrored") == files(shop.public)


def test_damage_in_the_mirror_is_repaired(with_index: Shop) -> None:
    shop = with_index
    assert mirror(shop, "al")[0] == 0
    (shop.tree / f"mirrored/al/{ARCHIVES[1]}.tar.xz").write_bytes(b"x")
    (shop.tree / f"mirrored/al/{ARCHIVES[2]}.tar.xz.sig").unlink()
    code, said = mirror(shop, "al")
    assert code == 0 and "2 mirrored" in said
    assert files(shop.tree / "mirrored") == files(shop.public)


def test_an_old_state_is_refused(with_index: Shop) -> None:
    shop = with_index
    shutil.copytree(shop.public, shop.tree / "old")
    index = shop.tree / "depot/al/index/26.04"
    index.write_text(f'<index><supports arch="riscv"/><pkg path="{SHOP}"/></index>')
    assert shop.publish("al/index/26.04")[0] == 0
    assert mirror(shop, "al")[0] == 0
    before = files(shop.tree / "mirrored")
    shutil.rmtree(shop.tree / "mirrored/.genode-mirror")  # the mirror itself says what was seen
    shutil.rmtree(shop.public)
    shutil.move(shop.tree / "old", shop.public)
    code, said = mirror(shop, "al")
    assert code == 1 and "is older (number 1) than one that was seen before (number 2)" in said
    assert files(shop.tree / "mirrored") == before


def test_an_interrupted_call_goes_on(with_index: Shop) -> None:
    shop = with_index
    path = f"/al/{ARCHIVES[2]}.tar.xz"
    data = (shop.public / path.lstrip("/")).read_bytes()
    shop.web.routes[path] = [webserver.cut(data, 100, ETag='"1"')] * 9
    assert mirror(shop, "al", "-j1")[0] == 1
    shop.web.routes[path] = [webserver.content(data, ETag='"1"')]
    shop.web.requests.clear()
    code, said = mirror(shop, "al", "-j1")
    assert code == 0, said
    asked = [one for one in shop.web.requests if one.path == path]
    assert [one.headers["Range"] for one in asked] == ["bytes=100-"]
    assert f"/al/{ARCHIVES[1]}.tar.xz" not in {one.path for one in shop.web.requests}
    assert files(shop.tree / "mirrored") == files(shop.public)


@pytest.mark.parametrize("path", ["../x.tar.xz", "/etc/x", "raw//x", "raw/./x"])
def test_a_path_that_leads_elsewhere_is_refused(with_index: Shop, ring: KeyRing, path: str) -> None:
    shop = with_index
    manifest = shop.public / "al/manifest.json"
    data = json.loads(manifest.read_text())
    data["files"][path] = {"size": 1, "sha256": "0" * 64}
    manifest.write_text(json.dumps(data))
    shop.resign("manifest.json", ring.home)
    code, said = mirror(shop, "al")
    assert code == 1 and "which leads elsewhere" in said
    assert files(shop.tree / "mirrored") == {}
    with pytest.raises(ValueError, match="leads elsewhere"):
        parse_manifest(manifest.read_text(), "al")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("al/pkg/shop", "al/pkg/shop has no version"),
        ("carl", "no public key of the depot user `carl`"),
        (f"al/pkg/shop/{V}0", f"{V}0.tar.xz"),
    ],
)
def test_wrong_input_is_said(with_index: Shop, word: str, message: str) -> None:
    code, said = mirror(with_index, word)
    assert code in (1, 2) and message in said
