"""`genode depot index` and `image`: what Sculpt reads besides archives."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.unit.depot_fixture import Genode, genode, recipe_dir, tree

__all__ = ["genode", "tree"]

V = "2026-01-01"
INDEX = "al/index/26.04"
IMAGE = "al/image/sculpt-pc-2026-02-03"
TEMPLATE = """index
+ supports | arch: x86_64
+ supports | arch: arm_v8a
. what others sell
+ index Town
  + pkg | path: shop   | info: a shop
  + pkg | path: street | info: a street | arch: x86_64
  + pkg | path: bob/pkg/till/1 | info: somebody else's
-
"""


@pytest.fixture
def depot(tree: Path, genode: Genode) -> Path:
    (recipe_dir(tree, "pkg/shop") / "archives").write_text("_/src/shop\n_/raw/goods\n")
    words = ("depot", "extract", "al/pkg/street", "--update-versions")
    assert genode(*words, "--version-cmd", f"echo {V}-a")[0] == 0
    return tree / "depot"


def template(tree: Path, text: str = TEMPLATE) -> None:
    path = tree / "repos/os/run/sculpt/index"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_template_gets_versions_and_keeps_all_else(tree: Path, genode: Genode) -> None:
    template(tree)
    code, out, err = genode("depot", "index", "write", INDEX)
    assert code == 0, err
    assert f"wrote {INDEX}, 3 packages" in out
    text = (tree / f"depot/{INDEX}").read_text()
    assert text == TEMPLATE.replace("path: shop ", f"path: al/pkg/shop/{V} ").replace(
        "path: street ", f"path: al/pkg/street/{V} "
    )
    assert "up to date" in genode("depot", "index", "write", INDEX)[1]


def test_a_template_in_xml_from_a_file(tree: Path, genode: Genode) -> None:
    text = (
        '<index>\n  <supports arch="riscv"/> <!-- new -->\n  <pkg path="shop" info="x"/>\n</index>'
    )
    (tree / "offers").write_text(text)
    assert genode("depot", "index", "write", INDEX, "--from", "offers")[0] == 0
    assert (tree / f"depot/{INDEX}").read_text() == text.replace('"shop"', f'"al/pkg/shop/{V}"')


@pytest.mark.parametrize("form", ["xml", "hid"])
def test_an_index_of_packages(depot: Path, genode: Genode, form: str) -> None:
    words = ("depot", "index", "write", INDEX, "al/pkg/shop", f"al/pkg/street/{V}-a")
    more = ("--group", "A & B", "--arch", "x86_64", "--arch", "riscv", "--format", form)
    code, _, err = genode(*words, *more)
    assert code == 0, err
    assert (depot / INDEX).read_text().startswith("<index>" if form == "xml" else "index\n")
    data = json.loads(genode("depot", "index", "list", INDEX, "--json")[1])
    assert data == [
        {
            "index": INDEX,
            "groups": ["A & B"],
            "package": f"al/pkg/{name}/{V}-a",
            "info": f"A {name}",
            "architectures": ["x86_64", "riscv"],
        }
        for name in ("shop", "street")
    ]
    assert f"{INDEX}  x86_64 riscv  2 packages" in genode("depot", "index", "list")[1]


def test_an_edited_index_is_not_lost(depot: Path, genode: Genode) -> None:
    words = ("depot", "index", "write", INDEX, "al/pkg/shop")
    assert genode(*words)[0] == 0
    edited = (depot / INDEX).read_text() + "<!-- mine -->\n"
    (depot / INDEX).write_text(edited)
    code, _, err = genode(*words)
    assert code == 2 and "is there with another content" in err
    assert (depot / INDEX).read_text() == edited
    assert genode(*words, "--force")[0] == 0
    assert (depot / INDEX).read_text() != edited


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["index", "write", INDEX], "no repository has a template of an index"),
        (["index", "write", INDEX, "--from", "LICENSE"], "LICENSE"),
        (["index", "write", "al/pkg/shop"], "`al/pkg/shop` is not the name of an index"),
        (["index", "write", "al/image/index"], "is not the name of an index"),
        (["index", "write", INDEX, "al/src/shop"], "al/src/shop is not a package"),
        (["index", "write", INDEX, "al/pkg/shp"], "has neither a recipe nor a version"),
        (["index", "check", "al/index/none"], "no such file"),
        (["index", "list", "al/image/index"], "wanted USER/index/VERSION"),
        (["image", "write", "al/image/sculpt"], "is not the name of a system image"),
        (["image", "write", IMAGE], f"{IMAGE} is not in the depot"),
        (["image", "write", IMAGE, "--boot", "none"], "cannot use none: wanted the directory"),
        (["image", "check", "al/index/26.04"], "wanted USER/image/index"),
    ],
)
def test_wrong_input_is_said(tree: Path, genode: Genode, words: list[str], message: str) -> None:
    code, out, err = genode("depot", *words)
    assert code == 2 and message in out + err
    assert not (tree / "depot/al").exists()


def test_packages_without_recipe_are_named_together(tree: Path, genode: Genode) -> None:
    template(tree, TEMPLATE.replace("shop ", "shp ").replace("street", "road"))
    code, _, err = genode("depot", "index", "write", INDEX)
    assert code == 2 and "names packages without a recipe: shp road" in err
    assert "did you mean `shop`?" in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("index\n+ pkg | path: al/pkg/shop/2026-01-01-a\n-\n", "supports no architecture"),
        ("config\n+ supports | arch: x86_64\n-\n", "the top-level node is `config`"),
        ("index\n+ supports | arch: x86_64\n+ pkg | path: shop\n-\n", "is not the path of a pack"),
        ("index\n+ supports | arch: x86_64\n+ pkg | info: x\n-\n", "`pkg` has no `path`"),
        ("index\n+ supports | arch: x86_64\n+ index\n-\n", "`index` has no `name`"),
        (f"index\n+ supports | arch: x86_64\n+ index {'x' * 100}\n-\n", "cuts it off after 99"),
        (
            f"index\n+ supports | arch: x86_64\n+ pkg | path: al/pkg/shop/{V}-a | info: "
            f"{'x' * 200}\n-\n",
            "cuts it off after 199",
        ),
        (f"index\n+ supports | arch: x86_64\n{'. x' * 6000}\n-\n", "none of more than 16384"),
        ("index\n+ supports | arch: x86_64\n+ pkg | path: bob/pkg/a/1\n-\n", "bob/pkg/a/1 is not"),
    ],
)
def test_check_finds_what_sculpt_would_not_show(
    depot: Path, genode: Genode, text: str, message: str
) -> None:
    (depot / "al/index").mkdir()
    (depot / INDEX).write_text(text)
    code, out, _ = genode("depot", "index", "check", INDEX)
    assert code == 1 and message in out


def test_too_deep_groups(depot: Path, genode: Genode) -> None:
    def text(levels: int) -> str:
        package = f'<pkg path="al/pkg/shop/{V}-a" info="x"/>'
        groups = '<index name="g">' * levels + package + "</index>" * levels
        return f'<index><supports arch="x86_64"/>{groups}</index>'

    (depot / "al/index").mkdir()
    (depot / INDEX).write_text(text(9))
    assert genode("depot", "index", "check", INDEX)[0] == 0
    (depot / INDEX).write_text(text(10))
    code, out, _ = genode("depot", "index", "check", INDEX)
    assert code == 1 and "nested more than 10 levels" in out


def test_missing_binaries_are_warnings(depot: Path, genode: Genode) -> None:
    assert genode("depot", "index", "write", INDEX, f"al/pkg/shop/{V}-a")[0] == 0
    code, out, _ = genode("depot", "index", "check")
    assert code == 0
    assert f"for x86_64, the depot does not have al/bin/x86_64/shop/{V}" in out
    made = depot / f"al/bin/x86_64/shop/{V}"
    made.mkdir(parents=True)
    code, out, _ = genode("depot", "index", "check")
    assert code == 0 and f"{INDEX}: good" in out


# --- images -------------------------------------------------------------------------------------


@pytest.fixture
def run_of(tree: Path) -> Path:
    """What a run leaves: a boot directory and a disk image."""
    top = tree / "run"
    (top / "boot").mkdir(parents=True)
    (top / "boot/image.elf.gz").write_bytes(gzip.compress(b"core"))
    (top / "shop.img").write_bytes(b"disk")
    return top


def write_image(genode: Genode, run_of: Path, *more: str) -> tuple[int, str, str]:
    words = ("depot", "image", "write", IMAGE, "--boot", str(run_of / "boot"))
    return genode(*words, "--img", str(run_of / "shop.img"), *more)


def test_an_image_is_stored_and_described(tree: Path, genode: Genode, run_of: Path) -> None:
    code, _, err = write_image(genode, run_of, "--info", "fast", "--info", "a < b")
    assert code == 0, err
    place = tree / "depot" / IMAGE
    assert gzip.decompress((place / "image.elf.gz").read_bytes()) == b"core"
    assert place.with_name(f"{place.name}.img").read_bytes() == b"disk"
    assert (tree / "depot/al/image/index").read_text() == (
        '<index>\n\t<image os="sculpt" board="pc" version="2026-02-03">\n'
        '\t\t<info text="fast"/>\n\t\t<info text="a &lt; b"/>\n\t</image>\n</index>\n'
    )
    (one,) = json.loads(genode("depot", "image", "list", "--json")[1])
    assert (one["image"], one["in_depot"], one["in_index"]) == (IMAGE, True, True)
    assert one["info"] == ["fast", "a < b"]
    code, out, _ = genode("depot", "image", "check")
    assert code == 0 and "al/image/index: good" in out
    assert write_image(genode, run_of)[0] == 0  # the same again


def test_an_entry_is_replaced_and_the_rest_stays(tree: Path, genode: Genode, run_of: Path) -> None:
    index = tree / "depot/al/image/index"
    index.parent.mkdir(parents=True)
    index.write_text(
        "index\n. all of mine\n+ image | os: sculpt | board: pc | version: 2025-01-01\n"
        "  + info | text: old\n-\n"
    )
    assert write_image(genode, run_of, "--info", "one")[0] == 0
    assert write_image(genode, run_of, "--info", "two")[0] == 0
    text = index.read_text()
    assert text.startswith("index\n. all of mine\n") and "one" not in text
    listed = json.loads(genode("depot", "image", "list", "al", "--json")[1])
    assert [(item["version"], item["info"]) for item in listed] == [
        ("2026-02-03", ["two"]),
        ("2025-01-01", ["old"]),
    ]
    code, out, _ = genode("depot", "image", "check", "al/image/index")
    assert code == 0 and "al/image/sculpt-pc-2025-01-01 is not in the depot" in out


@pytest.mark.parametrize("what", ["boot/image.elf.gz", "shop.img"])
def test_an_image_is_never_replaced(tree: Path, genode: Genode, run_of: Path, what: str) -> None:
    assert write_image(genode, run_of)[0] == 0
    (run_of / what).write_bytes(b"other")
    code, _, err = write_image(genode, run_of)
    assert code == 2 and "with another content" in err
    assert (tree / f"depot/{IMAGE}.img").read_bytes() == b"disk"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('<image os="sculpt" board="pc"/>', "`image` has no `version`"),
        ('<image os="sculpt-of-mine-x" board="pc" version="1"/>', "cuts it off after 15"),
        ('<image os="a" board="b" version="1"/>' * 2, "a-b-1 is described twice"),
        ('<image os="a" board="b" version="1"><info/></image>', "`info` has no `text`"),
    ],
)
def test_check_finds_wrong_entries(tree: Path, genode: Genode, entry: str, message: str) -> None:
    index = tree / "depot/al/image/index"
    index.parent.mkdir(parents=True)
    index.write_text(f"<index>{entry}</index>")
    code, out, _ = genode("depot", "image", "check")
    assert code == 1 and message in out


# --- garbage ------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["plain", "gzip", "uboot"])
def test_what_an_image_names_is_kept(depot: Path, genode: Genode, run_of: Path, how: str) -> None:
    goods = recipe_dir(depot.parent, "raw/goods") / "content.mk"
    goods.write_text(goods.read_text().replace("bread", "butter"))
    words = ("depot", "extract", "al/pkg/street", "--update-versions")
    assert genode(*words, "--version-cmd", "echo 2026-02-02")[0] == 0
    data = b"\x00" * 5000 + b"launcher | pkg: al/pkg/shop/2026-01-01-a\n-\n"
    packed = {
        "plain": data,
        "gzip": gzip.compress(data),
        "uboot": b"\x27\x05\x19\x56" + b"\x00" * 60 + gzip.compress(data),
    }
    for file in (run_of / "boot").iterdir():
        file.unlink()
    (run_of / "boot/image").write_bytes(packed[how])
    assert write_image(genode, run_of)[0] == 0
    assert genode("depot", "gc")[0] == 0
    assert (depot / f"al/pkg/shop/{V}-a").is_dir()
    assert (depot / f"al/raw/goods/{V}").is_dir()
    assert not (depot / f"al/pkg/street/{V}-a").exists()
    assert (depot / IMAGE).is_dir()
