"""The servers of the tests of fetching, for attacks."""

from __future__ import annotations

from tests.unit.fetch.conftest import (  # noqa: F401 - fixtures
    _no_proxies,
    certificate,
    place,
    tls,
    web,
)
