"""The gate between what a script writes and what boots: configurations that are right pass it.

Once before the script runs, with the configuration that it is going to write, and once more with
all boot modules present. Mistakes end the script unless it tolerates them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

from genode_tool.config.checks.report import CheckOptions
from genode_tool.config.examine import Examination
from genode_tool.config.schema.catalogue import Schemas, check_schemas
from genode_tool.config.syntax.document import Finding, Malformed
from genode_tool.config.syntax.read import read_document
from genode_tool.errors import GenodeError, Location
from genode_tool.run.configuration.examination import examine_image, known_modules, memory_of
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.events import ConfigurationWarning
from genode_tool.run.plan import PlannedImage, ScenarioPlan
from genode_tool.run.record.run_record import CONFIGURATION_LOG, RunRecord
from genode_tool.run.scenario.script import Script
from genode_tool.run.verdict import Outcome, ScenarioStop

_UNCHECKED = "--no-config-check"
_TOLERATE = "`tolerate_config_mistakes` in the script lets it start"


class ConfigurationGate:
    """Checks the configurations of one scenario; shows each warning once.

    All checks raise `ScenarioStop` for a mistake, at its place in the run script if the text stands
    there literally.
    """

    def __init__(
        self,
        context: ScenarioContext,
        script: Script,
        plan: ScenarioPlan,
        record: RunRecord | None = None,
    ) -> None:
        """`plan` notes whether the script tolerates mistakes; `record` keeps the warnings."""
        self._context = context
        self._script = script
        self._plan = plan
        self._record = record
        self._shown: set[str] = set()

    def check_ahead(self, follow: Callable[[], ScenarioPlan]) -> None:
        """Check the configuration that the script is going to write.

        `follow` returns the plan of the script. If that fails, nothing is checked: the script
        itself will meet the error.
        """
        if self._unchecked:
            return
        context = self._context
        try:
            ahead = follow()
            examined = [
                examine_image(context.build, context.script, image, CheckOptions())
                for image in ahead.images
            ]
        except GenodeError:
            return
        for one in examined:
            if one is not None:
                self._judge(one, tolerated=bool(ahead.mistakes_wanted))

    def check_boot_directory(self) -> None:
        """Check `config` and every `*.config` of the boot directory, with its boot modules."""
        directory = self._context.boot_directory
        config = directory / "config"
        for path in (config, *sorted(directory.glob("*.config"))):
            if path.is_file() and path.stat().st_size:
                self._script.invoke("check_syntax", str(path))
        if not self._unchecked:
            self._examine(directory)

    def check_xml(self, path: Path) -> None:
        """Check that a file is well-formed XML."""
        text = path.read_text(errors="replace")
        blank = len(text) - len(text.lstrip())
        parser = expat.ParserCreate()
        try:
            parser.Parse(text[blank:].encode(), True)
        except expat.ExpatError as error:
            line = error.lineno + text[:blank].count("\n")
            raise self._malformed(
                path, text, line, error.offset + 1, expat.ErrorString(error.code)
            ) from None

    def check_hid(self, path: Path) -> None:
        """Check that a file is well-formed HID."""
        from genode_tool.config.syntax.hid_reader import read_hid

        try:
            read_hid(path.read_text(errors="replace"), str(path))
        except Malformed as error:
            raise ScenarioStop(
                Outcome.ERROR,
                error.message,
                location=error.location,
                trail=error.trail,
                hint=error.hint,
            ) from None

    def check_schema(self, path: Path, binary: str, label: str, schemas: Schemas) -> None:
        """Check the configuration of `binary` in a file; messages call the component `label`."""
        try:
            document = read_document(path.read_text(errors="replace"), str(path))
        except Malformed as error:
            self._judge(Examination(None, None, error.problems), tolerated=False)
            return
        found = check_schemas(document.root, schemas, document.syntax, binary=binary, path=label)
        tolerated = bool(self._plan.mistakes_wanted)
        self._judge(Examination(document, None, tuple(found)), tolerated=tolerated)

    @property
    def _unchecked(self) -> bool:
        return self._context.switches.has(_UNCHECKED)

    def _examine(self, directory: Path) -> None:
        files: dict[str, str] = {}
        names: list[str] = []
        for path in sorted(directory.iterdir()):
            names.append(path.name)
            if path.is_file() and (path.name == "config" or path.suffix == ".config"):
                files[path.name] = path.read_text(errors="replace")
        image = PlannedImage(tuple(names), files)
        arguments = self._script.split(self._script.get("qemu_args") or "")
        options = CheckOptions(known_modules((), image), memory_of(arguments))
        context = self._context
        found = examine_image(context.build, context.script, image, options, directory)
        if found is not None:
            self._judge(found, tolerated=bool(self._plan.mistakes_wanted))

    def _judge(self, found: Examination, *, tolerated: bool) -> None:
        """Show warnings, and errors that are tolerated; raise others."""
        for one in found.warnings:
            self._warn_once(one)
        if not found.errors:
            return
        if tolerated:
            for one in found.errors:
                self._warn_once(one)
            return
        first, *others = found.errors
        where = f" [{first.path}]" if first.path else ""
        raise ScenarioStop(
            Outcome.ERROR,
            f"configuration: {first.diagnostic.text}{where}",
            location=first.location,
            trail=tuple(str(one) for one in others),
            hint=first.diagnostic.hint or ("" if first.kind == "syntax" else _TOLERATE),
        )

    def _warn_once(self, finding: Finding) -> None:
        text = str(finding.diagnostic)
        text += f" [{finding.path}]" if finding.path else ""
        if text not in self._shown:
            self._shown.add(text)
            self._context.sink(ConfigurationWarning(self._context.name, text))
            if self._record:
                self._record.append(CONFIGURATION_LOG, text)

    def _malformed(
        self, path: Path, text: str, line: int, column: int, problem: str
    ) -> ScenarioStop:
        """Return the error, placed in the run script when the text stands there literally."""
        shown = text.splitlines()[line - 1].strip() if line <= text.count("\n") + 1 else ""
        script = self._context.script.read_text(errors="replace")
        start = script.find(text.strip("\n"))
        if start >= 0 and text.strip():
            skipped = len(text) - len(text.lstrip("\n"))
            first = script.count("\n", 0, start) + 1
            location = Location(str(self._context.script), first + line - skipped - 1, column)
        else:
            location = Location(str(path), line, column)
        return ScenarioStop(
            Outcome.ERROR,
            f"{path.name} is not well-formed XML: {problem}",
            location=location,
            trail=(f"the line is `{shown}`",) if shown else (),
        )
