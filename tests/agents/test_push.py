"""`agent push` over real SSH to a computer with folders of its own, which then acts by itself; and `uninstall`."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.agents.endpoint import rows
from tests.conftest import FrozenClock, Result, Run
from tests.servers.machine import Machine, can_unshare

pytestmark = pytest.mark.skipif(os.geteuid() != 0 or not can_unshare("-m"), reason="needs root and namespaces")
OWN = ("/var/lib", "/etc/cron.d", "/var/tmp", "/run/itms")


class AgentMachine(Machine):
    """A computer whose folders of programs are its own: memory that goes with it."""

    def _boot(self) -> None:
        if self._argv[0] != "unshare":
            mounts = " && ".join(f"mkdir -p {path} && mount -t tmpfs tmpfs {path}" for path in OWN)
            script = f'{mounts} && exec "$@"'
            self._argv = ["unshare", "-m", "sh", "-c", script, "sh", *self._argv]
        super()._boot()

    def there(self, *argv: str) -> str:
        """Return what a command prints there, as cron would call it: nothing of this project is needed."""
        assert self._process is not None
        inside = ["nsenter", "-t", str(self._process.pid), "-m", *argv]
        done = subprocess.run(inside, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def files(self) -> list[str]:
        return [line for line in self.there("find", *OWN, "-type", "f").splitlines() if "/itms/runs/" not in line]


@pytest.fixture
def pc1(tmp_path: Path) -> Iterator[AgentMachine]:
    made = AgentMachine(tmp_path / "pc1", host="127.48.15.1")
    made.start()
    yield made
    made.stop()


def test_pushed_taken_on_and_gone(run: Run, ok: Run, clock: FrozenClock, pc1: AgentMachine, tmp_path: Path) -> None:
    clock.moment = datetime.now(UTC)  # there it is the time that it is
    policy, inbox = tmp_path / "policy", tmp_path / "inbox"
    for folder in (policy, inbox):
        folder.mkdir()
    ok("computer", "add", "pc1", "--address", pc1.host, "--port", str(pc1.port), "--user", "root")
    ok("agent-settings", "add", "usual", "--folder", str(policy), "--inbox", str(inbox))

    def agent(verb: str) -> Result:
        way = ("--key", str(pc1.key), "--accept-new", "--all", "-o", "ndjson")
        return run("agent", verb, *way)

    pushed = agent("push")
    assert pushed.code == 0, pushed.out + pushed.err
    assert "taken on" in rows(pushed)[0]["message"]
    [one] = ok("agent", "list", "-o", "json").json
    assert (one["state"], one["computer"]) == ("approved", "pc1")
    assert "itms-agent check-in --timed" in pc1.there("cat", "/etc/cron.d/itms-agent")
    ok("agent", "publish")
    program = "/var/lib/itms-agent/itms-agent"
    assert "policy 1 taken" in pc1.there("sh", program, "check-in")
    assert {(row["kind"], row["state"]) for row in rows(run("event", "collect", "-o", "ndjson"))} == {
        ("registration", "duplicate"), ("inventory", "taken"), ("status", "taken"),
    }  # fmt: skip
    assert ok("computer", "show", "pc1", "--class", "identification", "-o", "json").json["rows"]
    was = json.loads(pc1.there("sh", program, "status"))
    assert agent("upgrade").code == 0
    assert json.loads(pc1.there("sh", program, "status"))["agent"] == was["agent"]
    gone = agent("uninstall")
    assert gone.code == 0, gone.out + gone.err
    assert pc1.files() == []
    assert ok("agent", "list", "-o", "json").json[0]["state"] == "revoked"
