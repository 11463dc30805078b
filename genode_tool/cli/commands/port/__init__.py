"""`genode port`: each command below it is a module, loaded when called."""

from __future__ import annotations

import click

from genode_tool.cli.lazy import LazyGroup

SUMMARIES = {
    "list": "List the ports of the tree.",
    "current": "Print the directory of the current version of a port.",
    "info": "Print the licence, version and sources of ports.",
    "check": "Compare hash files with descriptions and patches.",
    "hash": "Print the hashes of descriptions as they are now.",
    "update-hash": "Write the hash files of ports.",
    "sbom": "List the third-party code behind a scenario's image.",
}

_EPILOG = """\b
Examples:
  genode port list --long
  genode port info libc zlib
  genode port update-hash zlib              after its description was changed
  genode port sbom zlib                     the ports behind the scenario zlib
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
