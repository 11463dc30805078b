"""`genode tool-chain adopt`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode tool-chain adopt                    for x86
  genode tool-chain adopt x86 aarch64 riscv
  genode tool-chain adopt x86 --compiler gcc-13
  genode tool-chain adopt x86 --prefix /usr/local/genode/tool/adopted

\b
To use it: genode create-builddir x86_64 --tool-chain adopted (or adopted-gcc-13)
Exit codes: 0 done, 1 adopted but a check failed, 2 a compiler or a permission is missing.
"""


@click.command("adopt", epilog=_EPILOG)
@click.argument("names", nargs=-1, metavar="[ARCH...]")
@click.option(
    "--prefix",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    show_default="~/.local/share/genode/tool/adopted, or adopted-gcc-13 and the like",
    help="Put the tools into DIR/bin.",
)
@click.option(
    "--compiler",
    metavar="NAME[-MAJOR]",
    default="gcc",
    show_default=True,
    help="Wrap gcc or clang, with a major version if it is not the default one (gcc-13, clang-16)."
    " With clang, linker and libraries are still those of GCC.",
)
@output_options
@pass_invocation
def command(
    invocation: Invocation, names: tuple[str, ...], prefix: Path | None, compiler: str
) -> int:
    """Wrap the distribution's compilers; takes seconds.

    The wrapped compilers behave like those that Genode pins. ARCH is x86 (the default), arm,
    aarch64 or riscv. The result is checked, and differences from the pinned tool chain are
    listed.
    """
    from genode_tool.report.tool_chain import result_lines
    from genode_tool.toolchain.adopt import WantedCompiler, adopt
    from genode_tool.toolchain.architectures import architecture
    from genode_tool.toolchain.check import check, tool_chain_at
    from genode_tool.toolchain.check.required_version import wanted_version
    from genode_tool.toolchain.prefix import adopted_directory

    screen = invocation.screen()
    verbosity = invocation.output.verbosity
    wanted = WantedCompiler.parse(compiler)
    version = str(wanted) if wanted.major else ""
    directory = (prefix or adopted_directory(version)).absolute()
    chosen = [architecture(name) for name in dict.fromkeys(names or ("x86",))]
    fine = True
    for one in chosen:
        began = time.monotonic()
        adopted = adopt(one, directory, wanted)
        findings = check(tool_chain_at(one, adopted.prefix, wanted_version(Path.cwd())))
        bad = [finding for finding in findings if finding.failed]
        fine = fine and not bad
        if verbosity >= 0:
            screen.line(
                f"genode: adopted {one.name}: {wanted.family.value} {adopted.version}"
                f" as {adopted.prefix}gcc"
                f" ({time.monotonic() - began:.1f} s)"
            )
        shown = findings if verbosity > 0 else [f for f in findings if not f.ok]
        for line in result_lines(shown if verbosity >= 0 else bad, screen):
            screen.line(line)
    return 0 if fine else 1
