"""What of inventory comes with a new database: as printed, once, and nobody's trouble (INV-13, INV-19, SCHED-3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from yaml import safe_load

from itmsctl.cmdb import predefined
from itmsctl.cmdb.store import Store
from itmsctl.values.predefined import guids
from tests.conftest import Result, Run
from tests.house import ROOT

NAMES = [
    "delta-hardware-inventory",
    "delta-server-inventory",
    "delta-software-inventory",
    "full-inventory",
    "full-server-inventory",
    "time-critical-inventory",
]
SCHEDULES = {
    "inventory-daily": "daily 18:00",
    "inventory-monthly": "monthly first monday 18:00",
    "inventory-weekly": "weekly monday 18:00",
}


@pytest.fixture
def new(bare_run: Run) -> Run:
    """Run one command, which has to succeed, on a database that this program made."""

    def succeed(*argv: str, **options: Any) -> Result:
        result = bare_run(*argv, **options)
        assert result.code == 0, result.err
        return result

    return succeed


def listed(run: Run, noun: str) -> dict[str, Any]:
    return {one["name"]: one for one in run(noun, "list", "-o", "json").json}


def test_a_new_database_has_the_six_policies_and_three_schedules_as_printed(new: Run) -> None:
    found = listed(new, "inventory-policy")
    assert sorted(found) == NAMES
    assert {name: one["when"] for name, one in listed(new, "schedule").items()} == SCHEDULES
    printed = safe_load((ROOT / "tests/data/sizing.yaml").read_text())["inventory"]["predefined_policies"]["policies"]
    ours = {
        "full": "full-inventory",
        "delta_hw": "delta-hardware-inventory",
        "delta_sw": "delta-software-inventory",
        "time_critical": "time-critical-inventory",
        "full_server": "full-server-inventory",
        "delta_server": "delta-server-inventory",
    }
    for one in printed:
        policy = found[ours[one["id"]]]
        assert policy["enabled"] is one["on_by_default"], one
        schedule = {"weekly": "inventory-weekly", "monthly": "inventory-monthly"}.get(one["schedule"]["every"])
        assert policy["schedule"] == schedule, one
        assert policy["server_pack"] is ("server" in one["id"]), one
        assert policy["target"] == "all"
        assert policy["predefined"] is True
        assert policy["description"].startswith(one["name"])
    assert found["time-critical-inventory"]["every_s"] % 3600 == 0


def test_they_are_recorded_as_any_other_change(new: Run) -> None:
    new("schedule", "list")
    (first,) = new("audit", "list", "-o", "json").json
    assert first["seq"] == 1
    new("audit", "verify")
    assert "created" in new("history", "inventory-policy", "full-inventory", "-o", "json").out


def test_they_contact_nobody_before_somebody_says_how(new: Run) -> None:
    new("computer", "add", "pc1", "--address", "192.0.2.7")
    (summary,) = [row for row in new("schedule", "tick").lines if row["type"] == "summary"]
    assert (summary["started"], summary["errors"], summary["runs"]) == (0, 0, 0)
    assert [one for one in new("doctor", "-o", "json").json if one["id"] == "TICK"] == []
    assert "waiting" not in new("db", "status", "-o", "json").json["tick"]
    steps = {one["step"]: one for one in new("inventory-policy", "explain", "full-inventory", "-o", "json").json}
    assert steps["connection"]["state"] == "pending"
    assert "--profile" in steps["connection"]["why"]


def test_one_that_is_edited_says_so(new: Run) -> None:
    said = new("inventory-policy", "set", "full-inventory", "--throttle", "8h").err
    assert "full-inventory came with the database" in said
    assert "itmsctl inventory-policy clone full-inventory NEW" in said
    said = new("schedule", "set", "inventory-weekly", "--weekly", "sunday 18:00").err
    assert "inventory-weekly came with the database" in said
    assert "came with" not in new("inventory-policy", "disable", "full-inventory").err
    new("inventory-policy", "clone", "full-inventory", "ours")
    assert "came with" not in new("inventory-policy", "set", "ours", "--throttle", "1h").err
    assert new("inventory-policy", "show", "ours", "-o", "json").json["predefined"] is False


def test_an_upgrade_adds_them_once_and_never_again(ok: Run) -> None:
    assert ok("inventory-policy", "list", "-o", "json").json == []  # made by a program that had none
    dry = ok("db", "upgrade", "--dry-run", "-o", "json").json
    assert len(dry["added"]) == len(guids())
    assert ok("schedule", "list", "-o", "json").json == []
    assert ok("db", "upgrade", "-o", "json").json["added"][0] == "schedule inventory-daily"
    assert sorted(listed(ok, "inventory-policy")) == NAMES
    ok("inventory-policy", "remove", "full-inventory", "--yes")
    ok("inventory-policy", "set", "delta-server-inventory", "--rename", "other")
    assert ok("db", "upgrade", "-o", "json").json["action"] == "unchanged"
    assert "full-inventory" not in listed(ok, "inventory-policy")
    ok("audit", "verify")


def test_an_upgrade_leaves_alone_what_has_their_names(ok: Run) -> None:
    ok("schedule", "add", "inventory-weekly", "--weekly", "friday 20:00")
    said = ok("db", "upgrade", "-o", "json").json
    assert "schedule inventory-weekly" not in said["added"]
    assert ok("schedule", "show", "inventory-weekly", "-o", "json").json["when"] == "weekly friday 20:00"
    assert ok("inventory-policy", "show", "full-inventory", "-o", "json").json["schedule"] == "inventory-weekly"


def test_an_upgrade_knows_one_that_documents_of_another_database_brought(ok: Run, new: Run, tmp_path: Any) -> None:
    exported = tmp_path / "estate.yaml"
    exported.write_text(new("export", "schedule").out)
    ok("apply", "-f", str(exported))
    ok("schedule", "set", "inventory-daily", "--rename", "ours")
    assert [one for one in ok("db", "upgrade", "-o", "json").json["added"] if one.startswith("schedule")] == []
    assert sorted(listed(ok, "schedule")) == ["inventory-monthly", "inventory-weekly", "ours"]


def test_an_idempotency_key_belongs_to_the_command_not_to_what_comes_with_the_database(bare_run: Run) -> None:
    first = bare_run("site", "add", "rome", "--idempotency-key", "k1")
    assert first.code == 0, first.err
    assert "change-set 2 carries the idempotency key" in bare_run("site", "add", "rome", "--idempotency-key", "k1").err
    assert [one["name"] for one in bare_run("site", "list", "-o", "json").json] == ["rome"]


def test_two_new_databases_hold_the_same_objects_and_exchange_them(new: Run, bare_run: Run, tmp_path: Any) -> None:
    exported = tmp_path / "estate.yaml"
    exported.write_text(new("export").out)
    other = ("--db", str(tmp_path / "other.sqlite"))
    plan = bare_run(*other, "plan", "-f", str(exported), "-o", "json")
    assert plan.code == 0, plan.err
    assert [row for row in flat(plan.json) if row.get("action") not in {None, "unchanged"}] == []
    ids = {name: one["id"] for name, one in listed(new, "inventory-policy").items()}
    there = bare_run(*other, "inventory-policy", "list", "-o", "json").json
    assert {one["name"]: one["id"] for one in there} == ids


def flat(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from flat(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from flat(inner)


def test_putting_is_whole_or_not_at_all(store: Store) -> None:
    with pytest.raises(RuntimeError):
        store.write(lambda unit: (predefined.put(unit), _fail()))
    with store.read() as reader:
        assert len(predefined.missing(reader)) == len(guids())
    assert len(store.write(predefined.put)) == len(guids())
    assert store.write(predefined.put) == []
    with store.read() as reader:
        assert predefined.missing(reader) == []


def _fail() -> None:
    raise RuntimeError


def test_what_was_never_put_is_named_and_put_by_an_upgrade(ok: Run, run: Run, store: Store) -> None:
    """As where a process is killed between making the tables and putting objects into them."""
    with store.read() as reader:
        wanted = len(predefined.missing(reader))
    assert wanted == len(guids()), "the databases of tests are made without"
    said = next(one for one in run("doctor", "-o", "json").json if one["id"] == "PREDEFINED")
    assert said["mend"] == "itmsctl db upgrade"
    ok("db", "upgrade")
    said = next(one for one in run("doctor", "-o", "json").json if one["id"] == "PREDEFINED")
    assert said["severity"] == "ok"
