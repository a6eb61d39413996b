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


def test_keys_of_several_are_accepted_and_revoked_together(ok: Run, run: Run, ssh_lab: Lab) -> None:
    for n, host in enumerate(ssh_lab.hosts[:2]):
        ok("computer", "add", f"web{n}", "--address", host, "--port", str(ssh_lab.port))
    ok("computer", "add", "dead", "--address", "127.0.0.1", "--port", str(free_port()))
    unasked = run("host-key", "accept", "--all")
    assert (unasked.code, "web0 shows ssh-" in unasked.err, "web1 shows ssh-" in unasked.err) == (2, True, True)
    assert run("host-key", "accept", "web0", "web1", "--fingerprint", "SHA256:" + "a" * 43).code == 2
    before = len(ok("audit", "list", "-o", "json").json)
    partly = run("host-key", "accept", "--all", "--yes")
    assert (partly.code, "web0: updated, pinned ssh-" in partly.err, "warning: dead at " in partly.err) == (
        7,
        True,
        True,
    ), partly.err
    pinned = ok("host-key", "list", "-o", "json").json
    assert [(row["computer"], row["state"]) for row in pinned] == [("web0", "pinned"), ("web1", "pinned")]
    assert len(ok("audit", "list", "-o", "json").json) == before + 1, "one change-set for both"
    assert run("host-key", "accept", "web0", "web1", "--confirm", "computer:3").code == 9
    ok("host-key", "accept", "-", "--confirm", ":2", stdin="web0\nweb1\n")
    unknown = run("host-key", "revoke", "--all", "SHA256:" + "a" * 43)
    assert unknown.code == 5
    said = ok("host-key", "revoke", "--all", pinned[0]["fingerprint"]).err
    assert "dead" not in said, "a computer that never had the key is left alone"
    states = {row["computer"]: row["state"] for row in ok("host-key", "list", "web0", "-o", "json").json}
    assert states == {"web0": "revoked"}
    refused = run("host-key", "accept", "web0", "web1", "--yes")
    assert refused.code == 12, refused.err
