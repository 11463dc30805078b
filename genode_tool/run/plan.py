"""The plan of a scenario: what its run script asks for, without any of it being done."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Expectation:
    """A pattern that the script waits for, with the seconds it grants (None: forever)."""

    pattern: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class PlannedImage:
    """A boot image as a script asks for it: the modules it names, the text files it wrote."""

    modules: tuple[str, ...]
    files: dict[str, str]


@dataclass(slots=True)
class ScenarioPlan:
    """The plan of one scenario.

    `goals` are what it builds, `archives` what it imports from a depot, `modules` the boot
    modules it names, `configs` the files it writes itself into the boot directory,
    `arguments` what it adds to QEMU's command line, `commands` the outside programs it would
    start, `unmet` a requirement of the script that this build directory does not fulfil,
    `ended_early` why the script could not be followed to its end (what comes after depends
    on output of the running system), `images` the boot images with what the script itself put
    into them, `mistakes_wanted` why its configuration is wrong on purpose. `command` is how the
    system would be started, with paths relative to the build directory; `unknown_artifacts` why
    it is not known what the goals would make.
    """

    goals: list[str] = field(default_factory=list)
    archives: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    configs: list[str] = field(default_factory=list)
    arguments: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    expectations: list[Expectation] = field(default_factory=list)
    commands: list[tuple[str, ...]] = field(default_factory=list)
    comparisons: int = 0
    unmet: str = ""
    ended_early: str = ""
    images: list[PlannedImage] = field(default_factory=list)
    mistakes_wanted: str = ""
    unknown_artifacts: str = ""
