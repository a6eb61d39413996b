"""Dictionary entries that no row points at are swept, and no other; whoever relies on one keeps it; on both engines."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cmdb import upkeep
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.inventory.service import entries
from itmsctl.inventory.service.class_rows import ClassRows
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.told import Told
from tests.bench.estate import add_computers
from tests.conftest import FrozenClock


def software(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "version": "1", "source": "dpkg"} for name in names]


class Estate:
    """Two computers that have software."""

    def __init__(self, store: Store, clock: FrozenClock) -> None:
        self.store, self.clock = store, clock
        self.one, self.other = add_computers(store, 2)

    def tell(self, id_: int, *names: str) -> None:
        self.clock.forward(hours=1)
        self.store.write(lambda unit: store_told(unit, [(id_, said(unit.now, *names))]))

    def rows(self, id_: int) -> list[str]:
        with self.store.read() as reader:
            return sorted(
                row.values.get("name", "?")
                for _, row in ClassRows(reader.connection, data_class("software")).of_computer(id_)
            )

    def entries(self) -> list[str]:
        with self.store.read() as reader:
            return [row[0] for row in reader.rows(sa.text("SELECT name FROM inv_software_entry ORDER BY name"))]

    def sweep(self, *, dry_run: bool = False) -> str:
        (step,) = [
            one
            for one in upkeep.maintain(self.store, only=["leftovers"], dry_run=dry_run)
            if one.name == "dictionary entries"
        ]
        return step.detail


def said(at: datetime, *names: str) -> Told:
    return Told("gatherer", at, {"software": software(*names)})


@pytest.fixture
def estate(store: Store, clock: FrozenClock) -> Estate:
    return Estate(store, clock)


@pytest.mark.parametrize("page", [1, 3, 20_000])
def test_exactly_what_no_row_points_at_goes(estate: Estate, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "_ROWS", page)
    estate.tell(estate.one, "bash", "curl", "gone1", "gone2", "gone3", "gone4")
    estate.tell(estate.other, "bash", "vim", "gone1")
    estate.tell(estate.one, "bash", "curl")
    estate.tell(estate.other, "vim")
    everything = estate.entries()
    assert estate.sweep(dry_run=True) == "4 of inventory that no row points at"
    assert estate.entries() == everything
    assert estate.sweep() == "4 of inventory that no row points at"
    assert estate.entries() == ["bash", "curl", "vim"]
    assert (estate.rows(estate.one), estate.rows(estate.other)) == (["bash", "curl"], ["vim"])
    assert estate.sweep() == "0 of inventory that no row points at"
    estate.tell(estate.other, "vim", "gone1")
    assert estate.rows(estate.other) == ["gone1", "vim"], "what comes back is an entry again"


def test_an_entry_that_somebody_is_about_to_point_at_stays(estate: Estate) -> None:
    estate.tell(estate.one, "bash")
    estate.tell(estate.one)
    stored, may_end = threading.Event(), threading.Event()

    def work(unit: UnitOfWork) -> None:
        store_told(unit, [(estate.other, said(unit.now, "bash"))])
        stored.set()
        assert may_end.wait(30)

    writer = threading.Thread(target=lambda: estate.store.write(work, overlap=True))
    sweeper = threading.Thread(target=estate.sweep)
    writer.start()
    assert stored.wait(30)
    sweeper.start()
    sweeper.join(0.3)
    is_waiting = sweeper.is_alive()
    may_end.set()
    writer.join(30)
    sweeper.join(30)
    assert is_waiting
    assert estate.rows(estate.other) == ["bash"]
