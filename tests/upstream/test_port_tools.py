"""Ports of the original: what its own tools say and make, against what ours do.

`GENODE_CONTRIB_MIRRORS` names where sources are to be had (directories with archives, rules for
git repositories, as for `genode prepare`); the original gets them from there, too. The ports to
prepare are those of `GENODE_UPSTREAM_PORTS`; without it none is prepared.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest

from genode_tool.errors import GenodeError
from genode_tool.makefile import MakefileError
from genode_tool.makefile.executor import Options, Run, Runner
from genode_tool.makefile.executor.output import Output
from genode_tool.ports.description import template as frame
from genode_tool.ports.description.evaluate import describe, environment, evaluate
from genode_tool.ports.fetch.mirrors import Mirrors, parse_mirrors
from genode_tool.ports.fetch.source import SourceKind
from genode_tool.ports.metadata import info_lines
from genode_tool.ports.preparation.port import PreparationOptions
from genode_tool.ports.preparation.prepare import prepare
from genode_tool.ports.preparation.tools import fetch_policy, tools_for
from genode_tool.ports.store.collection import PortCollection
from genode_tool.tree import SourceTree
from tests.upstream.conftest import Figure
from tests.upstream.original import find_make

_TRACED = re.compile(r"^.+?:\d+: update target '(.*)' due to: ", re.MULTILINE)
_LACKS = re.compile(r"Need to have (?:python module )?'([\w.+-]+)'(?: version ([\d.]+))? installed")


class Tools:
    """Stand-ins for programs that are only looked for, in a directory of PATH."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir()
        self.add("python")

    def add(self, name: str) -> None:
        program = self.directory / name
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)

    def supplied(self, message: str) -> bool:
        """Create a stand-in for what `message` reports as missing; return whether it did."""
        lacks = _LACKS.search(message)
        if lacks is None:
            return False
        name = lacks.group(1) + (lacks.group(2) or "")
        if (self.directory / name).exists():
            return False
        self.add(name)
        return True


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    made = Tools(tmp_path / "tools")
    monkeypatch.setenv("PATH", f"{made.directory}:{os.environ['PATH']}")
    return made


