"""Running scenarios for `genode run` and the goals `run/NAME` of `genode make`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from genode_tool.cli.place import build_directory
from genode_tool.cli.settings import Settings
from genode_tool.errors import UserError


def run(
    settings: Settings, names: Sequence[str], variables: Mapping[str, str], **options: Any
) -> int:
    """Run the scenarios `names` one after the other and return the exit code.

    That is the scenario's own when there is one; of several, 0 when none failed, else 1.
    `options` are fields of `RunOptions`. Raises `GenodeError` for what cannot be started.
    """
    from genode_tool.report import build as build_voice
    from genode_tool.report import run as run_voice
    from genode_tool.report.reporter import Reporter
    from genode_tool.run import RunOptions, run_scenarios

    screen = settings.screen()
    with Reporter(screen, settings.verbosity, (build_voice, run_voice)) as sink:
        verdicts = run_scenarios(
            build_directory(variables, sink),
            tuple(names),
            RunOptions(verbose=settings.verbosity > 0, **options),
            sink,
        )
    if len(verdicts) == 1:
        return verdicts[0].exit_code
    for line in run_voice.summary_lines(verdicts, screen):
        screen.line(line)
    return 0 if all(one.outcome.good for one in verdicts) else 1


def plan(
    settings: Settings,
    names: Sequence[str],
    variables: Mapping[str, str],
    *,
    as_json: bool,
    **options: Any,
) -> int:
    """Print what the scenarios `names` ask for, doing none of it; return the exit code.

    1 when a script could not be followed. Raises `GenodeError` as `run` does.
    """
    import json

    from genode_tool.events import discard
    from genode_tool.report.plan import plan_data, plan_lines
    from genode_tool.run import RunOptions, plan_scenarios

    planned = plan_scenarios(
        build_directory(variables, discard), tuple(names), RunOptions(**options), discard
    )
    screen = settings.screen()
    if as_json:
        screen.line(json.dumps(plan_data(planned), indent=2))
    else:
        for line in plan_lines(planned, screen):
            screen.line(line)
    return 0 if all(verdict.outcome.good for verdict, _ in planned) else 1


def image(
    settings: Settings,
    name: str,
    variables: Mapping[str, str],
    output: Path | None,
    **options: Any,
) -> int:
    """Build the scenario `name`, put its image at `output`, and return the exit code.

    `output` is a file, or a directory that gets a file named after the scenario; None stands
    for the current directory. `options` are fields of `RunOptions`.
    Raises `GenodeError` for what cannot be started or written.
    """
    from genode_tool.report import build as build_voice
    from genode_tool.report import run as run_voice
    from genode_tool.report.reporter import Reporter
    from genode_tool.run import RunOptions, run_scenarios
    from genode_tool.run.image.formats import ImageFormat, copy_image

    kind = ImageFormat(options["image_format"])
    target = output or Path()
    if target.is_dir():
        target = target / (name.removeprefix("run/") + kind.suffix)
    screen = settings.screen()
    with Reporter(screen, settings.verbosity, (build_voice, run_voice)) as sink:
        build = build_directory(variables, sink)
        if build.kernel == "linux":
            raise UserError(
                "kernel linux has no boot image: a system is a directory of files there",
                hint="choose another kernel with `--kernel`",
            )
        chosen = RunOptions(verbose=settings.verbosity > 0, image_only=True, **options)
        (verdict,) = run_scenarios(build, (name,), chosen, sink)
    if not verdict.outcome.good:
        return verdict.exit_code
    if verdict.image is None:
        raise UserError(
            f"scenario {name} ended without an image: {verdict.reason}",
            hint="its script has to call build_boot_image",
        )
    copy_image(verdict.image, target)
    screen.line(f"{target}: {target.stat().st_size} bytes")
    return 0
