"""Verdicts about XML and XML schemas against xmllint's, on right and on damaged configurations."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from genode_tool.config import read_document
from genode_tool.config.schema.xsd import XsdSchema
from genode_tool.config.syntax.document import Malformed

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "repos/os/src/init/config.xsd"

pytestmark = pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint missing")


def _configurations() -> Iterator[str]:
    for path in sorted(ROOT.glob("repos/*/run/*.run")):
        yield from re.findall(r"<config.*</config>", path.read_text(), flags=re.DOTALL)
    documentation = (ROOT / "repos/os/doc/init.md").read_text()
    yield documentation.partition("```xml\n")[2].partition("```")[0]


def _damaged(text: str, chance: random.Random) -> str:
    """Return the text with one or two things changed at random."""
    for _ in range(chance.randint(1, 2)):
        pieces = re.split(r"(<[^>]*>|\s+|\"[^\"]*\")", text)
        at = chance.randrange(len(pieces))
        way = chance.randrange(5)
        if way == 0:
            pieces[at] = ""
        elif way == 1:
            pieces[at] += pieces[chance.randrange(len(pieces))]
        elif way == 2:
            pieces[at] = pieces[at].replace("name", "nmae")
        elif way == 3:
            pieces[at] = pieces[at][: len(pieces[at]) // 2]
        else:
            pieces[at] = pieces[at].replace('"', "'", 1)
        text = "".join(pieces)
    return text


def _xmllint(path: Path, *options: str) -> bool:
    done = subprocess.run(
        ["xmllint", "--noout", *options, str(path)], capture_output=True, check=False, timeout=60
    )
    return done.returncode == 0


def test_the_same_verdicts_as_xmllint(tmp_path: Path) -> None:
    texts = [text for text in _configurations() if "$" not in text]
    assert len(texts) >= 8
    chance = random.Random(7)
    samples = texts + [_damaged(chance.choice(texts), chance) for _ in range(60)]
    schema = XsdSchema(SCHEMA, {})
    counts = {"valid": 0, "invalid": 0, "malformed": 0}
    wrong = []
    for number, text in enumerate(samples):
        path = tmp_path / f"{number}.xml"
        path.write_text(text)
        well_formed = _xmllint(path)
        valid = well_formed and _xmllint(path, "--schema", str(SCHEMA))
        try:
            root = read_document(text, "f").root
        except Malformed:
            ours = (False, False)
            counts["malformed"] += 1
        else:
            found = list(schema.check(root))
            ours = (True, not found)
            counts["invalid" if found else "valid"] += 1
        if ours != (well_formed, valid):
            wrong.append((ours, (well_formed, valid), text))
    assert wrong == []
    assert min(counts.values()) >= 5, counts
