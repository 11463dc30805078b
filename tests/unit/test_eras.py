"""Trees of every era: what each leaf is given, recorded; trees that fit none; their platforms."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.building import make
from genode_tool.building.ask.missing_ports import missing_ports
from genode_tool.building.problems import Trouble
from genode_tool.cli.main import main
from genode_tool.errors import UserError
from genode_tool.tree import BuildDirectory, SourceTree, create_builddir
from genode_tool.tree.eras import ERAS, layout_named
from tests.unit.era_trees import TREES, EraTree

_RECORDED = Path(__file__).with_name("era_builds.txt")


def _build(tree: EraTree, place: Path) -> str:
    """Build everything; return the artifacts and what each leaf was given."""
    build_dir = tree.make(place)
    result = make(BuildDirectory.open(build_dir), (), jobs=1)
    lines = [f"{tree.release}: {' '.join(sorted(result.artifacts))}"]
    files = [build_dir / "bin/app", *sorted(build_dir.glob("var/libcache/*/*.lib.tag"))]
    for path in files:
        lines.append(f"  {path.name.removesuffix('.lib.tag')} {' '.join(path.read_text().split())}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("tree", TREES, ids=lambda one: one.release)
def test_a_tree_of_an_era_builds_as_recorded(tree: EraTree, tmp_path: Path) -> None:
    recorded = _RECORDED.read_text().split("\n\n")
    expected = {one.partition(":")[0].strip(): one.strip() for one in recorded}
    assert _build(tree, tmp_path).strip() == expected[tree.release]


@pytest.mark.parametrize(
    ("release", "name"),
    [
        *(("11.11", "flat"), ("14.02", "flat"), ("14.05", "repos"), ("15.11", "spec-dirs")),
        *(("16.11", "spec-dirs"), ("17.02", "symbols"), ("22.11", "symbols"), ("23.11", "split")),
    ],
)
def test_the_era_is_recognized_by_a_file(release: str, name: str, tmp_path: Path) -> None:
    tree = next(one for one in TREES if one.release == release)
    tree.make(tmp_path)
    found = SourceTree.at(tmp_path / "tree")
    assert found is not None
    assert found.layout.name == name


def _unfit(tmp_path: Path) -> tuple[Path, Path]:
    """Return a tree whose rules have another name, and a build directory of it."""
    build_dir = TREES[-1].make(tmp_path)
    (tmp_path / "tree/repos/base/mk/a.mk").rename(tmp_path / "tree/repos/base/mk/archive.mk")
    return tmp_path / "tree", build_dir


def test_a_tree_that_fits_no_era(tmp_path: Path) -> None:
    tree, build_dir = _unfit(tmp_path)
    for call in (lambda: SourceTree.at(tree), lambda: BuildDirectory.open(build_dir).settings):
        with pytest.raises(UserError, match="fits no known layout") as caught:
            call()
        assert "the nearest is `split` (releases 23.11 on)" in (caught.value.hint or "")


def test_a_layout_can_be_insisted_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree, build_dir = _unfit(tmp_path)
    settings = BuildDirectory.open(build_dir, {"TREE_LAYOUT": "split"}).settings
    assert settings.layout == layout_named("split")
    (tree / "repos/base-hw").mkdir()
    monkeypatch.chdir(tree)
    assert main(["-q", "create-builddir", "x86_64", "--layout", "split"]) == 0
    assert BuildDirectory.open(tree / "build/x86_64").layout.name == "split"


def test_an_unknown_layout(tmp_path: Path) -> None:
    _, build_dir = _unfit(tmp_path)
    with pytest.raises(UserError, match="no such layout: `splitt`") as caught:
        _ = BuildDirectory.open(build_dir, {"TREE_LAYOUT": "splitt"}).settings
    assert caught.value.hint == "did you mean `split`?"


def test_names_of_layouts_are_unique() -> None:
    assert len({era.layout.name for era in ERAS}) == len(ERAS)


@pytest.mark.parametrize(
    ("release", "repository", "specs", "kernel", "board"),
    [
        ("12.08", "base-linux", "genode linux_x86", "linux", "linux"),
        ("12.08", "base-linux", "", "linux", "linux"),
        ("13.02", "base-foc", "genode foc_x86_64", "foc", "pc"),
        ("14.05", "base-hw", "genode hw_pbxa9", "hw", "pbxa9"),
        ("16.11", "base-hw", "genode hw_x86_64_muen perf_counter", "hw", "muen"),
        ("16.11", "", "genode", "", ""),
        ("17.05", "base-hw", "pbxa9", "", "pbxa9"),
    ],
)
def test_kernel_and_board_of_an_older_build_directory(
    release: str, repository: str, specs: str, kernel: str, board: str, tmp_path: Path
) -> None:
    """Where KERNEL is no variable, a repository and the specs say it."""
    tree = next(one for one in TREES if one.release >= release)
    build_dir = tree.make(tmp_path)
    text = (build_dir / "etc/build.conf").read_text().replace("BOARD ?= pbxa9\n", "")
    if repository:
        (tmp_path / "tree" / tree.top / repository).mkdir()
        line = f"REPOSITORIES += $(GENODE_DIR)/{tree.top}/{repository}\nREPOSITORIES +="
        text = text.replace("REPOSITORIES +=", line, 1)
    (build_dir / "etc/build.conf").write_text(text)
    (build_dir / "etc/specs.conf").write_text(f"SPECS = {specs}\n")
    settings = BuildDirectory.open(build_dir).settings
    assert (settings.kernel, settings.board) == (kernel, board)


def test_another_kernel_than_that_of_an_older_build_directory(tmp_path: Path) -> None:
    tree = next(one for one in TREES if one.release == "16.11")
    build_dir = tree.make(tmp_path)
    (tmp_path / "tree/repos/base-hw").mkdir()
    with (build_dir / "etc/build.conf").open("a") as conf:
        conf.write("REPOSITORIES += $(GENODE_DIR)/repos/base-hw\n")
    assert BuildDirectory.open(build_dir, {"KERNEL": "hw"}).settings.kernel == "hw"
    with pytest.raises(UserError, match="is for kernel `hw`, not for `nova`"):
        _ = BuildDirectory.open(build_dir, {"KERNEL": "nova"}).settings


_CREATE_BUILDDIR = """\
PLATFORM = $(MAKECMDGOALS)
usage:
\t@echo "  <platform> can be 'linux', 'pbxa9', foc_x86_32' or"
\t@echo "  'nova_x86' (use 'linux'); it isn't hard"

