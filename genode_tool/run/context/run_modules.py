"""Run modules: the parts of a run that `--include KIND/NAME` chooses, and their options.

Names and options are those of the framework's run tool, and further ones of our own. A file
`tool/run/KIND/NAME` of a repository comes before what is built in: it is a site's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.nearest import did_you_mean, known_names
from genode_tool.run.options import Switches

LOCAL = ("qemu", "linux")
"""The names of modules for systems that run on this host."""

BUILT_IN = {
    "load": ("copy", "fastboot", "ipxe", "jtag", "tftp"),
    "log": ("amt", "linux", "qemu", "serial", "tcp"),
    "power_on": (
        *("allnet", "amt", "command", "energenie", "linux", "netio", "qemu", "softreset", "wol"),
    ),
    "power_off": ("allnet", "command", "energenie", "netio"),
}
_BY_KERNEL_OR_FORMAT = ("boot_dir", "image")


@dataclass(frozen=True, slots=True)
class RunModule:
    """A chosen module. `site` is the file that defines it, None for one that is built in."""

    kind: str
    name: str
    site: Path | None
    switches: Switches

    @property
    def local(self) -> bool:
        """Return whether it is for a system on this host."""
        return self.site is None and self.name in LOCAL

    @property
    def include(self) -> str:
        """The word that chooses it."""
        return f"{self.kind}/{self.name}"

    def option(self, name: str) -> str:
        """Return the whole name of an option, as in `--power-on-netio-host`."""
        return f"--{self.kind.replace('_', '-')}-{self.name}-{name}"

    def has(self, name: str) -> bool:
        """Return whether an option was given."""
        return self.switches.has(self.option(name))

    def value(self, name: str, default: str = "") -> str:
        """Return the value of an option; the first one counts."""
        return next(iter(self.switches.values(self.option(name))), default)

    def wanted(self, name: str) -> str:
        """Return the value of an option. Raises `UserError` when it is not given."""
        value = self.value(name)
        if not value:
            raise UserError(
                f"run module {self.include} wants {self.option(name)}",
                hint="give it in RUN_OPT of etc/build.conf, or with --switch",
            )
        return value

    def seconds(self, name: str, default: float) -> float:
        """Return the value of an option as seconds. Raises `UserError`."""
        text = self.value(name, f"{default:g}")
        try:
            return float(text)
        except ValueError:
            raise UserError(f"{self.option(name)} is `{text}`: wanted seconds") from None


def chosen(kind: str, switches: Switches, repositories: Sequence[Path]) -> RunModule | None:
    """Return the module of a kind; the last one wins, as its procedures would."""
    names = [one for one in switches.includes if _kind_of(one) == kind]
    if not names:
        return None
    name = names[-1]
    return RunModule(kind, name.rpartition("/")[2], site_file(name, repositories), switches)


class SystemModules:
    """The modules that start and reach a system: for power, loading, and its serial line.

    They are looked up when the first one is asked for. Raises `UserError` for an unknown one.
    """

    def __init__(self, switches: Switches, repositories: Sequence[Path]) -> None:
        self._switches = switches
        self._repositories = repositories

    @cached_property
    def _chosen(self) -> dict[str, RunModule]:
        found = (chosen(kind, self._switches, self._repositories) for kind in BUILT_IN)
        return {one.kind: one for one in found if one}

    @property
    def power_on(self) -> RunModule | None:
        """The module that switches the machine on."""
        return self._chosen.get("power_on")

    @property
    def power_off(self) -> RunModule | None:
        """The module that switches the machine off."""
        return self._chosen.get("power_off")

    @property
    def load(self) -> RunModule | None:
        """The module that brings the image to the machine."""
        return self._chosen.get("load")

    @property
    def log(self) -> RunModule | None:
        """The module that receives the log."""
        return self._chosen.get("log")

    @property
    def real(self) -> bool:
        """Return whether the machine is a real one, not this host or QEMU."""
        return any(not one.local for one in (self.power_on, self.log) if one)


def site_file(name: str, repositories: Sequence[Path]) -> Path | None:
    """Return the file that defines a module for a site. Raises `UserError` for an unknown one."""
    own = Path(name)
    places = [own] if own.is_absolute() else [one / "tool/run" / name for one in repositories]
    found = next((path for path in places if path.is_file()), None)
    kind, _, short = name.partition("/")
    if found is None and short not in BUILT_IN.get(kind, ()) and kind not in _BY_KERNEL_OR_FORMAT:
        known = [f"{one}/{each}" for one, names in BUILT_IN.items() for each in names]
        raise UserError(
            f"no such run module: `{name}`",
            trail=tuple(f"looked for {path}" for path in places),
            hint=did_you_mean(name, known) or known_names(known),
        )
    return found


def _kind_of(include: str) -> str:
    """Return the kind of a module, also of one that is given by its whole path."""
    return include.split("/")[-2] if "/" in include else ""
