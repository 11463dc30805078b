"""What gets damaged inputs: makefiles, configurations, descriptions of ports, run scripts."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from genode_tool.config.checks.report import CheckOptions
from genode_tool.config.examine import examine
from genode_tool.config.schema.catalogue import Schemas, find_schemas
from genode_tool.config.syntax import edit
from genode_tool.config.syntax.document import Document, Malformed, Node, Syntax
from genode_tool.config.syntax.node_path import parse_path
from genode_tool.config.syntax.read import read_document
from genode_tool.config.syntax.write import document_text
from genode_tool.config.system.model import Dialect
from genode_tool.errors import GenodeError
from genode_tool.makefile import Evaluation, Kind, RealInputs, ShellResult, Stat, resolve
from genode_tool.ports.description import evaluate
from genode_tool.ports.store.collection import Port
from genode_tool.run.engine import scenario_planner
from genode_tool.run.engine.scenario_planner import plan_lightly
from tests.attack.fuzz.damage import Damage
from tests.shared.standin import Tree, make_tree

ROOT = Path(__file__).resolve().parents[3]


class WrongResult(Exception):
    """No error, but a result that cannot be right."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of input: where damaged ones come from, and what they are given to."""

    damage: Damage
    attempt: Callable[[bytes], None]


def _corpus(*patterns: str) -> list[bytes]:
    found = [
        path.read_bytes()
        for pattern in patterns
        for path in sorted(ROOT.glob(pattern))
        if path.is_file() and path.stat().st_size < 6000
    ]
    assert found, patterns
    return found


def _words(text: str) -> list[bytes]:
    return [word.encode().decode("unicode_escape").encode() for word in text.split()]


class _NoShell:
    """The outside without shells: commands print nothing; `text` is the file `makefile`."""

    def __init__(self, text: bytes = b"", makefile: str = "") -> None:
        self._text = text
        self._makefile = makefile
        self._real = RealInputs()

    def read(self, path: str) -> bytes | None:
        return self._text if path == self._makefile else self._real.read(path)

    def listdir(self, path: str) -> tuple[str, ...] | None:
        return self._real.listdir(path)

    def stat(self, path: str) -> Stat | None:
        if path == self._makefile:
            return Stat(Kind.FILE, 1, len(self._text))
        return self._real.stat(path)

    def realpath(self, path: str) -> str | None:
        return path if path == self._makefile else self._real.realpath(path)

    def getenv(self, name: str) -> str | None:
        return self.environ().get(name)

    def environ(self) -> Mapping[str, str]:
        return {"PATH": os.defpath, "HOME": "/nowhere"}

    def shell(
        self,
        command: str,
        *,
        shell: str,
        flags: tuple[str, ...],
        cwd: str,
        env: Mapping[str, str],
    ) -> ShellResult:
        return ShellResult(b"", 0)


_MAKE_WORDS = _words(
    r"$( ) ${ } $ $$ , : :: &: = := ::= :::= += ?= != % \\ # ; | \t \n \\\n define endef \nendef\n "
    r"\ndefine\tx\n ifdef ifndef ifeq ifneq else endif \nendif\n include -include export unexport "
    r"override private undefine vpath $(eval $(call $(foreach\tx,a\tb, $(if $(or $(and $(value "
    r"$(wildcard $(patsubst $(subst $(sort $(filter $(filter-out $(word $(wordlist $(firstword "
    r"$(dir $(notdir $(suffix $(basename $(addprefix $(join $(realpath $(abspath $(error $(warning "
    r"$(info $(origin $(flavor $(shell $(let\tx\ty,1, $(intcmp $@ $< $^ $+ $* $| $(@D) .PHONY: "
    r".SECONDEXPANSION: .ONESHELL: .DEFAULT: .SUFFIXES: .POSIX: SHELL= MAKEFLAGS= .RECIPEPREFIX="
)
_MAKE_NESTING = (
    (b"$(", b")"),
    (b"${x:", b"=}"),
    (b"$(call x,", b")"),
    (b"$(if a,", b")"),
    (b"$(foreach i,a,", b")"),
    (b"\nifdef x\n", b"\nendif\n"),
    (b"\ndefine x\n", b"\nendef\n"),
    (b"(", b")"),
    (b"$(eval ", b")"),
    (b"a: ", b""),
)


