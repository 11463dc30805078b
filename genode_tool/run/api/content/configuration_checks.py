"""Procedures that check configurations: their syntax, and the schemas of programs.

Older trees check XML with `xmllint`, newer ones with a tool of their own.
"""

from __future__ import annotations

import re

from genode_tool.config.schema.catalogue import Schemas, find_schemas
from genode_tool.run.api.procedure import procedure
from genode_tool.run.configuration.gate import ConfigurationGate
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.scenario.execution_mode import ExecutionMode
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.script import Script, Words, words_of


class ConfigurationChecks:
    """Checks of files that a script asks for by name."""

    def __init__(
        self,
        context: ScenarioContext,
        script: Script,
        mode: ExecutionMode,
        plan: ScenarioPlan,
        progress: Progress,
        gate: ConfigurationGate,
    ) -> None:
        self._context = context
        self._script = script
        self._mode = mode
        self._plan = plan
        self._progress = progress
        self._gate = gate

    @procedure()
    def looks_like_xml(self, file: str) -> bool:
        """Return whether the first character that is not space is `<`."""
        path = self._context.in_build(file)

        def look() -> bool:
            return path.read_text(errors="replace").lstrip().startswith("<")

        return look() if path.exists() else self._mode.perform(look, False)

    @procedure()
    def check_syntax(self, arg: str) -> None:
        """Check a file as XML or HID, whatever it looks like."""
        self._mode.perform(lambda: self._check_syntax(arg), None)

    def _check_syntax(self, file: str) -> None:
        if self.looks_like_xml(file):
            self.check_xml_syntax(file)
        else:
            self.check_hid_syntax(file)

    @procedure()
    def check_xml_syntax(self, xml_file: str) -> None:
        """End the script when a file is not well-formed XML."""
        path = self._context.in_build(xml_file)
        self._mode.perform(lambda: self._gate.check_xml(path), None)

    @procedure()
    def check_hid_syntax(self, hid_file: str) -> None:
        """End the script when a file is not well-formed HID."""
        path = self._context.in_build(hid_file)
        self._mode.perform(lambda: self._gate.check_hid(path), None)

    @procedure()
    def tolerate_config_mistakes(self, why: str) -> None:
        """Declare that the configuration is wrong on purpose: mistakes become warnings."""
        self._plan.mistakes_wanted = " ".join(why.split()) or "on purpose"

    @procedure()
    def error_at_any_line(self, text: str) -> bool:
        """Return whether a line of what a program printed begins with `Error:`."""
        return re.search("^Error:", text, re.MULTILINE) is not None

    @procedure()
    def check_config_in_run_dir(
        self, binary_name: str, config_path: str, max_depth: str = "5"
    ) -> None:
        """End the script when the configuration of `binary_name` violates its schema.

        Those of init's children are checked, too, to any depth. An empty or missing file is
        right.
        """
        del max_depth
        self._mode.perform(lambda: self._check_config(binary_name, config_path), None)

    def _check_config(self, binary: str, file: str) -> None:
        path = self._context.in_build(file)
        if not path.exists() or not path.stat().st_size:
            return
        self._script.invoke("check_syntax", file)
        schemas = find_schemas(self._context.build.repositories, (self._context.boot_directory,))
        self._gate.check_schema(path, binary, binary, schemas)

    @procedure()
    def check_xml_config_in_run_dir(self, binary_name: str, xml_path: str) -> None:
        """Check an XML configuration; one in another syntax is left alone."""
        if self.looks_like_xml(xml_path):
            self.check_config_in_run_dir(binary_name, xml_path)

    @procedure()
    def check_xml_config(
        self,
        bin: str,
        config_file: str,
        xsd_file: str,
        label: str,
        avail_xsd_files: Words,
        nesting_level: str,
    ) -> None:
        """End the script when a configuration does not satisfy the schema in `xsd_file`.

        When it is init's (`bin`), its children are checked with those of `avail_xsd_files`
        that are named after their binaries. `label` is the path of components to name.
        """
        del nesting_level
        others = words_of(self._script, avail_xsd_files)
        self._mode.perform(
            lambda: self._check_xml_config(bin, config_file, xsd_file, label, others), None
        )

    def _check_xml_config(
        self, binary: str, file: str, xsd_file: str, label: str, others: tuple[str, ...]
    ) -> None:
        self._progress.print(f"  CHECK {label}")
        in_build = self._context.in_build
        files = [in_build(one) for one in others]
        known = {path.stem: path for path in files} | {binary: in_build(xsd_file)}
        catalogue = {
            path.name: path
            for repository in reversed(self._context.build.repositories)
            for path in (repository / "xsd").glob("*.xsd")
        }
        self._script.invoke("check_xml_syntax", file)
        schemas = Schemas(xsd=known, catalogue=catalogue)
        self._gate.check_schema(in_build(file), binary, label, schemas)
