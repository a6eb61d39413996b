"""`association add pc1 primary-user jane`: relations by name, seen from both ends, asked in filters, undone."""

from __future__ import annotations

from tests.conftest import Run


def associations(ok: Run, *names: str) -> list[tuple[str, str, str, str]]:
    rows = ok("association", "list", *names, "-o", "json").json
    return [(row["subject"], row["type"], row["object"], row["source"]) for row in rows]


def members(ok: Run, where: str) -> list[str]:
    return ok("computer", "list", "--where", where, "-o", "name").out.split()


def held(ok: Run) -> list[str]:
    """Return the members of the filter `of-jane`, brought up to date by delta."""
    ok("membership", "update")
    return ok("computer", "list", "--target", "of-jane", "-o", "name").out.split()


def test_a_user_is_related_and_seen_from_both_sides(run: Run, ok: Run) -> None:
    ok("computer", "add", "pc1")
    ok("user", "add", "Jane", "--full-name", "Jane Roe", "--email", "jane@example.com")
    assert "jane: created" not in ok("association", "add", "pc1", "primary-user", "jane").err
    assert associations(ok) == [("pc1", "primary-user", "Jane", "admin")]
    assert ok("computer", "show", "pc1").json["associations"][0]["name"] == "Jane"
    shown = ok("user", "show", "jane").json
    assert (shown["full_name"], shown["associations"][0]["name"]) == ("Jane Roe", "pc1")
    assert "unchanged" in ok("association", "add", "pc1", "primary-user", "jane").err
    assert associations(ok, "jane") == associations(ok, "pc1") == associations(ok)
    ok("association", "remove", "pc1", "primary-user", "jane")
    assert associations(ok) == []
    assert run("association", "remove", "pc1", "primary-user", "jane").code == 5


def test_a_user_who_is_not_known_is_added_and_a_computer_is_not(run: Run, ok: Run) -> None:
    ok("computer", "add", "pc1")
    assert "jane: created" in ok("association", "add", "pc1", "owner", "jane").err
    assert ok("user", "list", "-o", "name").out == "jane\n"
    assert run("association", "add", "pc9", "owner", "jane").code == 5
    refused = run("association", "add", "pc1", "primary-usr", "jane")
    assert (refused.code, "primary-user" in refused.err) == (5, True)
    assert run("association", "list", "nobody").code == 5
    tried = ok("association", "add", "pc1", "primary-user", "bob", "--dry-run")
    assert "nothing was written" in tried.err
    assert ok("user", "list", "-o", "name").out == "jane\n"


def test_one_primary_user_and_several_users(run: Run, ok: Run) -> None:
    ok("computer", "add", "pc1")
    ok("association", "add", "pc1", "primary-user", "jane")
    second = run("association", "add", "pc1", "primary-user", "bob")
    assert second.code == 6
    assert "itmsctl association remove pc1 primary-user jane" in second.err
    ok("association", "add", "pc1", "user", "bob")
    ok("association", "add", "pc1", "user", "jane")
    assert len(associations(ok)) == 3
    kinds = {row["name"]: row["several"] for row in ok("association", "kinds", "-o", "json").json}
    assert (kinds["primary-user"], kinds["user"]) == (False, True)


def test_filters_ask_for_relations_and_follow_them(ok: Run) -> None:
    for name in ("pc1", "pc2"):
        ok("computer", "add", name)
    ok("filter", "add", "of-jane", "--where", "associations(type = 'primary-user' and name = 'jane')")
    ok("association", "add", "pc1", "primary-user", "jane")
    assert held(ok) == ["pc1"]
    assert members(ok, "associations(name = 'jane')") == ["pc1"]
    ok("user", "set", "jane", "--rename", "janet")
    assert held(ok) == []
    assert members(ok, "associations(name = 'janet')") == ["pc1"]
    ok("user", "set", "janet", "--rename", "jane")
    assert held(ok) == ["pc1"]
    ok("association", "remove", "pc1", "primary-user", "jane")
    assert held(ok) == []
    ok("association", "add", "pc2", "primary-user", "jane")
    assert held(ok) == ["pc2"]
    ok("user", "remove", "jane", "--yes")
    assert held(ok) == []
    assert associations(ok) == []
    ok("audit", "verify")


def test_a_merge_carries_them_and_a_split_gives_them_back(ok: Run) -> None:
    for name in ("pc1", "pc2"):
        ok("computer", "add", name)
    ok("association", "add", "pc2", "primary-user", "jane")
    ok("computer", "merge", "pc1", "pc2", "--yes")
    assert associations(ok) == [("pc1", "primary-user", "jane", "admin")]
    ok("computer", "split", "pc2")
    assert associations(ok) == [("pc2", "primary-user", "jane", "admin")]


def test_a_user_is_no_computer_of_that_name(ok: Run, run: Run) -> None:
    """Both are resources, in one table: a name, a count and a GUID mean one kind."""
    ok("user", "add", "web1")
    refused = run("server", "add", "web1", "--service", "task")
    assert (refused.code, "no computer `web1`" in refused.err) == (5, True), refused.err
    ok("computer", "add", "web1")
    ok("server", "add", "web1", "--service", "task")
    counts = {row["noun"]: row["count"] for row in ok("db", "status", "-o", "json").json["nouns"]}
    assert (counts["computer"], counts["user"]) == (1, 1)
    user, computer = (ok(noun, "show", "web1").json["id"] for noun in ("user", "computer"))
    assert user != computer
    taken = run("apply", "-f", "-", stdin=f"kind: site\nname: oslo\nguid: {computer}\n")
    assert "is that of computer `web1`" in taken.err
