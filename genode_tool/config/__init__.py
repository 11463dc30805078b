"""Configurations: two syntaxes, schemas, and the meaning of the routes.

`syntax/` reads XML and HID into one document model, writes both, and edits a text in place.
`schema/` checks a document against XSD and HSD schemas. `system/` extracts init's configuration
from a document, `routing/` resolves session requests and the dependencies of a component, `checks/`
finds mistakes that a schema cannot find. `examine` applies all of them to one text.
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
