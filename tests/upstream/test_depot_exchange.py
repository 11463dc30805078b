"""The original's tools and ours build, check, publish and get archives of one depot.

The package of a throw-away user is published by either side and got by the other. Compilers are
those of the host, adopted.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from genode_tool.errors import GenodeError
from genode_tool.toolchain.check.required_version import compiler_version
from genode_tool.toolchain.choice import choose_tools
from tests.upstream.conftest import Figure

pytestmark = pytest.mark.timeout(3600)

ROOT = Path(__file__).resolve().parents[2]
SOURCE, PACKAGE = "test-log", "test-log"


@dataclass(frozen=True)
class Exchange:
    """A copy of the tree that knows the user `al`, with an adopted compiler and a key ring."""

    tree: Path
    env: dict[str, str]

    def version(self, recipe: str) -> str:
        (path,) = self.tree.glob(f"repos/*/recipes/{recipe}/hash")
        return path.read_text().split()[0]

    @property
    def binary(self) -> str:
        return f"al/bin/x86_64/{SOURCE}/{self.version(f'src/{SOURCE}')}"

    @property
    def package(self) -> str:
        return f"al/pkg/{PACKAGE}/{self.version(f'pkg/{PACKAGE}')}"

    def original(self, tool: str, *words: str) -> subprocess.CompletedProcess[str]:
        make = os.environ.get("GENODE_MAKE", "make")
        return self._run([make, "-s", "-f", f"tool/depot/{tool}", *words])

    def ours(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run([sys.executable, "-m", "genode_tool", "depot", *words])

    def _run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=self.tree, env=self.env, capture_output=True, text=True, check=False
        )


def good(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a call printed, which must have succeeded."""
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def exchange(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    if not (tree / "tool/depot/publish").exists():
        pytest.skip("the tree has no depot tools")
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not installed")
    try:
        prefix = choose_tools("adopted", "x86_64", tree).prefix
    except GenodeError as error:
        pytest.skip(f"no adopted compiler: {error}")
    path = tmp_path_factory.mktemp("exchange") / "tree"
    shutil.copytree(tree, path, symlinks=True, ignore=shutil.ignore_patterns("depot_", ".git"))
    # the path of the agent's socket must be short
    with tempfile.TemporaryDirectory(prefix="gpg-") as home:
        env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "GNUPGHOME": home,
            "CROSS_DEV_PREFIX": prefix,
            "REQUIRED_GCC_VERSION": compiler_version(prefix),
        }
        gpg = ["gpg", "--batch", "--no-tty"]
        make = ["--passphrase", "", "--quick-generate-key", "al@example.org", "rsa3072", "sign"]
        subprocess.run([*gpg, *make], env=env, check=True, capture_output=True)
        words = [*gpg, "--armor", "--export", "al@example.org"]
        key = subprocess.run(words, env=env, check=True, capture_output=True).stdout
        user = path / "repos/gems/sculpt/depot/al"
        user.mkdir(parents=True)
        (user / "pubkey").write_bytes(key)
        (user / "download").write_text(f"file://{path}/public\n")
        yield Exchange(path, env)
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)


@pytest.fixture(scope="module")
def built(exchange: Exchange) -> tuple[Path, Path]:
    """Two depots with the same binary: built by the original, and by us."""
    theirs, mine = exchange.tree.parent / "theirs", exchange.tree.parent / "mine"
    theirs.mkdir()
    words = [f"al/bin/x86_64/{SOURCE}", f"DEPOT_DIR={theirs}"]
    good(exchange.original("extract", f"al/src/{SOURCE}", f"DEPOT_DIR={theirs}"))
    good(exchange.original("build", exchange.binary, f"DEPOT_DIR={theirs}"))
    words[1] = f"DEPOT_DIR={mine}"
    good(exchange.ours("create", *words))
    return theirs, mine


def test_each_accepts_the_binaries_of_the_other(
    exchange: Exchange, built: tuple[Path, Path]
) -> None:
    theirs, mine = built
    before = {depot: (depot / f"{exchange.binary}.hash").read_text() for depot in built}
    assert before[theirs] == before[mine]
    # the original compares the hash file with those of source and interfaces
    good(exchange.original("build", exchange.binary, f"DEPOT_DIR={mine}"))
    assert "up to date" in good(exchange.ours("build", exchange.binary, f"DEPOT_DIR={theirs}"))
    good(exchange.ours("verify", f"DEPOT_DIR={theirs}"))
    path = mine / f"{exchange.binary}.hash"
    path.write_text("0 0 0\n")
    assert exchange.original("build", exchange.binary, f"DEPOT_DIR={mine}").returncode != 0
    path.write_text(before[mine])


