"""`inventory lint`: what inventory policies cost more than they give, and a command that ends each finding (INV-43)."""

from __future__ import annotations

import shlex

import pytest

from tests.conftest import Run

SCAN = ("--collect", "files")
CASES = {
    "files-every-drive": SCAN,
    "files-every-folder": SCAN,
    "files-one-by-one": SCAN,
    "files-remote": (*SCAN, "--remote-volumes"),
    "files-with-the-rest": (*SCAN, "--collect", "software"),
    "too-often": ("--mode", "delta", "--every", "4h"),
    "files-hashed": (*SCAN, "--hash-files"),
    "in-flux": ("--mode", "delta", "--collect", "software", "--collect", "processes"),
}


def found(run: Run, *argv: str) -> dict[str, dict[str, str]]:
    return {one["id"]: one for one in run("inventory", "lint", *argv, "-o", "json").json}


@pytest.mark.parametrize("finding", sorted(CASES))
def test_each_finding_ends_with_what_it_says_to_type(ok: Run, run: Run, finding: str) -> None:
    ok("inventory-policy", "add", "p", *CASES[finding])
    said = found(run)[finding]
    assert (said["object"], said["source"][:4]) == ("p", "INV-")
    ok(*shlex.split(said["fix"])[1:])
    assert finding not in found(run)


def test_a_plain_policy_has_no_findings_and_a_disabled_one_only_where_it_is_asked_for(ok: Run, run: Run) -> None:
    ok("schedule", "add", "s", "--monthly", "first sunday 02:00")
    ok("inventory-policy", "add", "p", "--collect", "hardware", "--schedule", "s")
    assert ok("inventory", "lint", "-o", "json").json == []
    ok("inventory-policy", "add", "q", *CASES["files-remote"], "--disabled")
    assert found(run) == {}
    assert "files-remote" in found(run, "--all")
    assert run("inventory", "lint", "--all").code == 20


def test_what_the_guide_says_of_load_is_found_by_the_rules_of_sizing(ok: Run, run: Run) -> None:
    ok("schedule", "add", "often", "--daily", "02:00")
    ok("inventory-policy", "add", "full", "--schedule", "often", "--exclude-folder", "/var", "--transport", "openssh")
    ok("inventory-policy", "add", "one", "--mode", "time-critical", "--every", "4h", "--transport", "openssh")
    ok("inventory-policy", "add", "two", "--mode", "time-critical", "--every", "4h", "--transport", "openssh")
    ok("computer", "add", "pc1")
    said = found(run)
    assert said["SZ-501"]["fix"] == "itmsctl inventory-policy set full --schedule MONTHLY"  # INV-26
    assert said["SZ-508"]["fix"] == "itmsctl inventory-policy disable two"  # INV-32
    assert "SZ-501" in {one["id"] for one in run("sizing", "check", "-o", "json").json}
    ok("inventory-policy", "set", "full", "--unset", "transport")
    assert "SZ-501" in found(run)
    assert "SZ-501" not in {one["id"] for one in run("sizing", "check", "-o", "json").json}  # it reaches nobody


def test_a_throttled_policy_is_advised_by_its_own_option(ok: Run, run: Run) -> None:
    ok("site", "add", "hq", "--endpoints", "12000")
    ok("schedule", "add", "nights", "--weekly", "sunday 02:00")
    ok("inventory-policy", "add", "full", "--schedule", "nights", "--collect", "hardware")
    said = found(run)
    assert said["SZ-505"]["fix"] == "itmsctl inventory-policy set full --throttle 4h"  # INV-33
    ok("inventory-policy", "set", "full", "--throttle", "4h")
    assert "SZ-505" not in found(run)
    ok("schedule", "set", "nights", "--daily", "02:00")
    ok("inventory-policy", "set", "full", "--mode", "delta")
    assert "SZ-502" in found(run)  # INV-27: daily above 10,000
