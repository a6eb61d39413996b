"""Two computers made one, and two again: fields, identity values, relations, GUIDs and both histories."""

from __future__ import annotations

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.errors import ConflictError, InputError, InUseError, NameTakenError, NotFoundError
from itmsctl.resources.service import associations as relations
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.identities import learn, shared_identities
from itmsctl.resources.service.merge import merge, split
from tests.conftest import Run


@pytest.fixture
def two(ok: Run) -> Run:
    ok("computer", "add", "pc1", "--address", "10.0.0.1", "--serial", "S1", "--tag", "env=prod")
    ok("computer", "add", "pc2", "--address", "10.0.0.2", "--serial", "S2", "--tag", "env=test", "--tag", "old=1",
       "--port", "22", "--description", "the double")  # fmt: skip
    ok("computer", "set", "pc2", "--user", "root")
    return ok


def test_merge_asks(run: Run, two: Run) -> None:
    assert run("computer", "merge", "pc1", "pc2").code == 2
    assert run("computer", "merge", "pc1", "pc1", "--yes").code == 2
    assert run("computer", "merge", "pc1", "pc9", "--yes").code == 5
    two("computer", "merge", "pc1", "pc2", "--dry-run")
    assert two("computer", "list", "-o", "name").out == "pc1\npc2\n"


def test_merge_and_split_round_trip(run: Run, two: Run) -> None:
    before = {name: two("computer", "show", name).json for name in ("pc1", "pc2")}
    two("computer", "merge", "pc1", "pc2", "--yes")
    one = two("computer", "show", "pc1").json
    assert two("computer", "list", "-o", "name").out == "pc1\n"
    assert (one["address"], one["serial"]) == (["10.0.0.1", "10.0.0.2"], ["S1", "S2"])
    assert (one["tags"], one["port"], one["description"]) == ({"env": "prod", "old": "1"}, 22, "the double")
    assert [m["name"] for m in one["merged"]] == ["pc2"]
    # The loser's GUID leads to the winner.
    assert two("computer", "show", before["pc2"]["id"]).json["name"] == "pc1"
    assert two("computer", "list", before["pc2"]["id"], "-o", "name").out == "pc1\n"

    two("computer", "split", "pc2")
    after = {name: two("computer", "show", name).json for name in ("pc1", "pc2")}
    moving = {"revision", "identities", "runs"}
    for name in ("pc1", "pc2"):
        assert {k: v for k, v in after[name].items() if k not in moving} == {
            k: v for k, v in before[name].items() if k not in moving
        }
    assert after["pc2"]["revision"] == before["pc2"]["revision"] + 1
    assert run("computer", "split", "pc2").code == 5


def test_both_histories_stay_apart(two: Run, store: Store) -> None:
    guids = {name: two("computer", "show", name).json["id"] for name in ("pc1", "pc2")}
    two("computer", "merge", "pc1", "pc2", "--yes")
    two("computer", "split", "pc2")
    two("computer", "set", "pc2", "--port", "2222")
    with store.read() as reader:
        rows = reader.connection.exec_driver_sql("SELECT guid, action FROM change ORDER BY change_set, ord").all()
    actions = {guid: [action for g, action in rows if g == guid] for guid in guids.values()}
    assert actions[guids["pc2"]] == ["created", "updated", "removed", "created", "updated"]
    assert actions[guids["pc1"]] == ["created", "updated", "updated"]


def test_what_was_changed_after_the_merge_stays_with_the_winner(two: Run) -> None:
    two("computer", "merge", "pc1", "pc2", "--yes")
    two("computer", "set", "pc1", "--port", "2222", "--tag", "new=1")
    two("computer", "split", "pc2")
    one = two("computer", "show", "pc1").json
    assert (one["port"], one["tags"]) == (2222, {"env": "prod", "new": "1"})
    assert two("computer", "show", "pc2").json["port"] == 22


