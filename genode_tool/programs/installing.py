"""Hints: the one command to type for missing programs, packages and Python modules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from genode_tool.programs.distribution import (
    DEBIAN,
    host_distribution,
    host_ids,
    install_command,
    package_on_host,
)
from genode_tool.programs.kinds import Program
from genode_tool.settings.layered import settings_of

_ANY = "any"
_PIP_MODULE = "pip"
_PIP = "python3 -m pip install --user --break-system-packages"
"""The option allows it beside a distribution's packages (PEP 668); `--user` keeps them apart."""


def install_programs(
    programs: Iterable[Program], modules: Iterable[str] = (), *, has_pip: bool = True
) -> str:
    """Return how this user installs `programs`, and Python `modules` for the system's Python.

    `has_pip` states whether that Python has pip, which Debian packages apart.
    """
    packages = [(one.package, one.owner) for one in programs if one.package]
    named = {one: package_of_module(one) for one in modules}
    packages += [found for found in named.values() if found[0]]
    by_pip = [one for one, (package, _) in named.items() if not package]
    if by_pip and not has_pip:
        packages.append(package_of_module(_PIP_MODULE))
    command = _install(packages)
    pip = f"{_PIP} {' '.join(by_pip)}" if by_pip else ""
    return " && ".join(part for part in (command, pip) if part)


def install_debian_packages(packages: Iterable[str]) -> str:
    """Return how this user installs what Debian's `packages` have, by the host's names of it."""
    if DEBIAN in host_ids():
        return install_command(packages)
    return _install([_translated(one) for one in packages])


def package_of_module(module: str) -> tuple[str, str]:
    """Return the package of a Python module and whose it is; an empty name when none has it."""
    exceptions = settings_of().programs.python_modules.get(module)
    if exceptions is not None:
        return package_on_host(exceptions)
    distributions = settings_of().programs.distributions
    host = host_distribution() or distributions[DEBIAN]
    name = module.lower().replace("_", "-")
    return host.python_module.format(name=name), host.name


def _install(packages: Iterable[tuple[str, str]]) -> str:
    """Return the command for packages, each with the name of the distribution that calls it so."""
    host = host_distribution()
    own = [package for package, owner in packages if host and owner == host.name]
    others = [package for package, owner in packages if not host or owner != host.name]
    return install_command(own, others)


def _translated(package: str) -> tuple[str, str]:
    """Return the host's name of Debian's `package` and whose name that is: Debian's if unknown."""
    for names in _names():
        pattern = names.get(DEBIAN, names.get(_ANY, ""))
        found = re.fullmatch(re.escape(pattern).replace(r"\{gcc\}", r"(?P<gcc>\d+)"), package)
        own, owner = package_on_host(names)
        if found:
            return own.format(**found.groupdict()), owner
    return package, "Debian"


def _names() -> Iterator[Mapping[str, str]]:
    settings = settings_of().programs
    yield from ({DEBIAN: name, **names} for name, names in settings.other_packages.items())
    for entries in settings.programs.values():
        yield from (entry.packages for entry in entries.values())
