"""User names and passwords for servers: from the URL itself, or from `~/.netrc`.

`NETRC` names another file. A password goes only to the host it is meant for, never along with a
redirect to another host.
"""

from __future__ import annotations

import netrc
import os
from pathlib import Path
from urllib.parse import unquote

from genode_tool.errors import EnvironmentProblem
from genode_tool.ports.fetch.addresses import split_url


def login_of(url: str) -> tuple[str, str] | None:
    """Return user and password for `url`, or None.

    Raises `EnvironmentProblem` when the file with passwords cannot be understood or is open to
    others.
    """
    parts = split_url(url)
    if parts.username is not None:
        return unquote(parts.username), unquote(parts.password or "")
    named = os.environ.get("NETRC")
    path = Path(named) if named else Path("~/.netrc").expanduser()
    try:
        if not path.is_file():
            return None
        # Without an argument the library checks who may read the file.
        logins = netrc.netrc(named) if named else netrc.netrc()
    except (netrc.NetrcParseError, OSError, UnicodeDecodeError) as error:
        raise EnvironmentProblem(f"cannot use {path}: {error}") from error
    found = logins.hosts.get(parts.hostname or "")
    return (found[0], found[2] or "") if found else None
