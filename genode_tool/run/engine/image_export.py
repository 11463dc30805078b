"""Boot images of scenarios for use elsewhere: on a disk, a USB stick, a board."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.events import Event, Sink
from genode_tool.run.engine import scenarios
from genode_tool.run.events import ScenarioEnded
from genode_tool.run.image.formats import ImageFormat, copy_image
from genode_tool.run.options import RunOptions
from genode_tool.run.verdict import Verdict
from genode_tool.tree import BuildDirectory


@dataclass(frozen=True, slots=True)
class ExportedImage:
    """The end of the scenario's script, and the image; None when the script ended before it."""

    verdict: Verdict
    path: Path | None = None


def export_image(
    build_dir: BuildDirectory, name: str, output: Path, options: RunOptions, sink: Sink
) -> ExportedImage:
    """Build the scenario `name` and copy its boot image to `output`, without booting it.

    `output` is a file, or a directory that gets a file named after the scenario. Raises
    `GenodeError` for what cannot be started or written.
    """
    suffix = ImageFormat(options.image_format).suffix
    target = output / (name.removeprefix("run/") + suffix) if output.is_dir() else output
    if build_dir.kernel == "linux":
        raise UserError(
            "kernel linux has no boot image: a system is a directory of files there",
            hint="choose another kernel with `--kernel`",
        )

    def hear(event: Event) -> None:
        # A script that came to its end without a system has not passed.
        if not (isinstance(event, ScenarioEnded) and event.verdict.outcome.good):
            sink(event)

    (verdict,) = scenarios.run_scenarios(
        build_dir, (name,), replace(options, image_only=True), hear
    )
    if not verdict.outcome.good:
        return ExportedImage(verdict)
    if verdict.image is None:
        raise UserError(
            f"scenario {name} ended without an image: {verdict.reason}",
            hint="its script has to call build_boot_image",
        )
    copy_image(verdict.image, target)
    return ExportedImage(verdict, target)
