"""Ports: what descriptions say, in which order steps run, what an interruption leaves."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from genode_tool.errors import EnvironmentProblem, GenodeError, UserError
from genode_tool.events import discard
from genode_tool.locks import WaitingForLock
from genode_tool.ports.description.evaluate import describe
from genode_tool.ports.description.requirements import check_tools
from genode_tool.ports.events import PortOutcome, PortStarted
from genode_tool.ports.fetch.source import SourceKind
from genode_tool.ports.metadata import PortState, info_lines, state_of, update_hash
from genode_tool.ports.preparation.port import PreparationOptions
from genode_tool.ports.sbom import Material, spdx_json, table_rows
from genode_tool.ports.store.contrib_directory import ContribDirectory
from genode_tool.ports.store.removal import remove_ports
from genode_tool.sandbox import landlock
from tests.shared.waiting import LIMIT_S
from tests.unit.ports_fixture import SHA, ZLIKE, InterruptedTools, Ports, messages

PLAIN = ZLIKE.format(sha=SHA)


@pytest.fixture
def ports(tmp_path: Path) -> Ports:
    return Ports(tmp_path)


def test_the_hash_covers_input_patches_by_name_and_description(ports: Ports) -> None:
    text = PLAIN + "PATCHES := b.patch src/*.patch\nHASH_INPUT += $(REP_DIR)/extra\n"
    ports.add("z", text, {"extra": "E", "b.patch": "B", "src/a.patch": "A", "src/c.patch": "C"})
    parse_command_line = hashlib.sha1(b"E" + b"B" + b"A" + b"C" + text.encode()).hexdigest()
    assert (ports.top / "repos/r/ports/z.hash").read_text() == parse_command_line + "\n"


_HASHES = """\
_FOUND := $(foreach P,$(PATCHES),$(wildcard $(REP_DIR)/{patch}))
HASH_INPUT += {all} $(PORT)
ifneq ($(STRICT_HASH),no)
HASH_INPUT += $(MAKEFILE_LIST)
endif
$(_DST_HASH_FILE): $(HASH_INPUT)
\tcat $(HASH_INPUT) | $(HASHSUM) > $@
"""


@pytest.mark.parametrize(
    ("patch", "all_patches", "covered"),
    [
        ("$P", "$(_FOUND)", b"BA"),
        ("$P", "$(sort $(_FOUND))", b"AB"),
        ("$(subst $(REP_DIR)/,,$P)", "$(sort $(_FOUND))", b"ABC"),
    ],
    ids=["14.05", "14.08", "15.02"],
)
def test_the_tree_says_what_its_hashes_cover(
    patch: str, all_patches: str, covered: bytes, ports: Ports
) -> None:
    text = PLAIN + "PATCHES := b.patch a.patch $(REP_DIR)/c.patch\n"
    (ports.top / "tool/ports/mk").mkdir(parents=True)
    rules = _HASHES.replace("{patch}", patch).replace("{all}", all_patches)
    (ports.top / "tool/ports/mk/hash.inc").write_text(rules)
    ports.add("z", text, {"b.patch": "B", "a.patch": "A", "c.patch": "C"})
    expected = hashlib.sha1(covered + text.encode()).hexdigest()
    assert ports.collection.port("z").recorded_hash == expected


def test_a_download_that_a_rule_of_the_description_makes(ports: Ports) -> None:
    """17.11 checks out a repository of CVS in this way."""
    text = (
        "LICENSE := a\nVERSION := 1\nDOWNLOADS := src.cvs\nURL(src) := place\nDIR(src) := src/lib\n"
        "%.cvs:\n\tmkdir -p $(DIR($*)) && echo $(URL($*)) > $(DIR($*))/file\n"
    )
    ports.add("z", text)
    assert describe(ports.collection, ports.collection.port("z")).sources == ()
    assert ports.prepare("z").ok
    assert ports.tree("z")["src/lib/file"] == "place\n"


def test_what_a_description_says(ports: Ports) -> None:
    ports.add(
        "many",
        "LICENSE := MIT and BSD\nVERSION := 2\nDOWNLOADS := a.git b.svn c.debian d.pypi e.file\n"
        "URL(a) := https://example.org/a.git\nREV(a) := 1234\nDIR(a) := src/a\n"
        "URL(b) := https://example.org/b\nREV(b) := 7\nDIR(b) := src/b\n"
        f"URL(c) := zlib\nVERSION(c) := 1:1.2-3\nSHA(c) := {SHA}\nDIR(c) := src/c\n"
        f"URL(d) := foo\nVERSION(d) := 1.2\nSHA(d) := {SHA}\nDIR(d) := src/d\n"
        f"URL(e) := http://example.org/e\nSHA(e) := {SHA}\nNAME(e) := sub/e.txt\n"
        "$(call check_tool,sh)\n$(call check_python_module,os)\n",
    )
    found = describe(ports.collection, ports.collection.port("many"))
    assert [one.kind for one in found.sources] == [
        SourceKind.GIT,
        SourceKind.SVN,
        SourceKind.DEBIAN,
        SourceKind.PYPI,
        SourceKind.FILE,
    ]
    assert (found.tools, found.python_modules) == (("sh",), ("os",))
    assert info_lines(found) == [
        "PORT:     many",
        "LICENSE:  MIT and BSD",
        "VERSION:  2",
        "SOURCE:   https://example.org/a.git git 1234 (a)",
        "SOURCE:   https://example.org/b svn 7 (b)",
        "SOURCE:   Debian source package zlib 1:1.2-3 (c)",
        "SOURCE:   PyPI source distribution foo 1.2 (d)",
        "SOURCE:   http://example.org/e (e)",
    ]


def test_a_prepared_port_has_the_archive_the_sources_and_its_hash(ports: Ports) -> None:
    ports.add("z", PLAIN)
    result = ports.prepare("z")
    assert [one.outcome for one in result.finished] == [PortOutcome.PREPARED]
    digest = (ports.top / "repos/r/ports/z.hash").read_text()
    assert ports.tree("z") == {
        "src/lib/zlike/a.c": "int a;\n",
        "z.hash": digest,
        "zlike-1.0.tar.gz": "x",
    }
    assert ports.prepare("z").finished[0].outcome is PortOutcome.PRESENT
    assert ports.tools.asked == ["fetch zlike", "extract zlike"]


def test_steps_run_in_the_order_of_the_framework(ports: Ports) -> None:
    patch = "--- a.c\n+++ a.c\n@@ -1 +1 @@\n-int a;\n+int b;\n"
    text = PLAIN + (
        "PATCHES := p.patch\nPATCH_OPT := -p0 -d ${DIR(zlike)}\n"
        "DIRS := include\nDIR_CONTENT(include) = $(wildcard src/lib/zlike/*.c)\n"
        "default: early\n"
        "early: $(DOWNLOADS)\n\t$(VERBOSE)echo early: `cat src/lib/zlike/a.c` >> order\n"
        "_dirs: late\n"
        "late: _patch\n\t@$(MSG_GENERATE)$@\n\techo late: `cat src/lib/zlike/a.c` >> order\n"
    )
    ports.add("z", text, {"p.patch": patch})
    result = ports.prepare("z")
    assert result.ok, messages(result)
    tree = ports.tree("z")
    assert tree["order"] == "early: int a;\nlate: int b;\n"
    assert tree["include/a.c"] == "int b;\n"
    log = ContribDirectory(ports.collection.contrib_dir).log_of("z").read_text()
    assert "z: generate late\n" in log


def test_finished_steps_are_not_repeated(ports: Ports) -> None:
    text = PLAIN.replace("zlike.archive", "zlike.archive other.file third.git") + (
        f"URL(other) := http://example.org/other\nSHA(other) := {SHA}\n"
        "URL(third) := http://example.org/third\nREV(third) := 1\nDIR(third) := src/third\n"
    )
    ports.add("z", text)
    ports.tools.fail = "checkout third"
    with pytest.raises(InterruptedTools):
        ports.prepare("z")
    assert not ports.path("z").exists()
    ports.tools.fail = ""
    ports.tools.asked.clear()
    assert ports.prepare("z").ok
    assert ports.tools.asked == ["checkout third"]
    started = [one for one in ports.events if isinstance(one, PortStarted)]
    assert [one.resumed for one in started] == [0, 3]


def test_a_step_that_was_interrupted_in_the_middle_leaves_nothing(ports: Ports) -> None:
    ports.add("z", PLAIN)
    ports.tools.content = {"half.c": "half"}
    ports.tools.fail = "extract zlike"
    with pytest.raises(InterruptedTools):
        ports.prepare("z")
    ports.tools.fail = ""
    ports.tools.content = {"a.c": "whole"}
    assert ports.prepare("z").ok
    assert "src/lib/zlike/half.c" not in ports.tree("z")
    assert ports.tools.asked == ["fetch zlike", "extract zlike", "extract zlike"]


def test_a_failed_recipe_starts_over_from_the_downloads(ports: Ports) -> None:
    text = PLAIN + "default: change\nchange: $(DOWNLOADS)\n\techo x >> changed\n\t{}\n"
    ports.add("z", text.format("false # no"))
    result = ports.prepare("z")
    assert (result.ok, result.exit_code) == (False, 1)
    assert messages(result) == ["port `z`: making `change` failed"]
    error = result.finished[0].error
    assert error is not None
    assert error.location is not None
    assert error.location.line == 9
    assert "false # no" in error.trail[-2]
    (ports.top / "repos/r/flag").touch()
    ports.add("z", text.format("true"))
    assert ports.prepare("z").ok
    assert ports.tree("z")["changed"] == "x\n"
    # The attempt on the other version is gone, with its list of steps.
    left = sorted(one.name for one in (ports.top / "contrib").iterdir())
    assert left == ["var", ports.path("z").name]
    assert [one.name for one in (ports.top / "contrib/var").iterdir()] == ["z.log"]


def test_another_description_does_not_go_on_with_old_work(ports: Ports) -> None:
    ports.add("z", PLAIN + "default: no\nno: $(DOWNLOADS)\n\tfalse\n")
    assert not ports.prepare("z", options=PreparationOptions(check_hash=False)).ok
    (ports.top / "repos/r/ports/z.port").write_text(PLAIN)
    ports.tools.content = {"other.c": "other"}
    assert ports.prepare("z", options=PreparationOptions(check_hash=False)).ok
    assert "src/lib/zlike/a.c" not in ports.tree("z")


def test_an_outdated_hash_file_is_told_before_anything_is_done(ports: Ports) -> None:
    ports.add("z", PLAIN)
    path = ports.top / "repos/r/ports/z.port"
    path.write_text(PLAIN + "# changed\n")
    result = ports.prepare("z")
    assert result.exit_code == 2
    assert "the hash file has" in messages(result)[0]
    assert ports.tools.asked == []
    port = ports.collection.port("z")
    assert not update_hash(ports.collection, port).ok
    assert ports.prepare("z").ok


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("VERSION := 1\n", "port `z` does not define LICENSE"),
        (
            "LICENSE := a\nVERSION := 1\nDOWNLOADS := a.rar\n",
            "download `a.rar` is of an unknown kind",
        ),
        ("LICENSE := a\nVERSION := 1\nDOWNLOADS := a.file\nSHA(a) := 12\n", "`12` is not a hash"),
    ],
)
def test_wrong_descriptions(ports: Ports, text: str, message: str) -> None:
    (ports.top / "repos/r/ports/z.port").write_text(text)
    with pytest.raises(UserError) as caught:
        describe(ports.collection, ports.collection.port("z"))
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("DOWNLOADS := a.file\n", "port `z`: download `a.file` has no URL(a)"),
        ("DOWNLOADS := a.git\nURL(a) := u\n", "port `z`: download `a.git` has no REV(a)"),
        (
            "DIRS := include\n",
            "z.port: DIR_CONTENT(include) is not defined, but DIRS has an entry for it",
        ),
        ("PATCHES := p.patch\n", "port `z`: no such patch: `p.patch`"),
        ("default: x\n", "port `z`: no rule makes `x`, needed by `default`"),
        ("DOWNLOADS := a.git\nURL(a) := u\nREV(a) := 1\nDIR(a) := ../../x\n", "lies outside"),
        ("$(call check_tool,no-such)\n", "port `z`: not installed: no-such"),
    ],
)
def test_what_cannot_be_prepared(ports: Ports, text: str, message: str) -> None:
    ports.add("z", f"LICENSE := a\nVERSION := 1\n{text}")
    assert message in messages(ports.prepare("z"))[0]
    assert not ports.path("z").exists()


@pytest.mark.parametrize("pip", [True, False])
def test_a_hint_that_calls_pip_installs_it_where_it_is_missing(ports: Ports, pip: bool) -> None:
    ports.add("z", f"{PLAIN}$(call check_python_module,pyfdt)\n")
    description = describe(ports.collection, ports.collection.port("z"))
    with pytest.raises(EnvironmentProblem) as caught:
        check_tools(description, has_module=lambda name: pip and name == "pip")
    assert "pip install" in caught.value.hint
    assert ("python3-pip" in caught.value.hint) is not pip


def test_recipes_see_little_and_reach_nothing_outside(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "s")
    outside = ports.top / "outside"
    text = PLAIN + (
        "default: look\nlook:\n\tenv | sort > env\n\tpwd > pwd\n"
        f"\t-echo x > {outside}\n\techo y > /dev/null\n\tmktemp > temporary\n"
    )
    ports.add("z", text)
    result = ports.prepare("z")
    assert result.ok, messages(result)
    tree = ports.tree("z")
    seen = dict(line.split("=", 1) for line in tree["env"].splitlines())
    assert "SECRET" not in seen
    assert seen["GENODE_DIR"] == str(ports.top)
    assert Path(seen["HOME"]).parent == ports.top / "contrib/var"
    assert not Path(seen["HOME"]).exists()
    assert tree["pwd"].strip() == f"{ports.path('z')}.incomplete"
    if landlock.version():
        assert not outside.exists()


def test_recipes_have_no_network(ports: Ports) -> None:
    if landlock.version() < 4:
        pytest.skip("this kernel cannot keep processes from the network")
    text = PLAIN + (
        "default: call\ncall:\n"
        f"\t-{sys.executable} -c 'import socket;"
        ' socket.create_connection(("127.0.0.1", 9))\' 2> said\n'
    )
    ports.add("z", text)
    assert ports.prepare("z").ok
    assert "PermissionError" in ports.tree("z")["said"]


def test_a_kernel_that_cannot_keep_recipes_in(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landlock, "version", lambda: 0)
    ports.add("z", PLAIN)
    assert ports.prepare("z").ok
    assert (
        "recipes were less confined"
        in ContribDirectory(ports.collection.contrib_dir).log_of("z").read_text()
    )


def test_a_program_that_a_description_asks_for_in_its_own_words(ports: Ports) -> None:
    (ports.top / "repos/r/ports/z.port").write_text("$(error Need to have 'flex' installed)\n")
    with pytest.raises(EnvironmentProblem) as caught:
        describe(ports.collection, ports.collection.port("z"))
    assert caught.value.hint.startswith("Debian package flex;")


def test_several_ports_at_once_and_one_that_fails(ports: Ports) -> None:
    for number in range(4):
        ports.add(f"p{number}", PLAIN)
    ports.add("bad", PLAIN + "default: no\nno:\n\tfalse\n")
    names = ("p0", "bad", "p1", "p2", "p3")
    result = ports.prepare(*names, options=PreparationOptions(jobs=3, keep_going=True))
    assert [one.port for one in result.finished] == list(names)
    assert [one.outcome is PortOutcome.FAILED for one in result.finished] == [False, True] + 3 * [
        False
    ]
    assert not ports.prepare("bad", "p0").finished[1:]


def test_a_name_that_no_port_has(ports: Ports) -> None:
    ports.add("zlib", PLAIN)
    with pytest.raises(UserError) as caught:
        ports.prepare("zlb")
    assert caught.value.hint == "did you mean `zlib`?"


def test_force_replaces_what_is_there(ports: Ports) -> None:
    ports.add("z", PLAIN)
    assert ports.prepare("z").ok
    (ports.path("z") / "mine").touch()
    assert ports.prepare("z", options=PreparationOptions(force=True)).ok
    assert "mine" not in ports.tree("z")
    left = sorted(one.name for one in (ports.top / "contrib").iterdir())
    assert left == ["var", ports.path("z").name]


def test_removing_a_port_takes_all_its_versions(ports: Ports) -> None:
    ports.add("z", PLAIN)
    ports.add("z-more", PLAIN)
    assert ports.prepare("z", "z-more").ok
    port = ports.collection.port("z")
    assert state_of(ports.collection, port) is PortState.PREPARED
    older = ports.top / "contrib" / f"z-{'0' * 40}.incomplete"
    older.mkdir()
    gone = remove_ports(ports.collection, ["z"])
    assert set(gone) == {older, ports.path("z")}
    assert ports.path("z-more").is_dir()
    assert state_of(ports.collection, port) is PortState.ABSENT
    with pytest.raises(GenodeError):
        remove_ports(ports.collection, ["y"])


def test_a_lock_on_a_log_that_was_removed_meanwhile_is_none(tmp_path: Path) -> None:
    store = ContribDirectory(tmp_path)
    holding, removed = threading.Event(), threading.Event()

    def hold_and_remove() -> None:
        with store.locked("z", tmp_path / "z-1", discard, LIMIT_S) as slot:
            holding.set()
            assert removed.wait(LIMIT_S)
            slot.log.unlink()

    thread = threading.Thread(target=hold_and_remove)
    thread.start()
    assert holding.wait(LIMIT_S)
    with store.locked("z", tmp_path / "z-1", lambda _: removed.set(), LIMIT_S) as slot:
        assert slot.log.stat().st_ino == os.fstat(slot.descriptor).st_ino
    thread.join()


def test_makefiles_of_automake_do_not_call_it_again(ports: Ports) -> None:
    made = "$(srcdir)/Makefile.in:  $(srcdir)/Makefile.am $(x)\nall:\n$(ACLOCAL_M4):  $(y)\n"
    ports.tools.content = {"sub/Makefile.in": made}
    ports.add("z", PLAIN)
    assert ports.prepare("z").ok
    found = ports.tree("z")["src/lib/zlike/sub/Makefile.in"]
    assert found == f"IGNORE-{made}"


_HOLDER = """
import sys, time
from pathlib import Path
from genode_tool.ports.store.contrib_directory import ContribDirectory
with ContribDirectory(Path(sys.argv[1])).locked("z", Path(sys.argv[1]) / "z-1", lambda _: None, 10):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_processes_wait_for_each_other(ports: Ports) -> None:
    ports.add("z", PLAIN)
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(ports.collection.contrib_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"

    def hear(event: object) -> None:
        if isinstance(event, WaitingForLock):
            assert event.owner == holder.pid
            assert holder.stdin is not None
            holder.stdin.close()

    from genode_tool.ports.preparation.prepare import prepare

    result = prepare(ports.collection, ["z"], ports.tools, sink=hear)
    assert holder.wait(timeout=60) == 0
    assert holder.stdin.closed
    assert result.ok
    holder.stdout.close()


def test_a_bill_of_materials_is_valid_and_guesses_no_licence(ports: Ports) -> None:
    ports.add("z", PLAIN)
    two = PLAIN.replace("zlike.archive", "zlike.archive g.git").replace(":= zlib", ":= BSD-like")
    ports.add(
        "two", two + "URL(g) := https://example.org/g.git\nREV(g) := 12\nDIR(g) := src/lib/g\n"
    )
    collection = ports.collection
    materials = [
        Material(
            describe(collection, collection.port(name)), collection.port(name).recorded_hash, users
        )
        for name, users in (("two", ("lib/two", "test/two")), ("z", ()))
    ]
    document = json.loads(spdx_json("scenario", materials))
    packages = {one["SPDXID"]: one for one in document["packages"]}
    assert packages["SPDXRef-Port-z"]["licenseDeclared"] == "Zlib"
    assert packages["SPDXRef-Port-z"]["checksums"][0]["checksumValue"] == SHA
    assert packages["SPDXRef-Port-two"]["licenseDeclared"] == "LicenseRef-BSD-like"
    assert packages["SPDXRef-Port-two-g"]["downloadLocation"] == "git+https://example.org/g.git@12"
    (reference,) = document["hasExtractedLicensingInfos"]
    assert reference["extractedText"].endswith("BSD-like")
    assert table_rows(materials)[1][4] == "lib/two, test/two"
