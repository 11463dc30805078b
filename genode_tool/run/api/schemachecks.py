"""Procedures that hold a configuration against the schemas of the programs it is for."""

from __future__ import annotations

import re
from pathlib import Path

from genode_tool.config.examine import Examination
from genode_tool.config.schema.catalogue import Schemas, check_schemas, find_schemas
from genode_tool.config.syntax.document import Malformed
from genode_tool.config.syntax.read import read_document
from genode_tool.run.api.base import Words, command
from genode_tool.run.api.checks import ConfigChecks


class SchemaChecks(ConfigChecks):
    """What older trees check with `xmllint`, and newer ones with their own tool."""

    @command
    def error_at_any_line(self, text: str) -> bool:
        """Whether a line of what a program printed begins with `Error:`."""
        return re.search("^Error:", text, re.MULTILINE) is not None

    @command
    def check_config_in_run_dir(
        self, binary_name: str, config_path: str, max_depth: str = "5"
    ) -> None:
        """End the script when the configuration of `binary_name` is not as its schema wants it.

        Those of init's children are looked at, too, to any depth. An empty or missing file is
        right.
        """
        del max_depth
        path = self.in_build(config_path)
        if self.session.planning or not path.exists() or not path.stat().st_size:
            return
        self.session.frontend.invoke("check_syntax", config_path)
        schemas = find_schemas(self.context.build.repositories, (self.genode_path,))
        self._hold_against(path, binary_name, binary_name, schemas)

    @command
    def check_xml_config_in_run_dir(self, binary_name: str, xml_path: str) -> None:
        """Check an XML configuration; one in another syntax is left alone."""
        if self.looks_like_xml(xml_path):
            self.check_config_in_run_dir(binary_name, xml_path)

    @command
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

        When it is init's (`bin`), its children are held against those of `avail_xsd_files`
        that are named after their binaries. `label` is the path of components to name.
        """
        del nesting_level
        if self.session.planning:
            return
        self.session.print(f"  CHECK {label}")
        files = [self.in_build(one) for one in self.words(avail_xsd_files)]
        known = {path.stem: path for path in files} | {bin: self.in_build(xsd_file)}
        catalogue = {
            path.name: path
            for repository in reversed(self.context.build.repositories)
            for path in (repository / "xsd").glob("*.xsd")
        }
        self.session.frontend.invoke("check_xml_syntax", config_file)
        schemas = Schemas(xsd=known, catalogue=catalogue)
        self._hold_against(self.in_build(config_file), bin, label, schemas)

    def _hold_against(self, path: Path, binary: str, label: str, schemas: Schemas) -> None:
        try:
            document = read_document(path.read_text(errors="replace"), str(path))
        except Malformed as error:
            self.judge(Examination(None, None, error.problems), wanted=False)
            return
        found = check_schemas(document.root, schemas, document.syntax, binary=binary, path=label)
        wanted = bool(self.session.plan.mistakes_wanted)
        self.judge(Examination(document, None, tuple(found)), wanted=wanted)
