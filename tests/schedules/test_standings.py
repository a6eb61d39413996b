"""How all computers stand: any number of them costs a few evaluations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itmsctl.cmdb import bulk
from itmsctl.cmdb.store import Store
from itmsctl.resources.service.write import RESOURCE_COLUMNS
from itmsctl.schedules import standing as pure
from itmsctl.schedules.service import windows as service
from itmsctl.schedules.service.windows import WINDOWS, standings
from itmsctl.schedules.service.zones import zones_of
from itmsctl.targeting.service.filters import FILTERS
from itmsctl.values.names import new_guid

MANY = 35_000
ZONES = ("Europe/Rome", "America/New_York", None)


def fill(store: Store, count: int) -> list[int]:
    """Add computers in three zones, half of them of one family; the windows; and return the ids of the computers."""

    def work(unit):
        ids = unit.next_ids(count)
        now = bulk.moment(unit.connection, unit.now)
        rows = [(i, "computer", new_guid(), f"c{i}", f"c{i}", 1, "o", 1, now, now) for i in ids]
        bulk.insert(unit.connection, "resource", RESOURCE_COLUMNS, rows)
        typed = [(i, "linux" if n % 2 else "windows", ZONES[n % 3]) for n, i in enumerate(ids)]
        bulk.insert(unit.connection, "computer", ("id", "os_family", "time_zone"), typed)
        unit.touch("computer", ids)
        FILTERS.add(unit, "linux", {"where": "os_family = 'linux'"})
        nights = {"type": "maintenance", "daily": "02:00", "duration_s": "2h", "time_zone": "computer"}
        WINDOWS.add(unit, "nights", nights | {"targets": ["linux"]})
        WINDOWS.add(unit, "sundays", nights | {"targets": ["linux"], "daily": None, "weekly": "sunday 10:00"})
        freeze = {"type": "blockout", "at": "2026-01-07", "duration_s": "1d", "targets": ["all"], "time_zone": "utc"}
        WINDOWS.add(unit, "freeze", freeze)
        off = {"type": "blockout", "daily": "00:00", "duration_s": "1d", "targets": ["all"], "enabled": False}
        WINDOWS.add(unit, "off", off)
        return ids

    return store.write(work)


def test_each_computer_stands_by_its_windows_and_zone(store: Store) -> None:
    ids = fill(store, 6)
    with store.read() as reader:
        assert zones_of(reader, ids) == dict(zip(ids, ["Europe/Rome", "America/New_York", "UTC"] * 2, strict=True))
        found = standings(reader, ids, datetime(2026, 1, 5, 1, 30, tzinfo=UTC))
        assert [found[i].open for i in ids] == [True, False, True, True, True, False]
        assert found[ids[3]].why == "window nights"
        assert found[ids[1]].next_open == datetime(2026, 1, 5, 7, tzinfo=UTC)
        frozen = standings(reader, ids, datetime(2026, 1, 7, 1, 30, tzinfo=UTC), ignore_windows=True)
        assert {one.blocked for one in frozen.values()} == {True}
        open_ = standings(reader, ids, datetime(2026, 1, 5, 12, tzinfo=UTC), ignore_windows=True)
        assert {one.open for one in open_.values()} == {True}
        assert standings(reader, [], reader.now) == {}


def test_35000_computers_cost_as_many_evaluations_as_six(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = fill(store, MANY)
    evaluated = []

    def counted(windows, now, *, ignore_windows=False):
        evaluated.append(windows)
        return pure.standing(windows, now, ignore_windows=ignore_windows)

    monkeypatch.setattr(service, "standing", counted)
    with store.read() as reader:
        found = standings(reader, ids, datetime(2026, 1, 5, 1, 30, tzinfo=UTC))
    assert len(found) == MANY
    assert sum(one.open for one in found.values()) == pytest.approx(MANY * 2 / 3, abs=3)
    assert len(evaluated) == 6


def test_a_window_of_nobody_applies_to_nobody(store: Store) -> None:
    ids = fill(store, 3)

    def work(unit):
        FILTERS.add(unit, "none", {"where": "os_family = 'mac'"})
        fields = {"type": "blockout", "daily": "00:00", "duration_s": timedelta(days=1).total_seconds()}
        WINDOWS.add(unit, "nobody", fields | {"targets": ["none"]})

    store.write(work)
    with store.read() as reader:
        found = standings(reader, ids, datetime(2026, 1, 5, 12, tzinfo=UTC))
    assert not any(one.blocked for one in found.values())
