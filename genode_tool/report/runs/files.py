"""Reports of a set of runs as files: JUnit XML and JSON for machines, one HTML page for people.

JUnit XML follows what the common readers agree on (the `testsuites` schema of the Ant task with
`failure`, `error`, `skipped` and `system-out`); a suite is a kernel and board.
"""

from __future__ import annotations

import base64
import json
import shlex
import time
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from genode_tool.files import write_atomically
from genode_tool.regex import regex
from genode_tool.report.control import clean_line
from genode_tool.report.page import render
from genode_tool.report.runs.collect import Entry, RunSet
from genode_tool.run.verdict import Outcome, Verdict

# XML 1.0, production [2] "Char": what no document may hold, not even as a reference
_NOT_XML = regex("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BROKEN_TOOLING = (Outcome.ERROR, Outcome.SCRIPT_ERROR, Outcome.NO_IMAGE, Outcome.INTERRUPTED)
_LEAST_BAR_PERCENT = 0.2


def write_reports(runs: RunSet, directory: Path) -> tuple[Path, ...]:
    """Write junit.xml, report.json and report.html into `directory`; return their paths.

    Each appears in one step. Raises `EnvironmentProblem` when they cannot be written.
    """
    contents: dict[str, bytes | str] = {
        "junit.xml": junit(runs),
        "report.json": json.dumps(as_data(runs), indent=2) + "\n",
        "report.html": html(runs),
    }
    for name, content in contents.items():
        write_atomically(directory / name, content)
    return tuple(directory / name for name in contents)


def junit(runs: RunSet) -> bytes:
    """Return a set of runs as JUnit XML."""
    from xml.etree import ElementTree

    root = ElementTree.Element(
        "testsuites",
        name="genode run",
        tests=str(len(runs.entries)),
        time=f"{runs.seconds:.3f}",
    )
    for place, group in groupby(sorted(runs.entries, key=_sort_key), key=_place):
        entries = list(group)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(runs.began))
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=_xml(place),
            timestamp=stamp,
            tests=str(len(entries)),
            failures=str(sum(_element(one.verdict) == "failure" for one in entries)),
            errors=str(sum(_element(one.verdict) == "error" for one in entries)),
            skipped=str(sum(_element(one.verdict) == "skipped" for one in entries)),
            time=f"{sum(one.verdict.seconds for one in entries):.3f}",
        )
        for one in entries:
            verdict = one.verdict
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=_xml(place.replace("/", ".")),
                name=_xml(verdict.name),
                time=f"{verdict.seconds:.3f}",
            )
            kind = _element(verdict)
            if kind:
                element = ElementTree.SubElement(
                    case, kind, message=_xml(verdict.reason), type=verdict.outcome.word
                )
                element.text = _xml("\n".join(_explanation(verdict)))
            out = ElementTree.SubElement(case, "system-out")
            out.text = _xml("\n".join(clean_line(line.text, color=False) for line in one.log))
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def as_data(runs: RunSet) -> dict[str, Any]:
    """Return a set of runs as plain data, times in seconds."""
    return {
        "began": time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(runs.began)),
        "seconds": round(runs.seconds, 3),
        "build_dir": str(runs.build_dir),
        "passed": runs.passed,
        "failed": runs.failed,
        "skipped": runs.skipped,
        "runs": [_entry_data(entry) for entry in runs.entries],
    }


def html(runs: RunSet) -> str:
    """Return a set of runs as a page that needs no other file.

    Raises `EnvironmentProblem` when the template is missing.
    """
    return render(
        "runs.html.j2",
        began=time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(runs.began)),
        runs=runs,
        entries=[_shown(entry, runs.seconds) for entry in sorted(runs.entries, key=_sort_key)],
    )


def _entry_data(entry: Entry) -> dict[str, Any]:
    verdict = entry.verdict
    return {
        "name": verdict.name,
        "kernel": verdict.kernel,
        "board": verdict.board,
        "outcome": verdict.outcome.word,
        "exit_code": verdict.exit_code,
        "reason": verdict.reason,
        "seconds": round(verdict.seconds, 3),
        "started": round(entry.started, 3),
        "attempts": verdict.attempts,
        "location": str(verdict.location) if verdict.location else None,
        "trail": list(verdict.trail),
        "hint": verdict.hint,
        "record": str(verdict.record) if verdict.record else None,
        "command": entry.by_hand,
        "modules": dict(entry.modules),
        "phases": [
            {"phase": bar.phase, "start": round(bar.start, 3), "seconds": round(bar.seconds, 3)}
            for bar in entry.bars
        ],
        "log": [[line.seconds, line.text] for line in entry.log],
    }


def _shown(entry: Entry, whole: float) -> dict[str, Any]:
    verdict = entry.verdict
    scale = 100 / max(whole, 0.001)
    return {
        "verdict": verdict,
        "place": _place(entry),
        "state": "passed" if verdict.passed else "skipped" if verdict.outcome.good else "failed",
        "explanation": [] if verdict.passed else list(_explanation(verdict)),
        "bars": [
            {
                "kind": bar.phase.replace(" ", "-"),
                "left": f"{(entry.started + bar.start) * scale:.3f}%",
                "width": f"{max(bar.seconds * scale, _LEAST_BAR_PERCENT):.3f}%",
                "title": f"{bar.phase}: {bar.seconds:.2f} s {bar.detail}".strip(),
            }
            for bar in entry.bars
        ],
        "log": [
            ("" if line.seconds is None else f"{line.seconds:.3f}", line.text) for line in entry.log
        ],
        "script_output": entry.script_output,
        "config": entry.config,
        "modules": entry.modules,
        "by_hand": entry.by_hand,
        "repeat": shlex.join(_repeat(verdict)),
        "screen": base64.b64encode(entry.screen).decode(),
    }


def _repeat(verdict: Verdict) -> Iterable[str]:
    yield from ("genode", "run", verdict.name)
    if verdict.kernel:
        yield f"KERNEL={verdict.kernel}"
    if verdict.board:
        yield f"BOARD={verdict.board}"


def _explanation(verdict: Verdict) -> Iterable[str]:
    yield (f"{verdict.location}: " if verdict.location else "") + verdict.reason
    if verdict.evidence.expected:
        yield f"expected: {verdict.evidence.expected}"
    for difference in verdict.evidence.differences:
        yield f"line {difference.line + 1}: expected: {difference.expected}"
        found = clean_line(difference.found, color=False)
        yield f"line {difference.line + 1}: found:    {found}"
    yield from verdict.trail
    if verdict.evidence.last_lines:
        yield "last lines:"
        for line in verdict.evidence.last_lines:
            yield "  " + clean_line(line, color=False)
    if verdict.evidence.messages:
        yield "QEMU printed:"
        for line in verdict.evidence.messages:
            yield "  " + clean_line(line, color=False)
    if verdict.hint:
        yield f"hint: {verdict.hint}"


def _element(verdict: Verdict) -> str:
    """Return the JUnit element for a verdict; "" for a passed one."""
    if verdict.passed:
        return ""
    if verdict.outcome.good or verdict.outcome is Outcome.UNSUPPORTED:
        return "skipped"
    return "error" if verdict.outcome in _BROKEN_TOOLING else "failure"


def _place(entry: Entry) -> str:
    verdict = entry.verdict
    return f"{verdict.kernel}/{verdict.board}" if verdict.board else verdict.kernel


def _sort_key(entry: Entry) -> tuple[str, str]:
    return _place(entry), entry.verdict.name


def _xml(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
