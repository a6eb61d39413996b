"""Parts of inventories that are lost, repeated, reordered, truncated and forged: the end is the last full inventory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.inventory.delta import diff, report
from itmsctl.inventory.forming import class_digest, packed_digests
from itmsctl.inventory.service.class_rows import ClassRows, key_number
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.known import digests_of
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.told import Rows, Told, ToldChange
from tests.bench.estate import add_computers
from tests.conftest import START, FrozenClock

BROKEN = {"truncated", "forged", "other base"}
CLASSES = ("software", "filesystems", "bios")
NAMES = ("a", "b", "c", "d")

_SOFTWARE = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(NAMES)},
        optional={
            "version": st.sampled_from(["1", "2"]),
            "summary": st.sampled_from(["x", "y"]),
            "is_manual": st.booleans(),
        },
    ),
    max_size=5,
)
_FILESYSTEMS = st.lists(
    st.fixed_dictionaries(
        {"mount_point": st.sampled_from(NAMES)},
        optional={"type": st.sampled_from(["xfs", "ext4"]), "free_bytes": st.integers(0, 3)},
    ),
    max_size=4,
)
_BIOS = st.lists(st.fixed_dictionaries({"version": st.sampled_from(NAMES)}), max_size=1)
_INVENTORY = st.fixed_dictionaries({"software": _SOFTWARE, "filesystems": _FILESYSTEMS, "bios": _BIOS})
# What becomes of the part of each class on its way. Delayed: it comes after that of the next inventory.
_FATES = st.sampled_from(["arrives", "arrives", "lost", "twice", "delayed", "truncated", "forged", "other base"])
_STEP = st.tuples(_INVENTORY, st.fixed_dictionaries(dict.fromkeys(CLASSES, _FATES)))


@dataclass
class Endpoint:
    """A computer that is asked for its inventory again and again: of each class it tells what differs, if anything."""

    unit: UnitOfWork
    id: int
    hours: int = 0
    delayed: Told | None = None

    def held(self) -> dict[str, Any]:
        return digests_of(self.unit, [self.id])[self.id]

    def part(self, name: str, rows: Rows) -> str | ToldChange | Rows:
        """Return what the endpoint says of a class: its digest, what differs, or all of it."""
        known, one = self.held().get(name), data_class(name)
        if known is None or not one.is_multi:
            return rows
        now = report(one, rows)
        if now.digest == known.digest:
            return now.digest
        delta = diff(known.packed, now.packed)
        come = [now.rows[key] for key in sorted(delta.added | delta.changed)]
        return ToldChange(known.digest, now.digest, come, [key_number(key) for key in sorted(delta.removed)])

    def tell(self, told: Told) -> tuple[str, ...]:
        """Have what was told stored; return the classes that are to be asked for again."""
        before = self.rows()
        (stored,) = store_told(self.unit, [(self.id, told)])
        for name in stored.misfits:
            assert self.rows()[name] == before[name], "what does not fit changes nothing"
        self.check()
        return stored.misfits

    def rows(self) -> dict[str, dict[int, Any]]:
        return {
            name: {
                key: row.values for key, row in ClassRows(self.unit.connection, data_class(name)).of_computer(self.id)
            }
            for name in CLASSES
        }

    def check(self) -> None:
        """Hold the digests against the rows that are held."""
        for name, known in self.held().items():
            one = data_class(name)
            formed = report(one, list(self.rows()[name].values())).formed.rows.values()
            assert known.digest == class_digest(packed_digests(formed))
            assert known.packed == (packed_digests(formed) if one.is_multi else b"")

    def step(self, inventory: dict[str, Rows], fates: dict[str, str]) -> set[str]:
        """Tell of an inventory, class by class as they fare; return the classes that did not fit."""
        self.hours += 1
        at = START - timedelta(days=1) + timedelta(minutes=self.hours)
        late, self.delayed = self.delayed, None
        asked: set[str] = set()
        for name, rows in inventory.items():
            told = _told(at, name, self.part(name, rows))
            for one in _fared(told, name, fates[name]):
                asked.update(self.tell(one))
            if fates[name] == "delayed":
                self.delayed = told
        if late is not None:
            asked.update(self.tell(late))
        return asked


def _told(at: Any, name: str, part: Any) -> Told:
    if isinstance(part, str):
        return Told("gatherer", at, {}, same={name: part})
    if isinstance(part, ToldChange):
        return Told("gatherer", at, {}, deltas={name: part})
    return Told("gatherer", at, {name: part})


def _fared(told: Told, name: str, fate: str) -> Iterator[Told]:
    if fate in {"lost", "delayed"}:
        return
    delta = told.deltas.get(name)
    if delta is not None and fate in BROKEN:
        forged = {
            "truncated": replace(delta, rows=delta.rows[1:], removed=delta.removed[1:]),
            "forged": replace(delta, rows=[*delta.rows, {"name": "evil", "mount_point": "/evil"}]),
            "other base": replace(delta, base="0" * 32),
        }
        yield replace(told, deltas={name: forged[fate]})
        return
    yield told
    if fate == "twice":
        yield told


class UndoneError(Exception):
    """Ends a unit of work so that the next example finds nothing."""


def storm(store: Store, computer: int, steps: Any, last: Any) -> None:
    """Have inventories told, as their parts fare; then one that fares well, which has to be what is held."""

    def work(unit: UnitOfWork) -> None:
        endpoint = Endpoint(unit, computer)
        for inventory, fates in steps:
            late = () if endpoint.delayed is None else {**endpoint.delayed.deltas, **endpoint.delayed.same}
            hurt = {name for name, fate in fates.items() if fate in BROKEN}
            assert endpoint.step(inventory, fates) <= hurt.union(late), "only what is broken, or came too late"
        calm = dict.fromkeys(CLASSES, "arrives")
        endpoint.delayed = None
        assert endpoint.step(last, calm) == set(), "where nothing is hurt nothing is asked for again"
        for name in CLASSES:
            formed = report(data_class(name), last[name])
            held = endpoint.rows()[name]
            assert set(held) == {key_number(key) for key in formed.rows}
            stable = data_class(name).stable
            assert _of(held.values(), stable) == _of(formed.rows.values(), stable)
        raise UndoneError

    with pytest.raises(UndoneError):
        store.write(work)


def _of(rows: Any, names: Any) -> list[str]:
    return sorted(str({name: row[name] for name in names if name in row}) for row in rows)


@pytest.fixture
def sqlite_store(sqlite_db: str, clock: FrozenClock, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(
        place_of(sqlite_db), clock=clock, actor=Actor("tester", "test"), state_folder=tmp_path / "state"
    )
    yield opened
    opened.close()


@pytest.fixture
def on_sqlite(sqlite_store: Store) -> tuple[Store, int]:
    return sqlite_store, add_computers(sqlite_store, 1)[0]


@pytest.fixture
def on_both(store: Store) -> tuple[Store, int]:
    return store, add_computers(store, 1)[0]


_OPTIONS: Any = {"suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}
_STORM: Any = {"steps": st.lists(_STEP, min_size=1, max_size=4), "last": _INVENTORY}


@settings(max_examples=500, **_OPTIONS)
@given(**_STORM)
def test_the_end_is_the_last_full_inventory(on_sqlite: tuple[Store, int], steps: Any, last: Any) -> None:
    storm(*on_sqlite, steps, last)


@settings(max_examples=40, **_OPTIONS)
@given(**_STORM)
def test_it_is_so_on_both_databases(on_both: tuple[Store, int], steps: Any, last: Any) -> None:
    storm(*on_both, steps, last)
