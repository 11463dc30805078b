"""The user's request for a tool chain, and the recipe that follows from it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.settings.layered import settings_of
from genode_tool.toolchain.architectures import architecture
from genode_tool.toolchain.bootstrap.components import ToolChainFeature
from genode_tool.toolchain.bootstrap.install import USUAL_PLACE
from genode_tool.toolchain.bootstrap.steps.recipe import BuildRecipe
from genode_tool.toolchain.bootstrap.steps.sources import (
    DebianSources,
    DirectorySources,
    ReleaseSources,
    ToolChainSources,
)
from genode_tool.toolchain.bootstrap.versions import known_versions, pinned_by, versions_of
from genode_tool.tree import find_tree
from genode_tool.tree.search import own_tree


@dataclass(frozen=True, slots=True)
class BootstrapRequest:
    """The tool chain that is wanted.

    `source` is a directory, or "debian" for the distribution's source packages; None takes the
    archives of `release`, or of the release that the tree around us pins. `build_dir` and
    `prefix` None stand for the usual places. `features` is a list with commas.
    """

    architectures: tuple[str, ...]
    source: str | None
    release: str | None
    build_dir: Path | None
    prefix: Path | None
    features: str
    host_flags: str

    def recipe(self) -> BuildRecipe:
        """Return the steps that make the tool chain.

        Raises `UserError` for unknown names and for options that contradict each other.
        """
        wanted = tuple(architecture(name) for name in dict.fromkeys(self.architectures))
        tree = find_tree(Path.cwd()) or own_tree()
        top = tree.path if tree else Path.cwd()
        sources = self._sources(top)
        name = sources.name()
        directory = self.build_dir or top / "build" / f"tool_chain-{name}"
        prefix = self.prefix or USUAL_PLACE / name
        return BuildRecipe(
            wanted,
            _features(self.features),
            sources,
            directory.expanduser().absolute(),
            prefix.expanduser().absolute(),
            self.host_flags,
        )

    def _sources(self, top: Path) -> ToolChainSources:
        if self.source and self.release:
            raise UserError(
                "--source brings its own versions, so --release has no effect",
                hint="leave one of them out",
            )
        if self.source == "debian":
            cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
            return DebianSources(cache / "genode-tool" / "sources")
        if self.source:
            return DirectorySources(Path(self.source).expanduser().absolute())
        settings = settings_of(top)
        known = known_versions(settings)
        versions = versions_of(self.release, known) if self.release else pinned_by(top) or known[-1]
        contrib = top / (os.environ.get("CONTRIB_DIR") or "contrib")
        downloads = os.environ.get("GENODE_CONTRIB_CACHE") or contrib / "cache"
        return ReleaseSources(versions, Path(downloads).absolute(), settings)


def _features(text: str) -> tuple[ToolChainFeature, ...]:
    names = [name for name in text.replace(" ", ",").split(",") if name]
    known = {feature.value: feature for feature in ToolChainFeature}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UserError(
            f"unknown feature `{unknown[0]}` in --features",
            hint=f"known features: {', '.join(known)}",
        )
    # A compiler for C comes with every other one.
    return tuple(one for one in ToolChainFeature if one is ToolChainFeature.C or one.value in names)
