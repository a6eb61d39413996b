"""Who is believed about a field of a computer: ranks, moments, locks and people, in whatever order they are heard."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.cmdb.store import Store
from itmsctl.errors import InputError
from itmsctl.inventory.service.filling import Telling, fill
from itmsctl.inventory.told import Subject
from itmsctl.resources.authority import PRIORITIES, ToldOf, believed, priorities, replaces, value_of
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.told import told_section
from tests.conftest import START, FrozenClock, Run

SOURCES = ("gatherer", "glpi", "facter", "ansible", "somebody")


def tell(store: Store, *said: tuple[str, str, float], name: str = "pc1", priorities: Any = PRIORITIES) -> None:
    """Have sources tell a serial number of a computer, each so many hours ago, in one unit of work."""

    def write(unit: Any) -> None:
        computer = COMPUTERS.get(unit, name).id
        fill(
            unit,
            [
                Telling(computer, Subject(identities={"serial": [serial]}), source, START - timedelta(hours=ago))
                for source, serial, ago in said
            ],
            priorities,
        )

    store.write(write)


def field(store: Store, name: str = "serial", computer: str = "pc1") -> Any:
    with store.read() as reader:
        return COMPUTERS.get(reader, computer).fields[name]


def shown(store: Store) -> list[tuple[str, Any, bool]]:
    with store.read() as reader:
        rows = told_section(reader, COMPUTERS.get(reader, "pc1").id)
    return [(row["source"], row["value"], row["in_use"]) for row in rows if row["field"] == "serial"]


@pytest.fixture
def pc1(ok: Run) -> Run:
    ok("computer", "add", "pc1")
    return ok


def test_an_empty_field_is_filled_and_all_that_was_told_is_shown(pc1: Run, store: Store) -> None:
    tell(store, ("ansible", "A", 1), ("glpi", "G", 5))
    assert field(store) == ["G"]
    assert shown(store) == [("glpi", ["G"], True), ("ansible", ["A"], False)]
    told = pc1("computer", "show", "pc1").json["told"]
    assert [(row["field"], row["priority"], row["told_at"]) for row in told] == [
        ("serial", 60, "2026-01-05T04:00:00.000000Z"),
        ("serial", 40, "2026-01-05T08:00:00.000000Z"),
    ]


def test_what_a_person_said_stays_also_where_it_is_said_again(pc1: Run, store: Store) -> None:
    tell(store, ("gatherer", "S1", 9))
    pc1("computer", "set", "pc1", "--serial", "S1")  # equal, and now a person's
    tell(store, ("gatherer", "S2", 8))
    assert field(store) == ["S1"]
    assert shown(store) == [("gatherer", ["S2"], False)]
    pc1("computer", "set", "pc1", "--unset", "serial")
    tell(store, ("gatherer", "S2", 7))
    assert field(store) == ["S2"]


def test_a_change_by_hand_takes_the_field_from_its_source(pc1: Run, store: Store) -> None:
    tell(store, ("gatherer", "S1", 9))
    pc1("computer", "set", "pc1", "--serial", "MINE")
    tell(store, ("gatherer", "S1", 8), ("nse", "S3", 1))
    assert field(store) == ["MINE"]
    assert not any(in_use for *_, in_use in shown(store))


def test_an_import_is_a_person_too(pc1: Run, store: Store) -> None:
    tell(store, ("gatherer", "S1", 9))
    pc1("computer", "import", "-", stdin="name,serial\npc1,FROM-CSV\n")
    tell(store, ("gatherer", "S1", 8))
    assert field(store) == ["FROM-CSV"]


def test_a_lock_survives_a_hundred_inventories_and_ends_when_it_is_taken_off(pc1: Run, store: Store) -> None:
    tell(store, ("glpi", "S0", 200))
    pc1("computer", "set", "pc1", "--locked", "serial,os-family")
    for n in range(100):
        tell(store, (SOURCES[n % 5], f"S{n}", 150 - n))
    assert field(store) == ["S0"]
    assert {source for source, *_ in shown(store)} == set(SOURCES)
    pc1("computer", "set", "pc1", "--unset", "locked")
    tell(store, ("ansible", "LAST", 1))
    assert field(store) == ["S95"]  # the gatherer's last word: a rank counts more than a moment


def test_a_locked_field_that_is_empty_stays_empty(pc1: Run, store: Store) -> None:
    pc1("computer", "set", "pc1", "--locked", "serial")
    tell(store, ("gatherer", "S1", 9))
    assert field(store) == []
    assert shown(store) == [("gatherer", ["S1"], False)]


@settings(max_examples=40)
@given(data=st.data())
def test_five_sources_in_any_order_give_one_value(data: st.DataObject) -> None:
    said = data.draw(
        st.lists(
            st.tuples(st.sampled_from(SOURCES), st.sampled_from("ABC"), st.integers(0, 3)), min_size=5, max_size=12
        )
    )

    def final(order: list[tuple[str, str, int]]) -> Any:
        held: dict[str, ToldOf] = {}
        for source, value, ago in order:
            one = ToldOf(source, value, PRIORITIES.get(source, 40), START - timedelta(hours=ago))
            if replaces(one, held.get(source)):
                held[source] = one
        best = believed(held.values())
        return best and (best.source, best.value)

    assert final(data.draw(st.permutations(said))) == final(said)


@pytest.mark.parametrize("seed", range(3))
def test_five_sources_in_random_order_give_one_value_in_the_cmdb(seed: int, pc1: Run, store: Store) -> None:
    said = [(source, f"{source}-{ago}", float(ago)) for source in SOURCES for ago in (3, 1, 2)]
    random.Random(seed).shuffle(said)
    for one in said:
        tell(store, one)
    assert field(store) == ["gatherer-1"]
    assert shown(store)[0] == ("gatherer", ["gatherer-1"], True)
    assert [in_use for *_, in_use in shown(store)].count(True) == 1


def test_priorities_are_a_setting(pc1: Run, store: Store) -> None:
    mine = priorities("ansible=90, glpi=10")
    assert (mine["ansible"], mine["glpi"], mine["facter"]) == (90, 10, 60)
    tell(store, ("gatherer", "G", 1), ("ansible", "A", 9), priorities=mine)
    assert field(store) == ["A"]
    for bad in ("ansible", "ansible=", "=5", "ansible=101", "ansible=-1", "a=x"):
        with pytest.raises(InputError, match="is no priority"):
            priorities(bad)


def test_the_same_again_costs_no_change_set(pc1: Run, store: Store) -> None:
    tell(store, ("gatherer", "S1", 9))
    before = len(pc1("history", "computer", "pc1", "-o", "json").json)
    with store.read() as reader:
        sets = reader.connection.exec_driver_sql("SELECT count(*) FROM change_set").scalar()
    tell(store, ("gatherer", "S1", 8), ("gatherer", "S1", 9))
    with store.read() as reader:
        assert reader.connection.exec_driver_sql("SELECT count(*) FROM change_set").scalar() == sets
    assert len(pc1("history", "computer", "pc1", "-o", "json").json) == before


def test_what_is_kept_only_never_turns_a_computer(pc1: Run, store: Store) -> None:
    pc1("computer", "set", "pc1", "--address", "10.0.0.1")
    said = Subject("evil", identities={"machine_id": ["0123456789abcdef0123456789abcde1"]}, addresses=["10.66.6.6"])
    store.write(lambda unit: fill(unit, [Telling(COMPUTERS.get(unit, "pc1").id, said, "gatherer", START)]))
    assert field(store, "address") == ["10.0.0.1"]
    assert field(store, "machine_id") == []
    rows = pc1("computer", "show", "pc1").json["told"]
    assert {row["field"]: row["value"] for row in rows} == {
        "address": ["10.66.6.6"], "machine_id": ["0123456789abcdef0123456789abcde1"], "name": "evil",
    }  # fmt: skip


def test_an_address_follows_the_source_that_said_it_and_no_other(pc1: Run, store: Store, clock: FrozenClock) -> None:
    clock.forward(days=9)

    def told(source: str, day: int, *addresses: str, name: str = "pc1", is_new: bool = False) -> list[str]:
        said = Subject(name, addresses=addresses)
        at = START + timedelta(days=day)
        store.write(lambda unit: fill(unit, [Telling(COMPUTERS.get(unit, name).id, said, source, at, is_new=is_new)]))
        return list(pc1("computer", "show", name).json["address"])

    assert told("gatherer", 1, "10.0.0.1") == [], "nobody said one: it is contacted by its name"
    pc1("computer", "add", "pc2", "--address", "10.0.0.2")
    assert told("gatherer", 1, "10.9.9.9", name="pc2") == ["10.0.0.2"], "a person said it"
    pc1("computer", "add", "pc3")
    assert told("glpi", 1, "10.0.0.3", "10.7.0.3", name="pc3", is_new=True) == ["10.0.0.3"]
    assert told("glpi", 2, "10.7.0.3", "10.0.0.3", name="pc3") == ["10.0.0.3"], "it has that still"
    assert told("glpi", 3, "10.0.0.33", "10.7.0.3", name="pc3") == ["10.0.0.33"]
    assert told("gatherer", 4, "10.0.0.34", name="pc3") == ["10.0.0.34"]
    assert told("glpi", 5, "10.6.6.6", name="pc3") == ["10.0.0.34"], "of lower rank"
    assert told("gatherer", 3, "10.0.0.1", name="pc3") == ["10.0.0.34"], "older"
    pc1("computer", "set", "pc3", "--locked", "address")
    assert told("gatherer", 6, "10.0.0.36", name="pc3") == ["10.0.0.34"]
    pc1("computer", "set", "pc3", "--unset", "locked")
    assert told("gatherer", 7, "10.0.0.37", name="pc3") == ["10.0.0.37"]
    assert len(pc1("history", "computer", "pc3", "-o", "json").json) >= 5
    pc1("computer", "set", "pc3", "--address", "10.0.0.99")
    assert told("gatherer", 8, "10.0.0.38", name="pc3") == ["10.0.0.99"], "a person said it now"


def test_values_that_are_none_and_addresses_that_move_are_passed_over() -> None:
    assert value_of("serial", ["\x00", "", "S1", "s1"]) == ["S1"]
    assert value_of("uuid", ["nonsense"]) is None
    assert value_of("mac", ["00:50:b6:00:00:01", "02:42:ac:11:00:02", "00:1b:21:3c:4d:5e"]) == ["00:1b:21:3c:4d:5e"]
    assert value_of("os_family", ["plan9", "linux"]) == "linux"
    assert len(value_of("serial", [f"S{n:05}" for n in range(5000)])) == 256


def test_locks_are_words_of_fields(run: Run, pc1: Run) -> None:
    pc1("computer", "set", "pc1", "--locked", "mac; SERIAL")
    assert pc1("computer", "show", "pc1").json["locked"] == "serial,mac"
    refused = run("computer", "set", "pc1", "--locked", "seriel")
    assert refused.code == 3
    assert "serial" in refused.err


def test_a_merge_and_a_split_keep_what_was_told_of_each(pc1: Run, store: Store) -> None:
    pc1("computer", "add", "pc2")
    tell(store, ("gatherer", "S1", 9))
    tell(store, ("glpi", "S2", 9), name="pc2")
    before = {name: pc1("computer", "show", name).json["told"] for name in ("pc1", "pc2")}
    pc1("computer", "merge", "pc1", "pc2", "--yes")
    assert field(store) == ["S1", "S2"]
    pc1("computer", "split", "pc2")
    assert {name: pc1("computer", "show", name).json["told"] for name in ("pc1", "pc2")} == before
    tell(store, ("gatherer", "S9", 1))
    tell(store, ("glpi", "S8", 1), name="pc2")
    assert (field(store), field(store, computer="pc2")) == (["S9"], ["S8"])
