"""`genode tool-chain check`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  genode -C build/x86_64 tool-chain check    the tool chain of a build directory
  genode tool-chain check x86 riscv          those in ~/.local/share/genode/tool
  genode tool-chain check x86 --prefix /usr/local/genode/tool/25.05
  genode tool-chain check x86 --tools x86_64-linux-gnu-

\b
Marks: + as pinned, o different but usable, - wrong (followed by the fix).
Exit codes: 0 nothing is wrong, 1 something is wrong, 2 no such tool chain.
"""


@click.command("check", epilog=_EPILOG)
@click.argument("names", nargs=-1, metavar="[ARCH...]")
@click.option(
    "--prefix",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Check the tool chain in DIR/bin, or the current one of those in DIR.",
)
@click.option(
    "--tools", metavar="PREFIX", help="Check the tools whose names or paths begin with PREFIX."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list instead of tables.")
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    names: tuple[str, ...],
    prefix: Path | None,
    tools: str | None,
    as_json: bool,
) -> int:
    """Check that a tool chain is complete and does what Genode needs.

    Compiles and links small programs. ARCH is x86, arm, aarch64 or riscv. Without arguments,
    checks the tool chain of the build directory that the current directory lies in, or the
    current one.
    """
    from genode_tool.report.tool_chain import as_data, result_lines
    from genode_tool.toolchain.check import check
    from genode_tool.toolchain.choice import choose_tool_chains

    screen = invocation.screen()
    found = [(one, check(one)) for one in choose_tool_chains(names, prefix, tools, Path.cwd())]
    fine = all(not one.failed for _, some in found for one in some)
    if as_json:
        click.echo(json.dumps([as_data(one, some) for one, some in found], indent=2))
        return 0 if fine else 1
    for one, findings in found:
        bad = [finding for finding in findings if finding.failed]
        state = screen.paint("wrong", "red", "bold") if bad else screen.paint("ok", "green")
        screen.line(f"{screen.paint(one.architecture.name, 'bold')}: {state}  {one.prefix}*")
        for line in result_lines(findings if invocation.output.verbosity >= 0 else bad, screen):
            screen.line(line)
    return 0 if fine else 1
