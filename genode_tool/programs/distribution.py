"""The distribution that the host runs: its names for packages, and how they are installed."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterable, Mapping
from functools import cache

from genode_tool.settings.layered import settings_of
from genode_tool.settings.schema.programs import Distribution

DEBIAN = "debian"

_AS_ROOT = ("sudo", "doas")
"""Programs that run a command as root, in the order of preference; without any, su does."""


@cache
def host_ids() -> tuple[str, ...]:
    """Return the names of the host's distribution, the most particular first.

    ID-VERSION_ID, ID, and those of ID_LIKE, as os-release(5) has them.
    """
    import platform

    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ()
    own = release.get("ID", "linux")
    version = release.get("VERSION_ID")
    first = [f"{own}-{version}"] if version else []
    return (*first, own, *release.get("ID_LIKE", "").split())


def host_distribution() -> Distribution | None:
    """Return the host's distribution, None when the settings have none like it."""
    known = settings_of().programs.distributions
    return next((known[one] for one in host_ids() if one in known), None)


def package_on_host(packages: Mapping[str, str]) -> tuple[str, str]:
    """Return the package for the host out of those by distribution, and whose package that is.

    Debian's where the host's is not known; two empty strings without that.
    """
    host = host_distribution()
    found = next((packages[one] for one in (*host_ids(), "any") if one in packages), "")
    if found and host:
        return found, host.name
    found = found or packages.get(DEBIAN, "")
    return found, "Debian" if found else ""


def install_command(packages: Iterable[str], debians: Iterable[str] = ()) -> str:
    """Return the one command that this user types for installing the host's `packages`.

    What remains is said in words: `debians` are packages of which Debian's names alone are known.
    """
    distribution = host_distribution()
    names = list(dict.fromkeys(packages))
    others = list(dict.fromkeys(debians))
    if distribution is None:
        names, others = [], [*names, *others]
    parts = [_command(distribution, names)] if distribution and names else []
    if others:
        parts.append(f"install what Debian calls: {' '.join(others)}")
    return "; then ".join(parts)


def _command(distribution: Distribution, names: Iterable[str]) -> str:
    commands = [distribution.refresh, (*distribution.install, *names)]
    typed = [" ".join(words) for words in commands if words]
    if not distribution.as_root or os.geteuid() == 0:
        return " && ".join(typed)
    prefix = next((one for one in _AS_ROOT if shutil.which(one)), "")
    if prefix:
        return " && ".join(f"{prefix} {one}" for one in typed)
    # A login shell: administration programs are not in the PATH of others.
    return f"su - -c {shlex.quote(' && '.join(typed))}"
