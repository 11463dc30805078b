"""The command `genode` itself: global options, and commands that are loaded when called."""

from __future__ import annotations

import os
from pathlib import Path

import click

from genode_tool import __version__
from genode_tool.cli.invocation import Invocation, OutputOptions
from genode_tool.cli.lazy import LazyGroup
from genode_tool.errors import UserError
from genode_tool.report.terminal import ColorMode

SUMMARIES = {
    "make": "Build programs and libraries; run scenarios as goals run/NAME.",
    "run": "Build, boot and judge scenarios.",
    "image": "Make a bootable image of a scenario: ISO, disk, UEFI or U-Boot.",
    "create-builddir": "Create a build directory.",
    "targets": "List the programs that can be built.",
    "libs": "List the libraries that can be built.",
    "scenarios": "List the scenarios that can be run.",
    "explain": "Explain where a variable's value comes from, or how a file is made.",
    "graph": "Show which programs need which libraries, and through what.",
    "config": "Check, explain, draw, convert and edit configurations.",
    "tcb": "Count the code that a component has to trust.",
    "timeline": "Write a page that shows when the steps of the last build ran.",
    "prepare": "Download, verify, unpack and patch third-party code.",
    "clean": "Remove prepared ports.",
    "port": "List, check and describe ports; make a bill of materials.",
    "depot": "Make, explain and check the archives that systems are assembled from.",
    "tool-chain": "Build, check, adopt or pack compilers for Genode.",
    "trust": "Trust source trees and build directories of other users.",
    "settings": "Show settings, and the file that each comes from.",
    "doctor": "List the outside programs that each feature needs.",
    "selftest": "Check the tool itself: lint, types, dead code, tests.",
    "completion": "Print the completion script for a shell.",
    "help": "Show the help of a command.",
    "version": "Show the versions of the tool and of its Python packages.",
}

_EPILOG = """\b
Examples:
  genode run log                     boot the scenario `log` in QEMU
  genode run log --kernel linux      the same, as processes on Linux
  genode make core init test/log     build programs
  genode -C build/x86_64 make -k     build everything there, despite failures

\b
Environment:
  NO_COLOR            no colours unless --color always
  GENODE_NO_INSTALL   1: install no system packages, as --no-install does
  GENODE_HOME         where tool/genode keeps its private Python environment
  GENODE_PYTHON       the Python (3.11 or newer) to make that environment with

Exit codes: 0 done, 1 a build or scenario failed, 2 wrong input or environment,
130 interrupted; `genode run --help` lists those of a scenario.
"""


@click.command(
    cls=LazyGroup,
    summaries=SUMMARIES,
    package="genode_tool.cli.commands",
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "-C",
    "--directory",
    metavar="DIR",
    help="Work as if started in DIR.",
)
@click.option(
    "--color",
    type=click.Choice([mode.value for mode in ColorMode]),
    default=ColorMode.AUTO.value,
    show_default=True,
    help="Use colours; `auto` means on a terminal, unless NO_COLOR is set.",
)
@click.option("-q", "--quiet", count=True, help="Print errors and verdicts only.")
@click.option("-v", "--verbose", count=True, help="Print more details.")
@click.option("--traceback", is_flag=True, help="Show where in the tool an error arose.")
@click.option(
    "--no-install", is_flag=True, help="Install no system packages; print the command instead."
)
@click.version_option(__version__, prog_name="genode", message="%(prog)s %(version)s")
@click.pass_context
def app(
    ctx: click.Context,
    directory: str | None,
    color: str,
    quiet: int,
    verbose: int,
    traceback: bool,
    no_install: bool,  # noqa: ARG001 - the launcher heeds it
) -> None:
    """Build and run systems made with the Genode OS framework.

    Works on a source tree as it is, from anywhere inside the tree or a build directory.
    """
    invocation = ctx.ensure_object(Invocation)
    invocation.output = OutputOptions(ColorMode(color), verbose - quiet, traceback)
    if directory:
        _change_to(Path(directory))


def _change_to(directory: Path) -> None:
    try:
        os.chdir(directory)
    except OSError as error:
        raise UserError(f"cannot change to {directory}: {error.strerror}") from error
    os.environ["PWD"] = str(Path.cwd())
