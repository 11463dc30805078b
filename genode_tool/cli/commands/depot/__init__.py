"""`genode depot`: each command below it is a module, loaded when called."""

from __future__ import annotations

import click

from genode_tool.cli.lazy import LazyGroup

SUMMARIES = {
    "list": "List the archives of recipes and of the depot.",
    "extract": "Make archives from the recipes of the tree, with all that they need.",
    "create": "Make archives from recipes, and build binaries of them.",
    "build": "Build binaries from sources in the depot.",
    "dependencies": "Print all that archives in the depot need.",
    "status": "Show what in the depot is not what the sources of the tree stand for.",
    "why": "Explain why an archive is outdated.",
    "bump": "Give recipes whose content changed new versions.",
    "missing-ports": "List the ports that archives need and that are not prepared.",
    "verify": "Compare the depot's archives with their hashes.",
    "diff": "Show the differences between two archives.",
    "publish": "Compress and sign archives of the depot for a server.",
    "publish-current": "Publish archives in the versions that recipes have now.",
    "download": "Get, verify and unpack archives that others publish, with all that they need.",
    "mirror": "Copy what others publish into a public directory of one's own, verified.",
    "fork": "Make a recipe of one's own from an archive of somebody else.",
    "sbom": "List all that archives consist of, with versions, hashes and licences.",
    "index": "Write, check and list the indexes from which packages are chosen on Sculpt.",
    "image": "Write, check and list the system images to which Sculpt can be updated.",
    "gc": "Remove what nothing needs any more.",
    "user": "Show or add the users whose archives are known.",
}

_EPILOG = """\b
Examples:
  genode depot list --missing 'pkg/*'
  genode depot extract genodelabs/pkg/test-log
  genode depot create genodelabs/pkg/x86_64/test-log
  genode depot dependencies --tree genodelabs/pkg/sculpt/2026-01-28

\b
An archive is USER/TYPE/NAME[/VERSION] with the type api, src, raw or pkg; binaries are
USER/bin/SPEC/NAME[/VERSION], and USER/pkg/SPEC/NAME[/VERSION] is a package with its binaries.
Variables as with the original: DEPOT_DIR, REPOSITORIES.
"""


@click.command(
    "depot",
    cls=LazyGroup,
    summaries=SUMMARIES,
    package=__name__,
    epilog=_EPILOG,
)
def command() -> None:
    """Make, explain and check the archives that systems are assembled from."""
