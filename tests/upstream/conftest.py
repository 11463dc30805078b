"""The tree that the proofs of this directory look at, and the figures that they state.

`GENODE_UPSTREAM` is the path of a tree of the original; without it all proofs are skipped.
`GENODE_UPSTREAM_WORK` is a directory for build directories and results of the original that
are worth keeping between calls; without it a temporary one is used. `GENODE_MAKE` names the
make that judges.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.upstream.configurations import Configuration, Era, era_of
from tests.upstream.original import Original

_FIGURES = pytest.StashKey[list[str]]()

Figure = Callable[[str], None]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_FIGURES] = []


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    figures = config.stash[_FIGURES]
    if figures:
        terminalreporter.section("figures")
        for figure in figures:
            terminalreporter.write_line(figure)


def upstream_tree() -> Path | None:
    """Return the tree of the original, or None."""
    given = os.environ.get("GENODE_UPSTREAM")
    return Path(given).resolve() if given else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a proof that takes a configuration once for each one of the tree's era."""
    if "configuration" not in metafunc.fixturenames:
        return
    tree = upstream_tree()
    configurations = era_of(tree).configurations if tree else ()
    metafunc.parametrize("configuration", configurations, ids=lambda one: str(one.name))


@pytest.fixture(scope="session")
def tree() -> Path:
    found = upstream_tree()
    if found is None:
        pytest.skip("GENODE_UPSTREAM names no tree")
    return found


@pytest.fixture(scope="session")
def era(tree: Path) -> Era:
    return era_of(tree)


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = os.environ.get("GENODE_UPSTREAM_WORK")
    path = Path(given).resolve() if given else tmp_path_factory.mktemp("upstream")
    path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture
def original(tree: Path, era: Era, work: Path, configuration: Configuration) -> Original:
    return Original(tree, era, configuration, work)


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Iterator[Figure]:
    """Take a line that is shown at the end of the run."""

    def add(text: str) -> None:
        request.config.stash[_FIGURES].append(f"{request.node.name}: {text}")

    yield add
