"""Lists of options that commands share, and the variables of the original for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from genode_tool.cli.depot_options import (
    BuildChoices,
    ExtractionChoices,
    PublicationChoices,
    build_options,
    extraction_options,
    publication_options,
)
from genode_tool.cli.invocation import Invocation, pass_arguments
from genode_tool.cli.option_lists import Choices, variable_names, with_variables


@pytest.mark.parametrize(
    ("choices", "variables", "expected"),
    [
        (ExtractionChoices(), {"FORCE": "1"}, ExtractionChoices(force=True)),
        (ExtractionChoices(), {"FORCE": ""}, ExtractionChoices()),
        (ExtractionChoices(force=True), {"FORCE": ""}, ExtractionChoices(force=True)),
        (ExtractionChoices(), {"VERSION_CMD": "v"}, ExtractionChoices(version_cmd="v")),
        (
            ExtractionChoices(version_cmd="o"),
            {"VERSION_CMD": "v"},
            ExtractionChoices(version_cmd="o"),
        ),
        (
            BuildChoices(jobs=3),
            {"DBG": "1", "KEEP_BUILD_DIR": "yes", "OTHER": "1"},
            BuildChoices(debug_info=True, keep=True, jobs=3),
        ),
        (
            PublicationChoices(),
            {"PUBLIC_DIR": "/srv/x", "DBG": "1"},
            PublicationChoices(public_dir=Path("/srv/x"), debug_info=True),
        ),
    ],
)
def test_a_variable_stands_for_an_option_that_was_not_given(
    choices: Choices, variables: Mapping[str, str], expected: Choices
) -> None:
    assert with_variables(choices, variables) == expected


def test_the_variables_of_several_lists() -> None:
    assert variable_names(ExtractionChoices, BuildChoices) == (
        *("UPDATE_VERSIONS", "VERSION_CMD", "PREPARE_PORTS", "FORCE"),
        *("REBUILD", "DBG", "KEEP_BUILD_DIR"),
    )


def test_the_values_reach_the_command_as_objects() -> None:
    seen: list[object] = []

    @click.command()
    @click.option("--more")
    @extraction_options
    @build_options
    @pass_arguments(ExtractionChoices, BuildChoices)
    def both(
        invocation: Invocation, extraction: ExtractionChoices, building: BuildChoices, more: str
    ) -> int:
        seen.extend((extraction, building, more, type(invocation)))
        return 0

    words = ["--more", "x", "--version-cmd", "v", "--keep", "-j2"]
    CliRunner().invoke(both, words, obj=Invocation(), catch_exceptions=False, standalone_mode=False)
    assert seen == [
        ExtractionChoices(version_cmd="v"),
        BuildChoices(keep=True, jobs=2),
        "x",
        Invocation,
    ]


def test_help_shows_options_in_the_order_of_the_list() -> None:
    @click.command()
    @publication_options
    def published(**unused: object) -> None:
        pass

    shown = CliRunner().invoke(published, ["--help"]).output
    places = [shown.index(name) for name in ("--public-dir", "--debug-info", "--jobs")]
    assert places == sorted(places)
