"""Unpacking what others packed, without trust."""

from genode_tool.ports.archive.extract import extract
from genode_tool.ports.archive.names import BadArchive
from genode_tool.ports.archive.options import Extracted, ExtractOptions, Limits

__all__ = ["BadArchive", "ExtractOptions", "Extracted", "Limits", "extract"]
