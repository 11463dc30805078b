"""Connections of urllib3 that a `StallGuard` watches from the moment they are open."""

from __future__ import annotations

import socket
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from genode_tool.ports.fetch.transports.stall_guard import watch


class _Watched:
    sock: socket.socket | None

    def _new_conn(self) -> socket.socket:
        connection: socket.socket = super()._new_conn()  # type: ignore[misc]
        watch(connection)
        return connection

    def request(self, *arguments: Any, **options: Any) -> None:
        watch(self.sock)  # one that is used again
        super().request(*arguments, **options)  # type: ignore[misc]


class _Http(_Watched, HTTPConnection):
    pass


class _Https(_Watched, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


POOLS = {"http": _HttpPool, "https": _HttpsPool}
"""The classes by scheme, for `PoolManager.pool_classes_by_scheme`."""
