"""The builds of the proofs: one platform, kernel and board of one tree, ports prepared or not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Configuration:
    """One build directory of the original and the variables of its calls.

    `platform` is the argument of the tree's own tool for build directories. `kernel` and
    `board` are None where the platform implies them, empty for what needs none. `prefix`
    starts the names of the compiler and binutils. `ports` tells whether the directories of all
    ports exist (empty: nothing is downloaded), so that descriptions get past them. `switches`
    are variables that are set to `yes` on the command line.
    """

    platform: str
    kernel: str | None = None
    board: str | None = None
    prefix: str = ""
    ports: bool = False
    switches: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """A name that is fit for a file."""
        parts = [self.platform, self.kernel, self.board, "ports" if self.ports else "bare"]
        return "-".join(part.lower() for part in (*parts, *self.switches) if part)

    @property
    def variables(self) -> dict[str, str]:
        """The variables of the command line."""
        given = {"KERNEL": self.kernel, "BOARD": self.board}
        found = {name: value for name, value in given.items() if value is not None}
        return found | dict.fromkeys(self.switches, "yes")


@dataclass(frozen=True, slots=True)
class Era:
    """The common properties of a span of releases, as far as the proofs need them.

    `mark` is a file that only these trees have, with `words` in it; the first era whose mark
    exists is the tree's.
    `logs_artifacts` tells whether the library file names the artifacts of each leaf,
    `checks_ports` whether its second stage can be kept from starting by an unprepared port.
    """

    name: str
    mark: str
    repositories: str
    configurations: tuple[Configuration, ...]
    words: str = ""
    logs_artifacts: bool = False
    checks_ports: bool = False


def _with_and_without_ports(*configurations: Configuration) -> tuple[Configuration, ...]:
    return tuple(
        Configuration(one.platform, one.kernel, one.board, one.prefix, ports)
        for one in configurations
        for ports in (False, True)
    )


_ARM = "arm-linux-gnueabihf-"
_AARCH64 = "aarch64-linux-gnu-"
_RISCV = "riscv64-linux-gnu-"

ERAS = (
    Era(
        "26.02",
        "repos/base/mk/a.mk",
        "repos",
        (
            Configuration("x86_64", "linux", "linux", "", True, ("COVERAGE", "SANITIZE_UNDEFINED")),
            *_with_and_without_ports(
                Configuration("x86_64", "linux", "linux"),
                Configuration("x86_64", "hw", "pc"),
                Configuration("x86_64", "nova", "pc"),
                Configuration("x86_64", "foc", "pc"),
                Configuration("x86_64", "sel4", "pc"),
                Configuration("arm_v8a", "hw", "virt_qemu_arm_v8a", _AARCH64),
                Configuration("arm_v7a", "hw", "pbxa9", _ARM),
                # No repository of this release has a board for it.
                Configuration("riscv", "", "", _RISCV),
            ),
        ),
        logs_artifacts=True,
        checks_ports=True,
    ),
    Era(
        "19.05",
        "tool/create_builddir",
        "repos",
        _with_and_without_ports(
            Configuration("x86_64", "linux", "linux"),
            Configuration("x86_64", "hw", "pc"),
            Configuration("x86_64", "nova", "pc"),
            Configuration("x86_64", "foc", "pc"),
            Configuration("x86_64", "sel4", "pc"),
            Configuration("arm_v7a", "hw", "pbxa9", _ARM),
        ),
        words=" arm_v7a ",
    ),
    Era(
        "17.02",
        "repos/base/mk/dep_lib.mk",
        "repos",
        _with_and_without_ports(
            Configuration("linux", "linux"),
            Configuration("x86_64", "hw"),
            Configuration("x86_64", "nova"),
            Configuration("x86_64", "foc"),
            Configuration("x86_64", "sel4"),
            Configuration("pbxa9", "hw", prefix=_ARM),
        ),
        words="ARCHIVES=",
    ),
    Era(
        "16.08",
        "repos/base/mk/spec",
        "repos",
        _with_and_without_ports(
            Configuration("linux_x86"),
            Configuration("nova_x86_64"),
            Configuration("foc_x86_64"),
            Configuration("hw_x86_64"),
            Configuration("hw_pbxa9", prefix=_ARM),
        ),
    ),
    Era(
        "14.05",
        "repos/base/mk/util.inc",
        "repos",
        (
            Configuration("linux_x86"),
            Configuration("nova_x86_64"),
            Configuration("foc_x86_64"),
            Configuration("hw_x86_64"),
            Configuration("hw_pbxa9", prefix=_ARM),
        ),
    ),
    Era(
        "14.02",
        "base/mk/spec-arm_v6.mk",
        "",
        (
            Configuration("linux_x86"),
            Configuration("nova_x86_64"),
            Configuration("foc_x86_64"),
            Configuration("hw_x86_64"),
            Configuration("hw_pbxa9", prefix=_ARM),
        ),
    ),
    Era(
        "11.11",
        "base/mk/lib.mk",
        "",
        (
            Configuration("linux_x86"),
            Configuration("nova_x86_64"),
            Configuration("foc_x86_64"),
            Configuration("foc_pbxa9", prefix=_ARM),
        ),
    ),
)


def era_of(tree: Path) -> Era:
    """Return the era of a tree. Raises `LookupError` when no mark of any is there."""
    for era in ERAS:
        mark = tree / era.mark
        if mark.exists() and (not era.words or era.words in mark.read_text()):
            return era
    raise LookupError(f"{tree} is no tree of a known release")
