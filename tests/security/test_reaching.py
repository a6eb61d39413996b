"""`doctor --reach N`: whether a sample of computers answers."""

from __future__ import annotations

import json

from examples.lab.ssh_endpoints import Lab, free_port
from itmsctl.security.service.reaching import spread
from tests.conftest import Run
from tests.servers.ssh import ssh_lab

__all__ = ["ssh_lab"]


def test_the_sample_is_spread_evenly() -> None:
    assert spread(range(100), 4) == [0, 25, 50, 75]
    assert spread([3, 5], 4) == [3, 5]
    assert spread([], 4) == []


def test_a_sample_is_contacted_only_when_asked(ok: Run, run: Run, ssh_lab: Lab) -> None:
    ok("computer", "add", "alive", "--address", ssh_lab.hosts[0], "--port", str(ssh_lab.port))
    ok("computer", "add", "dead", "--address", "127.0.0.1", "--port", str(free_port()))
    quiet = json.loads(run("doctor", "-o", "json").out)
    assert not [f for f in quiet if f["id"] == "REACH"]
    found = {
        f["what"].split()[0]: f
        for f in json.loads(run("doctor", "--reach", "5", "-o", "json").out)
        if f["id"] == "REACH"
    }
    assert (found["alive"]["severity"], found["dead"]["severity"]) == ("info", "warning")
    assert "host-key accept alive --fingerprint SHA256:" in found["alive"]["mend"]
    ok("host-key", "scan", "alive", "--accept")
    again = [f for f in json.loads(run("doctor", "--reach", "5", "-o", "json").out) if f["id"] == "REACH"]
    assert {f["severity"] for f in again} == {"ok", "warning"}


def test_an_empty_estate_says_so(run: Run) -> None:
    found = [f for f in json.loads(run("doctor", "--reach", "5", "-o", "json").out) if f["id"] == "REACH"]
    assert [f["what"] for f in found] == ["there is no computer to reach"]
