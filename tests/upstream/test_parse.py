"""Every makefile of the tree has a syntax tree without a line that is not understood."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from genode_tool.makefile import ParseCache
from genode_tool.makefile.reading.syntax import Condition, UnreadableLine
from tests.upstream.conftest import Figure

_NAMES = ("*.mk", "*.inc", "*.port", "content.mk")


def test_every_makefile_parses(tree: Path, figure: Figure) -> None:
    cache = ParseCache()
    counts: Counter[str] = Counter()
    wrong = []
    files = {file: pattern for pattern in _NAMES for file in tree.rglob(pattern)}
    for file, pattern in sorted(files.items()):
        if not file.is_file():
            continue
        counts[pattern] += 1
        for node in cache.file(file.read_bytes()).nodes:
            if isinstance(node, UnreadableLine):
                wrong.append(f"{file}:{node.line}: {node.message}")
            elif isinstance(node, Condition) and node.problem:
                wrong.append(f"{file}:{node.line}: {node.problem}")
    figure(", ".join(f"{count} {pattern}" for pattern, count in counts.items()))
    assert sum(counts.values()) > 400
    assert wrong == []
