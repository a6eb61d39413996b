"""`--as-of`: the configuration as it was, told by the verbs that tell how it is."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.rows import change_sets, changes
from itmsctl.cmdb.store import Store
from itmsctl.plans.service import exporting
from itmsctl.plans.service.looking_back import as_of
from itmsctl.values.kind_order import kinds_in_order
from tests.conftest import START, FrozenClock, Run
from tests.plans.conftest import without_predefined
from tests.plans.random_estate import Estate, dump, stored_kinds

SETS, INSTANTS = 40, 50


def told(reader: Any, moment: datetime) -> dict[str, Any]:
    """Return every object as `--as-of` tells it, as `dump` writes it."""
    found = {}
    for kind in stored_kinds():
        for doc in as_of(kind, moment).list(reader):
            document = doc.document()
            document.pop("last_seen", None)
            found[f"{kind.name} {doc.guid}"] = document | {"": doc.revision}
    return found


def with_revisions(reader: Any) -> dict[str, Any]:
    found = dump(reader)
    for kind in stored_kinds():
        for doc in kind.load_shelf().list(reader):
            found[f"{kind.name} {doc.guid}"][""] = doc.revision
    return found


def replayed(reader: Any, moment: datetime) -> dict[str, Any]:
    """Return the same from the change-sets alone, in plain Python."""
    rows = reader.rows(
        sa.select(changes.c.kind, changes.c.guid, changes.c.action, changes.c.after)
        .join(change_sets, change_sets.c.id == changes.c.change_set)
        .where(change_sets.c.at <= moment)
        .order_by(change_sets.c.seq, changes.c.ord)
    )
    found: dict[str, Any] = {}
    writes: dict[str, int] = {}
    for kind, guid, action, after in rows:
        key = f"{kind} {guid}"
        writes[key] = writes.get(key, 0) + (action != "removed")
        if after is None:
            found.pop(key, None)
        else:
            found[key] = json.loads(after) | {"": writes[key]}
            found[key].pop("last_seen", None)
    return found


def nouns(state: dict[str, Any]) -> dict[str, Any]:
    return {key: document for key, document in state.items() if not key.startswith("association")}


@pytest.mark.parametrize("seed", range(1))
def test_any_instant_is_a_replay_of_the_change_sets(store: Store, clock: FrozenClock, seed: int) -> None:
    estate, dice = Estate(seed), random.Random(seed)
    seen: dict[datetime, dict[str, Any]] = {}
    for _ in range(SETS):
        clock.forward(seconds=dice.choice((1, 60, 86400)), microseconds=dice.randrange(1_000_000))
        store.write(lambda unit: estate.run(unit, dice.randint(1, 6)))
        if dice.random() < 0.5:
            with store.read() as reader:
                seen[clock()] = nouns(with_revisions(reader))
    span = (clock() - START).total_seconds()
    instants = [START + timedelta(seconds=span * dice.random()) for _ in range(INSTANTS - len(seen))]
    with store.read() as reader:
        for moment in [*instants, *seen, START - timedelta(days=1), clock()]:
            then = nouns(told(reader, moment))
            assert then == nouns(replayed(reader, moment))
            assert then == seen.get(moment, then)


@pytest.mark.parametrize("seed", range(2))
def test_an_export_of_a_moment_is_the_export_that_was_made_then(store: Store, clock: FrozenClock, seed: int) -> None:
    estate, kinds = Estate(seed), kinds_in_order()
    made: dict[datetime, list[dict[str, Any]]] = {}
    for _ in range(10):
        clock.forward(hours=1)
        store.write(lambda unit: estate.run(unit, 4))
        with store.read() as reader:
            made[clock()] = list(exporting.documents(reader, kinds))
    assert any(made.values())
    with store.read() as reader:
        for moment, documents in made.items():
            assert list(exporting.documents(reader, kinds, moment)) == documents


def test_an_export_of_a_moment_is_applied_to_go_back(moved: Run, tmp_path: Path) -> None:
    then = moved("export", "--as-of", "2026-01-05T09:30").out
    assert "name: rome" in then
    assert "name: roma" not in then
    (tmp_path / "then.yaml").write_text(then)
    moved("--db", str(tmp_path / "other.sqlite"), "apply", "-f", str(tmp_path / "then.yaml"))
    assert without_predefined(moved("--db", str(tmp_path / "other.sqlite"), "export").out) == then
    assert moved("export", "site", "--as-of", "2026-01-05T09:30", "-o", "json").json[0]["name"] == "rome"


def test_before_anything_was_recorded_that_is_said(moved: Run, ok: Run, tmp_path: Path) -> None:
    for argv in (("export",), ("site", "list"), ("group", "members", "desk")):
        found = moved(*argv, "--as-of", "2026-01-05T09:30")
        assert "nothing to look back to" not in found.err
    for argv in (("export",), ("site", "list")):
        found = moved(*argv, "--as-of", "2025-01-01")
        assert (found.out, found.err) == (
            "", "there is nothing to look back to: nothing is recorded before 2026-01-05T09:00:00Z\n",
        )  # fmt: skip
    empty = moved("--db", str(tmp_path / "empty.sqlite"), "site", "list", "--as-of", "1d")
    assert "nothing is recorded before" in empty.err, "policies come with a new database, and are recorded"


def test_an_export_of_a_moment_says_that_sets_are_not_known(ok: Run, clock: FrozenClock, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: site\nname: a\n")
    ok("apply", "-f", str(tmp_path / "a.yaml"), "--set", "est")
    clock.forward(hours=1)
    found = ok("export", "--as-of", "30m")
    assert ("set:" in found.out, "which apply sets held what at that time is not known" in found.err) == (False, True)
    assert "set: est" in ok("export").out


@pytest.fixture
def moved(ok: Run, clock: FrozenClock) -> Run:
    """At 9:00 rome with a subnet and a group of one; from 10:00 on all of it is called otherwise, or is gone."""
    ok("site", "add", "rome", "--region", "Lazio")
    ok("subnet", "add", "10.0.0.0/8", "--site", "rome")
    ok("subnet", "add", "10.1.0.0/16", "--site", "rome")
    ok("computer", "add", "pc1", "--address", "10.1.2.3")
    ok("view", "add", "offices")
    ok("group", "add", "italy", "--view", "offices")
    ok("group", "add", "desk", "--parent", "italy", "--member", "pc1")
    ok("schedule", "add", "nights", "--daily", "22:00")
    ok("window", "add", "w", "--type", "blockout", "--daily", "12:00", "--duration", "1h", "--target", "desk")
    ok("task", "add", "t", "--command", "true")
    ok("job", "add", "j", "--step", "t")
    ok("policy", "add", "p", "--task", "t", "--target", "desk", "--schedule", "nights", "--transport", "local")
    ok("server", "add", "pc1", "--service", "task", "--site", "rome")
    clock.forward(hours=1)
    ok("policy", "remove", "p", "--yes")
    ok("job", "remove", "j", "--yes")
    ok("window", "remove", "w", "--yes")
    ok("schedule", "set", "nights", "--daily", "23:00")
    ok("server", "remove", "pc1", "--confirm", "pc1")
    ok("site", "set", "rome", "--rename", "roma")
    ok("group", "remove", "desk", "--yes")
    ok("computer", "set", "pc1", "--rename", "pc7")
    ok("subnet", "remove", "10.0.0.0/8", "--yes")
    clock.forward(hours=1)
    return ok


THEN = ("--as-of", "2026-01-05T09:30", "-o", "json")


def test_lists_and_objects_are_as_they_were(moved: Run) -> None:
    (site,) = moved("site", "list", *THEN).json
    assert (site["name"], site["region"], site["revision"]) == ("rome", "Lazio", 1)
    assert [(row["name"], row["site"], row["parent"]) for row in moved("subnet", "list", *THEN).json] == [
        ("10.0.0.0/8", "rome", None),
        ("10.1.0.0/16", "rome", "10.0.0.0/8"),
    ]
    assert [row["name"] for row in moved("computer", "list", *THEN).json] == ["pc1"]
    assert moved("group", "show", "desk", *THEN).json["members"] == ["pc1"]
    assert moved("server", "list", *THEN).json[0]["sites"] == ["rome"]
    assert moved("schedule", "list", *THEN).json[0]["when"] != moved("schedule", "list", "-o", "json").json[0]["when"]
    assert moved("window", "show", "w", *THEN).json["targets"] == ["desk"]
    assert moved("policy", "list", *THEN).json[0]["trigger"] == "schedule nights"
    assert moved("job", "show", "j", *THEN).json["steps"][0]["task"] == "t"
    assert moved("site", "show", "rome", *THEN).json["id"] == moved("site", "show", "roma", "-o", "json").json["id"]
    assert moved("--as-of", "90m", "site", "list", "-o", "name").out == "rome\n", "before the verb, and as time ago"
    assert moved("site", "list", "--as-of", "2026-01-05", "-o", "json").json == [], "before the first change-set"


def test_members_are_found_by_names_and_trees_of_then(moved: Run) -> None:
    for group in (("group", "members", "desk"), ("group", "members", "italy"), ("view", "members", "offices")):
        assert [row["name"] for row in moved(*group, *THEN).json] == ["pc7"], group
    assert moved("group", "members", "italy", "-o", "json").json == []
    assert moved("group", "members", "italy", "--as-of", "2026-01-05T10:30", "-o", "json").json == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("site", "add", "oslo"), 2, "knows the present only"),
        (("run", "list"), 2, "knows the present only"),
        (("server", "for", "pc7", "--service", "task"), 2, "knows the present only"),
        (("computer", "list", "--where", "port > 1"), 2, "do not go together"),
        (("schedule", "list", "--next", "1d"), 2, "do not go together"),
        (("site", "show", "roma"), 5, "there was no site `roma` at 2026-01-05T09:30:00Z"),
        (("site", "list", "--sort", "nonsense"), 3, "cannot be sorted by"),
    ],
)
def test_what_cannot_be_told_is_refused(moved: Run, run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    refused = run(*words, *THEN)
    assert (refused.code, said in refused.err) == (code, True), refused.err


@pytest.mark.parametrize("text", ["2027-01-01", "soon", "20", ""])
def test_a_time_is_one_and_not_to_come(moved: Run, run: Run, text: str) -> None:
    assert run("site", "list", "--as-of", text).code == 3
