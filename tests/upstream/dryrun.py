"""The commands of the original in each leaf: `make -n`, with what other leaves make in place.

Leaf makefiles look at what their libraries left: stubs and archives, generated headers and
their directories. Empty files stand for all of it, except for what the leaf itself makes. A
first round over the libraries tells what they make.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.upstream.judge import run_make
from tests.upstream.original import Call, Original

_UPDATE = re.compile(r"^(\S+:\d+|<builtin>): (?:update target|target) '(.*?)'.*$")
_MADE_BY = {"a": ("{}.lib.a",), "so": ("{}.lib.so",), "abi": ("{}.abi.so",)}
_FAILED = re.compile(r"^make: \*\*\* \[(?:.*: )?(.*)\] Error", re.MULTILINE)
_REMOVAL = re.compile(r"rm [^-\s;&|]\S*( [^-\s;&|]\S*)*")
_NOISE = re.compile(r"^make(\[\d+\])?: ")


@dataclass(frozen=True, slots=True)
class DryRun:
    """The expanded recipe lines of each target that a leaf would update, and make's complaints.

    `missing` are the files that nothing makes; what needs them is not in `recipes`.
    """

    recipes: Mapping[str, tuple[str, ...]]
    missing: frozenset[str]
    complaints: str

    @property
    def failed(self) -> frozenset[str]:
        """The targets whose recipe failed: lines that call make are run all the same."""
        return frozenset(_FAILED.findall(self.complaints))


class DryRuns:
    """The dry runs of all leaves of one build directory of the original."""

    def __init__(self, original: Original) -> None:
        self._original = original
        self._calls, self._environment = original.calls()
        self._made: dict[tuple[str, str], set[Path]] = {}
        self._directories: set[Path] = set()
        self._cache = original.build_dir / "var/libcache"
        self._shared = {
            name
            for call in self._calls
            if call.kind == "lib"
            for name in call.variables.get("SHARED_LIBS", "").split()
        }

    def all(self) -> dict[tuple[str, str], DryRun]:
        """Return the dry run of each leaf by (kind, name); cached in a file."""
        kept = self._original.place / "dryruns.json"
        if kept.is_file():
            known = {
                (kind, name): DryRun(
                    {target: tuple(lines) for target, lines in recipes.items()},
                    frozenset(missing),
                    complaints,
                )
                for kind, name, recipes, missing, complaints in json.loads(kept.read_text())
            }
            for call in self._calls:
                if call.kind != "prg":
                    self._note(call, known[call.kind, call.name])
            return known
        self._clean()
        self.place_all()
        for call in self._calls:
            if call.kind != "prg":
                self._note(call, self._run(call))
        self.place_all()
        found = {(call.kind, call.name): self._run(call) for call in self._calls}
        data = [
            (kind, name, run.recipes, sorted(run.missing), run.complaints)
            for (kind, name), run in found.items()
        ]
        fresh = kept.with_suffix(".new")
        fresh.write_text(json.dumps(data))
        fresh.rename(kept)
        return found

    def _clean(self) -> None:
        """Remove what an earlier round left in the build directory."""
        for entry in self._original.build_dir.iterdir():
            if entry.is_dir() and entry.name not in ("etc", "var"):
                shutil.rmtree(entry)
        shutil.rmtree(self._cache, ignore_errors=True)

    def _note(self, call: Call, run: DryRun) -> None:
        """Remember which files and directories of the build directory a library makes."""
        directory = self._original.build_dir / call.directory
        made = set()
        for target in run.recipes:
            path = Path(os.path.normpath(directory / target))
            if target != "all" and path.is_relative_to(self._original.build_dir):
                made.add(path)
        for product in self._usual(call) - made:
            if run.missing or run.failed:
                made.add(product)
            else:
                product.unlink(missing_ok=True)
        self._made[call.kind, call.name] = made
        self._directories.update(
            path
            for target in run.recipes
            if target.endswith("/") and (path := Path(os.path.normpath(directory / target)))
        )
        for path in made:
            self._directories.update(path.parents)

    def _usual(self, call: Call) -> set[Path]:
        """Return what a library leaf leaves for its users unless it has rules of its own."""
        if call.kind == "lib":
            names: tuple[str, ...] = (f"{{}}.lib.{'so' if call.name in self._shared else 'a'}",)
        else:
            names = _MADE_BY.get(call.kind, ())
        return {self._cache / call.name / name.format(call.name) for name in names}

    def _products(self, call: Call) -> set[Path]:
        """Return what a leaf leaves for others, as far as it is known."""
        if call.kind == "prg":
            return set()
        return self._made.get((call.kind, call.name)) or self._usual(call)

    def place_all(self) -> None:
        """Put an empty file in the place of everything that libraries leave."""
        for call in self._calls:
            (self._original.build_dir / call.directory).mkdir(parents=True, exist_ok=True)
            self.again(call)

    def without(self, call: Call) -> None:
        """Take the leaf's own products away."""
        for product in sorted(self._products(call), reverse=True):
            with suppress(OSError):
                if product in self._directories:
                    product.rmdir()
                else:
                    product.unlink()

    def again(self, call: Call) -> None:
        """Put the leaf's own products back."""
        for product in self._products(call):
            if product in self._directories:
                product.mkdir(parents=True, exist_ok=True)
            else:
                product.parent.mkdir(parents=True, exist_ok=True)
                product.touch()

    def _run(self, call: Call) -> DryRun:
        self.without(call)
        printed, complaints, _ = run_make(
            ("-n", "-k", "--trace", *call.arguments),
            self._original.build_dir,
            self._environment,
        )
        self.again(call)
        recipes, missing = read_dry_run(printed.splitlines())
        missing |= set(re.findall(r"No rule to make target '(.*?)'", complaints))
        return DryRun(recipes, frozenset(missing), complaints)


def read_dry_run(lines: Iterable[str]) -> tuple[dict[str, tuple[str, ...]], set[str]]:
    """Return the recipe lines per target out of what `make -n --trace` prints.

    Lines that a backslash continues are joined. What make removes at the end, the files in the
    middle of chains of implicit rules, is no recipe.
    """
    recipes: dict[str, list[str]] = {}
    missing: set[str] = set()
    current: list[str] | None = None
    continued = False
    for line in lines:
        update = _UPDATE.match(line)
        if update:
            current = recipes.setdefault(update.group(2), [])
            continued = False
        elif _NOISE.match(line):
            missing.update(re.findall(r"No rule to make target '(.*?)'", line))
        elif current is not None and line:
            if continued:
                current[-1] = f"{current[-1]}\n{line}"
            else:
                current.append(line)
            continued = line.endswith("\\")
    if current and _REMOVAL.fullmatch(current[-1]):
        current.pop()
    return {target: tuple(found) for target, found in recipes.items()}, missing
