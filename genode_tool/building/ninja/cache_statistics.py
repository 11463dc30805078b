"""Counts how much of a build came out of a compiler cache.

ccache writes what it did to a log of our own (ccache(1), "stats_log"), so that other builds on
the machine are not counted. sccache has one server for all, whose counters are read before and
after (`sccache --show-stats --stats-format=json`); builds at the same time share the figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from genode_tool.building.events import CacheUse
from genode_tool.errors import GenodeError
from genode_tool.process import run

_CCACHE_LOG = "CCACHE_STATSLOG"
_ASK_SECONDS = 20
_FOUND = ("direct_cache_hit", "preprocessed_cache_hit")
_MISSED = "cache_miss"


class CacheStatistics:
    """Counts for one build: `environment` goes to the steps, `result` is for afterwards.

    `launcher` is the command that runs steps, `steps` the environment
    that they get; `state` is a directory for a log.
    """

    def __init__(self, launcher: tuple[str, ...], steps: Mapping[str, str], state: Path) -> None:
        self._name = Path(launcher[0]).name if launcher else ""
        self._steps = steps
        self._log = state / "ccache-log"
        self.environment: dict[str, str] = {}
        self._before = (0, 0)
        if self._name == "ccache" and _CCACHE_LOG not in steps:
            self._log.unlink(missing_ok=True)
            self.environment[_CCACHE_LOG] = str(self._log)
        elif self._name == "sccache":
            self._before = self._ask()

    def result(self) -> CacheUse | None:
        """Return how many compilations were found in the cache; None when nobody counted."""
        if _CCACHE_LOG in self.environment:
            found, missed = self._read()
        elif self._name == "sccache":
            now = self._ask()
            found, missed = now[0] - self._before[0], now[1] - self._before[1]
        else:
            return None
        if found < 0 or missed < 0 or not found + missed:
            return None
        return CacheUse(self._name, found, missed)

    def _read(self) -> tuple[int, int]:
        try:
            lines = self._log.read_text(errors="replace").splitlines()
        except OSError:
            return 0, 0
        self._log.unlink(missing_ok=True)
        return sum(line in _FOUND for line in lines), lines.count(_MISSED)

    def _ask(self) -> tuple[int, int]:
        import json

        argv = ("sccache", "--show-stats", "--stats-format=json")
        try:
            done = run(argv, env=dict(self._steps), timeout=_ASK_SECONDS)
            stats = json.loads(done.stdout)["stats"]
            hits, misses = stats["cache_hits"]["counts"], stats["cache_misses"]["counts"]
            return sum(hits.values()), sum(misses.values())
        except (GenodeError, ValueError, KeyError, TypeError, AttributeError):
            return 0, 0  # an sccache without statistics
