"""The distribution that the host runs: its names for packages, and how they are installed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from genode_tool.settings.layered import settings_of
from genode_tool.settings.schema.programs import Distribution

_DEBIAN = "debian"
_OLDEST_GCC = "12"
_COMPILERS = ("/usr/lib/gcc/x86_64-linux-gnu", "/usr/libexec/gcc/x86_64-linux-gnu")


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
    found = found or packages.get(_DEBIAN, "")
    return found, "Debian" if found else ""


def install_command(packages: Iterable[str]) -> str:
    """Return the one command that this user types for installing the host's `packages`."""
    names = " ".join(packages)
    distribution = host_distribution()
    if distribution is None:
        return f"install what Debian calls: {names}"
    sudo = "sudo " if distribution.as_root and os.geteuid() != 0 else ""
    install = f"{sudo}{' '.join(distribution.install)} {names}"
    if not distribution.refresh:
        return install
    return f"{sudo}{' '.join(distribution.refresh)} && {install}"


def install_debian_packages(packages: Iterable[str]) -> str:
    """Return how to install packages of which Debian's names alone are known."""
    if _DEBIAN in host_ids():
        return install_command(packages)
    return f"install what Debian calls: {' '.join(packages)}"


def gcc_major() -> str:
    """Return the major version of the host's GCC, the distribution's before it is installed.

    Some packages have it in their names, and one that has not, gcc-multilib, cannot be
    installed beside compilers for other machines.
    """
    found = [one for place in _COMPILERS for one in Path(place).glob("*/cc1")]
    versions = [int(one.parent.name) for one in found if one.parent.name.isdigit()]
    if versions:
        return str(max(versions))
    known = settings_of().programs.default_gcc
    return next((known[one] for one in host_ids() if one in known), _OLDEST_GCC)
