"""Fixtures and options of all tests."""

from __future__ import annotations

import os
import resource
import signal

import pytest
from hypothesis import settings

from genode_tool import clean_start
from tests.differential.makefile import size
from tests.shared import attempts

# Test machines are shared and slow at times: no test fails for the time it takes. In CI the
# same examples are tried each time; elsewhere new ones are looked for. Nothing is written into
# the checkout, which may be read-only.
settings.register_profile(
    "genode", deadline=None, database=None, derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("genode")

_MEMORY = 8 << 30
_STEERING = ("NO_COLOR", "KERNEL", "BOARD", "MAKEFLAGS", "MAKELEVEL", "CCACHE_DIR")


@pytest.fixture(autouse=True)
def _neutral_environment(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    """Begin each test in the checkout, and without what steers the tool in the environment."""
    monkeypatch.chdir(pytestconfig.rootpath)
    for name in list(os.environ):
        if name in _STEERING or name.startswith("GENODE_RUN"):
            monkeypatch.delenv(name)


def pytest_configure(config: pytest.Config) -> None:
    """Bound the memory of a test process and its children: a runaway fails its own test only.

    Under nohup(1), or in the background of a script, programs that tests start get the usual
    dispositions of signals all the same; the process that only distributes the tests leaves them
    as they are, for its workers to inherit.
    """
    distributes = config.getoption("numprocesses", None) and not hasattr(config, "workerinput")
    for signum in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(signum) is signal.SIG_IGN and not distributes:
            signal.signal(signum, clean_start.ignore)
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    bound = _MEMORY if most == resource.RLIM_INFINITY else min(_MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (bound, most))


_LONG = ("test_tool_chain_source.py", "test_own_ports.py", "test_kill_own_os.py")
"""Files whose tests take longest: the suite ends sooner when they begin first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first."""
    items.sort(key=lambda item: item.path.name not in _LONG)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was compared with GNU make, and attacked; other processes' reports count too."""
    passed = terminalreporter.stats.get("passed", [])
    line = size.line(report for report in passed if report.when == "call")
    failed = terminalreporter.stats.get("failed", [])
    attacks = attempts.line(
        (report.nodeid for report in passed if report.when == "call"),
        (report.nodeid for report in failed),
    )
    for one in (line, attacks):
        if one is not None:
            terminalreporter.write_line(one)
