"""A discovery as a task: run by hand, by a policy, stopped by what it must not contact."""

from __future__ import annotations

import pytest

from tests.conftest import Run
from tests.discovery.conftest import Lab
from tests.servers.snmp import COMMUNITY


@pytest.fixture
def office(ok: Run, lab: Lab) -> Lab:
    """Return a lab with one agent, and a profile that finds it."""
    lab.daemon(1, f"rocommunity {COMMUNITY}", "sysName lx1", "sysObjectID 1.3.6.1.4.1.8072.3.2.10")
    profile = ("discovery-profile", "add", "office", "--method", "ping", "--method", "snmp", "--timeout", "0.4s")
    ok(*profile, "--snmp-port", str(lab.port))
    return lab


def test_a_task_looks_at_what_its_arguments_name_and_says_who_is_there(ok: Run, office: Lab) -> None:
    where = (f"subnets={office.net}.0/29", f"exclude={office.address(2)}", "profile=office", "add=everything")
    ok("task", "add", "look", "--kind", "discovery", *(word for one in where for word in ("--arg", one)))
    first = ok("task", "run", "look", "-o", "ndjson").lines
    [one] = [line for line in first if line.get("type") != "summary"]
    assert one["state"] == "succeeded"
    assert f"{office.address(1)} found" in one["stdout"]
    assert office.address(2) not in one["stdout"]
    assert "5 addresses: 5 found; 5 resources added" in one["message"]
    again = ok("task", "run", "look", "-o", "ndjson").lines
    assert "5 known; 0 resources added" in again[0]["message"]


def test_a_policy_repeats_it(ok: Run, office: Lab) -> None:
    ok("task", "add", "look", "--kind", "discovery", "--arg", f"hosts={office.address(1)}", "--arg", "profile=office")
    ok("schedule", "add", "often", "--every", "1h", "--start", "2020-01-01")
    ok("policy", "add", "watch", "--task", "look", "--target", "all", "--schedule", "often")
    ok("policy", "run", "watch")
    ok("schedule", "tick")
    [one] = ok("run", "list", "-o", "json").json
    assert (one["state"], one["task"]) == ("ended", "look"), one
    told = ok("run", "show", "R-1", "-o", "json").json["results"][0]["message"]
    assert "1 found" in told, told


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "where is to be looked"),
        (("subnets=10.9.0.0/24", "methods=telnet"), "telnet"),
        (("subnets=10.9.0.0/24", "add=some"), "some"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_written(run: Run, arguments: tuple[str, ...], says: str) -> None:
    words = [word for one in arguments for word in ("--arg", one)]
    told = run("task", "add", "look", "--kind", "discovery", *words)
    assert (told.code, says in told.err) == (3, True), told.err


def test_more_than_was_allowed_and_what_is_not_there_fail_the_run_and_contact_nobody(run: Run, ok: Run) -> None:
    ok("task", "add", "wide", "--kind", "discovery", "--arg", "subnets=10.0.0.0/8")
    ok("task", "add", "none", "--kind", "discovery", "--arg", "sites=nowhere")
    for name, says in (("wide", "16777214"), ("none", "nowhere")):
        told = run("task", "run", name, "-o", "ndjson")
        assert told.code != 0
        assert says in told.out.replace(",", ""), told.out
