"""`genode depot user add`."""

from __future__ import annotations

from pathlib import Path

import click

from genode_tool.cli.depot_place import depot_option
from genode_tool.cli.invocation import Invocation, output_options, pass_invocation

_EPILOG = """\b
Examples:
  gpg --armor --export alice@example.org > alice.asc
  genode depot user add alice --key alice.asc --url https://depot.example.org

The files are DEPOT/USER/pubkey and DEPOT/USER/download; those in the depot come before those in
the source tree.
"""


@click.command("add", epilog=_EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="USER")
@click.option(
    "--key", metavar="FILE", type=click.Path(path_type=Path), help="The public key of USER."
)
@click.option("--url", metavar="URL", help="Where the directory USER is published.")
@depot_option
@output_options
@pass_invocation
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    key: Path | None,
    url: str | None,
    depot_dir: Path | None,
) -> int:
    """Make a user known, or change the key or server."""
    from genode_tool.cli.depot_place import depot_place, depot_words
    from genode_tool.depot.publishing.openpgp import read_key
    from genode_tool.depot.publishing.users import check_user_name
    from genode_tool.errors import EnvironmentProblem, UserError
    from genode_tool.files import write_atomically
    from genode_tool.ports.fetch.addresses import split_url

    variables, names = depot_words(words)
    if len(names) != 1:
        raise UserError(f"wanted one user, found {len(names)}: {' '.join(names)}")
    name = check_user_name(names[0])
    if key is None and url is None:
        raise UserError("nothing to add", hint="give --key FILE, --url URL or both")
    if url is not None and split_url(url).scheme not in ("http", "https", "file"):
        raise UserError(f"`{url}` is not a URL of a server", hint="wanted https://HOST/PATH")
    directory = depot_place(variables, depot_dir).depot.path / name
    screen = invocation.screen()
    if key is not None:
        try:
            text = key.read_bytes()
        except OSError as error:
            raise EnvironmentProblem(f"cannot read {key}: {error.strerror}") from error
        found = read_key(key)
        if not text.lstrip().startswith(b"-----BEGIN PGP PUBLIC KEY BLOCK-----"):
            raise UserError(
                f"{key} is not in ASCII armour", hint="`gpg --armor --export` writes it"
            )
        write_atomically(directory / "pubkey", text)
        screen.line(f"genode: {name} signs with {found.fingerprint} ({found.owner})")
        for remark in found.remarks:
            screen.line(f"  {screen.paint('weak', 'yellow')}: {remark}")
    if url is not None:
        write_atomically(directory / "download", url.rstrip("/") + "\n")
        screen.line(f"genode: {name} publishes at {url}")
    return 0
