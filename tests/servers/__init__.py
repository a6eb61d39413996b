"""Real servers that tests start for themselves, and what happens where a machine lacks one."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

REQUIRE = "ITMSCTL_TEST_REQUIRE"


def is_required(server: str) -> bool:
    """Return whether this run may not do without a server: `ITMSCTL_TEST_REQUIRE=ssh,postgres`."""
    return server in {name.strip() for name in os.environ.get(REQUIRE, "").split(",")}


def missing(server: str, reason: str) -> NoReturn:
    """Say loudly that a server is not on this machine: a failure where it is required, else a counted skip."""
    if is_required(server):
        pytest.fail(f"{server}: {reason}, and {REQUIRE} demands it", pytrace=False)
    pytest.skip(f"{server} IS NOT TESTED: {reason}")
