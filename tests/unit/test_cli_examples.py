"""The calls that help texts and the documentation show are calls that the tool accepts."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from genode_tool.cli.app import app
from genode_tool.cli.lazy import LazyGroup

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
)

_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CALL = re.compile(r"^\s*(?:\w+=\S+ )*(?:\S*tool/)?genode\s+(\S.*)$")
_SPAN = re.compile(r"`(?:\S*tool/)?genode ([^`\n]+)`")
"""A call within a sentence."""

_BEHIND = re.compile(r"\s{2,}\S.*$")
"""The second column of an example in a help text: what it does."""


def words_of(line: str) -> list[str]:
    """Return the words of a call as the tool gets them: up to a comment, a pipe or the like."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    words = []
    for word in lexer:
        if set(word) <= set("|&;<>"):
            break
        words.append(word)
    return words


def commands(group: LazyGroup, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{context.command_path} {name}", command
        if isinstance(command, LazyGroup):
            yield from commands(command, click.Context(command, context, info_name=name))


def shown() -> Iterator[tuple[str, str]]:
    """Yield the calls with their places."""
    top = click.Context(app, info_name="genode")
    for path, command in (("genode", app), *commands(app, top)):
        for line in (command.epilog or "").splitlines():
            if call := _CALL.match(line):
                yield f"{path} --help", _BEHIND.sub("", call[1])
    for page in PAGES:
        for block in _BLOCK.findall(page.read_text()):
            for line in block.replace("\\\n", " ").splitlines():
                if call := _CALL.match(line):
                    yield str(page.relative_to(ROOT)), call[1]


def mentioned() -> Iterator[tuple[str, str]]:
    """Yield the calls within sentences, which may lack arguments, with their places."""
    for page in PAGES:
        for call in _SPAN.findall(page.read_text()):
            if not call.startswith("COMMAND"):
                yield str(page.relative_to(ROOT)), call


SHOWN = list(shown())
MENTIONED = sorted(set(mentioned()))


def test_there_are_examples_of_all_commands() -> None:
    used = {
        next((word for word in words_of(call) if word in app.summaries), "") for _, call in SHOWN
    }
    assert set(app.summaries) - used == {"version"}


@pytest.mark.filterwarnings("ignore:.protected_args.:DeprecationWarning")
@pytest.mark.parametrize(("place", "call"), SHOWN)
def test_an_example_is_a_call_that_the_tool_accepts(place: str, call: str) -> None:
    accept(place, call)


@pytest.mark.filterwarnings("ignore:.protected_args.:DeprecationWarning")
@pytest.mark.parametrize(("place", "call"), MENTIONED)
def test_a_call_in_a_sentence_is_one_that_the_tool_accepts(place: str, call: str) -> None:
    # Often only the command is meant.
    with contextlib.suppress(click.MissingParameter, click.exceptions.NoArgsIsHelpError):
        accept(place, call)


def accept(place: str, call: str) -> None:
    """Parse a call as the tool does, up to its arguments."""
    command: click.Command = app
    context: click.Context | None = None
    words, name = words_of(call.replace("…", "...")), "genode"
    while True:
        try:
            context = command.make_context(name, words, parent=context)
        except click.exceptions.Exit:  # --help, --version
            return
        except click.MissingParameter:
            raise
        except click.BadParameter as error:
            assert "does not exist" in error.message, f"{place}: {error.message}"
            return
        if not isinstance(command, LazyGroup):
            return
        rest = [*context.protected_args, *context.args]
        _, found, words = command.resolve_command(context, rest)
        assert found is not None
        command, name = found, rest[0]
