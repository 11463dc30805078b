"""A few damaged inputs of each kind, and those that once showed a fault; see the package `fuzz`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.attack.fuzz.attempts import NAMES
from tests.attack.outside import confined_by_kernel

SEEDS = Path(__file__).with_name("fuzz") / "seeds"


@confined_by_kernel
@pytest.mark.parametrize("name", NAMES)
def test_damaged_inputs_end_in_a_result_or_one_message(name: str) -> None:
    words = [sys.executable, "-m", "tests.attack.fuzz", name, "--count", "40", "--kept", str(SEEDS)]
    done = subprocess.run(
        words, cwd=SEEDS.parents[3], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    count = 40 + len(list((SEEDS / name).glob("*")))
    assert f"{count} inputs: 0 faults" in done.stdout
