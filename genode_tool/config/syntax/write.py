"""Writes documents in either syntax."""

from __future__ import annotations

from genode_tool.config.syntax import hid_writer as hid_writing
from genode_tool.config.syntax import xml_writer as xml_writing
from genode_tool.config.syntax.document import Document, Node, Syntax


def document_text(document: Document, syntax: Syntax) -> str:
    """Return a document as formatted text. Raises `Malformed` for what HID cannot express."""
    writer = hid_writing.hid_text if syntax is Syntax.HID else xml_writing.xml_text
    return writer(document)


def node_text(node: Node, syntax: Syntax) -> str:
    """Return a node and all below it as the text of a document of its own."""
    if syntax is Syntax.HID:
        return "\n".join([*hid_writing.node_lines(node), "-"]) + "\n"
    return "\n".join(xml_writing.node_lines(node)) + "\n"
