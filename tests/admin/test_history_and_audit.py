"""`history` and `audit` as a user meets them, on both databases."""

from __future__ import annotations

import pytest

from itmsctl.admin.differences import between
from tests.conftest import FrozenClock, Run


def test_history_of_one_object(ok: Run, clock: FrozenClock) -> None:
    ok("site", "add", "rome", "--region", "Lazio", "--reason", "new office")
    clock.forward(hours=1)
    ok("site", "set", "rome", "--region", "Umbria")
    newest, oldest = ok("history", "site", "ROME", "-o", "json").json
    assert newest["changes"] == [{"field": "region", "before": "Lazio", "after": "Umbria"}]
    assert (newest["action"], newest["what"]) == ("updated", "region: Lazio -> Umbria")
    assert (oldest["action"], oldest["reason"]) == ("created", "new office")
    assert oldest["command"].endswith("site add rome --region Lazio --reason 'new office'")
    assert (newest["at"], oldest["at"]) == ("2026-01-05T10:00:00.000000Z", "2026-01-05T09:00:00.000000Z")
    assert "@" in newest["actor"]
    assert "region: Lazio -> Umbria" in ok("history", "site", "rome", "-o", "table").out


def test_history_follows_names_and_outlives_removal(ok: Run) -> None:
    ok("site", "add", "rome")
    ok("site", "set", "rome", "--rename", "roma")
    ok("site", "remove", "roma", "--confirm", "roma")
    by_former = ok("history", "site", "rome", "-o", "json").json
    assert [row["action"] for row in by_former] == ["removed", "updated", "created"]
    assert ok("history", "site", "roma", "-o", "json").json == by_former
    assert ok("history", "site", by_former[0]["id"], "-o", "json").json == by_former


def test_a_name_that_was_given_twice(ok: Run) -> None:
    ok("site", "add", "rome")
    first = ok("history", "site", "rome", "-o", "json").json[0]["id"]
    ok("site", "remove", "rome", "--confirm", "rome")
    ok("site", "add", "rome", "--region", "second")
    shown = ok("history", "site", "rome", "-o", "json")
    assert [row["what"] for row in shown.json] == ["name: rome; region: second"]
    assert f"itmsctl history site {first}" in shown.err


def test_since_and_limit(ok: Run, clock: FrozenClock) -> None:
    ok("site", "add", "rome")
    clock.forward(days=3)
    ok("site", "set", "rome", "--region", "x")
    ok("site", "set", "rome", "--region", "y")
    assert len(ok("history", "site", "rome", "--since", "1d", "-o", "json").json) == 2
    assert len(ok("history", "site", "rome", "--since", "2026-01-05", "-o", "json").json) == 3
    assert len(ok("history", "site", "rome", "--limit", "1", "-o", "json").json) == 1
    assert ok("history", "site", "rome", "--since", "2027-01-01", "-o", "json").json == []
    assert len(ok("audit", "list", "--since", "1d", "-o", "json").json) == 2


def test_what_history_does_not_know(run: Run) -> None:
    assert run("history", "site", "nowhere").code == 5
    typo = run("history", "sitte", "rome")
    assert (typo.code, "did you mean `site`?" in typo.err) == (2, True)
    assert run("history", "site", "x", "--since", "yesterday-ish").code == 3


