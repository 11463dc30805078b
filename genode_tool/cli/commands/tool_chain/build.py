"""`genode tool-chain ARCH...` and `genode tool-chain build ARCH...`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode tool-chain x86                           the versions that the source tree pins
  genode tool-chain x86 arm --release 23.05 -j8   the versions of another release
  genode tool-chain x86 --source debian --prefix ~/tools/debian
  genode tool-chain riscv --dry-run               show what would be done

\b
The same command continues an interrupted build. The logs are in logs/ of the build directory.
"""


@click.command("build", epilog=_EPILOG)
@click.argument("architectures", nargs=-1, required=True, metavar="ARCH...")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    show_default="one per processor",
    help="Run N jobs at a time.",
)
@click.option(
    "--source",
    metavar="DIR|debian",
    help="Take the sources from DIR, or from the source packages of the distribution.",
)
@click.option("--release", metavar="YY.MM", help="Build the versions of this Genode release.")
@click.option(
    "--build-dir",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    show_default="build/tool_chain-VERSION of the tree",
    help="Build in DIR.",
)
@click.option(
    "--prefix",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    show_default="/usr/local/genode/tool/VERSION",
    help="Install to DIR.",
)
@click.option(
    "--features",
    metavar="LIST",
    default="c,c++,gdb",
    show_default=True,
    help="Build these of c, c++, ada, go and gdb.",
)
@click.option(
    "--host-flags",
    metavar="FLAGS",
    default="-O2",
    show_default=True,
    help="Compile the tools with FLAGS; -O1 builds faster, -g -O0 debugs GCC.",
)
@click.option("--keep", is_flag=True, help="Keep unpacked sources and object files.")
@click.option(
    "-n", "--dry-run", is_flag=True, help="Print the steps and their commands, but do nothing."
)
@click.option("--sudo", is_flag=True, help="Install with sudo if the prefix needs it.")
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
    """Build binutils, GCC and GDB from source.

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