def _makefile(text: bytes) -> None:
    place = "/nowhere/makefile"
    ev = Evaluation(_NoShell(text, place), cwd="/nowhere", environ={}, make="make")
    ev.include(place)
    plan = resolve(ev, ())
    for step in islice(plan.steps, 20):
        for command in step.recipe():
            str(command)


_CONFIG_WORDS = (
    r"config start route service child parent any-child any-service default default-route caps ram "
    r"quantum resource name provides binary heartbeat affinity inline report-rom vfs dir ROM RAM "
    r"PD init parent-provides prio_levels label label_prefix label_last unscoped_label"
)
_HID_WORDS = _words(
    _CONFIG_WORDS + r" + - x . : | \n+\t \n-\n \n.\t \n\t+\t |\tcaps:\t100 |\tram:\t1M "
    r"\n\t\t:\t <a/> # \n\t\t.\t "
)
_XML_WORDS = _words(
    _CONFIG_WORDS + r" < > </ /> <!-- --> <![CDATA[ ]]> <? ?> <!DOCTYPE\tx> &lt; &amp; &x; &#0; "
    r"&#x110000; = \" ' <start\tname=\"a\"> </start> <config> </config> <route> </route> "
    r'<any-service> <parent/> xmlns="x" a:b="c" xml:lang="d"'
)


