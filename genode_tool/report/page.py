"""Pages from the templates of reports."""

from __future__ import annotations

from typing import Any

from genode_tool.report.control import clean_lines
from genode_tool.resources import data

_TEMPLATES = data(__name__, "templates")


def render(template: str, **values: Any) -> str:
    """Return the page that `template` makes of `values`.

    Text is escaped, and loses its control sequences, wherever it comes from.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
    )
    return environment.get_template(template).render(**values)


def _clean(value: Any) -> Any:
    if type(value) is not str:
        return value
    # Names of files and what Tcl has made may have halves of characters, which no page can hold.
    return clean_lines(value, color=False).encode(errors="replace").decode()
