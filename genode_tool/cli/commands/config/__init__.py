"""`genode config`: each command below it is a module, loaded when called."""

from __future__ import annotations

import click

from genode_tool.cli.lazy import LazyGroup

SUMMARIES = {
    "check": "Check configurations: syntax, schemas, routes.",
    "routes": "Show which server answers each session request, and by which rule.",
    "graph": "Draw components, services and dependencies.",
    "format": "Reformat a file in its own syntax.",
    "convert": "Print a file in the other syntax.",
    "subnodes": "Print the nodes at a path.",
    "get": "Print an attribute of the nodes at a path.",
    "set": "Set attributes of the nodes at a path.",
    "remove": "Remove the nodes at a path.",
    "enable": "Enable disabled nodes.",
    "disable": "Disable nodes; they stay in the file.",
}

_EPILOG = """\b
Examples:
  genode config check routing                      the configuration that a scenario writes
  genode config check my.config --strict           allow no wildcard routes
  genode config routes routing --from client-2     which server answers what
  genode config graph routing --format svg > routing.svg
  genode config convert my.xml                     XML to HID, HID to XML
  genode config get 'config | + start | : name' my.hid
  genode config set -i 'config | + start vfs | : ram: 16M' my.hid

FILE may be `-` for standard input. Paths of nodes are written as for the framework's `hid` tool,
whatever the syntax of the file.
"""


@click.command("config", cls=LazyGroup, summaries=SUMMARIES, package=__name__, epilog=_EPILOG)
def command() -> None:
    """Check, explain, draw, convert and edit configurations."""
