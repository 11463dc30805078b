"""Configurations: two syntaxes, schemas, and what the routes in them mean.

`read_document` takes the text of an XML or HID file to one model (`document`), `hid_text` and
`xml_text` take it back, `edit` changes a text in place. `schema` checks a document against XSD
and HSD schemas, `system_reading` reads what init is told, `routing` tells who answers a session
request, `checks` what is wrong with it, `trust` whom a component depends on.
"""

from genode_tool.config.document import Document, Finding, Node, Severity, Syntax
from genode_tool.config.read import looks_like_xml, read_document

__all__ = [
    "Document",
    "Finding",
    "Node",
    "Severity",
    "Syntax",
    "looks_like_xml",
    "read_document",
]
