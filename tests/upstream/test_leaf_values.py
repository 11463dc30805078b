"""Leaf descriptions give the same variables under GNU make and under our evaluator.

The leaves are drawn from all configurations of the tree, with a fixed seed. Both sides get the
directory, the environment and the command line that the original's second stage gives them.
`GENODE_UPSTREAM_LEAVES` is how many are drawn, 200 unless told.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from genode_tool.makefile import ParseCache
from tests.upstream.configurations import Era
from tests.upstream.conftest import Figure
from tests.upstream.database import OWN_OF_MAKE, differences, of_evaluation, read_database
from tests.upstream.judge import evaluate, run_make
from tests.upstream.original import Original

_COUNT = int(os.environ.get("GENODE_UPSTREAM_LEAVES", "200"))
_SEED = 4


@pytest.mark.timeout(7200)
def test_leaves_have_the_same_variables(
    tree: Path, era: Era, work: Path, tmp_path: Path, figure: Figure
) -> None:
    nothing = tmp_path / "nothing.mk"
    nothing.write_text(".PHONY: nothing\nnothing:\n")
    leaves = []
    for configuration in era.configurations:
        original = Original(tree, era, configuration, work)
        calls, environment = original.calls()
        leaves += [(configuration.name, call, environment) for call in calls]
    chosen = random.Random(_SEED).sample(leaves, min(_COUNT, len(leaves)))
    cache = ParseCache()
    wrong = []
    variables = failed = 0
    for configuration_name, call, environment in chosen:
        place = f"{configuration_name} {call.kind}:{call.name}"
        directory = Path(environment["PWD"]) / call.directory
        directory.mkdir(parents=True, exist_ok=True)
        arguments = [f"{name}={value}" for name, value in call.variables.items()]
        printed, messages, status = run_make(
            ["-p", "-f", call.makefile, "-f", str(nothing), *arguments, "nothing"],
            directory,
            environment,
        )
        ev, _, error = evaluate(
            [call.makefile, str(nothing)],
            directory,
            environment,
            call.variables,
            goals=["nothing"],
            cache=cache,
        )
        if status or error:
            failed += 1
            if bool(status) != (error is not None):
                wrong.append(f"{place}: status {status} {messages.strip()} / {error}")
            continue
        theirs = read_database(printed)
        variables += len(theirs.keys() - OWN_OF_MAKE)
        wrong += [f"{place}: {line}" for line in differences(theirs, of_evaluation(ev))]
    figure(
        f"{len(chosen)} of {len(leaves)} leaves, {variables} variables, {len(wrong)} differ;"
        f" {failed} cannot be evaluated by either"
    )
    (work / f"{tree.name}-leaf-values.txt").write_text("\n".join(wrong) + "\n")
    assert len(chosen) == min(_COUNT, len(leaves)) > 0
    assert wrong == []