def test_audit_list_and_show(ok: Run, run: Run) -> None:
    ok("site", "add", "rome")
    ok("subnet", "add", "10.0.0.0/8", "--site", "rome", "--reason", "plan")
    newest, oldest = ok("audit", "list", "-o", "json").json
    assert (newest["seq"], oldest["seq"], newest["reason"]) == (2, 1, "plan")
    assert newest["what"] == "subnet 10.0.0.0/8 created"
    assert [r["seq"] for r in ok("audit", "list", "--noun", "subnet", "-o", "json").json] == [2]
    assert [r["seq"] for r in ok("audit", "list", "--noun", "sub", "-o", "json").json] == []
    user = newest["actor"].partition("@")[0]
    assert len(ok("audit", "list", "--actor", user, "-o", "json").json) == 2
    assert len(ok("audit", "list", "--actor", newest["actor"], "-o", "json").json) == 2
    assert ok("audit", "list", "--actor", user[:-1], "-o", "json").json == []
    for count, what in ((3, "site a0, a1, a2 updated"), (4, "4 site updated")):
        names = [f"a{n}" for n in range(count)]
        for name in names:
            ok("site", "add", name)
        ok("site", "set", *names, "--region", f"r{count}")
        assert ok("audit", "list", "--limit", "1", "-o", "json").json[0]["what"] == what
    assert len(ok("audit", "list", "--limit", "1", "-o", "json").json) == 1
    shown = ok("audit", "show", "1").json
    assert (shown["hash"], shown["changes"][0]["object"]) == (newest_prev(ok), "site rome")
    assert ok("audit", "show", "1", "-o", "table").code == 0
    assert run("audit", "show", "99").code == 5


def newest_prev(ok: Run) -> str:
    return str(ok("audit", "show", "2").json["prev_hash"])


def test_audit_verify(ok: Run, run: Run) -> None:
    ok("site", "add", "rome")
    assert ok("audit", "verify").err == "1 change-sets hold\n"
    assert ok("audit", "verify", "-o", "json").json["change_sets"] == 1


def test_a_broken_audit_ends_in_14(bare_run: Run, sqlite_db: str) -> None:
    import sqlite3

    for name in ("rome", "oslo"):
        bare_run("--db", sqlite_db, "site", "add", name)
    with sqlite3.connect(sqlite_db) as connection:
        connection.execute("UPDATE change SET after = replace(after, 'oslo', 'osl0')")
    connection.close()
    broken = bare_run("--db", sqlite_db, "audit", "verify")
    assert broken.code == 14
    assert "the audit chain is broken at change-set 2" in broken.err
    assert "itmsctl audit show 2" in broken.err


def test_hostile_text_in_history_never_reaches_a_terminal(ok: Run) -> None:
    ok("site", "add", "rome", "--description", "\x1b[2J[/x]", "--reason", "\x1b]0;owned\x07")
    for argv in (("history", "site", "rome"), ("audit", "list"), ("audit", "show", "1")):
        shown = ok(*argv, terminal=True).out
        assert "\x1b[2J" not in shown
        assert "\x07" not in shown


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, {"a": 1, "b": None, "c": [], "d": False}, ["a: 1"]),
        ({"a": 1, "d": True}, {"a": 2, "d": False}, ["a: 1 -> 2", "d: yes -> no"]),
        ({"a": "x"}, {"a": None}, ["a: x -> (empty)"]),
        ({"a": ["x"]}, {"a": ["x", "y"]}, ["a: x -> x;y"]),
        ({"t": {"k": "v"}}, {"t": {"k": "w"}}, ["t: k=v -> k=w"]),
        ({"a": 1, "gone": 2}, {"a": 1}, ["gone: 2 -> (empty)"]),
        ({"a": "l\nm"}, {"a": "x" * 70}, ["a: l\\nm -> " + "x" * 60 + "..."]),
        ({"a": 1}, {"a": 1}, []),
    ],
)
def test_differences(before: dict, after: dict, said: list[str]) -> None:
    assert [str(d) for d in between(before, after)] == said


def test_verify_tells_the_end_of_the_chain_and_what_it_was_compared_with(ok: Run, environment: dict[str, str]) -> None:
    ok("site", "add", "rome")
    found = ok("audit", "verify", "-o", "json")
    row = found.json
    assert (row["seq"], row["compared_with"], len(row["hash"])) == (1, 1, 64)
    assert row["hash"] == ok("db", "status", "-o", "json").json["chain_hash"]
    assert "nothing to compare with" not in found.err
    alone = ok("audit", "verify", "-o", "json", env={"XDG_STATE_HOME": environment["XDG_STATE_HOME"] + "-other"})
    assert alone.json == row | {"compared_with": None}
    assert "nothing to compare with" in alone.err
