"""`db maintain`, `db size`, `db preallocate`, and what doctor says of the care that a database wants."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from itmsctl.admin.service import care
from itmsctl.cmdb import space, upkeep
from itmsctl.cmdb.facts import MAINTAINED_AT, fact
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from tests.conftest import FrozenClock, Run


class Usage(NamedTuple):
    """What `shutil.disk_usage` answers."""

    total: int
    used: int
    free: int


def names(result: object) -> list[str]:
    return [row["name"] for row in result.json]  # type: ignore[attr-defined]


# --- maintain ---------------------------------------------------------------------------------------------------------


def test_maintain_does_its_parts_and_remembers_when(ok: Run, run: Run, store: Store, clock: FrozenClock) -> None:
    ok("computer", "add", "pc-1")
    ok("computer", "set", "pc-1", "--os-family", "linux")
    rows = ok("db", "maintain", "-o", "json").json
    wanted = [
        "integrity",
        "blobs",
        "dirty rows",
        "rows of inventory",
        "dictionary entries",
        "metered programs",
        "library",
        "indexes",
        "tables",
        "statistics",
    ]
    assert [row["name"] for row in rows] == wanted
    assert all(row["duration_s"] >= 0 for row in rows)
    with store.read() as reader:
        assert fact(reader, MAINTAINED_AT) == "2026-01-05T09:00:00.000000Z"
    assert names(ok("db", "maintain", "--only", "statistics", "-o", "json")) == ["statistics"]
    assert names(ok("db", "maintain", "--dry-run", "-o", "json")) == [
        "blobs",
        "dirty rows",
        "rows of inventory",
        "dictionary entries",
        "metered programs",
        "library",
        "would be done",
    ]
    assert run("db", "maintain", "--only", "everything").code == 2
    ok("db", "maintain", "--full", "--only", "space")
    ok("db", "check")


def test_rows_of_dirty_that_say_the_same_are_merged_and_the_update_is_as_before(ok: Run, store: Store) -> None:
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    for family in ("linux", "windows", "linux"):
        ok("computer", "add" if family == "linux" else "set", "pc-1", "--os-family", family) if family != "linux" else (
            ok("computer", "import", "-", stdin=f"name,os_family\npc-1,{family}\n")
        )
    dirty = sa.table("dirty", sa.column("seq"), sa.column("resource_id"), sa.column("class_name"))
    said = sa.select(dirty.c.resource_id, dirty.c.class_name, sa.func.max(dirty.c.seq)).group_by(
        dirty.c.resource_id, dirty.c.class_name
    )
    with store.read() as reader:
        before = sorted(tuple(row) for row in reader.rows(said))
        count = reader.scalar(sa.select(sa.func.count()).select_from(dirty))
    merged = store.write(upkeep.merge_dirty)
    assert merged == count - len(before) > 0
    with store.read() as reader:
        assert sorted(tuple(row) for row in reader.rows(said)) == before
    ok("membership", "update")
    assert ok("filter", "members", "linux", "-o", "name").out == "pc-1\n"


def test_maintain_asks_the_disk_first(bare_run: Run, sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_run("--db", sqlite_db, "site", "add", "rome")
    before = Path(sqlite_db).stat().st_size
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**9, 10**9 - before, before))
    refused = bare_run("--db", sqlite_db, "db", "maintain")
    assert (refused.code, "STORAGE-FULL" in refused.err) == (11, True)
    assert bare_run("--db", sqlite_db, "db", "maintain", "--only", "statistics").code == 0


def test_advice_is_of_the_engine(ok: Run, db: str) -> None:
    rows = {row["name"]: row for row in ok("db", "maintain", "--advice", "-o", "json").json}
    assert rows["recovery model"]["applies"] == "no"
    assert rows["preallocation"]["applies"] == ("no" if db.startswith("postgresql") else "yes")


# --- size -------------------------------------------------------------------------------------------------------------


def test_size_counts_every_table_once(ok: Run, store: Store) -> None:
    for n in range(3):
        ok("computer", "add", f"pc-{n}")
    result = ok("db", "size", "-o", "json")
    assert "3 computers" in result.err
    rows = {row["name"]: row for row in result.json}
    tables = ok("db", "size", "--tables", "-o", "json").json
    assert sum(row["tables"] or 0 for row in rows.values()) == len(tables)
    assert {row["name"]: row["rows"] for row in tables}["computer"] == 3
    assert sum(row["size_bytes"] for row in tables) + rows["free inside"]["size_bytes"] > 0
    assert abs(sum(row["share"] for row in rows.values()) - 1) < 0.01
    if store.place.is_sqlite:
        inside = sum(row["size_bytes"] for row in rows.values())
        path = store.place.path
        assert path is not None
        assert 0 <= path.stat().st_size - inside <= 300_000, "all but the schema's own pages"


def test_a_forecast_goes_by_age_and_retention(
    ok: Run, run: Run, clock: FrozenClock, environment: dict[str, str]
) -> None:
    ok("computer", "add", "pc-1")
    young = ok("db", "size", "--forecast", "-o", "json")
    assert "less than a day old" in young.err
    clock.forward(days=365)
    grown = ok("db", "size", "--forecast", "--years", "2", "--growth", "100", "-o", "json").json
    assert [(row["name"], row["computers"]) for row in grown] == [("now", 1), ("in 1 y", 2), ("in 2 y", 4)]
    assert grown[0]["size_bytes"] < grown[1]["size_bytes"] < grown[2]["size_bytes"]
    folder = Path(environment["XDG_CONFIG_HOME"]) / "itmsctl"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('keep_changes = "30d"\n')
    held = ok("db", "size", "--forecast", "--years", "2", "--growth", "100", "-o", "json").json
    assert held[2]["size_bytes"] < grown[2]["size_bytes"]
    assert run("db", "size", "--forecast", "--years", "0").code == 2


def test_without_dbstat_the_rows_are_still_counted(
    bare_run: Run, sqlite_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_run("--db", sqlite_db, "site", "add", "rome")
    monkeypatch.setattr(space, "_pages_of_tables", lambda _connection: {})
    rows = {row["name"]: row for row in bare_run("--db", sqlite_db, "db", "size", "-o", "json").json}
    assert (rows["configuration"]["rows"] > 0, rows["configuration"]["size_bytes"]) == (True, None)
    assert bare_run("--db", sqlite_db, "db", "size", "-o", "table").code == 0
    assert bare_run("--db", sqlite_db, "db", "size", "--forecast").code == 3


# --- preallocate ------------------------------------------------------------------------------------------------------


def test_room_is_reserved_on_the_disk_and_kept_by_upkeep(bare_run: Run, sqlite_db: str) -> None:
    bare_run("--db", sqlite_db, "site", "add", "rome")
    path = Path(sqlite_db)
    before = path.stat().st_size
    grown = bare_run("--db", sqlite_db, "db", "preallocate", "12M", "-o", "json").json
    assert (grown["action"], grown["before_bytes"]) == ("grown", before)
    assert 0 <= grown["size_bytes"] - 12 * 2**20 <= 4 * 4096
    assert path.stat().st_blocks * 512 >= 12 * 2**20, "taken, not promised"
    assert bare_run("--db", sqlite_db, "db", "preallocate", "12M", "-o", "json").json["action"] == "unchanged"
    assert bare_run("--db", sqlite_db, "db", "check").code == 0
    with sqlite3.connect(sqlite_db) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name LIKE 'itms_%'").fetchone() == (0,)
    connection.close()
    steps = bare_run("--db", sqlite_db, "db", "maintain", "-o", "json").json
    assert "reserve" in [step["name"] for step in steps]
    assert path.stat().st_size >= 12 * 2**20
    assert bare_run("--db", sqlite_db, "db", "preallocate", "0").code == 0
    bare_run("--db", sqlite_db, "db", "maintain")
    assert path.stat().st_size < 2 * before
    assert bare_run("--db", sqlite_db, "site", "list", "-o", "name").out == "rome\n"


@pytest.mark.parametrize(("size", "code"), [("much", 3), ("-1M", 2), ("", 3), ("900000G", 11)])
def test_what_cannot_be_reserved_changes_nothing(bare_run: Run, sqlite_db: str, size: str, code: int) -> None:
    bare_run("--db", sqlite_db, "site", "add", "rome")
    before = Path(sqlite_db).read_bytes()
    assert bare_run("--db", sqlite_db, "db", "preallocate", size).code == code
    assert Path(sqlite_db).read_bytes() == before


def test_postgresql_says_that_it_has_no_such_thing(run: Run, db: str) -> None:
    found = run("db", "preallocate", "10M", "-o", "json")
    assert found.code == 0
    assert found.json["action"] == ("not applicable" if db.startswith("postgresql") else "grown")


# --- doctor -----------------------------------------------------------------------------------------------------------


def found(store: Store) -> dict[str, str]:
    with store.read() as reader:
        return {one.id: str(one.severity) for one in care.check(reader)}


def test_doctor_tells_what_wants_care(ok: Run, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(store) == {"DATABASE-ROOM": "ok", "OUTPUT-KEPT": "ok", "UPKEEP": "ok"}

    def fill(unit: UnitOfWork) -> None:
        blob = sa.table("blob", sa.column("sha256", sa.LargeBinary), sa.column("size"), sa.column("data"))
        rows = [{"sha256": bytes([n]) * 32, "size": 50_000, "data": bytes([n]) * 50_000} for n in range(40)]
        unit.connection.execute(sa.insert(blob), rows)
        unit.note("blob", added=40)

    store.write(fill)
    for name, value in (("MUCH", 1000), ("MUCH_OUTPUT", 1000), ("MANY_CHANGES", 1)):
        monkeypatch.setattr(care, name, value)
    told = found(store)
    assert (told["OUTPUT-KEPT"], told["UPKEEP"]) == ("info", "info")
    assert "db purge --outputs" in ok("doctor", "-o", "json").out
    ok("db", "purge", "--outputs", "1d", "--yes")
    told = found(store)
    assert told["OUTPUT-KEPT"] == "ok"
    if store.place.is_sqlite:
        assert told["DATABASE-ROOM"] == "info"
    ok("db", "maintain")
    told = found(store)
    assert (told["UPKEEP"], told["OUTPUT-KEPT"]) == ("ok", "ok")
    if store.place.is_sqlite:
        assert told["DATABASE-ROOM"] == "ok"
