"""`genode tool-chain ARCH...`: building from source."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.errors import UserError

if TYPE_CHECKING:
    from genode_tool.toolchain.bootstrap.components import ToolChainFeature
    from genode_tool.toolchain.bootstrap.sources import ToolChainSources
    from genode_tool.toolchain.bootstrap.steps.recipe import BuildRecipe

_EPILOG = """\b
Examples:
  genode tool-chain x86                           the versions that the tree around us pins
  genode tool-chain x86 arm --release 23.05 -j8   those of another release
  genode tool-chain x86 --source debian --prefix ~/tools/debian
  genode tool-chain riscv --dry-run               what would be done

\b
An interrupted build goes on with the same command. Logs are in the build directory's logs/.
"""


@click.command("build", epilog=_EPILOG)
@click.argument("architectures", nargs=-1, required=True, metavar="ARCH...")
@click.option("-j", "--jobs", type=click.IntRange(1), help="Jobs at a time; default: processors.")
@click.option(
    "--source",
    metavar="DIR|debian",
    help="Take the sources from DIR, or the distribution's packages of sources.",
)
@click.option("--release", metavar="YY.MM", help="Versions of that Genode release.")
@click.option(
    "--build-dir",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to build; default: build/tool_chain-VERSION of the tree.",
)
@click.option(
    "--prefix",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to install; default: /usr/local/genode/tool/VERSION.",
)
@click.option(
    "--features",
    metavar="LIST",
    default="c,c++,gdb",
    show_default=True,
    help="Of c, c++, ada, go, gdb.",
)
@click.option(
    "--host-flags",
    metavar="FLAGS",
    default="-O2",
    show_default=True,
    help="Compile the tools with FLAGS; -O1 builds faster, -g -O0 debugs GCC.",
)
@click.option("--keep", is_flag=True, help="Keep unpacked sources and object files.")
@click.option("-n", "--dry-run", is_flag=True, help="Print the steps and their commands only.")
@click.option("--sudo", is_flag=True, help="Install through sudo when the prefix needs it.")
@output_options
@pass_invocation
def command(invocation: Invocation, /, architectures: tuple[str, ...], **options: Any) -> int:
    """Build binutils, GCC and GDB for the architectures ARCH: x86, arm, aarch64, riscv."""
    from genode_tool.report import build as build_voice
    from genode_tool.report.bootstrap import BootstrapVoice
    from genode_tool.report.reporter import Reporter
    from genode_tool.toolchain.bootstrap.build import BuildOptions, build, plan

    recipe = _recipe(architectures, options)
    settings = invocation.output
    voices = (BootstrapVoice(), build_voice)
    with Reporter(settings.screen(), settings.verbosity, voices) as reporter:
        if options["dry_run"]:
            plan(recipe, reporter)
        else:
            jobs = options["jobs"] or os.cpu_count() or 1
            build(recipe, BuildOptions(jobs, options["keep"], options["sudo"]), reporter)
    return 0


def _recipe(architectures: tuple[str, ...], options: dict[str, Any]) -> BuildRecipe:
    from genode_tool.toolchain.architectures import architecture
    from genode_tool.toolchain.bootstrap.install import USUAL_PLACE
    from genode_tool.toolchain.bootstrap.steps.recipe import BuildRecipe

    wanted = tuple(architecture(name) for name in dict.fromkeys(architectures))
    place = _tree()
    sources = _sources(options, place)
    name = sources.name()
    directory = options["build_dir"] or place / "build" / f"tool_chain-{name}"
    prefix = options["prefix"] or USUAL_PLACE / name
    return BuildRecipe(
        wanted,
        _features(options["features"]),
        sources,
        directory.expanduser().absolute(),
        prefix.expanduser().absolute(),
        options["host_flags"],
    )


def _sources(options: dict[str, Any], tree: Path) -> ToolChainSources:
    from genode_tool.settings import settings_of
    from genode_tool.toolchain.bootstrap.sources import (
        DebianSources,
        DirectorySources,
        ReleaseSources,
    )
    from genode_tool.toolchain.bootstrap.versions import known_versions, pinned_by, versions_of

    source = options["source"]
    if source and options["release"]:
        raise UserError(
            "--source brings its own versions, so that --release says nothing",
            hint="leave one of them out",
        )
    if source == "debian":
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return DebianSources(cache / "genode-tool" / "sources")
    if source:
        return DirectorySources(Path(source).expanduser().absolute())
    settings = settings_of(tree)
    known = known_versions(settings)
    release = options["release"]
    versions = versions_of(release, known) if release else pinned_by(tree) or known[-1]
    contrib = tree / (os.environ.get("CONTRIB_DIR") or "contrib")
    downloads = os.environ.get("GENODE_CONTRIB_CACHE") or contrib / "cache"
    return ReleaseSources(versions, Path(downloads).absolute(), settings)


def _features(text: str) -> tuple[ToolChainFeature, ...]:
    from genode_tool.toolchain.bootstrap.components import ToolChainFeature

    names = [name for name in text.replace(" ", ",").split(",") if name]
    known = {feature.value: feature for feature in ToolChainFeature}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UserError(
            f"--features has no `{unknown[0]}`", hint=f"it has {', '.join(known)}, with commas"
        )
    # A compiler for C comes with every other one.
    return tuple(one for one in ToolChainFeature if one is ToolChainFeature.C or one.value in names)


def _tree() -> Path:
    from genode_tool.tree.search import find_tree, own_tree

    found = find_tree(Path.cwd()) or own_tree()
    return found.path if found else Path.cwd()
