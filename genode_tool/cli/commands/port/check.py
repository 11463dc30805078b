"""`genode port check`."""

from __future__ import annotations

import click

from genode_tool.cli.completers import complete_ports
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation


@click.command("check")
@click.argument("words", nargs=-1, metavar="[NAME...]", shell_complete=complete_ports)
@output_options
@pass_invocation
def command(invocation: Invocation, words: tuple[str, ...]) -> int:
    """Compare hash files with descriptions and patches.

    Without a NAME, checks all ports.

    Exit codes: 0 all are current, 1 one is not, 2 a description is wrong.
    """
    from genode_tool.cli.place import port_collection
    from genode_tool.cli.words import port_names, split_words
    from genode_tool.errors import GenodeError
    from genode_tool.ports.metadata import check_hash
    from genode_tool.report.diagnostic import diagnostic_lines

    variables, others = split_words(words)
    collection = port_collection(variables)
    names = port_names(others, variables) or tuple(collection.ports)
    screen = invocation.screen()
    stale = wrong = 0
    for port in [collection.port(name) for name in names]:
        try:
            check = check_hash(collection, port)
        except GenodeError as error:
            wrong += 1
            for line in diagnostic_lines(error.diagnostic, screen.paint):
                screen.line(line)
            continue
        if not check.ok:
            stale += 1
            said = check.recorded or "nothing"
            screen.line(f"{port.hash_file}: says {said}, is {check.computed}")
    if invocation.output.verbosity >= 0:
        good = len(names) - stale - wrong
        screen.line(f"genode: {good} of {len(names)} hash files are current")
    return 2 if wrong else int(stale > 0)