def _config(text: bytes, schemas: Schemas) -> None:
    decoded = text.decode("utf-8", "replace")
    for dialect in Dialect:
        found = examine(decoded, "it", schemas, dialect, options=CheckOptions())
    if found.document is None:
        return
    for syntax in Syntax:
        _written(found.document, syntax)
    nodes = list(islice(_paths(found.document.root), 40))
    for path in nodes[:: max(1, len(nodes) // 3)]:
        for change in (edit.set_attributes, edit.remove, edit.disable, edit.enable):
            words = f"{path} | : a: 1" if change is edit.set_attributes else path
            _changed(found.document, words, change)


def _written(document: Document, syntax: Syntax) -> None:
    try:
        text = document_text(document, syntax)
    except Malformed:
        return  # what that syntax cannot express
    try:
        read_document(text, "written")
    except Malformed as error:
        raise WrongResult(f"{syntax.name} that was written cannot be read: {error}") from error


def _changed(document: Document, words: str, change: Callable[..., str]) -> None:
    try:
        text = change(document, parse_path(words))
    except GenodeError:
        return
    try:
        read_document(text, "changed")
    except Malformed as error:
        raise WrongResult(f"{change.__name__} {words}: cannot be read: {error}") from error


def _paths(node: Node, above: str = "") -> Iterator[str]:
    path = f"{above}{node.name}"
    yield path
    for one in node.nodes:
        yield from _paths(one, f"{path} | + ")


def _port(text: bytes, place: Path) -> None:
    (place / "ports").mkdir(exist_ok=True)
    path = place / "ports/z.port"
    path.write_bytes(text)
    evaluate._describe(Port("z", path), {"PATH": os.defpath, "GENODE_DIR": str(place)})


_PORT_WORDS = [
    *_MAKE_WORDS,
    *_words(
        r"LICENSE VERSION DOWNLOADS URL(a) SHA(a) DIR(a) REV(a) SIG(a) KEY(a) NAME(a) PATCHES DIRS "
        r"PATCH_OPT TAR_OPT(a) UNZIP_OPT SPARSE_PATH(a) HASH_INPUT DIR_CONTENT(include) a.archive "
        r"a.git a.svn a.file a.debian http://a/b.tar.gz file:///etc/passwd ../../x $(call "
        r"check_tool,x) default: _dirs:"
    ),
]

_TCL_WORDS = _words(
    r'{ } [ ] " $ ; \n \\ \\\n ( ) set proc return if else while for foreach expr {*} eval uplevel '
    r"upvar catch error exit exec open close puts gets spawn expect send interact exp_continue -re "
    r"-gl -ex timeout eof build build_boot_image create_boot_directory install_config import "
    r"import_from_depot run_genode_until grep_output compare_output_to append_if have_spec "
    r"have_cmd get_cmd_switch assert_spec append qemu_args forever regexp regsub string list "
    r"lindex lappend join split format scan array unset info rename interp namespace package "
    r"source after vwait update file glob clock binary encoding trace switch \\u0000 \\xff %s %*d"
)
_TCL_NESTING = (
    (b"{", b"}"),
    (b"[", b"]"),
    (b"[expr {", b"}]"),
    (b"if 1 {", b"}"),
    (b"foreach x {a b} {", b"}"),
    (b'"', b'"'),
    (b"eval {", b"}"),
)


def _script(text: bytes, place: Path) -> None:
    if not (place / "tree").exists():
        make_tree(place)
    tree = Tree(place / "build", place / "tree", kernel="linux", board="linux")
    (tree.genode_dir / "repos/base/run/test.run").write_bytes(text)
    plan_lightly(tree, "test")


_HID_NESTING = ((b"\n+ start a\n", b""), (b" | + a", b""), (b"\n  ", b"+ x"), (b"\n\t: ", b""))
_XML_NESTING = (
    (b"<start>", b"</start>"),
    (b'<start name="a"><config>', b"</config></start>"),
    (b"<!-- ", b" -->"),
    (b"<a>", b""),
    (b"&", b";"),
)
_COMMENTED = b"""config | verbose: yes
. on top
+ start a | ram: 1M   | + route | + any-service | + parent
+ start b | ram: 100M | caps: 1   | . beside
  .
  . about b
  x binary prog
  + route
  | + service ROM | label: x | + parent
  | + service Gui            | + child wm
  + arg
    : while true; do
    :   echo a | cat; done
-
what follows the end mark is ignored
"""


def _xml_corpus() -> list[bytes]:
    scripts = b"\n".join(_corpus("repos/*/run/*.run", "repos/*/recipes/pkg/*/runtime"))
    found = re.findall(rb"<(config|runtime)\b(.*?)</\1>", scripts, re.DOTALL)
    return [b"<%s%s</%s>\n" % (name, rest, name) for name, rest in found]


def _hid_corpus() -> list[bytes]:
    made = []
    for text in _xml_corpus():
        with contextlib.suppress(Malformed):  # placeholders of scripts
            document = read_document(text.decode(), "corpus")
            made.append(document_text(document, Syntax.HID).encode())
    return [_COMMENTED, *made]


def subjects(place: Path) -> dict[str, Subject]:
    """Return the subjects by name; they may write to `place`."""
    schemas = find_schemas(sorted(path for path in (ROOT / "repos").iterdir() if path.is_dir()))
    # What evaluates a description does it with the outside as it is.
    vars(evaluate)["RealInputs"] = _NoShell
    # A process for each script would take most of the time; this one is confined already.
    vars(scenario_planner)["plan_confined"] = lambda context, build, plan: plan(build, context.sink)

    def config(text: bytes) -> None:
        _config(text, schemas)

    return {
        "makefile": Subject(
            Damage(_corpus("repos/**/*.mk"), _MAKE_WORDS, _MAKE_NESTING), _makefile
        ),
        "hid": Subject(Damage(_hid_corpus(), _HID_WORDS, _HID_NESTING), config),
        "xml": Subject(Damage(_xml_corpus(), _XML_WORDS, _XML_NESTING), config),
        "port": Subject(
            Damage(_corpus("repos/*/ports/*.port"), _PORT_WORDS, _MAKE_NESTING),
            lambda text: _port(text, place),
        ),
        "script": Subject(
            Damage(_corpus("repos/*/run/*.run"), _TCL_WORDS, _TCL_NESTING),
            lambda text: _script(text, place),
        ),
    }