def test_a_name_that_was_taken_meanwhile(run: Run, two: Run) -> None:
    two("computer", "merge", "pc1", "pc2", "--yes")
    two("computer", "add", "pc2")
    refused = run("computer", "split", "pc2")
    assert refused.code == 6
    assert "--name pc2@SITE" in refused.err
    two("computer", "split", "pc2", "--name", "pc2@rome")
    assert two("computer", "show", "pc2@rome").json["serial"] == ["S2"]


def test_chains_of_merges_are_split_from_their_end(run: Run, two: Run) -> None:
    guid = two("computer", "show", "pc2").json["id"]
    two("computer", "add", "pc3")
    two("computer", "merge", "pc1", "pc2", "--yes")
    two("computer", "merge", "pc3", "pc1", "--yes")
    assert two("computer", "show", guid).json["name"] == "pc3"
    assert run("computer", "split", "pc2").code == 6
    two("computer", "split", "pc1")
    two("computer", "split", "pc2")
    assert two("computer", "list", "-o", "name").out == "pc1\npc2\npc3\n"
    assert two("computer", "show", "pc3").json["serial"] == []


def test_merge_split_merge_again(two: Run) -> None:
    for _ in range(3):
        two("computer", "merge", "pc1", "pc2", "--yes")
        two("computer", "split", "pc2")
    two("computer", "remove", "pc2", "--yes")  # its tombstone is free again
    assert two("computer", "list", "-o", "name").out == "pc1\n"


def test_a_loser_whose_winner_was_removed_comes_back(two: Run) -> None:
    two("computer", "merge", "pc1", "pc2", "--yes")
    two("computer", "remove", "pc1", "--yes")
    two("computer", "split", "pc2")
    assert two("computer", "list", "-o", "name").out == "pc2\n"


def test_learned_values_follow_and_return(two: Run, store: Store) -> None:
    def teach(unit, name: str, value: str) -> None:
        learn(unit, COMPUTERS.get(unit, name).id, "machine_id", value)

    store.write(lambda unit: teach(unit, "pc2", "1" * 31 + "2"))
    store.write(lambda unit: merge(unit, "pc1", "pc2"))
    learned = [i for i in two("computer", "show", "pc1").json["identities"] if i["source"] == "contact"]
    assert [i["value"] for i in learned] == ["1" * 31 + "2"]
    store.write(lambda unit: split(unit, "pc2"))
    assert [i["kind"] for i in two("computer", "show", "pc1").json["identities"]] == ["serial"]
    assert [i["kind"] for i in two("computer", "show", "pc2").json["identities"]] == ["machine_id", "serial"]


def _ids(unit) -> dict[str, int]:
    return {name: COMPUTERS.get(unit, name).id for name in ("pc1", "pc2", "pc3")}


def test_relations_follow_and_return(two: Run, store: Store) -> None:
    two("computer", "add", "pc3")

    def relate(unit) -> None:
        relations.define_type(unit, "backup", "computer", "computer", many=False)
        ids = _ids(unit)
        assert relations.associate(unit, "backup", ids["pc2"], ids["pc3"])
        assert not relations.associate(unit, "backup", ids["pc2"], ids["pc3"])

    store.write(relate)
    store.write(lambda unit: merge(unit, "pc1", "pc2"))
    assert two("computer", "show", "pc1").json["associations"] == [
        {"type": "backup", "direction": "to", "kind": "computer", "name": "pc3", "source": "admin"}
    ]
    assert [a["name"] for a in two("computer", "show", "pc3").json["associations"]] == ["pc1"]
    store.write(lambda unit: split(unit, "pc2"))
    assert two("computer", "show", "pc1").json["associations"] == []
    assert [a["name"] for a in two("computer", "show", "pc3").json["associations"]] == ["pc2"]


