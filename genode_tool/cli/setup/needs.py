"""The feature that a command line needs, guessed from its words alone.

The launcher must know it before the command itself can be loaded, so the words are not parsed: a
wrong guess costs an unneeded package, or an error by the command itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from genode_tool.programs.kinds import ADOPTION, Feature, Program
from genode_tool.record import record
from genode_tool.regex import regex
from genode_tool.settings.schema.program_kinds import Kind, Machine

_GLOBAL_WITH_VALUE = ("-C", "--directory", "--color")
_MAKE_WITH_VALUE = ("--kernel", "--board")
_HELP = ("-h", "--help")
_ARCHITECTURES = frozenset({"x86", "arm", "aarch64", "riscv"})
_WITHOUT_TOOLS = frozenset({"clean", "cleanall"})

_ADOPTED = {
    "x86": Feature.ADOPT_X86,
    "arm": Feature.ADOPT_ARM,
    "aarch64": Feature.ADOPT_AARCH64,
    "riscv": Feature.ADOPT_RISCV,
}

_PLATFORMS = (
    ("arm_v8", Feature.ADOPT_AARCH64),
    ("arm_", Feature.ADOPT_ARM),
    ("riscv", Feature.ADOPT_RISCV),
    ("x86", Feature.ADOPT_X86),
)

_ASSIGNMENT = regex(r"^(KERNEL|BOARD)[ \t]*[:?]?=[ \t]*(\S+)", re.MULTILINE)

_MACHINES = (
    ("aarch64", Machine.ARM),
    ("arm", Machine.ARM),
    ("riscv", Machine.RISCV),
)


@record
class Needs:
    """The feature that a command rests on, the machines it will boot, and further features."""

    feature: Feature
    machines: tuple[Machine, ...] = ()
    also: tuple[Feature, ...] = ()

    @property
    def only_environment(self) -> bool:
        """Return whether the command needs the private environment and no further program."""
        return self.feature is Feature.SETUP and not self.also

    def programs(self) -> tuple[Program, ...]:
        """Return the programs that the command cannot do without.

        Raises `UserError` for a mistake in the settings.
        """
        from genode_tool.programs.catalogue import needed  # reads settings

        found = [needed(one, self.machines) for one in (self.feature, *self.also)]
        programs = dict.fromkeys(program for some in found for program in some)
        return tuple(program for program in programs if self._insists_on(program))

    def _insists_on(self, program: Program) -> bool:
        """Return whether the command cannot do without `program`.

        Not every distribution has compilers that can be adopted, with all their libraries: tests
        of others are skipped, and adoption itself reports the consequences of a missing file.
        """
        from genode_tool.programs.distribution import host_distribution

        host = host_distribution()
        if program.feature not in ADOPTION or (host and program.owner == host.name):
            return True
        return self.feature is not Feature.TEST and program.kind is Kind.COMMAND


def command_of(words: Sequence[str]) -> tuple[str, tuple[str, ...], str]:
    """Split a command line (without the program's name) into command, its arguments and `-C`.

    The command is empty when there are only global options.
    """
    rest = iter(words)
    directory = ""
    for word in rest:
        if word in _GLOBAL_WITH_VALUE:
            value = next(rest, "")
            directory = directory if word == "--color" else value
        elif not word.startswith("-"):
            return word, tuple(rest), directory
    return "", (), directory


def needs_of(words: Sequence[str]) -> Needs:
    """Return what the command line `words` will need."""
    command, arguments, directory = command_of(words)
    if any(word in _HELP for word in arguments):
        return Needs(Feature.SETUP)
    match command:
        case "tool-chain" if _bootstraps(arguments):
            return Needs(Feature.TOOL_CHAIN)
        case "tool-chain" if arguments[:1] == ("adopt",):
            named = [_ADOPTED[word] for word in arguments[1:] if word in _ADOPTED]
            named = named or [Feature.ADOPT_X86]
            if _value(arguments, "--compiler", "", {}) == "clang":
                named.append(Feature.ADOPT_CLANG)
            return Needs(Feature.SETUP, also=tuple(named))
        case "create-builddir" if _value(arguments, "--tool-chain", "", {}) == "adopted":
            wanted = [feature for word, feature in _PLATFORMS if arguments[0].startswith(word)]
            return Needs(Feature.SETUP, also=tuple(wanted[:1]))
        case "selftest":
            return Needs(Feature.TEST, (Machine.HOST, Machine.X86))
        case "prepare":
            return Needs(Feature.PREPARE)
        case "image":
            return Needs(Feature.IMAGE)
        case "run":
            image = any(word.startswith(("image/", "--include=image/")) for word in arguments)
            feature = Feature.IMAGE if image else Feature.RUN
            return Needs(feature, (_machine(arguments, directory),))
        case "make":
            goals = _goals(arguments)
            if goals and goals <= _WITHOUT_TOOLS:
                return Needs(Feature.SETUP)
            if any(goal.startswith("run/") for goal in goals):
                return Needs(Feature.RUN, (_machine(arguments, directory),))
            return Needs(Feature.BUILD)
        case _:
            return Needs(Feature.SETUP)


def _goals(arguments: Sequence[str]) -> set[str]:
    """Return the goals of `genode make`: words that are not an option or its value."""
    before = ("", *arguments)
    return {
        word
        for word, option in zip(arguments, before, strict=False)
        if not word.startswith("-") and "=" not in word and option not in _MAKE_WITH_VALUE
    }


def _bootstraps(arguments: Sequence[str]) -> bool:
    """Return whether tool chains are built: architectures come first, not a command."""
    return "--dry-run" not in arguments and next(iter(arguments), "") in _ARCHITECTURES


def _machine(arguments: Sequence[str], directory: str) -> Machine:
    configured = _configuration(Path(directory or "."))
    kernel = _value(arguments, "--kernel", "KERNEL", configured)
    if kernel == "linux":
        return Machine.HOST
    board = _value(arguments, "--board", "BOARD", configured)
    from genode_tool.settings.layered import settings_of

    known = settings_of().boards.boards.get(board)
    if board and (known is None or not _may_describe(Path(directory or "."), board)):
        return Machine.HOST  # the command will refuse it
    if known is None:
        return Machine.X86
    emulated = known.qemu.removeprefix("qemu-system-")
    machine = next((one for start, one in _MACHINES if emulated.startswith(start)), Machine.X86)
    return machine if emulated else Machine.HOST


def _may_describe(start: Path, board: str) -> bool:
    """Return whether the source tree of a call in `start` may have `board`.

    A build directory names its repositories, which only its evaluation can tell.
    """
    places = (start.absolute(), *start.absolute().parents)
    if any((place / "etc/build.conf").is_file() for place in places):
        return True
    own = Path(__file__).resolve().parents[3]
    repositories = (place / name for place in (*places, own) for name in ("repos", ""))
    for directory in repositories:
        if (directory / "base/mk/global.mk").is_file():
            listed = {path.name for path in directory.glob("*/board/*")}
            return board in listed or not listed
    return True


def _configuration(start: Path) -> dict[str, str]:
    """Return the plain assignments in the `etc/build.conf` of the build directory around us."""
    try:
        start = start.resolve()
        files = (directory / "etc/build.conf" for directory in (start, *start.parents))
        text = next((file.read_text("utf-8") for file in files if file.is_file()), "")
    except (OSError, UnicodeDecodeError):
        return {}
    return dict(_ASSIGNMENT.findall(text))


def _value(
    arguments: Sequence[str], option: str, variable: str, configured: Mapping[str, str]
) -> str:
    """Return the last value given by `--option X`, `--option=X` or `VARIABLE=X`.

    Otherwise what the environment or the configuration says, or "".
    """
    value = (variable and os.environ.get(variable)) or configured.get(variable, "")
    for index, word in enumerate(arguments):
        if word == option:
            value = arguments[index + 1] if index + 1 < len(arguments) else ""
        elif word.startswith((f"{option}=", *([f"{variable}="] if variable else ()))):
            value = word.partition("=")[2]
    return value
