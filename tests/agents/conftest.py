"""The folders of a site, and agents that use them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agents.endpoint import Site, build_of
from tests.conftest import FrozenClock, Run


@pytest.fixture
def site(run: Run, ok: Run, clock: FrozenClock, tmp_path: Path) -> Site:
    made = Site(run, ok, clock, tmp_path / "site")
    for folder in (made.policy, made.inbox):
        folder.mkdir(parents=True)
    ok("computer", "add", "pc1")
    ok("agent-settings", "add", "usual", "--folder", str(made.policy), "--inbox", str(made.inbox))
    ok("agent", "build", "--out", str(tmp_path / "itms-agent"))
    made.build = {**build_of(tmp_path / "itms-agent"), "nice": 0}
    return made
