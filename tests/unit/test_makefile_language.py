"""The facts about an evaluation beyond GNU make: places, histories, trails, columns, warnings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from genode_tool.errors import Severity
from genode_tool.makefile import (
    Evaluation,
    Kind,
    MakefileError,
    MemoInputs,
    Message,
    Origin,
    ParseCache,
    RealInputs,
    ShellResult,
    Stat,
)
from genode_tool.makefile.problems import Source
from genode_tool.makefile.variables.recursion import deep_recursion


class Memory:
    """Inputs that consist of a few files in memory."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = {f"/tree/{name}": text.encode() for name, text in files.items()}
        self.commands: list[str] = []

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def listdir(self, path: str) -> tuple[str, ...] | None:
        prefix = path.rstrip("/") + "/"
        names = {p[len(prefix) :].split("/")[0] for p in self.files if p.startswith(prefix)}
        return tuple(sorted(names)) or None

    def stat(self, path: str) -> Stat | None:
        if path in self.files:
            return Stat(Kind.FILE, 1, len(self.files[path]))
        return Stat(Kind.DIRECTORY, 1, 0) if self.listdir(path) else None

    def realpath(self, path: str) -> str | None:
        return path if self.stat(path) else None

    def getenv(self, name: str) -> str | None:
        return None

    def environ(self) -> Mapping[str, str]:
        return {"HOME": "/home/me"}

    def shell(
        self,
        command: str,
        *,
        shell: str,
        flags: tuple[str, ...],
        cwd: str,
        env: Mapping[str, str],
    ) -> ShellResult:
        self.commands.append(command)
        return ShellResult(f"<{command}>\n".encode(), 0)


def evaluate(files: Mapping[str, str] | str, **more: object) -> Evaluation:
    given = {"Makefile": files} if isinstance(files, str) else files
    ev = Evaluation(Memory(given), cwd="/tree", **more)  # type: ignore[arg-type]
    ev.include("Makefile")
    return ev


def failure(files: Mapping[str, str] | str) -> MakefileError:
    with pytest.raises(MakefileError) as caught:
        evaluate(files)
    return caught.value


def test_history_of_a_variable_has_every_assignment_with_its_place() -> None:
    ev = evaluate(
        {"Makefile": "A = 1\ninclude more.mk\nA += 3\n", "more.mk": "\n\nA += $(B)\nB = 2\n"}
    )
    found = ev.find("A")
    assert found is not None
    assert found.value == "1 $(B) 3"
    assert ev.value("A") == "1 2 3"
    places = [(one.operator, one.value, str(one.location)) for one in found.history]
    assert places == [
        ("=", "1", "Makefile:1"),
        ("+=", "$(B)", "more.mk:3"),
        ("+=", "3", "Makefile:3"),
    ]
    assert found.history[1].trail == ("included from Makefile:2",)


def test_an_assignment_starts_a_new_history() -> None:
    ev = evaluate("A = 1\nA += 2\nA := 3\n")
    found = ev.find("A")
    assert found is not None
    assert [one.value for one in found.history] == ["3"]


def test_command_line_variables_win_and_tell_their_origin() -> None:
    ev = evaluate("A = makefile\n", variables={"A": "given"})
    found = ev.find("A")
    assert found is not None
    assert (ev.value("A"), found.origin, found.location) == ("given", Origin.COMMAND_LINE, None)


def test_an_error_in_an_included_file_tells_the_way_there() -> None:
    error = failure({"Makefile": "\ninclude a.mk\n", "a.mk": "include b.mk\n", "b.mk": "\n\nx y\n"})
    assert str(error.location) == "b.mk:3:1"
    assert error.trail == ("included from a.mk:1", "included from Makefile:2")


def test_an_error_inside_a_called_function_names_the_calls() -> None:
    error = failure("f = $(error no $(1))\ng = $(call f,$(1))\n\nx := $(call g,good)\n")
    assert error.message == "no good"
    assert error.location is not None
    assert error.location.line == 4
    assert error.trail[:2] == ("in call of 'f'", "in call of 'g'")


def test_an_error_in_evaluated_text_tells_where_the_eval_stands() -> None:
    error = failure("a:;\n\n$(eval $(error inside))\n")
    assert str(error.location) == "Makefile:3:8"
    error = failure("a:;\n\n$(eval not a rule)\n")
    assert "evaluated from Makefile:3" in error.trail


def test_a_syntax_error_has_a_column() -> None:
    error = failure("a:;\nB := x $(subst a,b\n")
    assert error.location is not None
    assert (error.location.line, error.location.column) == (2, 8)