@pytest.fixture
def collection(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PortCollection:
    monkeypatch.setenv("CONTRIB_DIR", str(tmp_path / "ours"))
    found = SourceTree.at(tree)
    assert found is not None
    return PortCollection.of_tree(found)


def _original(
    tree: Path, tool: str, name: str, tools: Tools, extra: Mapping[str, str], seconds: float
) -> tuple[str, int]:
    """Call a ports tool of the original; programs that it only looks for are supplied."""
    while True:
        done = subprocess.run(
            (find_make(), "-f", str(tree / "tool/ports" / tool), name),
            cwd=tools.directory.parent,
            env={"PATH": os.environ["PATH"], "HOME": str(tools.directory.parent), **extra},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
        if not done.returncode or not tools.supplied(done.stdout):
            return done.stdout, done.returncode


def test_hashes_are_those_of_the_hash_files(
    collection: PortCollection, tools: Tools, figure: Figure
) -> None:
    if not collection.ports:
        pytest.skip("the tree has no port descriptions")
    wrong = []
    for port in collection.ports.values():
        while True:
            try:
                computed = describe(collection, port).computed_hash()
            except GenodeError as error:
                if tools.supplied(error.message):
                    continue
                computed = str(error)
            break
        if computed != port.recorded_hash:
            wrong.append(f"{port.name}: {computed}")
    figure(f"{len(collection.ports)} ports, {len(wrong)} hashes differ")
    assert wrong == []


def test_info_is_what_the_metadata_tool_says(
    tree: Path, collection: PortCollection, tools: Tools, figure: Figure
) -> None:
    if not (tree / "tool/ports/metadata").is_file():
        pytest.skip("the tree has no metadata tool")
    wrong = []
    sparse = 0
    for port in collection.ports.values():
        said, status = _original(tree, "metadata", port.name, tools, {}, 120)
        theirs = [line for line in said.splitlines() if re.match(r"[A-Z]+: ", line)]
        found = describe(collection, port)
        # The original says nothing of sparse checkouts.
        told = tuple(one for one in found.sources if one.kind is not SourceKind.SPARSE_GIT)
        sparse += len(found.sources) - len(told)
        ours = info_lines(replace(found, sources=told))
        if status or [line.rstrip() for line in theirs] != [line.rstrip() for line in ours]:
            wrong.append(f"{port.name}: {status} {theirs} / {ours}")
    figure(
        f"{len(collection.ports)} ports, {len(wrong)} differ; {sparse} sources are told by us alone"
    )
    assert wrong == []


def test_steps_have_the_order_of_the_original(
    tree: Path, collection: PortCollection, tools: Tools, tmp_path: Path, figure: Figure
) -> None:
    """Both are asked what they would do, in an empty directory."""
    install = tree / "tool/ports/mk/install.mk"
    empty = tmp_path / "empty"
    empty.mkdir()
    environ = environment(collection)
    wrong = []
    steps = 0
    for port in collection.ports.values():
        words = (find_make(), "-n", "--trace", "-f", str(install), f"PORT={port.path}", "VERBOSE=@")
        while True:
            done = subprocess.run(
                words, cwd=empty, env=environ, stdout=PIPE, stderr=STDOUT, timeout=120, check=False
            )
            said = done.stdout.decode(errors="replace")
            if not done.returncode or not tools.supplied(said):
                break
        names = {f"{port.name}.hash": "_hash_file"}
        theirs = [names.get(one, one) for one in _TRACED.findall(said)]
        ev = evaluate(port, cwd=empty, environ=environ)
        with (tmp_path / "trace").open("w+") as file:
            output = Output(file.fileno(), file.fileno())
            with contextlib.suppress(MakefileError):  # a value that only real files could give
                Runner(Run(ev, Options(dry_run=True, trace=True), output)).run([frame.GOAL])
            file.seek(0)
            ours = _TRACED.findall(file.read())
        steps += len(theirs)
        if theirs != ours:
            wrong.append(f"{port.name}: {theirs} / {ours}")
    figure(f"{len(collection.ports)} ports, {steps} steps, {len(wrong)} ports have another order")
    assert wrong == []


@pytest.mark.timeout(7200)
def test_prepared_ports_are_what_the_original_makes(
    tree: Path, collection: PortCollection, tools: Tools, tmp_path: Path, figure: Figure
) -> None:
    names = os.environ.get("GENODE_UPSTREAM_PORTS", "").split()
    if not names:
        pytest.skip("GENODE_UPSTREAM_PORTS names no ports")
    mirrors = parse_mirrors(os.environ.get("GENODE_CONTRIB_MIRRORS", ""))
    extra = {"CONTRIB_DIR": str(tmp_path / "theirs"), **_git_rules(mirrors)}
    extra["GENODE_CONTRIB_CACHE"] = str(_cache(mirrors, tmp_path / "cache"))
    report = []
    caches = "GENODE_CONTRIB_CACHE" in (tree / "tool/ports/mk/install.mk").read_text()
    for name in names:
        if not caches:
            _lay_down(collection, name, tmp_path / "cache", tmp_path / "theirs")
        said, status = _original(tree, "prepare_port", name, tools, extra, 3000)
        assert status == 0, said
    policy = fetch_policy(collection.settings, offline=True)
    result = prepare(collection, names, tools_for(collection, policy), PreparationOptions(jobs=2))
    assert result.ok, [str(one.error) for one in result.finished]
    for name in names:
        ours = collection.directory(collection.port(name))
        theirs = tmp_path / "theirs" / ours.name
        compared = subprocess.run(
            ("diff", "-r", "--no-dereference", "--exclude=.git", str(theirs), str(ours)),
            stdout=subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=600,
            check=False,
        )
        files = sum(1 for one in ours.rglob("*") if ".git" not in one.parts and one.is_file())
        report.append(f"{name} {files} files, {len(compared.stdout.splitlines())} differ")
        assert compared.stdout == ""
        modes = [
            path
            for path in ours.rglob("*")
            if path.is_file()
            and ".git" not in path.parts
            and (path.stat().st_mode ^ (theirs / path.relative_to(ours)).stat().st_mode) & 0o111
        ]
        assert modes == []
    figure("; ".join(report))


def _git_rules(mirrors: Mirrors) -> dict[str, str]:
    """Return the settings that make git follow the rules of the mirrors."""
    settings = [(f"url.{rule.replacement}.insteadOf", rule.prefix) for rule in mirrors.rules]
    settings.append(("safe.directory", "*"))
    values = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings):
        values[f"GIT_CONFIG_KEY_{number}"] = key
        values[f"GIT_CONFIG_VALUE_{number}"] = value
    return values


def _cache(mirrors: Mirrors, path: Path) -> Path:
    """Make a download cache of the original out of the mirrors' directories."""
    path.mkdir()
    for mirror in mirrors.mirrors:
        for file in mirror.directory.iterdir() if mirror.directory else ():
            if file.is_file():
                shutil.copy(file, path / file.name)
    return path


def _lay_down(collection: PortCollection, name: str, cache: Path, contrib: Path) -> None:
    """Put the archives of a port where a tool without a cache looks before it downloads."""
    port = collection.port(name)
    place = contrib / f"{collection.directory(port).name}.incomplete"
    for source in describe(collection, port).sources:
        if source.digest is not None:
            place.mkdir(parents=True, exist_ok=True)
            kept = cache / f"{source.digest.hex}_{Path(source.local_name).name}"
            shutil.copy(kept, place / source.local_name)
