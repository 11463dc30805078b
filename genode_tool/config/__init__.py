"""Configurations: two syntaxes, schemas, and the meaning of the routes in them.

`syntax/` reads XML and HID into one document model, writes both, and edits a text in place.
`schema/` checks a document against XSD and HSD schemas. `system/` reads init's configuration out
of a document, `routing/` finds out who answers a session request and on whom a component
depends, `checks/` finds mistakes that no schema sees. `examine` applies all of it to one text.
"""

from genode_tool.config.syntax.document import Document, Finding, Node, Syntax
from genode_tool.config.syntax.read import looks_like_xml, read_document

__all__ = [
    "Document",
    "Finding",
    "Node",
    "Syntax",
    "looks_like_xml",
    "read_document",
]
