"""A depot without content, for engines that only look what is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path


def make_depot(repositories: Sequence[Path], spec: str, target: Path) -> Path:
    """Make a depot in which every recipe of the tree has its current archives, and return it.

    A binary archive holds one empty file named after it, a raw archive the names of the files
    that the recipe has beside its own.
    """
    user = target / "genodelabs"
    versions = {
        (path.parent.parent.name, path.parent.name): path.read_text().split()[0]
        for repository in reversed(repositories)
        for path in (repository / "recipes").glob("*/*/hash")
    }
    recipes = {
        (path.parent.parent.name, path.parent.name): path.parent
        for repository in reversed(repositories)
        for path in (repository / "recipes").glob("*/*/hash")
    }
    for (kind, name), version in versions.items():
        recipe, archive = recipes[kind, name], user / kind / name / version
        archive.mkdir(parents=True)
        if kind == "src":
            (archive / "used_apis").write_text("")
            binaries = user / "bin" / spec / name / version
            binaries.mkdir(parents=True)
            for file in ("core", "ld.lib.so", "timer") if name.startswith("base-") else (name,):
                (binaries / file).write_text("#!/bin/true\n")
                (binaries / file).chmod(0o755)
        elif kind == "raw":
            for path in recipe.iterdir():
                if path.is_file() and path.name not in ("hash", "content.mk"):
                    (archive / path.name).write_bytes(b"")
        elif kind == "pkg":
            listed = recipe / "archives"
            lines = listed.read_text().split() if listed.is_file() else []
            (archive / "archives").write_text(
                "".join(f"{_versioned(line, versions)}\n" for line in lines)
            )
    return target


def _versioned(line: str, versions: Mapping[tuple[str, str], str]) -> str:
    user, kind, name, *given = line.split("/")
    version = given[0] if given else versions.get((kind, name), "none")
    return f"{'genodelabs' if user == '_' else user}/{kind}/{name}/{version}"
