"""`genode doctor`."""

from __future__ import annotations

import json

import click

from genode_tool.cli.invocation import Invocation, pass_invocation

_EPILOG = """\b
Examples:
  genode doctor            what was found, and how to install what is missing
  genode doctor --json     the same, for other programs to read

Exit codes: 0 nothing that a feature needs is missing, 2 something is missing.
"""


@click.command("doctor", epilog=_EPILOG)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead of a table.")
@pass_invocation
def command(invocation: Invocation, as_json: bool) -> int:
    """List the outside programs that each feature needs.

    Shows where they were found, or how to install them; and what the kernel has for confining
    ports and planned run scripts.
    """
    from genode_tool.doctor import examine
    from genode_tool.report.doctor import as_data, as_lines
    from genode_tool.sandbox.kernel import listed

    findings, kernel = examine(), listed()
    if as_json:
        click.echo(json.dumps(as_data(findings, kernel), indent=2))
    else:
        screen = invocation.screen()
        for line in as_lines(findings, kernel, screen):
            screen.line(line)
    return 2 if any(one.is_missing for one in findings) else 0
