"""The tables of data classes: made with a database, widened where a definition grew, by one process at a time."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from itmsctl.cmdb import compare, defined, schema
from itmsctl.cmdb.engine import DatabasePlace
from itmsctl.cmdb.store import Store
from itmsctl.inventory.service.class_tables import tables_of
from itmsctl.inventory.service.classes import data_class, every_class
from tests.conftest import Run


def execute(store: Store, *statements: str) -> None:
    with store.engine.connect().execution_options(itms_write=True) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()


def differences(store: Store) -> list[str]:
    with store.read() as reader:
        return compare.differences(reader.connection, compare.declared())


def test_every_class_has_its_tables(store: Store) -> None:
    assert differences(store) == []
    with store.read() as reader:
        there = set(sa.inspect(reader.connection).get_table_names())
    assert {f"inv_{one.name}" for one in every_class()} <= there


def test_a_table_holds_what_its_class_says() -> None:
    software = tables_of(data_class("software"))
    assert [column.name for column in software.rows.primary_key] == ["computer_id", "row_key"]
    assert list(software.rows.c.keys()) == [
        "computer_id", "row_key", "since", "entry_id", "installed_at", "is_manual",
    ]  # fmt: skip
    assert software.entries is not None
    assert list(software.entries.c.keys())[:4] == ["entry_id", "name", "version", "version_key"]
    addresses = tables_of(data_class("interface_addresses"))
    assert addresses.entries is None
    assert isinstance(addresses.rows.c.address_key.type, sa.LargeBinary), "what filters compare stands beside the text"


def test_the_rows_of_a_computer_go_with_it(store: Store) -> None:
    for one in every_class():
        (key,) = tables_of(one).rows.foreign_keys
        assert (key.target_fullname, key.ondelete) == ("inventory_computer.computer_id", "CASCADE")


NARROW = (
    "ALTER TABLE inv_bios DROP COLUMN version",
    "DROP TABLE inv_software_entry",
    "ALTER TABLE inv_disks ADD COLUMN of_old TEXT",
)


def drop_views_of(store: Store) -> None:
    """Take the views away: none is to stand in the way of a column that goes."""
    with store.read() as reader:
        names = [name for name in sa.inspect(reader.connection).get_view_names() if name.startswith("v_inv_")]
    execute(store, *(f'DROP VIEW "{name}"' for name in names))


def test_what_a_definition_gained_is_added_and_what_it_lost_stays(ok: Run, store: Store) -> None:
    drop_views_of(store)
    execute(store, *NARROW)
    assert {text for text in differences(store) if text.startswith("table ")} == {
        "table `inv_bios`: column `version` is missing",
        "table `inv_software_entry` is missing",
    }
    rehearsed = ok("db", "upgrade", "--dry-run", "-o", "json").json
    done = ok("db", "upgrade", "-o", "json")
    assert done.json["tables"] == rehearsed["tables"] == ["inv_bios", "inv_software_entry"]
    assert "tables made or widened: inv_bios, inv_software_entry" in done.err
    assert differences(store) == []
    assert ok("db", "check").code == 0
    with store.read() as reader:
        assert "of_old" in {column["name"] for column in sa.inspect(reader.connection).get_columns("inv_disks")}
    assert ok("db", "upgrade", "-o", "json").json["action"] == "unchanged"


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE inv_disks ADD COLUMN extra TEXT DEFAULT 'x'",
        "ALTER TABLE inv_disks ADD COLUMN extra TEXT CHECK (extra <> 'x')",
        "CREATE TABLE inv_stray (id INTEGER)",
    ],
)
def test_what_was_put_into_such_a_table_by_others_is_told(store: Store, run: Run, statement: str) -> None:
    execute(store, statement)
    assert run("db", "check").code != 0


def test_another_type_is_told(place: DatabasePlace, store: Store) -> None:
    if place.is_sqlite:
        with sqlite3.connect(str(place.path)) as connection:
            connection.execute("PRAGMA writable_schema=ON")
            connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'rom_kib INTEGER', 'rom_kib TEXT')")
        connection.close()
        store.engine.dispose()  # a connection that is open knows the tables as they were
    else:
        drop_views_of(store)
        execute(store, "ALTER TABLE inv_bios ALTER COLUMN rom_kib TYPE text")
    assert any("inv_bios`: column `rom_kib` is TEXT, its definition says " in text for text in differences(store))


def test_two_that_upgrade_at_once_make_each_table_once(place: DatabasePlace, store: Store) -> None:
    drop_views_of(store)
    execute(store, *NARROW)
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda _: schema.renew(place).tables, range(3)))
    assert sorted(made) == [[], [], ["inv_bios", "inv_software_entry"]]


def test_two_that_add_a_class_at_once_wait_for_each_other(store: Store) -> None:
    drop_views_of(store)
    execute(store, "DROP TABLE inv_bios")
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda _: store.write(lambda unit: defined.make(unit.connection), overlap=True), range(3)))
    assert sorted(made) == [[], [], ["inv_bios"]]