def test_the_original_builds_from_what_we_extract(
    exchange: Exchange, built: tuple[Path, Path], figure: Figure
) -> None:
    theirs, mine = built
    depot = exchange.tree.parent / "from-ours"
    good(exchange.ours("extract", f"al/src/{SOURCE}", f"DEPOT_DIR={depot}"))
    good(exchange.original("build", exchange.binary, f"DEPOT_DIR={depot}"))
    names = sorted(path.name for path in (mine / exchange.binary).iterdir())
    assert names == sorted(path.name for path in (depot / exchange.binary).iterdir())
    assert (depot / exchange.binary).is_dir() and (theirs / exchange.binary).is_dir()
    figure(f"{exchange.binary}: {', '.join(names)}")


def test_each_gets_what_the_other_publishes(exchange: Exchange, figure: Figure) -> None:
    tree = exchange.tree
    for publisher, getter in (
        (exchange.original, exchange.ours),
        (exchange.ours, exchange.original),
    ):
        for name in ("public", "depot", "fetched"):
            shutil.rmtree(tree / name, ignore_errors=True)
        (tree / "depot").mkdir()
        extracted = exchange.ours if publisher == exchange.ours else exchange.original
        good(extracted("extract", f"al/pkg/{PACKAGE}"))
        good(publisher("publish", exchange.package))
        published = sorted(path for path in (tree / "public").rglob("*.tar.xz"))
        assert published
        shutil.move(tree / "depot", tree / "source")
        (tree / "depot").mkdir()
        # the original keeps what it downloads where we publish
        (tree / "fetched").mkdir()
        elsewhere = [] if getter == exchange.ours else [f"PUBLIC_DIR={tree}/fetched"]
        good(getter("download", exchange.package, *elsewhere))
        wanted = {
            str(path.relative_to(tree / "source")): path.read_bytes()
            for path in (tree / "source/al").rglob("*")
            if path.is_file() and path.suffix not in (".hash", ".record")
        }
        found = {
            str(path.relative_to(tree / "depot")): path.read_bytes()
            for path in (tree / "depot/al").rglob("*")
            if path.is_file() and path.suffix not in (".hash", ".record")
        }
        assert found == wanted
        good(exchange.ours("verify"))
        shutil.rmtree(tree / "source")
        figure(f"{len(published)} archives published by one side and got by the other: equal")


def test_indexes_and_images_are_published_alike(exchange: Exchange, figure: Figure) -> None:
    if shutil.which("zip") is None:
        pytest.skip("zip is not installed")
    tree, image = exchange.tree, "al/image/sculpt-pc-2026-01-28"
    for name in ("depot", "public", "again"):
        shutil.rmtree(tree / name, ignore_errors=True)
    (tree / "boot").mkdir()
    (tree / "boot/image.elf").write_bytes(b"core")
    (tree / "disk.img").write_bytes(b"disk" * 5000)
    good(exchange.ours("image", "write", image, "--boot", "boot", "--img", "disk.img"))
    good(exchange.ours("index", "write", "al/index/26.02"))
    names = [image, "al/image/index", "al/index/26.02"]
    good(exchange.original("publish", *names, f"PUBLIC_DIR={tree}/public"))
    good(exchange.ours("publish", *names, f"PUBLIC_DIR={tree}/again"))
    theirs, mine = (
        {str(path.relative_to(top)): path for path in top.rglob("*.*") if path.is_file()}
        for top in (tree / "public/al", tree / "again/al")
    )
    manifest = {"manifest.json", "manifest.json.sig"}
    assert set(theirs) == set(mine) - manifest
    for name in ("image/index.xz", "index/26.02.xz", "image/sculpt-pc-2026-01-28.img.xz"):
        assert theirs[name].read_bytes() == mine[name].read_bytes()
    shutil.move(tree / "depot", tree / "source")
    good(exchange.ours("download", *names))
    for name in ("image/index", "index/26.02", "image/sculpt-pc-2026-01-28/image.elf"):
        found, wanted = (tree / top / "al" / name for top in ("depot", "source"))
        assert found.read_bytes() == wanted.read_bytes()
    figure(f"{len(theirs)} files of an index and an image published by both: the same names")
