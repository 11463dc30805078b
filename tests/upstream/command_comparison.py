"""The commands of our ninja steps compared with those that the original would run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from genode_tool.building.plan.leaf_plan import LeafPlan
from tests.upstream.dryrun import DryRun, DryRuns
from tests.upstream.original import Call, Original
from tests.upstream.ours import first_stage, second_stage
from tests.upstream.shelltext import Argv, canonical


@dataclass(frozen=True, slots=True)
class CommandComparison:
    """The leaves that both sides have, their commands, and the targets that differ."""

    leaves: int
    commands: int
    figure: str
    differences: tuple[str, ...]


def compare_commands(original: Original) -> CommandComparison:
    """Return how the commands of a build of everything differ."""
    theirs = DryRuns(original).all()
    calls = {(call.kind, call.name): call for call in original.calls()[0]}
    ours = first_stage(original)
    plans, problems = second_stage(ours)

    wrong: list[str] = []
    counts: Counter[str] = Counter()
    leaves = 0
    for leaf, plan in plans.items():
        key = (leaf.kind.value, leaf.name)
        call, run = calls.get(key), theirs.get(key)
        if call is None or run is None or run.missing or run.failed:
            continue
        leaves += 1
        left = _theirs(call, run, original.build_dir)
        directory = str(ours.graph.leaves[leaf].directory).removeprefix(f"{ours.build_dir}/")
        right = _ours(plan, ours.build_dir, directory)
        for target in sorted(left.keys() | right.keys()):
            one, other = left.get(target, ()), right.get(target, ())
            counts.update(_kind(argv) for argv in one)
            if one != other:
                wrong.append(f"{leaf}: {target}:\n    {one}\n    {other}")
    counted = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
    figure = (
        f"{leaves} of {len(calls)} leaves: {counted}; {len(wrong)} targets differ;"
        f" {len(plans)} planned, {len(problems)} problems"
    )
    return CommandComparison(leaves, sum(counts.values()), figure, tuple(wrong))


def _theirs(call: Call, run: DryRun, build_dir: Path) -> dict[str, tuple[Argv, ...]]:
    directory = call.directory.removeprefix(f"{build_dir}/")
    found = {}
    for target, lines in run.recipes.items():
        commands = canonical(lines, str(build_dir), directory)
        if commands:
            found[str(build_dir / directory / target).replace(str(build_dir), "@")] = commands
    return found


def _ours(plan: LeafPlan, build_dir: Path, directory: str) -> dict[str, tuple[Argv, ...]]:
    found = {}
    for edge in plan.edges:
        commands = canonical((edge.command,), str(build_dir), directory)
        if commands:
            output = str(build_dir / edge.outputs[0]).replace(str(build_dir), "@")
            found[output] = commands
    return found


def _kind(argv: Argv) -> str:
    program = argv[0].rpartition("/")[2]
    for prefix in ("aarch64-linux-gnu-", "arm-linux-gnueabihf-", "riscv64-linux-gnu-"):
        program = program.removeprefix(prefix)
    if program in ("g++", "gcc"):
        return "compile" if "-c" in argv else "link"
    return {"ld": "link", "ar": "archive", "as": "assemble"}.get(program, program)
