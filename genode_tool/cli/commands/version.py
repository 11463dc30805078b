"""`genode version`."""

from __future__ import annotations

import click


@click.command("version")
def command() -> None:
    """Show the versions of the tool and of its Python packages."""
    import platform
    import sys
    from importlib.metadata import PackageNotFoundError, version

    from genode_tool import __version__

    click.echo(f"genode {__version__}")
    click.echo(f"Python {platform.python_version()} ({sys.executable})")
    for name in ("click", "jinja2", "lxml", "ninja", "pexpect", "pyelftools", "rich"):
        try:
            click.echo(f"{name} {version(name)}")
        except PackageNotFoundError:
            click.echo(f"{name} is missing")
