"""`genode depot image`: each command below it is a module, loaded when called."""

from __future__ import annotations

import click

from genode_tool.cli.lazy import LazyGroup

SUMMARIES = {
    "list": "List the system images of the depot and of its indexes.",
    "write": "Put a system image into the depot and describe it in the index.",
    "check": "Check the indexes of system images.",
}

_EPILOG = """\b
Examples:
  genode depot image write alice/image/sculpt-pc-2026-01-28 --info 'Newer drivers'
  genode depot image check alice/image/index
  genode depot publish alice/image/sculpt-pc-2026-01-28 alice/image/index

A system image is the directory USER/image/OS-BOARD-VERSION with what a machine boots, and a disk
image beside it, OS-BOARD-VERSION.img. USER/image/index describes images.
"""


@click.command("image", cls=LazyGroup, summaries=SUMMARIES, package=__name__, epilog=_EPILOG)
def command() -> None:
    """Write, check and list the system images to which Sculpt can be updated."""
