"""`undo` as a user meets it: what it says, asks, refuses and leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import Run


@pytest.fixture
def estate(ok: Run) -> Run:
    """Change-sets 1 to 5: a site, its subnet, a computer, a view, a group that holds the computer."""
    ok("site", "add", "rome", "--region", "Lazio")
    ok("subnet", "add", "10.1.0.0/16", "--site", "rome")
    ok("computer", "add", "pc1", "--address", "10.1.2.3", "--tag", "env=prod")
    ok("view", "add", "offices")
    ok("group", "add", "desk", "--view", "offices", "--member", "pc1")
    return ok


def shown(ok: Run, *argv: str) -> dict[str, Any]:
    found: dict[str, Any] = ok(*argv, "-o", "json").json
    return found


def test_what_was_removed_comes_back_with_its_guid_and_all_that_hung_on_it(estate: Run) -> None:
    before = shown(estate, "computer", "show", "pc1")
    estate("computer", "remove", "pc1", "--yes")
    assert shown(estate, "group", "show", "desk")["members"] == []
    gone = estate("undo", "6", "--yes", "-o", "json")
    assert [(row["action"], row["object"]) for row in gone.json] == [
        ("updated", "group desk"),
        ("created", "computer pc1"),
    ]
    assert "change-set 6 is undone by 7: 1 updated, 1 created" in gone.err
    after = shown(estate, "computer", "show", "pc1")
    assert after | {"revision": 0} == before | {"revision": 0}
    assert (before["revision"], after["revision"]) == (1, 2)
    assert shown(estate, "group", "show", "desk")["members"] == ["pc1"]
    assert estate("group", "members", "desk", "-o", "name").out == "pc1\n"
    last = shown(estate, "audit", "show", "7")
    assert last["reason"] == "undo of change-set 6"
    assert last["command"].endswith(" undo 6 --yes -o json")
    estate("audit", "verify")


def test_undone_twice_it_is_done_again(estate: Run) -> None:
    estate("site", "set", "rome", "--region", "Latium", "--rename", "roma")
    assert shown(estate, "subnet", "show", "10.1.0.0/16")["site"] == "roma"
    estate("undo", "6")
    assert shown(estate, "site", "show", "rome")["region"] == "Lazio"
    assert shown(estate, "subnet", "show", "10.1.0.0/16")["site"] == "rome"
    guid = shown(estate, "audit", "show", "7")["id"]
    estate("undo", guid, "--reason", "it was right")
    assert shown(estate, "site", "show", "roma")["region"] == "Latium"
    assert shown(estate, "audit", "show", "8")["reason"] == "it was right"


def test_a_dry_run_writes_nothing(estate: Run) -> None:
    said = estate("undo", "5", "--dry-run", "-o", "json")
    assert [row["action"] for row in said.json] == ["removed"]
    assert "would be undone: 1 removed (dry run" in said.err
    assert len(estate("audit", "list", "-o", "json").json) == 5


def test_what_was_changed_since_is_a_conflict_and_other_fields_are_left_alone(estate: Run, run: Run) -> None:
    estate("site", "set", "rome", "--region", "Latium")
    estate("site", "set", "rome", "--description", "capital")
    estate("site", "set", "rome", "--region", "Centre")
    refused = run("undo", "6", "--error-format", "json")
    said = json.loads(refused.err)
    assert (refused.code, said["code"]) == (6, "UNDO-CONFLICT")
    assert said["why"] == "site `rome`: region is `Centre`, not `Latium` (change-set 7, 8)"
    assert (said["details"]["later"], said["hint"]) == ([7, 8], "undo the later one first: itmsctl undo 8")
    estate("undo", "8")
    estate("undo", "6")
    site = shown(estate, "site", "show", "rome")
    assert (site["region"], site["description"]) == ("Lazio", "capital")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("undo", "3", "--yes"), 6, "group `desk`: it names what would be removed (change-set 5)"),
        (("undo", "1", "--yes"), 6, "subnet `10.1.0.0/16`: it names what would be removed"),
        (("undo", "99"), 5, "there is no change-set 99"),
        (("undo", "yesterday"), 2, "names no change-set"),
        (("undo", "5"), 2, "confirmation is needed to undo change-set 5"),
        (("undo", "5", "--confirm", "5:7"), 9, "--confirm says `5:7`"),
    ],
)
def test_refusals_write_nothing(estate: Run, run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    refused = run(*words)
    assert (refused.code, said in refused.err) == (code, True), refused.err
    assert len(estate("audit", "list", "-o", "json").json) == 5


def test_more_than_the_guard_wants_the_number(ok: Run, run: Run, tmp_path: Path) -> None:
    rows = "".join(f"pc{n},10.0.{n // 200}.{n % 200 + 1}\n" for n in range(1, 41))
    (tmp_path / "new.csv").write_text("name,address\n" + rows)
    ok("computer", "import", str(tmp_path / "new.csv"))
    few = {"ITMSCTL_GUARD_MAX": "10"}
    refused = run("undo", "1", "--yes", env=few)
    assert (refused.code, "--confirm 1:40" in refused.err) == (9, True), refused.err
    assert run("undo", "1", "--confirm", ":39", env=few).code == 9
    ok("undo", "1", "--confirm", ":40", env=few)
    assert ok("computer", "list", "-o", "name").out == ""
    ok("undo", "2", "--yes")
    assert len(ok("computer", "list", "-o", "name").out.splitlines()) == 40
    assert ok("computer", "import", str(tmp_path / "new.csv")).err.startswith("0 changed")
    ok("audit", "verify")


def test_an_import_that_changed_computers_is_undone(ok: Run, tmp_path: Path) -> None:
    names = [f"pc{n}" for n in range(1, 31)]
    (tmp_path / "one.csv").write_text("name,tags\n" + "".join(f"{name},env=prod\n" for name in names))
    (tmp_path / "two.csv").write_text("name,tags,serial\n" + "".join(f"{n},env=test,S{n}\n" for n in [*names, "new"]))
    ok("computer", "import", str(tmp_path / "one.csv"))
    before = ok("computer", "list", "-o", "json").json
    ok("computer", "import", str(tmp_path / "two.csv"))
    ok("undo", "2", "--yes")
    after = ok("computer", "list", "-o", "json").json
    assert [row | {"revision": 0} for row in after] == [row | {"revision": 0} for row in before]
    assert {row["revision"] for row in after} == {3}


def test_merges_secrets_and_runs_do_not_come_back(ok: Run, run: Run, tmp_path: Path) -> None:
    ok("computer", "add", "pc1")
    ok("computer", "add", "pc2")
    ok("computer", "merge", "pc1", "pc2", "--yes")
    merged = run("undo", "3", "--yes")
    assert (merged.code, "itmsctl computer split pc2" in merged.err) == (9, True), merged.err
    ok("computer", "split", "pc2")
    split = run("undo", "4", "--yes")
    assert (split.code, "itmsctl computer merge" in split.err) == (9, True), split.err
    for name in ("passphrase", "secret"):
        (tmp_path / name).write_text(f"the {name} of all\n")
        (tmp_path / name).chmod(0o600)
    opened = ("--passphrase-file", str(tmp_path / "passphrase"))
    ok("vault", "init", *opened)
    ok("credential", "add", "ops", "--kind", "password", "--secret-file", str(tmp_path / "secret"), *opened)
    ok("credential", "set", "ops", "--user", "root")
    ok("undo", "7")
    assert ok("credential", "show", "ops", "-o", "json").json["user"] is None
    vault = run("undo", "5")
    assert (vault.code, "what was done to vault cannot be taken back" in vault.err) == (9, True), vault.err
    ok("credential", "remove", "ops", "--yes")
    lost = run("undo", "9", "--yes")
    assert (lost.code, "its secret is gone" in lost.err) == (9, True), lost.err
    ok("membership", "update", "--complete")
    counts = run("undo", str(len(ok("audit", "list", "-o", "json").json)))
    assert counts.code == 9, counts.err


def test_policies_follow_the_names_of_what_they_run_on(ok: Run) -> None:
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    ok("filter", "add", "rome", "--where", "tags.site = 'rome'")
    ok("task", "add", "t", "--command", "true")
    ok("policy", "add", "p", "--task", "t", "--target", "linux & rome", "--transport", "local")
    ok("filter", "set", "linux", "--rename", "unix")
    assert ok("policy", "show", "p", "-o", "json").json["target"] == "unix & rome"
    ok("view", "add", "rome")
    assert ok("policy", "show", "p", "-o", "json").json["target"] == "unix & filter:rome"
    ok("undo", "6", "--yes")
    assert ok("policy", "show", "p", "-o", "json").json["target"] == "unix & rome"


def test_relations_of_a_removed_computer_come_back(store: Store) -> None:
    from itmsctl.plans.service.undo import undo
    from itmsctl.resources.service import associations as relations
    from itmsctl.resources.service.computers import COMPUTERS

    def related(unit: Any) -> None:
        ids = [COMPUTERS.add(unit, name, {}).doc.id for name in ("pc1", "pc2")]
        relations.define_type(unit, "backup", "computer", "computer")
        relations.associate(unit, "backup", *ids)

    store.write(related)
    store.write(lambda unit: COMPUTERS.remove(unit, "pc1"))
    with store.read() as reader:
        assert relations.relations_of(reader, COMPUTERS.get(reader, "pc2").id) == []
    store.write(lambda unit: undo(unit, "2"))
    with store.read() as reader:
        (found,) = relations.relations_of(reader, COMPUTERS.get(reader, "pc2").id)
    assert (found.type, found.other, found.outward) == ("backup", "pc1", False)


def test_what_is_undone_already_is_said(ok: Run, run: Run) -> None:
    for region in ("A", "B"):
        ok("site", "add" if region == "A" else "set", "rome", "--region", region)
    ok("undo", "2")
    again = run("undo", "2")
    assert (again.code, "change-set 2 is undone already: everything is as it was before it" in again.err) == (6, True)
    ok("site", "set", "rome", "--region", "C")
    other = run("undo", "2")
    assert (other.code, "region is `C`, not `B`" in other.err) == (6, True)
