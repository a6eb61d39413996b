"""The rows of data classes go with their computers, and none is left behind by who stores beside who removes."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from itmsctl.cmdb import upkeep
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.told import Told
from itmsctl.resources.service.computers import COMPUTERS
from tests.bench.estate import add_computers
from tests.conftest import FrozenClock

CLASSES = {
    "bios": [{"version": "1"}],
    "disks": [{"name": "sda"}, {"name": "sdb"}],
    "software": [{"name": "bash", "version": "1", "source": "dpkg"}],
}


def tell(unit: UnitOfWork, *ids: int) -> int:
    found = store_told(unit, [(id_, Told("test", unit.now, CLASSES)) for id_ in ids])
    return sum(one.is_gone for one in found)


def rows(store: Store) -> dict[str, int]:
    counts = {name: sa.text(f"SELECT count(*) FROM inv_{name}") for name in CLASSES}
    with store.read() as reader:
        return {name: int(reader.scalar(statement)) for name, statement in counts.items()}


def name_of(store: Store, id_: int) -> str:
    with store.read() as reader:
        return str(reader.scalar(sa.text("SELECT name FROM resource WHERE id = :id").bindparams(id=id_)))


@pytest.mark.parametrize("many", [1, 21])
def test_rows_go_with_their_computers(store: Store, many: int) -> None:
    first, *others = add_computers(store, many + 1)
    store.write(lambda unit: tell(unit, first, *others))
    assert rows(store) == {"bios": many + 1, "disks": 2 * many + 2, "software": many + 1}
    names = [name_of(store, id_) for id_ in others]
    store.write(lambda unit: [COMPUTERS.remove(unit, name) for name in names])
    assert rows(store) == {"bios": 1, "disks": 2, "software": 1}
    assert store.write(lambda unit: tell(unit, others[0])) == 1, "what is told of one that went is told to be gone"


def test_who_removes_waits_for_who_stores(store: Store) -> None:
    if store.place.is_sqlite:
        return  # one writes at a time there
    (id_,) = add_computers(store, 1)
    name = name_of(store, id_)
    stored, may_end = threading.Event(), threading.Event()

    def storing(unit: UnitOfWork) -> None:
        tell(unit, id_)
        stored.set()
        assert may_end.wait(20)

    teller = threading.Thread(target=store.write, args=(storing,))
    teller.start()
    assert stored.wait(20)
    remover = threading.Thread(target=store.write, args=(lambda unit: COMPUTERS.remove(unit, name),))
    remover.start()
    remover.join(0.3)
    assert remover.is_alive(), "it waits"
    may_end.set()
    teller.join(20)
    remover.join(20)
    assert set(rows(store).values()) == {0}


def test_rows_that_lost_their_computer_are_swept(store: Store, clock: FrozenClock) -> None:
    (id_,) = add_computers(store, 1)
    store.write(lambda unit: tell(unit, id_))
    lost = "INSERT INTO inv_disks (computer_id, row_key, name) VALUES (999999, 1, 'sda'), (999999, 2, 'sdb')"

    def losing(unit: UnitOfWork) -> None:
        unit.connection.exec_driver_sql(lost)

    if store.place.is_sqlite:
        with pytest.raises(Exception, match="FOREIGN KEY"):
            store.write(losing)
        return
    store.write(losing)
    (step,) = [one for one in upkeep.maintain(store, only=["leftovers"]) if one.name == "rows of inventory"]
    assert step.detail == "2 of computers that are not there"
    assert rows(store) == {"bios": 1, "disks": 2, "software": 1}
