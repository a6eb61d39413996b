"""Apply sets: listed, shown, shared, in conflict, taken over, exported and dropped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.plans.conftest import without_predefined

Write = Callable[..., str]


def sites(*names: str, **fields: str) -> str:
    spec = ", ".join(f"{key}: {value}" for key, value in fields.items())
    return "---\n".join(f"kind: site\nname: {name}\nspec: {{{spec}}}\n" for name in names)


@pytest.fixture
def two(ok: Run, write: Write) -> Write:
    """Sets `est` and `estt` hold p1 and p2 alike."""
    both = write(sites("p1", "p2", region="A"))
    ok("apply", "-f", both, "--set", "est")
    ok("apply", "-f", both, "--set", "estt")
    return write


def test_sets_are_listed_and_shown(ok: Run, two: Write) -> None:
    assert ok("apply-set", "list", "-o", "json").json == [{"name": "est", "objects": 2}, {"name": "estt", "objects": 2}]
    shown = ok("apply-set", "show", "EST", "-o", "json").json
    assert [(row["object"], row["also_in"]) for row in shown] == [("site/p1", ["estt"]), ("site/p2", ["estt"])]
    assert ok("site", "show", "p1", "-o", "json").json["apply_sets"] == ["est", "estt"]
    ok("site", "add", "free")
    assert "apply_sets" not in ok("site", "show", "free", "-o", "json").json


def test_plan_says_what_a_prune_keeps_and_then_it_leaves_the_set(ok: Run, run: Run, two: Write) -> None:
    one = two(sites("p1", region="A"), "one.yaml")
    planned = ok("plan", "-f", one, "--set", "est", "--prune", "-o", "ndjson").lines
    assert [(row["action"], row["object"], row.get("sets")) for row in planned] == [("keep", "site/p2", ["estt"])]
    assert "set estt holds it too" in ok("plan", "-f", one, "--set", "est", "--prune", "-o", "table").out
    done = ok("apply", "-f", one, "--set", "est", "--prune")
    assert "kept: site/p2 (set estt holds it too)" in done.err
    assert [row["object"] for row in ok("apply-set", "show", "est", "-o", "json").json] == ["site/p1"]
    done = ok("apply", "-f", one, "--set", "estt", "--prune", "--confirm", "estt:1", "-o", "ndjson")
    assert ("site/p2", "deleted") in {(row["object"], row["action"]) for row in done.lines}


def test_what_two_sets_declare_differently_is_a_conflict_not_a_swing(ok: Run, run: Run, two: Write) -> None:
    other = two(sites("p1", region="B"), "other.yaml")
    for argv in (("apply",), ("plan",), ("diff",)):
        refused = run(*argv, "-f", other, "--set", "estt")
        assert refused.code == 6, refused.err
        assert "belongs to set `est`" in refused.err
        assert "--take" in refused.err
    for beside in ("", "kind: site\nname: p2\n---\n", "kind: filter\nname: p1\nspec: {where: port = 22}\n---\n"):
        gone = two(f"{beside}kind: site\nname: p1\nstate: absent\n", "gone.yaml")
        assert run("apply", "-f", gone, "--set", "estt", "--confirm", "p1:1").code == 6, beside
    assert ok("site", "show", "p1", "-o", "json").json["region"] == "A"


def test_an_object_of_another_kind_that_a_set_holds_is_no_conflict(ok: Run, two: Write) -> None:
    here = "kind: filter\nname: free\nspec: {where: port = 22}\n"
    ok("apply", "-f", two(here, "filter.yaml"), "--set", "est3")
    ok("site", "add", "free")
    gone = two(f"{here}---\nkind: site\nname: free\nstate: absent\n", "gone.yaml")
    ok("apply", "-f", gone, "--set", "est4", "--confirm", "free:1")
    assert "free" not in ok("site", "list", "-o", "name").out


def test_what_is_taken_over_belongs_to_the_taker_alone(ok: Run, run: Run, two: Write) -> None:
    other = two(sites("p1", region="B"), "other.yaml")
    ok("apply", "-f", other, "--set", "estt", "--take")
    assert ok("site", "show", "p1", "-o", "json").json["apply_sets"] == ["estt"]
    assert run("apply", "-f", two(sites("p1", "p2", region="A")), "--set", "est").code == 6, (
        "the old one does not swing back"
    )
    ok("apply", "-f", other, "--set", "estt")


def test_a_plan_that_was_saved_keeps_the_conflict_and_the_taking(ok: Run, run: Run, two: Write, tmp_path: Path) -> None:
    other, place = two(sites("p1", region="B"), "other.yaml"), str(tmp_path / "change.plan")
    ok("plan", "-f", other, "--set", "estt", "--take", "--out", place)
    ok("apply", place)
    assert ok("site", "show", "p1", "-o", "json").json["apply_sets"] == ["estt"]


def test_by_hand_and_without_a_set_nothing_is_a_conflict(ok: Run, two: Write) -> None:
    ok("apply", "-f", two(sites("p1", region="C"), "free.yaml"))
    ok("site", "set", "p2", "--region", "D")


def test_a_set_is_dropped_and_its_objects_stay(ok: Run, run: Run, two: Write) -> None:
    assert run("apply-set", "remove", "estt").code == 2
    ok("apply-set", "remove", "estt", "--dry-run")
    assert len(ok("apply-set", "list", "-o", "json").json) == 2
    wrong = run("apply-set", "remove", "estt", "--confirm", "estt:3")
    assert (wrong.code, "this is `estt:2`" in wrong.err) == (9, True)
    ok("apply-set", "remove", "estt", "--confirm", "estt:2")
    assert [row["name"] for row in ok("apply-set", "list", "-o", "json").json] == ["est"]
    assert run("apply-set", "show", "estt").code == 5
    assert run("apply-set", "remove", "est-", "--yes").code == 5
    done = ok("apply", "-f", two(sites("p1", region="A"), "one.yaml"), "--set", "est", "--prune", "--confirm", "est:1")
    assert "1 deleted" in done.err


def test_an_export_carries_sets_so_that_a_rebuilt_estate_prunes(
    ok: Run, run: Run, bare_run: Run, two: Write, tmp_path: Path
) -> None:
    ok("apply", "-f", two(sites("p3"), "more.yaml"), "--set", "est")
    exported = ok("export").out
    assert "set: est\n" in exported
    other = ("--db", str(tmp_path / "other.sqlite"))
    (tmp_path / "other").mkdir(mode=0o700)
    made = bare_run(*other, "apply", "-f", "-", stdin=exported)
    assert made.code == 0, made.err
    assert without_predefined(bare_run(*other, "export").out) == exported
    listed = bare_run(*other, "apply-set", "list", "-o", "json").json
    assert listed == [{"name": "est", "objects": 3}, {"name": "estt", "objects": 2}]


def test_the_name_of_a_set_is_a_text(run: Run, two: Write) -> None:
    for wrong in ("[]", "{a: b}", "[a, [b]]"):
        assert run("apply", "-f", two(f"kind: site\nname: x\nset: {wrong}\n", "w.yaml")).code == 3


# --- the guard on deletions -------------------------------------------------------------------------------------------


@pytest.fixture
def forty(ok: Run, write: Write) -> None:
    ok("apply", "-f", write(sites(*(f"s{n:02}" for n in range(40)))), "--set", "est")


def absent(count: int) -> str:
    return "---\n".join(f"kind: site\nname: s{n:02}\nstate: absent\n" for n in range(count))


def test_a_large_share_of_a_kind_wants_its_number(ok: Run, run: Run, forty: None, write: Write) -> None:
    path = write(absent(13), "gone.yaml")
    for argv in (("--yes",), ("--confirm", "s00:12"), ()):
        refused = run("apply", "-f", path, *argv)
        assert refused.code == 9, refused.err
        assert "13 of 40 of kind site, over 30%" in refused.err
        assert "--confirm s00:13" in refused.err
    assert "13 deleted" in ok("apply", "-f", path, "--confirm", "s00:13").err


def test_a_small_share_passes_as_before(ok: Run, forty: None, write: Write) -> None:
    assert "12 deleted" in ok("apply", "-f", write(absent(12), "gone.yaml"), "--confirm", "s00:12").err


def test_the_number_counts_whatever_the_share(ok: Run, run: Run, forty: None, write: Write) -> None:
    few = {"ITMSCTL_GUARD_MAX": "4"}
    refused = run("apply", "-f", write(absent(5), "gone.yaml"), "--yes", env=few)
    assert (refused.code, "5 objects, and the guard is 4" in refused.err) == (9, True)
    ok("apply", "-f", write(absent(5), "gone.yaml"), "--confirm", "s00:5", env=few)


def test_prunes_and_saved_plans_meet_the_guard(ok: Run, run: Run, forty: None, write: Write, tmp_path: Path) -> None:
    few, place = write(sites("s00"), "few.yaml"), str(tmp_path / "p.plan")
    assert run("apply", "-f", few, "--set", "est", "--prune", "--yes").code == 9
    ok("plan", "-f", few, "--set", "est", "--prune", "--out", place)
    assert run("apply", place, "--yes").code == 9
    assert "39 deleted" in ok("apply", place, "--confirm", "est:39").err


def test_one_form_of_confirming_is_understood_by_all(ok: Run, run: Run) -> None:
    for name, given in (("a", "a"), ("b", "b:1")):
        ok("site", "add", name)
        ok("site", "remove", name, "--confirm", given)
    ok("site", "add", "c")
    assert run("site", "remove", "c", "--confirm", "c:2").code == 9


# --- renames ----------------------------------------------------------------------------------------------------------


def test_was_renames_and_keeps_who_it_is(ok: Run, run: Run, write: Write) -> None:
    ok("apply", "-f", write(sites("r1", region="A")), "--set", "est")
    guid = ok("site", "show", "r1", "-o", "json").json["id"]
    path = write("kind: site\nname: r2\nwas: r1\nspec: {region: B}\n", "new.yaml")
    planned = ok("plan", "-f", path, "--set", "est", "--prune", "-o", "ndjson").lines
    assert [(row["action"], row["object"]) for row in planned] == [("update", "site/r2")]
    assert planned[0]["changes"]["name"] == {"before": "r1", "after": "r2"}
    assert "name: r1 -> r2" in ok("plan", "-f", path, "-o", "table").out
    ok("apply", "-f", path, "--set", "est", "--prune")
    shown = ok("site", "show", "r2", "-o", "json").json
    assert (shown["id"], shown["region"], shown["apply_sets"]) == (guid, "B", ["est"])
    assert run("site", "show", "r1").code == 5
    assert "0 created, 0 updated" in ok("apply", "-f", path, "--set", "est", "--prune").err, (
        "a second time nothing changes"
    )


def test_was_of_neither_creates_and_of_both_is_a_conflict(ok: Run, run: Run, write: Write) -> None:
    path = write("kind: site\nname: r2\nwas: r1\n")
    assert "1 created" in ok("apply", "-f", path).err
    ok("site", "add", "r1")
    refused = run("apply", "-f", path)
    assert (refused.code, "there is one of either name" in refused.err) == (6, True)


def test_was_of_another_case_only_renames(ok: Run, write: Write) -> None:
    ok("site", "add", "Rome")
    ok("apply", "-f", write("kind: site\nname: ROME\nwas: rome\n"))
    assert ok("site", "list", "-o", "name").out == "ROME\n"


@pytest.mark.parametrize(
    "text",
    [
        "kind: site\nname: r2\nwas: r1\nstate: absent\n",
        "kind: site\nname: r2\nwas: 1.10\n",
        "kind: site\nname: r2\nwas: [r1]\n",
        "kind: site\nname: r2\nwas: r1\n---\nkind: site\nname: r3\nwas: r1\n",
        "kind: site\nname: r2\nwas: r1\n---\nkind: site\nname: r1\n",
        "kind: site\nname: 7933dc7d-0000-4000-8000-000000000001\nwas: r1\n",
    ],
)
def test_was_that_makes_no_sense_is_refused(run: Run, write: Write, text: str) -> None:
    refused = run("apply", "-f", write(text))
    assert refused.code == 3, refused.err


def test_references_follow_a_rename_by_was(ok: Run, write: Write) -> None:
    ok("apply", "-f", write("kind: site\nname: r1\n---\nkind: subnet\nname: 10.0.0.0/8\nspec: {site: r1}\n"))
    ok("apply", "-f", write("kind: site\nname: r2\nwas: r1\n---\nkind: subnet\nname: 10.0.0.0/8\nspec: {site: r2}\n"))
    assert ok("subnet", "show", "10.0.0.0/8", "-o", "json").json["site"] == "r2"


def test_a_saved_plan_with_a_rename_is_stale_when_the_former_has_changed(
    ok: Run, run: Run, write: Write, tmp_path: Path
) -> None:
    ok("site", "add", "r1")
    place = str(tmp_path / "p.plan")
    ok("plan", "-f", write("kind: site\nname: r2\nwas: r1\n"), "--out", place)
    ok("site", "set", "r1", "--region", "X")
    assert run("apply", place).code == 6
