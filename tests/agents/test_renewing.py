"""An agent that renews itself: to what its server signed, and only where the new version proves itself."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import itmsctl
from itmsctl.agents.endpoint.renewing import is_newer
from itmsctl.agents.service.agent_file import agent_file
from tests.agents.endpoint import Site
from tests.conftest import FrozenClock, Run


@pytest.mark.parametrize(
    ("one", "other", "newer"),
    [
        ("0.2.0", "0.1.0", True),
        ("0.10", "0.9.9", True),
        ("1.0", "1.0", False),
        ("0.1.0", "0.2.0", False),
        ("1.0.1", "1.0", True),
        ("nonsense", "0.1", False),
        ("", "0.1", False),
    ],
)
def test_which_version_is_newer(one: str, other: str, newer: bool) -> None:
    assert is_newer(one, other) is newer


class Installed:
    """The agent as it is installed, run by a shell as cron runs it."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site, self.folder = site, folder
        self._run(str(folder.parent / "itms-agent"), "install", "--timer", "none")

    def _run(self, file: str, *words: str) -> subprocess.CompletedProcess[str]:
        argv = ["sh", file, *words, "--state", str(self.folder)]
        return subprocess.run(argv, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, check=False)

    def check_in(self) -> str:
        done = self._run(str(self.folder / "itms-agent"), "check-in")
        return done.stdout + done.stderr

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._run(str(self.folder / "itms-agent"), "status").stdout)
        return found


def test_it_takes_the_version_that_is_signed_and_newer(
    site: Site, ok: Run, clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.moment = datetime.now(UTC)
    there = Installed(site, tmp_path / "state")
    there.check_in()
    site.collect()
    agent = there.status()["agent"]
    ok("agent", "approve", agent, "--computer", "pc1")
    ok("agent-settings", "set", "usual", "--self-update")
    ok("agent", "publish")
    assert "in use" not in there.check_in()  # it has this version

    def published(version: str, make: Any = agent_file) -> Path:
        monkeypatch.setattr(itmsctl, "__version__", version)
        monkeypatch.setattr("itmsctl.agents.service.looking.agent_file", make)
        ok("agent", "publish")
        [program] = (site.policy / "program").iterdir()
        return program

    published("0.0.1")
    assert "in use" not in there.check_in()  # an older one
    changed = published("0.8.0")
    good = changed.read_bytes()
    changed.write_bytes(good + b"\0")
    assert "not the one that was signed" in there.check_in()
    assert there.status()["version"] == "0.1.0"
    changed.write_bytes(good)
    assert "in use" not in there.check_in()  # what was refused once is not tried again

    def broken(build: Mapping[str, Any]) -> bytes:
        return b"#!/bin/sh\necho broken >&2\nexit 1\n#" + str(build["version"]).encode()

    published("0.8.1", broken)
    assert "its first check-in failed: broken" in there.check_in()
    assert (there.status()["version"], sorted(there.folder.glob("*.new"))) == ("0.1.0", [])
    assert "delivered" in there.check_in()
    site.collect()
    assert "0.8.1: its first check-in failed" in ok("agent", "show", agent, "-o", "json").json["why"]
    published("0.9.0")
    assert "version 0.9.0 is in use" in there.check_in()
    assert there.status()["version"] == "0.9.0"
    site.collect()
    assert ok("agent", "show", agent, "-o", "json").json["version"] == "0.9.0"
    assert there.status()["inbox"] == str(site.inbox)
    there.check_in()
    assert there.check_in() == "nothing to do\n"
