"""Syntax trees by content, shared by all evaluations of a process."""

from __future__ import annotations

from genode_tool.makefile.reading import lines
from genode_tool.makefile.reading.parser import parse
from genode_tool.makefile.reading.syntax import Tree

_MOST = 20_000


class ParseCache:
    """Parses each text once. Bounded: the oldest half is dropped when it grows too large."""

    def __init__(self) -> None:
        self._files: dict[tuple[bytes, str, bool], Tree] = {}
        self._texts: dict[tuple[str, str, bool], Tree] = {}

    def file(self, content: bytes, prefix: str = "\t", posix: bool = False) -> Tree:
        """Return the tree of a makefile's content."""
        key = (content, prefix, posix)
        tree = self._files.get(key)
        if tree is None:
            if len(self._files) >= _MOST:
                for old in list(self._files)[: _MOST // 2]:
                    del self._files[old]
            tree = self._files[key] = parse(lines.decode(content), prefix, posix)
        return tree

    def text(self, content: str, prefix: str = "\t", posix: bool = False) -> Tree:
        """Return the tree of a text, such as the argument of `$(eval)`."""
        key = (content, prefix, posix)
        tree = self._texts.get(key)
        if tree is None:
            if len(self._texts) >= _MOST:
                for old in list(self._texts)[: _MOST // 2]:
                    del self._texts[old]
            tree = self._texts[key] = parse(content, prefix, posix)
        return tree
