"""How large the database is, and how large it will be (DB-2, DB-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from itmsctl.admin import growth
from itmsctl.cmdb import preallocation
from itmsctl.cmdb.facts import RESERVED_BYTES, note_fact
from itmsctl.cmdb.space import Space, measure
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.types import Moment
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InputError
from itmsctl.values.sizes import size_text
from itmsctl.values.times import seconds
from itmsctl.values.typed import type_of

# Since when a class has grown: the oldest of its rows.
_SINCE = {
    "audit": ("change_set", "at"),
    "runs": ("run", "created_at"),
    "output": ("run", "created_at"),
    "membership": ("membership_run", "started_at"),
    "policies": ("occurrence", "decided_at"),
}


@dataclass(frozen=True)
class Size:
    """What a database takes, and what is known of its growth."""

    place: str
    space: Space
    computers: int
    ages_s: Mapping[str, float]

    def by_class(self) -> list[dict[str, Any]]:
        """Return each class of tables, the largest first, then what is free inside the database."""
        rows: dict[str, dict[str, Any]] = {}
        for table in self.space.tables:
            name = growth.class_of(table.name)
            row = rows.setdefault(name, {"name": name, "tables": 0, "rows": 0, "size_bytes": None, "share": None})
            row["tables"] += 1
            row["rows"] += table.rows
            if table.size is not None:
                row["size_bytes"] = (row["size_bytes"] or 0) + table.size
        free = {"name": "free inside", "tables": None, "rows": None, "size_bytes": self.space.free, "share": None}
        return _shared([*_largest_first(rows.values()), free])

    def by_table(self) -> list[dict[str, Any]]:
        """Return each table, the largest first."""
        rows = [
            {"name": t.name, "class": growth.class_of(t.name), "rows": t.rows, "size_bytes": t.size, "share": None}
            for t in self.space.tables
        ]
        return _shared(_largest_first(rows))

    def _used(self) -> int:
        return self.space.size - self.space.free

    def sentence(self) -> str:
        """Say it in one line."""
        said = [f"{self.place}: {size_text(self.space.size)}"]
        if self.space.log is not None:
            said.append(f"log {size_text(self.space.log)}")
        if self.space.disk_free is not None:
            said.append(f"{size_text(self.space.disk_free)} free on the disk")
        if self.computers:
            said.append(f"{self.computers} computers, {size_text(self._used() / self.computers)} each")
        return ", ".join(said)


def _largest_first(rows: Any) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (-(row["size_bytes"] or 0), -(row["rows"] or 0), row["name"]))


def _shared(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sizes = {row["name"]: row["size_bytes"] for row in rows if row["size_bytes"] is not None}
    for name, share in growth.shares(sizes).items():
        next(row for row in rows if row["name"] == name)["share"] = round(share, 4)
    return rows


def size(store: Store) -> Size:
    """Measure the database: every row is counted and every page looked at."""
    with store.read() as reader:
        if not store.place.is_sqlite:
            reader.connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        space = measure(reader.connection, store.place)
        ages = {name: age for name, since in _SINCE.items() if (age := _age(reader, *since)) is not None}
    computers = next((table.rows for table in space.tables if table.name == "computer"), 0)
    return Size(str(store.place), space, computers, ages)


def _age(reader: Reader, table: str, column: str) -> float | None:
    oldest = reader.scalar(sa.select(sa.func.min(sa.column(column, Moment))).select_from(sa.table(table)))
    return None if oldest is None else max(0.0, (reader.now - oldest).total_seconds())


@dataclass(frozen=True)
class Forecast:
    """The years to come, and the classes of which too little is known yet."""

    rows: list[dict[str, Any]]
    too_young: list[str]


def forecast(found: Size, keeps: Mapping[str, str | None], growth_pct: float, years: int) -> Forecast:
    """Return how large the database will be, where computers grow by so many percent a year.

    `keeps` are the settings of retention. Raises InputError where the engine cannot tell the size of a table.
    """
    parts = []
    for row in found.by_class():
        if row["tables"] is None:  # what is free inside is used before anything grows
            continue
        if row["size_bytes"] is None:
            raise InputError("this SQLite cannot tell the size of a table (it was built without dbstat)")
        kept = keeps.get(growth.KEPT_BY.get(row["name"], ""))
        age = found.ages_s.get(row["name"])
        parts.append(growth.GrowthPart(row["name"], row["size_bytes"], age, None if kept is None else seconds(kept)))
    ahead = growth.forecast(parts, found.computers, growth_pct / 100, years)
    most = max(year.size for year in ahead) or 1
    rows = [
        {
            "name": "now" if year.year == 0 else f"in {year.year} y",
            "computers": year.computers,
            "size_bytes": year.size,
            "share": round(year.size / most, 4),
            "suite_low_bytes": year.suite_low,
            "suite_high_bytes": year.suite_high,
        }
        for year in ahead
    ]
    return Forecast(rows, growth.too_young(parts))


def preallocate(store: Store, text: str) -> dict[str, Any]:
    """Reserve room up to a size, and remember it, so that upkeep does not give it away; 0 forgets it.

    Raises InputError for no size, StorageFullError: nothing was changed then.
    """
    wanted = int(type_of("size", ("size",)).value(text))
    row: dict[str, Any] = {"name": str(store.place), "reserved_bytes": wanted}
    if not store.place.is_sqlite:
        why = "PostgreSQL cannot reserve room for one database: give it a volume of its own, of at least this size"
        return row | {"action": "not applicable", "why": why}
    done = preallocation.preallocate(store.place, wanted)

    def remember(unit: UnitOfWork) -> None:
        note_fact(unit, RESERVED_BYTES, str(wanted))
        unit.note("database", preallocated=1)

    store.write(remember)
    action = "grown" if done.size > done.before else "unchanged"
    return row | {"action": action, "before_bytes": done.before, "size_bytes": done.size, "free_bytes": done.free}