def test_a_missing_include_is_an_error_unless_optional_or_makeable() -> None:
    error = failure("all:;\ninclude nope.mk\n")
    assert str(error.location) == "Makefile:2:9"
    assert "nope.mk" in error.message
    ev = evaluate("-include nope.mk\ninclude made.mk\nmade.mk: ; touch $@\n")
    assert [one.name for one in ev.includes.missing] == ["nope.mk", "made.mk"]


def test_endless_recursion_is_an_error() -> None:
    assert "nested too deeply" in failure("f = $(call f,x)\na := $(call f)\n").message
    assert "nested too deeply" in failure("include Makefile\n").message


def test_messages_arrive_with_their_severity_and_place() -> None:
    told: list[Message] = []
    evaluate("$(info one)\n$(warning two)\n$(nosuch three)\n", on_message=told.append)
    assert [(one.diagnostic.severity, one.diagnostic.text, one.subject) for one in told] == [
        (Severity.INFO, "one", ""),
        (Severity.WARNING, "two", ""),
        (Severity.LINT, "no such function: 'nosuch'; the reference is empty", "nosuch"),
    ]
    assert [one.diagnostic.location.line for one in told if one.diagnostic.location] == [1, 2, 3]


def test_undefined_variables_are_told_when_asked_for() -> None:
    told: list[Message] = []
    evaluate("A := $(B)\n", on_message=told.append, warn_undefined=True)
    assert [(one.diagnostic.text, one.subject) for one in told] == [("undefined variable 'B'", "B")]


def test_a_makefile_is_parsed_once() -> None:
    cache = ParseCache()
    content = b"A = 1\n"
    assert cache.file(content) is cache.file(bytes(bytearray(content)))


def test_several_makefiles_in_one_evaluation() -> None:
    ev = evaluate({"Makefile": "A = 1\n", "other.mk": "B := $(A)2\n"})
    ev.include("/tree/other.mk")
    assert ev.value("B") == "12"
    assert ev.value("MAKEFILE_LIST") == "Makefile /tree/other.mk"


def test_shell_functions_go_through_the_inputs() -> None:
    ev = evaluate("A := $(shell one)\nB = $(shell two)\n")
    inputs = ev.inputs
    assert isinstance(inputs, Memory)
    assert inputs.commands == ["one"]
    assert ev.value("B") == "<two>"
    assert inputs.commands == ["one", "two"]


def test_the_environment_of_recipes() -> None:
    ev = evaluate("export A = $(B)\nB = 2\nC = 3\n", variables={"D": "4"})
    environ = ev.exported_environment()
    assert (environ["A"], environ["D"], environ["HOME"]) == ("2", "4", "/home/me")
    assert "C" not in environ
    assert environ["MAKELEVEL"] == "1"


def test_load_is_refused() -> None:
    makefile = "load plugin.so\n"
    assert failure(makefile).message == "plugin.so: failed to load"
    message = failure({"Makefile": makefile, "plugin.so": "\x7fELF"}).message
    assert message == "plugin.so: shared objects of GNU make cannot be loaded"


def test_memo_inputs_look_once(tmp_path: Path) -> None:
    memo = MemoInputs(RealInputs())
    path = f"{tmp_path}/file"
    nothing = (None, None, None, ())

    def looks() -> tuple[object, ...]:
        return memo.stat(path), memo.read(path), memo.realpath(path), memo.listdir(str(tmp_path))

    assert looks() == nothing
    Path(path).touch()
    assert looks() == nothing
    assert MemoInputs(RealInputs()).read(path) == b""


def test_the_trail_of_a_deep_recursion_is_short() -> None:
    error = failure("f = $(if $1,$(call f,$(wordlist 2,99,$1)),$(error end))\n$(call f,1 2 3 4)\n")
    assert error.trail == ("in call of 'f'",) * 5
    words = " ".join(map(str, range(60)))
    error = failure(f"f = $(if $1,$(call f,$(wordlist 2,99,$1)),$(error end))\n$(call f,{words})\n")
    assert error.trail == (*("in call of 'f'",) * 20, "in 41 more calls")


def test_recursion_that_ends_between_two_makefiles_names_the_file() -> None:
    ev = Evaluation(Memory({}), cwd="/x")
    ev.source, ev.line = Source("inner.mk"), 0
    with pytest.raises(MakefileError) as caught, deep_recursion(ev):
        raise RecursionError
    assert str(caught.value.location) == "inner.mk:1"
