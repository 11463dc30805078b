"""Procedures that look whether configurations are right, before anything is built or boots."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from xml.parsers import expat

from genode_tool.config.examine import Examination
from genode_tool.config.syntax.document import Finding, Malformed
from genode_tool.errors import GenodeError, Location
from genode_tool.events import Note
from genode_tool.run.api.base import ApiBase, command
from genode_tool.run.plan import PlannedImage
from genode_tool.run.verdict import Outcome, ScenarioStop

_UNCHECKED = "--no-config-check"
_TOLERATE = "`tolerate_config_mistakes` in the script lets it start"


class ConfigChecks(ApiBase):
    """Syntax checks of files in the boot directory."""

    @command
    def looks_like_xml(self, file: str) -> bool:
        """Whether the first character that is no space is `<`."""
        path = self.in_build(file)
        if self.session.planning and not path.exists():
            return False
        return path.read_text(errors="replace").lstrip().startswith("<")

    @command
    def check_syntax(self, arg: str) -> None:
        """Check a file as XML or HID, whatever it looks like."""
        if self.session.planning:
            return
        if self.looks_like_xml(arg):
            self.check_xml_syntax(arg)
        else:
            self.check_hid_syntax(arg)

    @command
    def check_xml_syntax(self, xml_file: str) -> None:
        """End the script when a file is no well-formed XML."""
        path = self.in_build(xml_file)
        if self.session.planning:
            return
        text = path.read_text(errors="replace")
        blank = len(text) - len(text.lstrip())
        parser = expat.ParserCreate()
        try:
            parser.Parse(text[blank:].encode(), True)
        except expat.ExpatError as error:
            line = error.lineno + text[:blank].count("\n")
            raise self._malformed(path, text, line, error.offset + 1, str(error)) from None

    @command
    def check_hid_syntax(self, hid_file: str) -> None:
        """End the script when a file is no well-formed HID."""
        from genode_tool.config.syntax.hid_reader import read_hid

        path = self.in_build(hid_file)
        if self.session.planning:
            return
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

    @command
    def tolerate_config_mistakes(self, why: str) -> None:
        """Say that the scenario's configuration is wrong on purpose: mistakes become warnings."""
        self.session.plan.mistakes_wanted = " ".join(why.split()) or "on purpose"

    def check_boot_directory(self) -> None:
        """Check `config` and every `*.config` of the boot directory."""
        config = self.genode_path / "config"
        for path in (config, *sorted(self.genode_path.glob("*.config"))):
            if path.is_file() and path.stat().st_size:
                self.session.frontend.invoke("check_syntax", str(path))
        self._examine_boot_directory()

    def check_before_start(self) -> None:
        """Check the configuration that the script is going to write, before it runs.

        The script is followed once without doing anything. What goes wrong with that is no
        concern of the check: the script itself will meet it.
        """
        if self._unchecked:
            return
        from genode_tool.config.checks.report import CheckOptions
        from genode_tool.run.configuration.examination import examine_image, plan_lightly

        context = self.context
        try:
            _, plan = plan_lightly(context.build, context.name, context.options.switches)
            examined = [
                examine_image(context.build, context.script, image, CheckOptions())
                for image in plan.images
            ]
        except GenodeError:
            return
        for one in examined:
            if one is not None:
                self.judge(one, wanted=bool(plan.mistakes_wanted))

    @property
    def _unchecked(self) -> bool:
        return self.session.planning or self.context.switches.has(_UNCHECKED)

    def _examine_boot_directory(self) -> None:
        """Check the configuration with everything that is in the boot directory now."""
        if self._unchecked:
            return
        from genode_tool.config.checks.report import CheckOptions
        from genode_tool.run.configuration.examination import (
            examine_image,
            known_modules,
            memory_of,
        )

        files: dict[str, str] = {}
        names: list[str] = []
        for path in sorted(self.genode_path.iterdir()):
            names.append(path.name)
            if path.is_file() and (path.name == "config" or path.suffix == ".config"):
                files[path.name] = path.read_text(errors="replace")
        image = PlannedImage(tuple(names), files)
        arguments = self.session.frontend.split(self.session.frontend.get("qemu_args") or "")
        options = CheckOptions(known_modules((), image), memory_of(arguments))
        found = examine_image(
            self.context.build, self.context.script, image, options, self.genode_path
        )
        if found is not None:
            self.judge(found, wanted=bool(self.session.plan.mistakes_wanted))

    def judge(self, found: Examination, *, wanted: bool) -> None:
        """Show warnings once; end the script with errors, unless they are wanted."""
        for one in found.warnings:
            self._warn_once(one)
        if not found.errors:
            return
        if wanted:
            for one in found.errors:
                self._warn_once(one)
            return
        first, *others = found.errors
        where = f" [{first.path}]" if first.path else ""
        raise ScenarioStop(
            Outcome.ERROR,
            f"configuration: {first.message}{where}",
            location=first.location,
            trail=tuple(str(one) for one in others),
            hint=first.hint or ("" if first.kind == "syntax" else _TOLERATE),
        )

    def _warn_once(self, finding: Finding) -> None:
        text = f"{finding.location}: {finding.message}"
        text += f" [{finding.path}]" if finding.path else ""
        if text not in self._told:
            self._told.add(text)
            self.session.emit(Note(text, "warning"))

    @cached_property
    def _told(self) -> set[str]:
        return set()

    def _malformed(
        self, path: Path, text: str, line: int, column: int, problem: str
    ) -> ScenarioStop:
        """Return the error, placed in the run script when the text stands there literally."""
        words = problem.split(":")[0]
        shown = text.splitlines()[line - 1].strip() if line <= text.count("\n") + 1 else ""
        script = self.context.script.read_text(errors="replace")
        start = script.find(text.strip("\n"))
        if start >= 0 and text.strip():
            skipped = len(text) - len(text.lstrip("\n"))
            first = script.count("\n", 0, start) + 1
            location = Location(str(self.context.script), first + line - skipped - 1, column)
        else:
            location = Location(str(path), line, column)
        return ScenarioStop(
            Outcome.ERROR,
            f"{path.name} is no well-formed XML: {words}",
            location=location,
            trail=(f"the line is `{shown}`",) if shown else (),
        )
