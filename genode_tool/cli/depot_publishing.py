"""Publishing archives, on behalf of `genode depot publish` and `publish-current`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from genode_tool.cli.invocation import Invocation

if TYPE_CHECKING:
    from genode_tool.cli.depot_options import PublicationChoices
    from genode_tool.cli.depot_place import DepotPlace
    from genode_tool.depot.archive.name import Archive
    from genode_tool.depot.publishing.events import Transferred
    from genode_tool.depot.sculpt.names import ImageName, IndexName


def public_directory(place: DepotPlace, chosen: Path | None) -> Path:
    """Return where files are published: as chosen, PUBLIC_DIR, or `public` in the tree."""
    named = os.environ.get("PUBLIC_DIR", "")
    return (chosen or (Path(named) if named else place.recipes.genode_dir / "public")).absolute()


def publish(
    invocation: Invocation,
    place: DepotPlace,
    archives: Sequence[Archive],
    others: Sequence[IndexName | ImageName],
    choices: PublicationChoices,
    *,
    as_json: bool,
) -> int:
    """Publish archives, index files and images, report it, and return the exit code."""
    from genode_tool.depot.publishing.publish import Publication
    from genode_tool.depot.publishing.users import DepotUsers
    from genode_tool.events import discard
    from genode_tool.report.depot_transfers import TransferVoice
    from genode_tool.report.reporter import Reporter

    settings = invocation.output
    public = public_directory(place, choices.public_dir)
    jobs = choices.jobs or os.cpu_count() or 1
    users = DepotUsers(place.depot.path, place.recipes.repositories)
    with Reporter(settings.screen(), settings.verbosity, (TransferVoice(),)) as reporter:
        sink = discard if as_json else reporter
        publication = Publication(place.depot, users, public, jobs, sink)
        finished = publication.run(archives, others, debug=choices.debug_info)
    return result(finished, as_json=as_json)


def result(finished: Sequence[Transferred], *, as_json: bool) -> int:
    """Return the exit code for what was transferred; print it with `as_json`."""
    if as_json:
        data = [
            {"name": one.name, "outcome": one.outcome.value}
            | ({"error": str(one.error)} if one.error else {})
            for one in finished
        ]
        click.echo(json.dumps(data, indent=2))
    codes = [one.error.exit_code for one in finished if one.error is not None]
    return 1 if 1 in codes else max(codes, default=0)
