"""Reads a configuration, whatever its syntax."""

from __future__ import annotations

from pathlib import Path

from genode_tool.config.syntax.document import Document, TranslateLocation
from genode_tool.errors import EnvironmentProblem, UserError


def looks_like_xml(text: str) -> bool:
    """Return whether the first character other than space is `<`."""
    return text.lstrip("\ufeff \t\r\n").startswith("<")


def read_document(text: str, file: str, translate: TranslateLocation | None = None) -> Document:
    """Return the document in `text`; `file` is the name in locations, unless translated.

    Raises `Malformed` for a text that is not well-formed.
    """
    if looks_like_xml(text):
        from genode_tool.config.syntax.xml_reader import read_xml

        return read_xml(text, file, translate)
    from genode_tool.config.syntax.hid_reader import read_hid

    return read_hid(text, file, translate)


def read_file(path: Path) -> str:
    """Return the text of a file. Raises `UserError` and `EnvironmentProblem`."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError as error:
        raise UserError(f"no such file: {path}") from error
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} is not UTF-8 text: byte {error.start} is 0x{error.object[error.start]:02x}"
        ) from error
    except OSError as error:
        raise EnvironmentProblem(f"cannot read {path}: {error.strerror}") from error
