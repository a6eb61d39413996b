"""A child may change the schedule of a global policy, not its target; both survive; closing it says what was lost."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Run


def test_an_opened_field_of_a_policy(ok: Run, bare_run: Run, tmp_path: Path) -> None:
    child = str(tmp_path / "rome.sqlite")
    for line in (
        "hierarchy init head",
        f"hierarchy add-child rome --db {child}",
        "schedule add nightly --daily 03:00",
        "task add hello --command true",
        "policy add greet --task hello --target all --schedule nightly --transport local",
        "hierarchy editable policy/greet --field schedule",
        "replication run configuration-down",
    ):
        ok(*line.split())
    assert bare_run("--db", child, "policy", "set", "greet", "--target", "x").code == 9
    assert bare_run("--db", child, "schedule", "add", "own", "--daily", "05:00").code == 0
    assert bare_run("--db", child, "policy", "set", "greet", "--schedule", "own").code == 0
    ok("policy", "set", "greet", "--description", "new")
    ok("replication", "run", "configuration-down", "--complete")
    policy = bare_run("--db", child, "policy", "show", "greet", "-o", "json").json
    assert (policy["schedule"], policy["description"], policy["target"]) == ("own", "new", "all")
    ok("hierarchy", "editable", "policy/greet", "--field", "schedule", "--off")
    ok("replication", "run", "configuration-down")  # a differential run: closing is a change
    assert bare_run("--db", child, "policy", "show", "greet", "-o", "json").json["schedule"] == "nightly"
    told = bare_run("--db", child, "hierarchy", "conflicts", "--all", "-o", "json").json
    assert ("greet", "overwritten", "schedule was own") in [(row["name"], row["what"], row["why"]) for row in told]
