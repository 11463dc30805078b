"""The run scripts of a tree followed by our engine, for one kernel and board."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool.events import discard
from genode_tool.run.context.run_scripts import all_scenarios
from genode_tool.run.engine.scenario_planner import plan_all
from genode_tool.run.options import RunOptions
from genode_tool.run.verdict import Outcome
from genode_tool.settings.layered import LayeredSettings, settings_of

_X86 = ("x86", "x86_64", "64bit")
PLATFORMS = (
    ("linux", "linux", (*_X86, "linux")),
    ("hw", "pc", (*_X86, "hw")),
    ("nova", "pc", (*_X86, "nova")),
    ("foc", "pc", (*_X86, "foc")),
    ("sel4", "pc", (*_X86, "sel4")),
    ("hw", "virt_qemu_arm_v8a", ("arm_64", "arm_v8", "arm_v8a", "64bit", "hw")),
)

# What a plan cannot know or the tree does not say: variables of the user's environment, the
# output of programs that are not started (14.02 sets a variable for each line of one), a no-break
# space that a script of 16.08 has after `puts`, a file of a board that has none: the original ends
# such a script, too.
_NEEDS_MORE = (
    "GENODE_WIFI_SSID",
    "USB_RAW_DEVICE",
    "missing operand",
    "genode_repositories_filter_out_tar",
    'invalid command name "puts',
    "is in none of the repositories",
)


@dataclass(frozen=True, slots=True)
class _Facts:
    """A build directory of which only the facts are asked for."""

    path: Path
    genode_dir: Path
    repositories: tuple[Path, ...]
    specs: tuple[str, ...]
    kernel: str
    board: str

    @property
    def settings(self) -> LayeredSettings:
        return settings_of(self.genode_dir, self.path)

    def variable(self, name: str) -> str:
        del name
        return ""

    def make(self, goals: Sequence[str]) -> tuple[str, ...]:
        raise AssertionError(f"a plan built {goals}")

    def artifacts_of(self, goals: Sequence[str]) -> tuple[str, ...]:
        del goals
        return ()


def repositories_of(tree: Path, kernel: str) -> tuple[Path, ...]:
    """Return the repositories of a tree that a build directory for `kernel` would name."""
    top = tree / "repos" if (tree / "repos").is_dir() else tree
    first = [top / name for name in (f"base-{kernel}", "base", "os", "demo")]
    others = [path for path in top.iterdir() if not path.name.startswith("base-")]
    rest = sorted(path for path in others if (path / "run").is_dir())
    return tuple(dict.fromkeys(path for path in [*first, *rest] if path.is_dir()))


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """The number of scripts, a line about their outcomes, and what cannot be planned."""

    scripts: int
    figure: str
    wrong: tuple[str, ...]


def plan_every_script(
    tree: Path, place: Path, kernel: str, board: str, specs: tuple[str, ...]
) -> PlanFigures | None:
    """Plan all scripts of `tree` in `place`; None when the tree has no such kernel or board."""
    repositories = repositories_of(tree, kernel)
    boards = [path / "board" for path in repositories if (path / "board").is_dir()]
    board_known = not boards or any((path / board).is_dir() for path in boards)
    if repositories[0].name != f"base-{kernel}" or (kernel == "hw" and not board_known):
        return None
    facts = _Facts(place, tree, repositories, specs, kernel, board)
    names = all_scenarios(repositories)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for name in names:
        ((verdict, plan),) = plan_all(facts, [name], RunOptions(), discard)
        counts[verdict.outcome.word] += 1
        counts["followed up to the system's output"] += bool(plan.ended_early)
        if verdict.outcome not in (Outcome.PASSED, Outcome.UNSUPPORTED, Outcome.EXITED) and not any(
            word in verdict.reason for word in _NEEDS_MORE
        ):
            wrong.append(f"{name}: {verdict.location}: {verdict.reason}")
    shown = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    figure = f"plans on {kernel}/{board}: {len(names)} scripts: {shown}"
    return PlanFigures(len(names), figure, tuple(wrong))
