"""The cells of the table over all releases: what is compared for one tree."""

from __future__ import annotations

import filecmp
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from genode_tool.errors import EnvironmentProblem, GenodeError
from genode_tool.ports.description.evaluate import describe
from genode_tool.ports.older_trees.makefile_tree import OlderTree
from genode_tool.ports.store.collection import PortCollection
from genode_tool.tree import SourceTree, create_builddir
from tests.upstream.command_comparison import compare_commands
from tests.upstream.configurations import Configuration, Era
from tests.upstream.era_boots import KERNELS, boot_scenarios
from tests.upstream.graph_comparison import compare_graphs
from tests.upstream.original import NoSuchPlatformError, Original, find_make
from tests.upstream.plan_figures import PLATFORMS, plan_every_script

_MOST_DETAILS = 40


@dataclass(frozen=True, slots=True)
class Result:
    """What the table shows, a line about it, and the differences, as far as a person reads."""

    value: str
    figure: str = ""
    details: tuple[str, ...] = field(default=())

    @property
    def data(self) -> dict[str, object]:
        """The result as JSON has it."""
        return {**asdict(self), "details": self.details[:_MOST_DETAILS]}


@dataclass(frozen=True, slots=True)
class Cell:
    """One comparison."""

    name: str
    run: Callable[[], Result]


def cells_of(tree: Path, era: Era, work: Path) -> Iterator[Cell]:
    """Return the cells of a tree; build directories go below `work`."""
    yield Cell("platforms", partial(_platforms, tree))
    yield Cell("ports", partial(_ports, tree))
    for kernel, board, specs in PLATFORMS:
        yield Cell(f"plans/{kernel}-{board}", partial(_plans, tree, kernel, board, specs))
    for configuration in era.configurations:
        name = configuration.name
        yield Cell(f"graph/{name}", partial(_graph, tree, era, configuration, work))
        yield Cell(f"commands/{name}", partial(_commands, tree, era, configuration, work))
    for kernel in KERNELS:
        yield Cell(f"boots/{kernel}", partial(_boots, tree, era, work, kernel))


def _graph(tree: Path, era: Era, configuration: Configuration, work: Path) -> Result:
    try:
        found = compare_graphs(Original(tree, era, configuration, work))
    except NoSuchPlatformError:
        return Result("–", "no such platform")
    value = f"{len(found.differences)} of {found.edges}"
    return Result(value, found.figure, found.differences)


def _commands(tree: Path, era: Era, configuration: Configuration, work: Path) -> Result:
    try:
        found = compare_commands(Original(tree, era, configuration, work))
    except NoSuchPlatformError:
        return Result("–", "no such platform")
    value = f"{len(found.differences)} of {found.commands}"
    return Result(value, found.figure, found.differences)


def _plans(tree: Path, kernel: str, board: str, specs: tuple[str, ...]) -> Result:
    with tempfile.TemporaryDirectory() as place:
        found = plan_every_script(tree, Path(place), kernel, board, specs)
    if found is None:
        return Result("–", "no such kernel or board")
    return Result(f"{len(found.wrong)} of {found.scripts}", found.figure, found.wrong)


def _boots(tree: Path, era: Era, work: Path, kernel: str) -> Result:
    """Return how many of the scenarios do not pass."""
    found = boot_scenarios(tree, era, work, kernel)
    if found is None:
        return Result("–", "no such kernel")
    return Result(f"{found.failed} of {len(found.scenarios)}", found.figure, found.wrong)


def _ports(tree: Path) -> Result:
    """Return how many hashes that we compute are not those of the hash files."""
    found = SourceTree.at(tree)
    assert found is not None
    collection = PortCollection.of_tree(found)
    if not collection.ports:
        packages = OlderTree(collection).packages
        return Result(f"{len(packages)} packages", "before port descriptions")
    wrong = []
    lacking = 0
    for port in collection.ports.values():
        try:
            computed = describe(collection, port).computed_hash()
        except EnvironmentProblem:
            lacking += 1  # the description ends itself where a program of the host is missing
            continue
        except GenodeError as error:
            computed = error.message
        if computed != port.recorded_hash:
            wrong.append(f"{port.name}: {computed}")
    files = {path.stem for path in tree.glob("repos/*/ports/*.port")}
    wrong += [f"{name}: listed by one side only" for name in files ^ set(collection.ports)]
    figure = f"hashes that differ; {lacking} need a program that the host has not"
    return Result(f"{len(wrong)} of {len(files)}", figure, tuple(wrong))


def _platforms(tree: Path) -> Result:
    """Return how many platforms of the tree's own tool make another build directory, or none.

    Trees from 22.02 on get our own templates, so only that there is one is compared.
    """
    found = SourceTree.at(tree)
    assert found is not None
    tool = tree / "tool/create_builddir"
    usage = subprocess.run(
        (find_make(), "-f", str(tool)), capture_output=True, text=True, check=False
    ).stdout
    names = sorted(set(re.findall(r"(\w+)'", usage)))
    wrong = []
    for name in names:
        with tempfile.TemporaryDirectory() as scratch:
            ours, theirs = Path(scratch, "ours"), Path(scratch, "theirs")
            arguments = (name, f"BUILD_DIR={theirs}", f"GENODE_DIR={tree}")
            done = subprocess.run(
                (find_make(), "-f", str(tool), *arguments), capture_output=True, check=False
            )
            try:
                create_builddir(name, ours, tree=found)
            except GenodeError as error:
                if done.returncode == 0:
                    wrong.append(f"{name}: {error.message}")
                continue
            if done.returncode:
                wrong.append(f"{name}: the original makes none")
            elif "linux" in " ".join(names).split() or "_x86" in " ".join(names):
                wrong += [
                    f"{name}: etc/{file} differs"
                    for file in ("build.conf", "specs.conf")
                    if (theirs / "etc" / file).exists()
                    and not filecmp.cmp(theirs / "etc" / file, ours / "etc" / file, shallow=False)
                ]
    return Result(f"{len(wrong)} of {len(names)}", ", ".join(names), tuple(wrong))
