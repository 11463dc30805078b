"""`genode port`: questions about ports; each sub-word is loaded when called."""

from __future__ import annotations

import click

from genode_tool.cli.lazy import LazyGroup

SUMMARIES = {
    "list": "List the ports of the tree.",
    "current": "Print where the current version of a port is.",
    "info": "Print licence, version and sources of ports.",
    "check": "Compare hash files with descriptions.",
    "hash": "Print the hash of a description as it is now.",
    "update-hash": "Write the hash files of ports.",
    "sbom": "List the third-party code behind a scenario's image.",
}

_EPILOG = """\b
Examples:
  genode port list --long
  genode port info libc zlib
  genode port update-hash zlib              after a change of its description
  genode port sbom zlib                     which ports are in the image
  genode port sbom zlib --format spdx-json > zlib.spdx.json
"""


@click.command(
    "port",
    cls=LazyGroup,
    summaries=SUMMARIES,
    package=__name__,
    epilog=_EPILOG,
)
def command() -> None:
    """List, check and describe ports; make a bill of materials."""
