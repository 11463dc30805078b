"""All configurations and schemas of a tree with HID, against the tree's own tool `tool/hid`.

Verdicts have to be the same. Formatted text and conversions may differ in ways that are named
here; what is left over is a failure.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from genode_tool.config import Document, Node, Syntax, read_document
from genode_tool.config.schema.hsd import read_hsd
from genode_tool.config.syntax import edit
from genode_tool.config.syntax.document import Comment, Malformed, TextBlock
from genode_tool.config.syntax.node_path import parse_path
from genode_tool.config.syntax.write import document_text
from genode_tool.errors import Severity
from genode_tool.events import discard
from genode_tool.run.context.run_scripts import all_scenarios
from genode_tool.run.engine.scenario_planner import plan_all
from genode_tool.run.options import RunOptions
from tests.upstream.conftest import Figure
from tests.upstream.plan_figures import _Facts, repositories_of

_X86 = ("x86", "x86_64", "64bit")
_PLATFORMS = (
    ("linux", "linux", (*_X86, "linux")),
    ("hw", "pc", (*_X86, "hw")),
    ("hw", "virt_qemu_arm_v8a", ("arm_64", "arm_v8", "arm_v8a", "64bit", "hw")),
)
_PLACES = (
    "repos/*/recipes/pkg/*/*",
    "repos/*/recipes/raw/**/*",
    "repos/gems/sculpt/**/*",
    "repos/**/*.hsd",
    "repos/**/*.config",
    "repos/**/*.hid",
)
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class _Light(_Facts):
    """Facts of a build directory that builds nothing."""

    def artifacts_of(self, goals: object) -> tuple[str, ...]:
        del goals
        return ()


@dataclass(frozen=True, slots=True)
class _Tool:
    """The tree's own tool."""

    path: Path

    def __call__(self, text: str, *words: str) -> tuple[bool, str, str]:
        """Return whether it was content, what it printed, what it complained about."""
        done = subprocess.run(
            ["tclsh", str(self.path), *words, "-"],
            input=text.encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        return (
            done.returncode == 0,
            done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace"),
        )


@pytest.fixture(scope="module")
def tool(tree: Path) -> _Tool:
    if shutil.which("tclsh") is None or not (tree / "tool/hid").is_file():
        pytest.skip("the tree has no tool/hid, or there is no tclsh")
    return _Tool(tree / "tool/hid")


def _from_scripts(tree: Path, scratch: Path) -> Iterator[tuple[str, str]]:
    for kernel, board, specs in _PLATFORMS:
        repositories = repositories_of(tree, kernel)
        facts = _Light(scratch, tree, repositories, specs, kernel, board)
        for name in all_scenarios(repositories):
            ((_, plan),) = plan_all(facts, [name], RunOptions(), discard)
            for number, image in enumerate(plan.images):
                for file, text in image.files.items():
                    yield f"{kernel}/{board}/{name}/{number}/{file}", text


@pytest.fixture(scope="module")
def corpus(tree: Path, tool: _Tool, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """All texts in HID, each once."""
    del tool
    found: dict[str, str] = {}
    for name, text in _from_scripts(tree, tmp_path_factory.mktemp("plan")):
        found.setdefault(text, name)
    for pattern in _PLACES:
        for path in sorted(tree.glob(pattern)):
            if path.is_file() and path.name not in ("hash", "README", "archives", "content.mk"):
                try:
                    found.setdefault(path.read_text(), str(path.relative_to(tree)))
                except UnicodeDecodeError:
                    continue
    return {
        name: text
        for text, name in found.items()
        if re.search(r"^-\s*$", text, re.MULTILINE) and not text.lstrip().startswith("<")
    }


def _ours(text: str, name: str) -> Document | None:
    """Return the document, None when we refuse what the original would refuse."""
    try:
        document = read_document(text, name)
    except Malformed:
        return None
    errors = [one for one in document.remarks if one.severity is Severity.ERROR]
    return None if errors else document


def test_syntax_gets_the_same_verdicts(corpus: dict[str, str], tool: _Tool, figure: Figure) -> None:
    with ThreadPoolExecutor(2) as pool:
        verdicts = dict(
            zip(corpus, pool.map(lambda t: tool(t, "check"), corpus.values()), strict=True)
        )
    wrong = [
        name
        for name, text in corpus.items()
        if (_ours(text, name) is not None) != verdicts[name][0]
    ]
    good = sum(ok for ok, _, _ in verdicts.values())
    remarks = sum(
        len(document.remarks)
        for name, text in corpus.items()
        if (document := _ours(text, name)) is not None
    )
    figure(f"{len(corpus)} texts in HID: {good} right, {len(corpus) - good} wrong, for both;")
    figure(f"{remarks} remarks of ours on what the original passes over in silence")
    assert wrong == []


_DAMAGES = (
    (" | ", " |"),
    (" | ", " "),
    (" | ", "| "),
    (": ", ":"),
    ("+ ", "+"),
    ("  + ", " + "),
    ("\n+ ", "\n"),
    ("\n", "\n\t"),
    ("\n-", "\n"),
)


def test_damaged_texts_get_the_same_verdicts(
    corpus: dict[str, str], tool: _Tool, figure: Figure
) -> None:
    """Differences stem from nodes that the original drops, while it keeps their attributes."""
    chance = random.Random(3)
    cases = []
    for name in chance.sample(sorted(corpus), 40):
        text = corpus[name]
        for old, new in _DAMAGES:
            at = [match.start() for match in re.finditer(re.escape(old), text)]
            if at:
                place = at[-1] if old == "\n-" else chance.choice(at)
                damaged = text[:place] + new + text[place + len(old) :]
                cases.append((f"{name}: {old!r} at {place}", damaged))
    with ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(lambda case: tool(case[1], "check")[0], cases))
    wrong = []
    counts: Counter[str] = Counter()
    for (name, text), theirs in zip(cases, verdicts, strict=True):
        document = _ours(text, name)
        if (document is not None) == theirs:
            counts["right for both" if theirs else "wrong for both"] += 1
        elif _nodes_taken_otherwise(text):
            counts["different for attributes of nodes that the original takes otherwise"] += 1
        else:
            wrong.append(name)
    for words, count in sorted(counts.items()):
        figure(f"damaged texts: {count} {words}")
    assert wrong == []


def _nodes_taken_otherwise(text: str) -> bool:
    """Return whether our remarks report nodes that the original drops or puts somewhere else."""
    try:
        remarks = read_document(text, "damaged").remarks
    except Malformed as error:
        # The one at the top was damaged, or another one looks like it.
        return any(words in error.message for words in ("before the first", "second top-level"))
    words = ("one column off", "neither a node nor an attribute")
    return any(word in one.diagnostic.text for one in remarks for word in words)


def _without_padding(text: str) -> str:
    """Return the text without the columns that values were aligned to by hand."""
    return re.sub(r" +(?=\||$)", " ", re.sub(r" +$", "", text, flags=re.MULTILINE))


def _comments(document: Document) -> bool:
    return any(
        isinstance(item, Comment) or (isinstance(item, Node) and _noted(item))
        for node in document.nodes
        for item in (node, *node.items)
    )


def _noted(node: Node) -> bool:
    return bool(node.note) or any(one.note for one in node.attributes)


def test_formatted_text_is_the_same_but_for_named_differences(
    corpus: dict[str, str], tool: _Tool, figure: Figure
) -> None:
    documents = {
        name: document
        for name, text in corpus.items()
        if (document := _ours(text, name)) is not None
    }
    written = {name: document_text(one, Syntax.HID) for name, one in documents.items()}

    def ask(name: str) -> tuple[str, str]:
        return tool(corpus[name], "format")[1], tool(written[name], "format")[1]

    with ThreadPoolExecutor(2) as pool:
        theirs = dict(zip(documents, pool.map(ask, documents), strict=True))
    counts: Counter[str] = Counter()
    wrong = []
    for name, document in documents.items():
        first, again = theirs[name]
        if first == written[name]:
            counts["the same"] += 1
        elif _without_padding(first) == _without_padding(written[name]):
            counts["the same without padding"] += 1
        elif again == written[name]:
            counts["other line breaks, since the original counts padding"] += 1
        elif document.remarks:
            counts["nodes that the original drops"] += 1
        elif _comments(document):
            counts["comments that the original drops or sets otherwise"] += 1
        elif any(isinstance(item, TextBlock) for node in document.nodes for item in node.items):
            counts["tabs and blanks in quoted text"] += 1
        else:
            wrong.append(name)
        assert read_document(written[name], name).root.meaning == document.root.meaning
    for words, count in sorted(counts.items()):
        figure(f"format: {count} {words}")
    assert wrong == []


def _live(node: Node) -> tuple[object, ...]:
    """Return what the original's XML has: no disabled nodes, no indentation of text."""
    items = [
        _live(one) if isinstance(one, Node) else tuple(line.strip() for line in one.lines)
        for one in node.items
        if isinstance(one, TextBlock) or (isinstance(one, Node) and not one.disabled)
    ]
    items = [one for one in items if any(one)]
    return node.name, sorted((one.name, one.value) for one in node.attributes), items


def test_conversion_to_xml_has_the_same_meaning(
    corpus: dict[str, str], tool: _Tool, figure: Figure
) -> None:
    documents = {
        name: document
        for name, text in corpus.items()
        if (document := _ours(text, name)) is not None
    }
    with ThreadPoolExecutor(2) as pool:
        printed = pool.map(lambda n: tool(corpus[n], "--output-xml", "format")[1], documents)
        theirs = dict(zip(documents, printed, strict=True))
    counts: Counter[str] = Counter()
    wrong = []
    for name, document in documents.items():
        ours = read_document(document_text(document, Syntax.XML), name)
        assert ours.root.meaning == document.root.meaning, name
        assert _back(ours).root.meaning == document.root.meaning, name
        try:
            other = read_document(theirs[name], name)
        except Malformed:
            counts["the original's XML is not well-formed"] += 1
            continue
        if _words(other.root) == _words(document.root):
            counts["the same meaning"] += 1
        elif document.remarks:
            counts["nodes that the original drops"] += 1
        elif any(_mixed(node) for node in document.nodes):
            counts["text among nodes, where the original writes no nodes"] += 1
        else:
            wrong.append(name)
    for words, count in sorted(counts.items()):
        figure(f"to XML: {count} {words}")
    assert wrong == []


def _mixed(node: Node) -> bool:
    kinds = {type(one) for one in node.items}
    return {Node, TextBlock} <= kinds


def _words(node: Node) -> object:
    """Return the meaning with text as words: the original indents each line of it."""

    def flat(one: object) -> object:
        if isinstance(one, tuple) and all(isinstance(part, str) for part in one):
            return " ".join(" ".join(str(part) for part in one).split())
        if isinstance(one, (tuple, list)):
            return [flat(part) for part in one]
        return one

    return flat(_live(node))


def _back(document: Document) -> Document:
    return read_document(document_text(document, Syntax.HID), document.file)


def test_schemas_give_the_same_verdicts(
    tree: Path, corpus: dict[str, str], tool: _Tool, figure: Figure, tmp_path: Path
) -> None:
    """Each configuration with its schema; then each with attributes and nodes misspelt."""
    schemas = {
        path.stem: read_hsd(read_document(path.read_text(), str(path)))
        for path in sorted(tree.glob("repos/**/*.hsd"))
    }
    for path in tree.glob("repos/**/*.hsd"):
        shutil.copy(path, tmp_path / path.name)
    cases: list[tuple[str, str, str]] = []
    for name, text in corpus.items():
        if name.endswith(".hsd") or _ours(text, name) is None:
            continue
        schema = "runtime" if name.endswith("/runtime") else "init"
        if schema == "init" and not name.endswith("/config"):
            continue
        cases.append((name, schema, text))
        for number, (old, new) in enumerate(
            (
                ("+ start", "+ strat"),
                ("label:", "lable:"),
                ("+ child ", "+ kid "),
                ("caps:", "cps:"),
            )
        ):
            if old in text and (len(name) + number) % 3 == 0:
                cases.append((f"{name} with {new}", schema, text.replace(old, new, 1)))

    def judge(case: tuple[str, str, str]) -> bool:
        _, schema, text = case
        words = ("check", "--hsd-dir", str(tmp_path), "--schema", schema)
        return tool(text, *words)[0]

    with ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(judge, cases))
    wrong: list[tuple[str, bool, bool]] = []
    counts: Counter[str] = Counter()
    for (name, schema, text), theirs in zip(cases, verdicts, strict=True):
        document = read_document(text, name)
        ours = not list(schemas[schema].check(document.root))
        if ours == theirs:
            counts["passed for both" if ours else "refused by both"] += 1
        elif document.remarks:
            counts["refused by the original for nodes that it drops"] += 1
        else:
            wrong.append((name, ours, theirs))
    for words, count in sorted(counts.items()):
        figure(f"schemas: {count} {words}")
    assert wrong == []


