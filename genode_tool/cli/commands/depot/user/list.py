"""`genode depot user list`."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation
from genode_tool.cli.option_lists import json_option

_EPILOG = """\b
Keys and servers are files in DEPOT/USER or in sculpt/depot/USER of a repository.
"""


@click.command("list", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[USER...]")
@json_option("the users")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation, words: tuple[str, ...], as_json: bool, depot_dir: Path | None
) -> int:
    """List the users with their keys and servers.

    Shows the fingerprint, the algorithm and the end of each key, and what is weak about it.
    """
    import json

    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.depot.publishing.openpgp import read_key
    from genode_tool.depot.publishing.users import DepotUsers

    variables, names = depot_words(words)
    place = depot_place(variables, depot_dir)
    users = DepotUsers(place.depot.path, place.recipes.repositories)
    found = []
    for name in names or users.names():
        user = users.get(name)
        found.append((user, read_key(user.pubkey)))
    if as_json:
        data = [
            {
                "user": user.name,
                "url": user.url,
                "key": str(user.pubkey),
                "fingerprint": key.fingerprint,
                "owner": key.owner,
                "algorithm": key.algorithm,
                "bits": key.bits,
                "created": key.created,
                "expires": key.expires,
                "expired": key.expired,
                "remarks": list(key.remarks),
            }
            for user, key in found
        ]
        click.echo(json.dumps(data, indent=2))
        return 0
    screen = invocation.screen()
    for user, key in found:
        screen.line(f"{user.name}  {user.url or 'no server'}")
        screen.line(f"  {key.fingerprint}  {key.algorithm} {key.bits}  {key.owner}")
        if key.expires is not None:
            word = "expired" if key.expired else "expires"
            screen.line(
                f"  {screen.paint(word, *(('red',) if key.expired else ()))} {_day(key.expires)}"
            )
        for remark in key.remarks:
            screen.line(f"  {screen.paint('weak', 'yellow')}: {remark}")
    return 0


def _day(seconds: int) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).date().isoformat()
