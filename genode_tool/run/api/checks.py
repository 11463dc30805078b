"""Procedures that look whether configurations are well-formed, before anything boots."""

from __future__ import annotations

from pathlib import Path
from xml.parsers import expat

from genode_tool.errors import Location
from genode_tool.process import run
from genode_tool.run.api.base import ApiBase, command
from genode_tool.run.verdict import Outcome, ScenarioStop

_CHECK_SECONDS = 60.0


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
        """End the script when the tree's own checker finds a mistake in a HID file."""
        checker = self.context.build.genode_dir / "tool/hid"
        if self.session.planning or not checker.exists():
            return
        path = self.in_build(hid_file)
        done = run([str(checker), "check", str(path)], timeout=_CHECK_SECONDS)
        said = (done.stdout + done.stderr).decode(errors="replace").splitlines()
        mistakes = [line for line in said if line.startswith("Error:")]
        if mistakes:
            raise self.stop(Outcome.ERROR, f"{path.name} is no well-formed HID: {mistakes[0]}")

    @command
    def check_config_in_run_dir(
        self, binary_name: str, config_path: str, max_depth: str = "5"
    ) -> None:
        """Check the configuration of a component in the boot directory."""
        del binary_name, max_depth
        if self.in_build(config_path).exists():
            self.check_syntax(config_path)

    def check_boot_directory(self) -> None:
        """Check `config` and every `*.config` of the boot directory."""
        config = self.genode_path / "config"
        for path in (config, *sorted(self.genode_path.glob("*.config"))):
            if path.is_file() and path.stat().st_size:
                self.session.frontend.invoke("check_syntax", str(path))

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
