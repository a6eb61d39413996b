"""A merge keeps the kept computer's inventory and sets the other's aside; a split brings it back, with its history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.inventory.rows import inventory_closed, inventory_digests, inventory_set_aside, inventory_states
from itmsctl.inventory.service.class_tables import tables_of
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.told import Told
from itmsctl.resources.service.computers import COMPUTERS
from tests.conftest import START, Run

FIRST = {"bash": "5.2", "vim": "9.0", "nginx": "1.22"}
THEN = {"bash": "5.2", "vim": "9.1"}


def tell(store: Store, name: str, versions: dict[str, str], *, days: int) -> None:
    classes = {
        "software": [{"name": one, "version": version, "source": "dpkg"} for one, version in versions.items()],
        "operating_system": [{"name": f"Debian of {name}", "version": str(days)}],
    }
    told = Told("gatherer", START - timedelta(days=days), classes)
    store.write(lambda unit: store_told(unit, [(COMPUTERS.get(unit, name).id, told)]))


def plain(row: Any) -> tuple[Any, ...]:
    return tuple(bytes(value) if isinstance(value, bytes | memoryview) else value for value in row)


def inventory_of(reader: Reader, computer: int) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row that is held of a computer, current and past, without its id."""
    found = {}
    software = tables_of(data_class("software"))
    system = tables_of(data_class("operating_system"))
    for table in (inventory_states, inventory_digests, inventory_closed, software.rows, system.rows):
        columns = [column for column in table.c if column.name != "computer_id"]
        rows = reader.connection.execute(sa.select(*columns).where(table.c.computer_id == computer))
        found[table.name] = sorted((plain(row) for row in rows), key=repr)
    assert software.entries is not None
    of_entries = software.rows.join(software.entries, software.entries.c.entry_id == software.rows.c.entry_id)
    names = sa.select(software.entries.c.name, software.entries.c.version).select_from(of_entries)
    rows = reader.connection.execute(names.where(software.rows.c.computer_id == computer))
    found["names"] = sorted(tuple(row) for row in rows)
    return found


def held(store: Store, name: str) -> dict[str, list[tuple[Any, ...]]]:
    with store.read() as reader:
        return inventory_of(reader, COMPUTERS.get(reader, name).id)


@pytest.fixture
def two(ok: Run, store: Store) -> Run:
    for name in ("pc1", "pc2"):
        ok("computer", "add", name)
        tell(store, name, FIRST, days=9)
        tell(store, name, THEN | {name: "1"}, days=5)
    return ok


def test_a_wrong_merge_is_undone_with_both_inventories_and_their_histories(two: Run, store: Store) -> None:
    before = {name: held(store, name) for name in ("pc1", "pc2")}
    assert before["pc1"]["inventory_closed"]
    assert before["pc2"]["names"] == [("bash", "5.2"), ("pc2", "1"), ("vim", "9.1")]
    merged = two("computer", "merge", "pc1", "pc2", "--yes")
    assert "goes with it" not in merged.err, "it is set aside, and comes back"
    assert held(store, "pc1") == before["pc1"]
    two("computer", "split", "pc2")
    assert {name: held(store, name) for name in ("pc1", "pc2")} == before
    with store.read() as reader:
        assert reader.scalar(sa.select(sa.func.count()).select_from(inventory_set_aside)) == 0
    two("db", "check")
    two("audit", "verify")


def test_what_the_winner_is_told_meanwhile_is_its_own(two: Run, store: Store) -> None:
    loser = held(store, "pc2")
    two("computer", "merge", "pc1", "pc2", "--yes")
    tell(store, "pc1", {"emacs": "29"}, days=1)
    kept = held(store, "pc1")
    assert kept["names"] == [("emacs", "29")]
    two("computer", "split", "pc2")
    assert (held(store, "pc1"), held(store, "pc2")) == (kept, loser)
    tell(store, "pc2", THEN, days=0)
    assert [row[0] for row in held(store, "pc2")["names"]] == ["bash", "vim"]


def test_a_dictionary_that_forgot_its_entries_meanwhile(two: Run, store: Store) -> None:
    loser = held(store, "pc2")
    two("computer", "merge", "pc1", "pc2", "--yes")
    entries = tables_of(data_class("software")).entries
    assert entries is not None
    used = tables_of(data_class("software")).rows
    forgotten = sa.delete(entries).where(entries.c.entry_id.not_in(sa.select(used.c.entry_id)))
    store.write(lambda unit: unit.connection.execute(forgotten).rowcount)
    two("computer", "split", "pc2")
    assert held(store, "pc2") == loser


def test_computers_without_inventory_merge_and_split_as_ever(ok: Run, store: Store) -> None:
    ok("computer", "add", "pc1")
    ok("computer", "add", "pc2")
    tell(store, "pc1", FIRST, days=3)
    before = held(store, "pc1")
    ok("computer", "merge", "pc1", "pc2", "--yes")
    ok("computer", "split", "pc2")
    assert (held(store, "pc1"), held(store, "pc2")["inventory_state"]) == (before, [])


def test_a_dry_run_sets_nothing_aside(two: Run, store: Store) -> None:
    before = {name: held(store, name) for name in ("pc1", "pc2")}
    two("computer", "merge", "pc1", "pc2", "--dry-run")
    assert {name: held(store, name) for name in ("pc1", "pc2")} == before
    with store.read() as reader:
        assert reader.scalar(sa.select(sa.func.count()).select_from(inventory_set_aside)) == 0