def test_relations_are_typed(two: Run, store: Store) -> None:
    two("computer", "add", "pc3")

    def check(unit) -> None:
        with pytest.raises(InputError):
            relations.define_type(unit, "x", "computer", "teapot")
        made = relations.define_type(unit, "backup", "computer", "computer", many=False)
        assert relations.define_type(unit, "backup", "computer", "computer", many=False) == made
        with pytest.raises(NameTakenError):
            relations.define_type(unit, "backup", "computer", "computer", many=True)
        with pytest.raises(NotFoundError):
            relations.associate(unit, "bakcup", 1, 2)
        ids = _ids(unit)
        relations.associate(unit, "backup", ids["pc1"], ids["pc2"])
        with pytest.raises(ConflictError):
            relations.associate(unit, "backup", ids["pc1"], ids["pc3"])
        with pytest.raises(NotFoundError):
            relations.associate(unit, "backup", ids["pc1"], 999_999)
        with pytest.raises(InUseError):
            relations.remove_type(unit, "backup")
        assert relations.dissociate(unit, "backup", ids["pc1"], ids["pc2"])
        assert not relations.dissociate(unit, "backup", ids["pc1"], ids["pc2"])
        relations.remove_type(unit, "backup")
        assert relations.types(unit) == []

    store.write(check)


def test_a_removed_computer_takes_its_relations_along(two: Run, store: Store) -> None:
    def relate(unit) -> None:
        relations.define_type(unit, "backup", "computer", "computer")
        relations.associate(unit, "backup", COMPUTERS.get(unit, "pc1").id, COMPUTERS.get(unit, "pc2").id)

    store.write(relate)
    two("computer", "remove", "pc2", "--yes")
    assert two("computer", "show", "pc1").json["associations"] == []


def test_fifty_computers_that_share_a_machine_id_stay_fifty(ok: Run, store: Store) -> None:
    shared = "4c4c4544004235108052b4c04f4d3332"
    rows = "name,machine_id,serial\n" + "".join(f"pc{n:02},{shared},Default string\n" for n in range(50))
    for _ in range(2):
        ok("computer", "import", "-", stdin=rows)
    assert len(ok("computer", "list", "-o", "name").out.split()) == 50

    def teach(unit) -> None:
        for n in range(50):
            computer = COMPUTERS.get(unit, f"pc{n:02}").id
            assert not learn(unit, computer, "machine_id", shared.upper())
            assert learn(unit, computer, "mac", "00:1b:21:3c:4d:5e")

    store.write(teach)
    assert len(ok("computer", "list", "-o", "name").out.split()) == 50
    with store.read() as reader:
        found = shared_identities(reader)
    assert [(s.kind, s.value, s.count) for s in found] == [("mac", "00:1b:21:3c:4d:5e", 50), ("machine_id", shared, 50)]
    assert found[0].computers[:2] == ("pc00", "pc01")
    # A new one with the same machine id is a computer of its own too.
    ok("computer", "import", "-", stdin=f"name,machine_id\nnew,{shared}\n")
    assert len(ok("computer", "list", "-o", "name").out.split()) == 51


def test_what_was_learned_is_not_the_administrators(ok: Run, store: Store) -> None:
    ok("computer", "import", "-", stdin="name,uuid\npc1,\n")
    uuid = "4c4c4544-0042-3510-8052-b4c04f4d3332"
    store.write(lambda unit: learn(unit, COMPUTERS.get(unit, "pc1").id, "uuid", uuid))
    assert ok("computer", "show", "pc1").json["uuid"] == []
    again = ok("computer", "import", "-", "--json", stdin="name,uuid\npc1,\n")
    assert again.json["changed"] == 0
    # A learned value never tells whose a row is ...
    ok("computer", "import", "-", stdin=f"name,uuid\npc2,{uuid}\n")
    # ... and the administrator's word takes its place.
    ok("computer", "set", "pc1", "--uuid", uuid.upper())
    shown = ok("computer", "show", "pc1").json
    assert shown["uuid"] == [uuid]
    assert [i["source"] for i in shown["identities"]] == ["admin"]
