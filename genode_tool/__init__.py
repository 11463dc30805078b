"""Build-and-run tool for systems made with the Genode OS framework."""

from __future__ import annotations

__version__ = "0.1.0"
