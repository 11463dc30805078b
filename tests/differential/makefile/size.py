"""The size of the comparison with GNU make, counted from the tests that passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

KEY = "make language"


def line(reports: Iterable[pytest.TestReport]) -> str | None:
    """Return a line on what passing tests said (by `record_property`) that they compared.

    The value of a property is `JUDGE: THING`. None when nothing was compared.
    """
    counts: dict[str, Counter[str]] = {}
    for report in reports:
        for key, value in report.user_properties:
            if key == KEY:
                judge, _, thing = str(value).partition(": ")
                counts.setdefault(judge, Counter())[thing] += 1
    told = [f"{_things(found)} compared with {judge}" for judge, found in counts.items()]
    return f"{KEY}: {'; '.join(told)}" if told else None


def _things(found: Counter[str]) -> str:
    return ", ".join(f"{n} {thing}{'' if n == 1 else 's'}" for thing, n in found.most_common())
