"""The groups filter, view, group, target and membership as a user meets them, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import FrozenClock, Run


@pytest.fixture
def four(ok: Run) -> Run:
    """Four computers."""
    for name, family, *tags in (
        ("ada", "linux", "env=prod"),
        ("bob", "linux"),
        ("cyd", "mac"),
        ("dan", "windows", "env=prod"),
    ):
        ok("computer", "add", name, "--os-family", family, *(part for tag in tags for part in ("--tag", tag)))
    return ok


def members(ok: Run, *words: str) -> list[str]:
    return ok(*words, "-o", "name").out.split()


def test_the_line_of_the_reference(four: Run) -> None:
    four("filter", "add", "linux", "--where", "os_family = 'linux'")
    four("filter", "add", "prod", "--where", "tags.env = 'prod'")
    four("filter", "add", "servers", "--member", "bob", "--member", "dan")
    four("target", "add", "patch", "--view", "all", "--filter", "linux", "--exclude", "servers")
    assert members(four, "target", "members", "patch") == ["ada"]
    shown = four("target", "show", "patch", "-o", "json").json
    assert (shown["views"], shown["filters"], shown["excludes"], shown["is"]) == (["all"], ["linux"], ["servers"], None)
    assert shown["membership"] == [{"members": 1, "update_due": False}]
    assert shown["owner"]


def test_set_expressions_follow_renamed_filters(four: Run) -> None:
    four("filter", "add", "linux", "--where", "os_family = 'linux'")
    four("filter", "add", "by hand", "--member", "bob")
    four("target", "add", "t", "--is", "linux - 'by hand'")
    assert members(four, "target", "members", "t") == ["ada"]
    four("filter", "set", "by hand", "--rename", "chosen few")
    assert four("target", "show", "t", "-o", "json").json["is"] == "linux - 'chosen few'"
    assert four("target", "add", "t", "--is", "linux - 'chosen few'").err == "t: unchanged\n"
    assert four("membership", "update", "--delta", "-o", "json").json["targets"] == 0


def test_add_is_idempotent_and_a_difference_is_a_conflict(four: Run, run: Run) -> None:
    words = ("filter", "add", "linux", "--where", "os_family = 'linux'")
    assert four(*words).err == "linux: created\n"
    assert four(*words).err == "linux: unchanged\n"
    other = run("filter", "add", "linux", "--where", "os_family = 'mac'")
    assert (other.code, "where is" in other.err) == (6, True)


def test_a_new_question_takes_the_place_of_the_old(four: Run) -> None:
    four("filter", "add", "f", "--member", "cyd")
    assert four("filter", "show", "f", "-o", "json").json["type"] == "basic"
    four("filter", "set", "f", "--where", "os_family = 'linux'")
    shown = four("filter", "show", "f", "-o", "json").json
    assert (shown["type"], shown["members"]) == ("query", [])
    assert members(four, "filter", "members", "f") == ["ada", "bob"]
    four("filter", "set", "f", "--sql", "SELECT guid FROM v_computer WHERE name = 'dan'")
    assert members(four, "filter", "members", "f") == ["dan"]
    four("filter", "set", "f", "--member", "ada")
    four("filter", "set", "f", "--unset", "member")
    assert members(four, "filter", "members", "f") == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("filter", "add", "f"), 3, "needs a question"),
        (("filter", "add", "f", "--where", "true", "--member", "ada"), 3, "contradict"),
        (("filter", "add", "f", "--where", "nosuch = 1"), 3, "nosuch"),
        (("filter", "add", "f", "--where", "os_family ="), 3, "EXPRESSION"),
        (("filter", "add", "f", "--sql", "DELETE FROM computer"), 3, "one SELECT"),
        (("filter", "add", "f", "--sql", "SELECT guid FROM v_computer WHERE nosuch = 1"), 3, "SQL-FILTER"),
        (("filter", "add", "f", "--sql", "SELECT 1", "--sql-file", "x"), 2, "contradict"),
        (("filter", "add", "f", "--sql-file", "/no/such"), 3, "cannot be read"),
        (("filter", "add", "f", "--member", "eve"), 5, "no computer `eve`"),
        (("filter", "add", "all", "--where", "true"), 3, "every computer"),
        (("filter", "set", "f", "--where", "true"), 5, "no filter `f`"),
        (("target", "add", "t"), 3, "at least a view"),
        (("target", "add", "t", "--filter", "nosuch"), 5, "no filter `nosuch`"),
        (("target", "add", "t", "--is", "a &"), 3, "ends where"),
        (("target", "add", "t", "--is", "@hosts"), 3, "cannot be part of a target"),
        (("target", "add", "t", "--is", "target:x"), 3, "cannot stand here"),
        (("group", "add", "g"), 3, "--view or --parent"),
        (("group", "add", "g", "--view", "nosuch"), 5, "no view `nosuch`"),
        (("view", "add", "all"), 3, "every computer"),
        (("filter", "members", "nosuch"), 5, "no filter"),
        (("filter", "explain", "nosuch", "ada"), 5, "no filter"),
        (("membership", "update", "--delta", "--complete"), 2, "contradict"),
        (("membership", "update", "--check"), 2, "goes with --complete"),
        (("target", "members", "t", "--as-of", "yesterday"), 3, "is not a time"),
    ],
)
def test_refusals(four: Run, run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    refused = run(*words)
    assert (refused.code, said in refused.err) == (code, True), refused.err


def test_what_is_used_stays(four: Run, run: Run) -> None:
    four("filter", "add", "linux", "--where", "os_family = 'linux'")
    four("view", "add", "offices")
    four("group", "add", "rome", "--view", "offices", "--member", "ada")
    four("group", "add", "lab", "--parent", "rome")
    four("target", "add", "t", "--group", "rome", "--filter", "linux")
    for words, user in (
        (("filter", "remove", "linux"), "target `t`"),
        (("group", "remove", "rome", "--yes"), "group `lab`"),
        (("view", "remove", "offices", "--yes"), "group `"),
    ):
        refused = run(*words)
        assert (refused.code, user in refused.err) == (6, True), refused.err
    four("target", "remove", "t", "--yes")
    four("filter", "remove", "linux")
    assert four("filter", "list", "-o", "json").json == []


def test_groups_keep_to_their_view(four: Run, run: Run) -> None:
    four("view", "add", "offices")
    four("view", "add", "teams")
    four("group", "add", "italy", "--view", "offices")
    four("group", "add", "rome", "--parent", "italy", "--where", "os_family = 'linux'")
    assert four("group", "show", "rome", "-o", "json").json["view"] == "offices"
    for words in (
        ("group", "add", "x", "--parent", "italy", "--view", "teams"),
        ("group", "set", "rome", "--view", "teams"),
        ("group", "set", "italy", "--view", "teams"),
        ("group", "set", "italy", "--parent", "rome"),
        ("group", "set", "italy", "--parent", "italy"),
    ):
        assert run(*words).code == 3, words
    assert members(four, "group", "members", "italy") == ["ada", "bob"]
    assert members(four, "view", "members", "offices") == ["ada", "bob"]
    four("group", "set", "rome", "--unset", "parent", "--view", "teams")
    assert members(four, "view", "members", "offices") == []
    assert members(four, "view", "members", "teams") == ["ada", "bob"]


def test_explain_says_why(four: Run) -> None:
    """TGT-8."""
    four("filter", "add", "prod", "--where", "tags.env = 'prod' and not port = 22")
    found = four("filter", "explain", "prod", "ada").json
    assert (found["matches"], found["member"]) == ("unknown", False)
    both = found["clauses"]["parts"][0]
    assert [part["truth"] for part in both["parts"]] == ["true", "unknown"]
    assert both["parts"][0]["readings"][0]["values"] == ["prod"]
    four("filter", "add", "macs", "--where", "os_family = 'mac'")
    four("target", "add", "t", "--view", "all", "--filter", "macs", "--exclude", "prod")
    parts = four("target", "explain", "t", "cyd").json["clauses"]["parts"]
    assert [(part["kind"], part["truth"]) for part in parts] == [
        ("view", "true"),
        ("filter", "true"),
        ("exclusion", "true"),
        ("scope", "true"),
    ]
    drawn = four("target", "explain", "t", "dan", terminal=True).out
    assert "dan is not in target t" in drawn
    assert "os_family is windows" in drawn


def test_explain_of_hand_sql_groups_and_sets(four: Run) -> None:
    four("filter", "add", "hand", "--member", "ada")
    four("filter", "add", "sql", "--sql", "SELECT guid FROM v_computer WHERE name = 'ada'")
    four("view", "add", "v")
    four("group", "add", "g", "--view", "v", "--where", "os_family = 'linux'")
    four("group", "add", "h", "--parent", "g", "--member", "dan")
    four("target", "add", "t", "--is", "(hand | sql) & g - h")
    assert four("target", "explain", "t", "ada").json["matches"] == "true"
    assert four("target", "explain", "t", "dan").json["matches"] == "false"
    assert four("group", "explain", "g", "dan").json["matches"] == "true"
    assert four("view", "explain", "v", "cyd").json["matches"] == "false"
    assert four("filter", "explain", "sql", "bob").json["clauses"]["why"] == "the query does not give its GUID"


def test_a_stale_answer_says_so(four: Run) -> None:
    four("filter", "add", "linux", "--where", "os_family = 'linux'")
    assert four("filter", "members", "linux").err == ""
    four("computer", "set", "cyd", "--os-family", "linux")
    late = four("filter", "members", "linux", "-o", "name")
    assert (late.out.split(), "membership update --delta" in late.err) == (["ada", "bob"], True)
    said = four("membership", "update").err
    assert said == "delta: 1 filter, 0 groups, 0 targets looked at; 1 member added, 0 removed\n"
    assert members(four, "filter", "members", "linux") == ["ada", "bob", "cyd"]


def test_a_check_finds_what_was_changed_behind_our_back(four: Run, run: Run, db: str) -> None:
    """MEMB-12."""
    four("filter", "add", "linux", "--where", "os_family = 'linux'")
    assert four("membership", "update", "--complete", "--check").code == 0
    _behind_our_back(db, "UPDATE computer SET os_family = 'mac' WHERE os_family = 'linux'")
    found = run("membership", "update", "--complete", "--check")
    assert (found.code, "MEMBERSHIP-DRIFT" in found.err) == (20, True)
    assert four("membership", "update", "--complete", "--check").code == 0


def _behind_our_back(db: str, statement: str) -> None:
    import sqlalchemy as sa

    from itmsctl.cmdb.engine import place_of

    engine = sa.create_engine(place_of(db).url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_sql_from_a_file_and_its_advice(four: Run, tmp_path: Path) -> None:
    file = tmp_path / "f.sql"
    file.write_text("SELECT t.guid FROM v_tag t JOIN v_computer c ON c.guid = t.guid WHERE t.key = 'env'\n")
    added = four("filter", "add", "tagged", "--sql-file", str(file))
    assert "FILT-7" in added.err
    assert members(four, "filter", "members", "tagged") == ["ada", "dan"]


def test_fields_are_listed(ok: Run) -> None:
    listed = {row["name"]: row for row in ok("filter", "fields", "-o", "json").json}
    assert listed["os_family"]["class"] == "computer"
    assert {"address", "site", "tags.KEY"} <= listed.keys()


def test_runs_are_listed(four: Run) -> None:
    four("filter", "add", "linux", "--where", "os_family = 'linux'")
    four("membership", "update", "--policy")
    listed = four("membership", "list", "-o", "json").json
    assert {row["kind"] for row in listed} == {"policy", "definition"}
    assert four("membership", "list", "--limit", "1", "-o", "json").json[0]["ended_at"].endswith("Z")


def test_dry_run_writes_nothing(four: Run) -> None:
    said = four("filter", "add", "linux", "--where", "os_family = 'linux'", "--dry-run").err
    assert "dry run" in said
    assert four("filter", "list", "-o", "json").json == []


def test_members_of_the_past(four: Run, run: Run, clock: FrozenClock) -> None:
    clock.forward(hours=1)
    four("filter", "add", "linux", "--where", "os_family = 'linux'")
    clock.forward(hours=1)
    four("computer", "remove", "ada", "--yes")
    then = four("filter", "members", "linux", "--as-of", "30m", "-o", "json").json
    assert [(row["name"], row["gone"]) for row in then] == [("ada", True), ("bob", False)]
    assert [row["name"] for row in four("filter", "members", "linux", "--as-of", "0s", "-o", "json").json] == ["bob"]
    assert run("filter", "members", "linux", "--as-of", "90m").code == 5, "there was no such filter"
