"""`genode tool-chain ARCH...`: building from source."""

from __future__ import annotations

import os
from pathlib import Path

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

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
def command(
    invocation: Invocation,
    architectures: tuple[str, ...],
    jobs: int | None,
    source: str | None,
    release: str | None,
    build_dir: Path | None,
    prefix: Path | None,
    features: str,
    host_flags: str,
    keep: bool,
    dry_run: bool,
    sudo: bool,
) -> int:
    """Build binutils, GCC and GDB from source for the architectures ARCH.

    ARCH is x86, arm, aarch64 or riscv.
    """
    from genode_tool.report import build as build_voice
    from genode_tool.report.bootstrap import BootstrapVoice
    from genode_tool.report.reporter import Reporter
    from genode_tool.toolchain.bootstrap.build import BuildOptions, build, plan
    from genode_tool.toolchain.bootstrap.request import BootstrapRequest

    request = BootstrapRequest(
        architectures, source, release, build_dir, prefix, features, host_flags
    )
    recipe = request.recipe()
    output = invocation.output
    voices = (BootstrapVoice(), build_voice)
    with Reporter(output.screen(), output.verbosity, voices) as reporter:
        if dry_run:
            plan(recipe, reporter)
        else:
            build(recipe, BuildOptions(jobs or os.cpu_count() or 1, keep, sudo), reporter)
    return 0
