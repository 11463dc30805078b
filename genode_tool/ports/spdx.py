"""SPDX documents: what every bill of materials of ours has in common.

They follow SPDX 2.3 and are made and validated by the library `spdx-tools`. The same content gives
the same document but for its date, which SOURCE_DATE_EPOCH sets.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import io
import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from genode_tool import __version__
from genode_tool.decimal_number import decimal_number
from genode_tool.errors import EnvironmentProblem, GenodeError

if TYPE_CHECKING:
    from spdx_tools.spdx.model.document import CreationInfo, Document

_NAMESPACE = "https://spdx.org/spdxdocs"


def need_library() -> None:
    """Raise `EnvironmentProblem` without the library."""
    try:
        import spdx_tools.spdx.validation.document_validator  # noqa: F401
    except ImportError as error:
        raise EnvironmentProblem(
            f"the Python package spdx-tools is not usable: {error}",
            hint="tool/genode installs it; with a Python of your own: pip install spdx-tools",
        ) from error


def valid_json(document: Document) -> str:
    """Return a document as JSON. Raises `GenodeError` when it is not valid."""
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
    from spdx_tools.spdx.writer.json.json_writer import write_document_to_stream

    wrong = validate_full_spdx_document(document)
    if wrong:
        raise GenodeError(
            "the bill of materials is not valid SPDX",
            trail=tuple(one.validation_message for one in wrong[:5]),
        )
    stream = io.StringIO()
    write_document_to_stream(document, stream, validate=False)
    return stream.getvalue()


def creation_info(subject: str, content: str) -> CreationInfo:
    """Return who made a document of `subject` when; `content` stands for all that is in it."""
    from spdx_tools.spdx.model.actor import Actor, ActorType
    from spdx_tools.spdx.model.document import CreationInfo

    # SPDX wants a name space that no other document has; its content makes it so.
    digest = hashlib.sha1(f"{subject}\n{content}".encode(), usedforsecurity=False).hexdigest()
    return CreationInfo(
        spdx_version="SPDX-2.3",
        spdx_id="SPDXRef-DOCUMENT",
        name=subject,
        document_namespace=f"{_NAMESPACE}/{quote(identifier(subject))}-{digest}",
        creators=[Actor(ActorType.TOOL, f"genode-{__version__}")],
        created=_created(),
    )


class Licenses:
    """Turns licences into expressions, and collects those that are not SPDX's in `extracted`."""

    def __init__(self) -> None:
        from license_expression import get_spdx_licensing

        self._known = get_spdx_licensing()
        self.extracted: list[Any] = []
        self._references: dict[str, Any] = {}

    def is_expression(self, text: str) -> bool:
        """Return whether a text is an expression of SPDX identifiers."""
        return bool(text) and not self._known.validate(text).errors

    def of(self, text: str) -> Any:
        """Return an expression of SPDX identifiers, or a reference to any other few words."""
        if self.is_expression(text):
            return self._known.parse(text)
        return self.reference(identifier(text), f"The port's description says: {text}", text)

    def reference(self, name: str, text: str, title: str) -> Any:
        """Return a reference to the licence with a text; one `name` stands for one text."""
        from spdx_tools.spdx.model.extracted_licensing_info import ExtractedLicensingInfo

        if name not in self._references:
            identity = f"LicenseRef-{name}"
            self.extracted.append(ExtractedLicensingInfo(identity, text, title))
            self._references[name] = self._known.parse(identity)
        return self._references[name]


def identifier(text: str) -> str:
    """Return `text` in the characters that identifiers of SPDX may have."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", text).strip("-") or "unnamed"


def _created() -> datetime.datetime:
    # The variable of reproducible builds: the same sources then give the same document.
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if (seconds := decimal_number(epoch)) is not None:
        with contextlib.suppress(OverflowError, ValueError, OSError):
            return datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(tzinfo=None)
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0, tzinfo=None)
