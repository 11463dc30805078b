"""`make prepare PKG=` of trees before 14.05: the original's make against our command.

`GENODE_UPSTREAM_PACKAGES` are packages of libports and the like, or kernel repositories.
`GENODE_CONTRIB_MIRRORS` as in `test_port_tools`. Archives of mirrors' directories are laid into
the original's download directory, where it looks before it downloads.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from genode_tool.events import discard
from genode_tool.ports.fetch.mirrors import parse_mirrors
from genode_tool.ports.older_trees.makefile_tree import OlderTree, Package
from genode_tool.ports.older_trees.shims import Shims
from genode_tool.ports.preparation.port import PreparationOptions
from genode_tool.ports.preparation.tools import fetch_policy
from genode_tool.ports.store.collection import PortCollection
from genode_tool.tree import SourceTree
from tests.upstream.conftest import Figure
from tests.upstream.original import find_make
from tests.upstream.test_port_tools import Tools, _git_rules


def _copy(tree: Path, top: Path, repositories: set[str]) -> OlderTree:
    """Copy what preparation needs of the tree to `top`."""
    for name in {"base", "tool", *repositories}:
        shutil.copytree(tree / name, top / name, symlinks=True)
    found = SourceTree.at(top)
    assert found is not None
    return OlderTree(PortCollection.of_tree(found))


def test_packages_are_found(tree: Path, figure: Figure) -> None:
    found = SourceTree.at(tree)
    assert found is not None
    older = OlderTree(PortCollection.of_tree(found))
    if not older.packages:
        pytest.skip("the tree has port descriptions")
    described = {path.stem for path in tree.glob("*/ports/*.mk")}
    assert described <= set(older.packages)
    figure(f"{len(described)} packages, {len(set(older.packages) - described)} repositories")


@pytest.mark.timeout(7200)
def test_prepared_packages_are_what_the_original_makes(
    tree: Path, tmp_path: Path, figure: Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = os.environ.get("GENODE_UPSTREAM_PACKAGES", "").split()
    if not names:
        pytest.skip("GENODE_UPSTREAM_PACKAGES names no packages")
    tools = Tools(tmp_path / "stand-ins")
    tools.add("python2")
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:{tools.directory}")
    source = SourceTree.at(tree)
    assert source is not None
    packages = [OlderTree(PortCollection.of_tree(source)).package(name) for name in names]
    repositories = {package.repository.name for package in packages}
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    _copy(tree, theirs, repositories)
    older = _copy(tree, ours, repositories)
    for package in packages:
        _prepare_theirs(package, theirs)
    tooling = Shims.of(
        older.collection, fetch_policy(older.collection.settings, offline=True)
    ).environment
    result = older.prepare(names, tooling, PreparationOptions(), discard)
    assert result.ok, [(str(one.error), one.error.trail) for one in result.finished if one.error]
    for repository in sorted(repositories):
        compared = subprocess.run(
            (
                *("diff", "-r", "--no-dereference", "--exclude=.git"),
                *("--exclude=autom4te.cache", str(theirs / repository), str(ours / repository)),
            ),
            stdout=subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=600,
            check=False,
        )
        assert compared.stdout == ""
        made = sum(1 for one in (ours / repository).rglob("*") if one.is_file())
        figure(f"{repository}: {made} files, 0 differ")


def _prepare_theirs(package: Package, top: Path) -> None:
    repository = top / package.repository.name
    mirrors = parse_mirrors(os.environ.get("GENODE_CONTRIB_MIRRORS", ""))
    for mirror in mirrors.mirrors:
        for file in mirror.directory.glob(f"{package.pkg}-*") if mirror.directory else ():
            (repository / "download").mkdir(exist_ok=True)
            shutil.copy(file, repository / "download" / file.name)
    done = subprocess.run(
        (find_make(), "-C", str(repository), *package.goal("prepare")),
        env={"PATH": os.environ["PATH"], "HOME": str(top.parent), **_git_rules(mirrors)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=3000,
        check=False,
    )
    assert done.returncode == 0, done.stdout
