"""A plugin of `.ci/test`: counts skipped tests by missing server, and fails the run where servers are demanded."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.servers import REQUIRE

_MARK = " IS NOT TESTED"
_counts: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note a skipped test under the server that its reason names."""
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
        server, found, _ = reason.removeprefix("Skipped: ").partition(_MARK)
        _counts[server if found else reason] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was not tested, and how often."""
    if not _counts:
        return
    terminalreporter.section("not tested on this machine")
    for server, count in sorted(_counts.items()):
        terminalreporter.write_line(f"{server}: {count} tests skipped")
    terminalreporter.write_line("as root `sh .ci/test` installs what is missing, and then nothing may be skipped")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where servers are demanded (root, CI), a skip is a failure of the run."""
    if _counts and os.environ.get(REQUIRE) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
