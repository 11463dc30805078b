"""The examination of a scenario's configuration, together with what is known of its image."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

from genode_tool.config.checks.report import CheckOptions
from genode_tool.config.examine import Examination, dialect_of, examine
from genode_tool.config.schema.catalogue import find_schemas
from genode_tool.regex import regex
from genode_tool.run.configuration.script_places import ScriptPlaces
from genode_tool.run.context.build_side import BuildSide
from genode_tool.run.plan import PlannedImage

CONFIG = "config"
"""The boot module that init reads."""

_GENERIC = regex(r"^(core|ld|timer)-.*?(\.lib\.so|\.o|)$")
_MEMORY = regex(r"(\d+)([MG]?)")


def examine_image(
    build: BuildSide,
    script: Path,
    image: PlannedImage,
    options: CheckOptions,
    directory: Path | None = None,
) -> Examination | None:
    """Return what is found in the configuration of an image; None when it has none.

    `directory` is the boot directory, if there is one: messages name its files when a text is
    not in the script as it is.
    """
    text = image.files.get(CONFIG, "")
    if not text.strip():
        return None
    texts = {name: content for name, content in image.files.items() if content.strip()}
    built = (directory,) if directory else ()
    schemas = find_schemas(build.repositories, built)

    def shown(name: str) -> str:
        return str(directory / name) if directory else f"{script} ({name})"

    def modules(name: str) -> tuple[str, str] | None:
        if name in texts:
            return texts[name], shown(name)
        return _raw_module(build.repositories, name)

    places = ScriptPlaces(script, build.repositories, {shown(n): t for n, t in texts.items()})
    return examine(
        text,
        shown(CONFIG),
        schemas,
        dialect_of(build.genode_dir),
        options=options,
        modules=modules,
        translate=places.place,
    )


def _raw_module(repositories: Iterable[Path], name: str) -> tuple[str, str] | None:
    """Return a configuration that a recipe for raw content holds, with its path."""
    if not name.endswith((".config", ".hid", ".xml")):
        return None
    for repository in repositories:
        for path in sorted((repository / "recipes/raw").glob(f"*/{name}")):
            return path.read_text(errors="replace"), str(path)
    return None


def known_modules(names: Iterable[str], image: PlannedImage) -> frozenset[str]:
    """Return the boot modules under the names that programs use."""
    found = {*names, *image.modules, *image.files}
    return frozenset(found | {generic_name(name) for name in found})


def generic_name(name: str) -> str:
    """Return the name that programs use for `core-hw-pc.o`, `ld-linux.lib.so` and the like."""
    return _GENERIC.sub(r"\1\2", name).removesuffix(".o")


def memory_of(arguments: Sequence[str]) -> int:
    """Return the RAM that QEMU's arguments grant, in bytes; 0 when they have no `-m`."""
    size = 0
    for option, value in itertools.pairwise(arguments):
        match = _MEMORY.match(value.removeprefix("size="))
        if option == "-m" and match:
            size = int(match[1]) << (30 if match[2] == "G" else 20)
    return size
