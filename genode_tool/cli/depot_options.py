"""Options that several commands about the depot share.

The values of a list of options reach a command as one object, by `pass_arguments`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import click

from genode_tool.cli.option_lists import Decorator, Variables, jobs_option, option_list


def debug_info_option(text: str) -> Decorator:
    """Accept `--debug-info`."""
    return click.option("--debug-info", is_flag=True, help=text)


@dataclass(frozen=True, slots=True)
class ExtractionChoices:
    """How archives are extracted."""

    update_versions: bool = False
    version_cmd: str | None = None
    prepare_ports: bool = False
    force: bool = False

    VARIABLES: ClassVar[Variables] = {
        "update_versions": ("UPDATE_VERSIONS", bool),
        "version_cmd": ("VERSION_CMD", str),
        "prepare_ports": ("PREPARE_PORTS", bool),
        "force": ("FORCE", bool),
    }


extraction_options = option_list(
    click.option(
        "--update-versions", is_flag=True, help="Give recipes with changed content a new version."
    ),
    click.option("--version-cmd", metavar="COMMAND", help="New versions are what COMMAND prints."),
    click.option("--prepare-ports", is_flag=True, help="Prepare ports that are needed."),
    click.option("--force", is_flag=True, help="Make everything anew; restore damaged versions."),
)
"""The options whose values are `ExtractionChoices`."""


@dataclass(frozen=True, slots=True)
class BuildChoices:
    """How binaries are built. `jobs` None: one per processor."""

    rebuild: bool = False
    debug_info: bool = False
    keep: bool = False
    jobs: int | None = None

    VARIABLES: ClassVar[Variables] = {
        "rebuild": ("REBUILD", bool),
        "debug_info": ("DBG", bool),
        "keep": ("KEEP_BUILD_DIR", bool),
    }


build_options = option_list(
    click.option("--rebuild", is_flag=True, help="Build what the depot has, too."),
    debug_info_option("Make archives of debug information, too."),
    click.option("--keep", is_flag=True, help="Leave the build directories, VERSION.build."),
    jobs_option("Run N steps at a time (default: one per processor)."),
)
"""The options whose values are `BuildChoices`."""


@dataclass(frozen=True, slots=True)
class PublicationChoices:
    """What is published where; `public_dir` None: the directory `public` of the tree."""

    public_dir: Path | None = None
    debug_info: bool = False
    jobs: int | None = None

    VARIABLES: ClassVar[Variables] = {
        "public_dir": ("PUBLIC_DIR", Path),
        "debug_info": ("DBG", bool),
    }


public_dir_option = click.option(
    "--public-dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Publish into DIR (default: PUBLIC_DIR, or public in the tree).",
)

publication_options = option_list(
    public_dir_option,
    debug_info_option("Publish the debug archives of binaries, too."),
    jobs_option("Compress N archives at a time (default: one per processor)."),
)
"""The options whose values are `PublicationChoices`."""