$(BUILD_DIR)/etc/build.conf:
\t@mkdir -p $(@D)
\t@echo "GENODE_DIR := $(GENODE_DIR)" > $@
\t@echo "BASE_DIR := \\$$(GENODE_DIR)/repos/base" >> $@
\t@echo "REPOSITORIES += \\$$(GENODE_DIR)/repos/base" >> $@
\t@echo "SPECS := $(PLATFORM)" > $(@D)/specs.conf

$(PLATFORM):: $(BUILD_DIR)/etc/build.conf
mb_ml507::
\t@echo "special" > $(BUILD_DIR)/etc/special
"""


@pytest.mark.parametrize("platform", ["linux", "pbxa9", "foc_x86_32", "nova_x86", "mb_ml507"])
def test_platforms_of_older_trees(platform: str, tmp_path: Path) -> None:
    """Names without an underscore, with a quote missing, and in no usage."""
    TREES[-4].make(tmp_path)
    tool = tmp_path / "tree/tool/create_builddir"
    tool.write_text(_CREATE_BUILDDIR)
    tree = SourceTree.at(tmp_path / "tree")
    path = create_builddir(platform, tmp_path / "new", tree=tree)
    assert (path / "etc/specs.conf").read_text() == f"SPECS := {platform}\n"
    assert (path / "etc/build.conf").read_text().startswith(f"GENODE_DIR := {tmp_path}/tree\n")
    assert (path / "Makefile").is_file()


def test_an_unknown_platform_of_an_older_tree(tmp_path: Path) -> None:
    TREES[-4].make(tmp_path)
    (tmp_path / "tree/tool/create_builddir").write_text(_CREATE_BUILDDIR)
    tree = SourceTree.at(tmp_path / "tree")
    with pytest.raises(UserError, match="has no platform `pbxa8`") as caught:
        create_builddir("pbxa8", tmp_path / "new", tree=tree)
    assert caught.value.hint == "did you mean `pbxa9`?"
    assert not (tmp_path / "new").exists()


def test_an_unprepared_port_of_trees_that_refuse_it_at_once(tmp_path: Path) -> None:
    """Trees before 16.05 end the evaluation: the port is missing, the description is not wrong."""
    build_dir = next(one for one in TREES if one.release == "14.05").make(tmp_path)
    base = tmp_path / "tree/repos/base"
    with (base / "mk/util.inc").open("a") as util:
        util.write("select_from_ports = $(error Error: $1 is not prepared or outdated)\n")
    for name in ("lib/mk/util.mk", "src/app/target.mk"):
        with (base / name).open("a") as description:
            description.write("INC_DIR += $(call select_from_ports,dde_rump)/include\n")
            description.write("X := $(INC_DIR)\n")
    result = make(BuildDirectory.open(build_dir), (), jobs=1)
    wrong = [(one.trouble, one.subject) for one in result.problems if one.trouble.fails]
    assert wrong == [(Trouble.PORT, "dde_rump")]


def test_an_unprepared_package_of_trees_before_port_descriptions(tmp_path: Path) -> None:
    """Its files are missing: `genode prepare` is the remedy, not another name."""
    build_dir = next(one for one in TREES if one.release == "13.02").make(tmp_path)
    base = tmp_path / "tree/base"
    with (base / "mk/lib.mk").open("a") as rules:
        rules.write("$(LIB).lib.tag: $(SRC_C:.c=.o)\n%.o: %.c\n\ttouch $@\n")
    (base / "ports").mkdir()
    (base / "ports/zlib.inc").write_text("ZLIB = zlib-1.2\n")
    (base / "ports/zlib.mk").write_text("PORTS += zlib-1.2\n")
    (base / "lib/mk/util.mk").write_text(
        "include $(REP_DIR)/ports/zlib.inc\nSRC_C = crc.c\nvpath %.c $(REP_DIR)/contrib/$(ZLIB)\n"
    )
    wrong = make(BuildDirectory.open(build_dir), (), jobs=1).problems
    assert [(one.trouble, one.subject) for one in wrong if one.trouble.fails] == [
        (Trouble.PORT, "zlib")
    ]
    assert missing_ports(build_dir) == ("zlib",)
    (base / "contrib/zlib-1.2").mkdir(parents=True)
    wrong = make(BuildDirectory.open(build_dir), (), jobs=1).problems
    assert [one.trouble for one in wrong if one.trouble.fails] == [Trouble.MISSING_FILE]
    (base / "contrib/zlib-1.2/crc.c").write_text("")
    assert make(BuildDirectory.open(build_dir), (), jobs=1).ok


@pytest.mark.parametrize(
    ("release", "built"), [("20.05", ["bin/ld-linux"]), ("22.11", ["var/libcache/ld"])]
)
def test_a_goal_below_lib(release: str, built: list[str], tmp_path: Path) -> None:
    """It is a directory below `src` in trees that have no goals for libraries."""
    build_dir = next(one for one in TREES if one.release == release).make(tmp_path)
    directory = tmp_path / "tree/repos/base/src/lib/ld/linux"
    directory.mkdir(parents=True)
    (directory / "target.mk").write_text("TARGET = ld-linux\nLIBS =\n")
    assert make(BuildDirectory.open(build_dir), ("lib/ld",), jobs=1).ok
    places = ("bin/ld-linux", "var/libcache/ld")
    assert [one for one in places if (build_dir / one).exists()] == built


@pytest.mark.parametrize("release", ["14.05", "16.11", "26.02"])
def test_a_library_of_another_spec_is_not_missing(release: str, tmp_path: Path) -> None:
    tree = next(one for one in TREES if one.release == release)
    build_dir = tree.make(tmp_path)
    base = tmp_path / "tree/repos/base"
    (base / tree.lib_specs.format("rpi")).mkdir()
    (base / tree.lib_specs.format("rpi") / "gpio.mk").write_text("")
    (base / "src/blink").mkdir()
    (base / "src/blink/target.mk").write_text("TARGET = blink\nLIBS = gpio\n")
    result = make(BuildDirectory.open(build_dir), (), jobs=1)
    assert result.ok
    assert "blink" in result.skipped
    assert (build_dir / "bin/app").is_file()
    texts = [one.diagnostic.text for one in result.problems if one.subject == "lib/gpio"]
    assert texts == ["lib/gpio is skipped: it is described for rpi only"]
