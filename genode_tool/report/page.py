"""Pages from the templates of reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from genode_tool.errors import EnvironmentProblem

_TEMPLATES = Path(__file__).resolve().parents[2] / "tool/templates/report"


def render(template: str, **values: Any) -> str:
    """Return the page that `template` makes of `values`; text is escaped.

    Raises `EnvironmentProblem` when the template is missing.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    if not (_TEMPLATES / template).is_file():
        raise EnvironmentProblem(f"the templates of reports are missing: {_TEMPLATES / template}")
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values)