_EDITS = (
    ("set", "config | + start | : ram: 7M | caps: 99"),
    ("set", "config | + start | + route | + service Timer | : label: x"),
    ("disable", "config | + start | + route"),
    ("enable", "config | + start | + route"),
    ("remove", "config | + start | + route"),
    ("remove", "config | + start | + config | + vfs"),
    ("get", "config | + start | : name"),
)


def _edited(document: Document, operation: str, path: str) -> str:
    """Return what our edit makes of a text; the same text when the path leads nowhere."""
    where = parse_path(path)
    if operation == "get":
        nodes = [node for node in where.find(document.root) if node.has(where.tag)]
        return "".join(f"{node.get(where.tag)}\n" for node in nodes)
    if not list(where.find(document.root)):
        return document.text
    change = {
        "set": edit.set_attributes,
        "disable": edit.disable,
        "enable": edit.enable,
        "remove": edit.remove,
    }[operation]
    return change(document, where)


def test_edits_mean_the_same(corpus: dict[str, str], tool: _Tool, figure: Figure) -> None:
    chance = random.Random(5)
    names = [name for name in sorted(corpus) if name.endswith("/config")]
    cases = [(name, *one) for name in chance.sample(names, 60) for one in _EDITS]
    with ThreadPoolExecutor(2) as pool:
        theirs = list(pool.map(lambda one: tool(corpus[one[0]], one[1], one[2])[1], cases))
    wrong = []
    counts: Counter[str] = Counter()
    for (name, operation, path), printed in zip(cases, theirs, strict=True):
        document = read_document(corpus[name], name)
        ours = _edited(document, operation, path)
        if operation == "get":
            lines = [line.strip() for line in printed.splitlines()]
            same = lines == ours.splitlines()
        else:
            same = (
                read_document(ours, name).root.meaning == read_document(printed, name).root.meaning
            )
        if same:
            counts["the same"] += 1
        elif document.remarks:
            counts["of texts with nodes that the original drops"] += 1
        else:
            wrong.append((name, operation, path))
    for words, count in sorted(counts.items()):
        figure(f"edits: {count} {words}")
    assert wrong == []
