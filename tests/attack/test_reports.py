"""Text that machines, scripts and servers print, and that wants to be markup in a report."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from genode_tool.report.runs.collect import Collector, RunSet
from genode_tool.report.runs.files import as_data, html, junit
from genode_tool.run.events import Phase, PhaseEnded, PhaseStarted, ScenarioEnded, ScenarioStarted
from genode_tool.run.verdict import Difference, Evidence, Outcome, Verdict

TEXTS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</pre></details><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "' onfocus='alert(1)' autofocus='",
    "<!-- --><b>",
    "--><script>alert(1)</script><!--",
    "]]><evil/><![CDATA[",
    "<![CDATA[<evil/>]]>",
    "</style><style>*{display:none}",
    "</title><script>alert(1)</script>",
    "</failure><testcase name='forged'/>",
    '"/><testcase name="forged"/><x a="',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "&evil;",
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
    "<?xml version='1.0'?>",
    "<?php x ?>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "<a href=javascript:alert(1)>x</a>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<base href=http://evil.invalid/>",
    "<meta http-equiv=refresh content=0;url=http://evil.invalid>",
    "{{ 7 * 7 }} {% raw %} {# x #}",
    "${7*7} #{7*7} <%= 7*7 %>",
    '"}], "ok": true, "x": [{"a": "',
    "\\u003cscript\\u003e \\",
    "\u2028\u2029",
    "\u202e\u2066",
    "\ufffe\uffff",
    "\ud800",
    "\x00\x01\x1f\x7f\x85\x9b",
    "a\r\nb\x0bc\x0cd",
    "%3Cscript%3E",
    "+ADw-script+AD4-",
    "<" * 2000,
    "=cmd|' /C calc'!A0",
    "nan",
    "x\n      nan  x\n      inf  x\n     -1e9  x",
)


def runs(top: Path, text: str) -> RunSet:
    """Return one failed run in which every text is `text`."""
    where = top / "record"
    where.mkdir()
    raw = text.encode("utf-8", "surrogatepass")
    for name in ("serial.log", "command", "config", "script.log"):
        (where / name).write_bytes(b"    0.125  " + raw + b"\n")
    (where / "modules.json").write_text(json.dumps({"modules": {text: 4096}}))
    verdict = Verdict(
        name=text,
        kernel=text,
        board=text,
        outcome=Outcome.TIMEOUT,
        exit_code=Outcome.TIMEOUT.exit_code,
        reason=text,
        seconds=2.5,
        record=where,
        evidence=Evidence(text, (Difference(0, text, text),), (text,), (text,)),
        hint=text,
    )
    verdict = replace(verdict, trail=(text,))
    collector = Collector(top)
    collector(ScenarioStarted(text, top / "x.run", text, text, 1, 1))
    collector(PhaseStarted(text, Phase.BUILD, 0.0))
    collector(PhaseEnded(text, Phase.BUILD, 1.0, 1.0, text))
    collector(ScenarioEnded(text, verdict))
    return collector.run_set()


class _Page(HTMLParser):
    """Counts the elements of a page with the names of their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: Counter[object] = Counter()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[(tag, tuple(sorted(name for name, _ in attrs)))] += 1
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in ("href", "src") or (value or "")[:5] in ("#", "data:"), value

    def handle_comment(self, data: str) -> None:
        self.found["comment"] += 1

    def handle_decl(self, decl: str) -> None:
        self.found["declaration"] += 1


@pytest.mark.parametrize("text", TEXTS)
def test_a_page_has_the_elements_of_a_harmless_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    page = html(runs(tmp_path / "a", text))
    harmless = "harmless" + "\nharmless" * text.count("\n")
    assert _Page(page).found == _Page(html(runs(tmp_path / "b", harmless))).found
    page.encode()  # it can be written


@pytest.mark.parametrize("text", TEXTS)
def test_junit_has_the_elements_of_a_harmless_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    def elements(found: str | bytes) -> Counter[object]:
        root = ElementTree.fromstring(found)
        return Counter((one.tag, tuple(sorted(one.attrib))) for one in root.iter())

    assert elements(junit(runs(tmp_path / "a", text))) == elements(
        junit(runs(tmp_path / "b", "harmless"))
    )


@pytest.mark.parametrize("text", TEXTS)
def test_json_gives_back_what_was_put_in(tmp_path: Path, text: str) -> None:
    data = as_data(runs(tmp_path, text))
    written = json.dumps(data, allow_nan=False)
    assert written.isascii()
    assert json.loads(written) == data
    assert json.loads(written).keys() == data.keys()
