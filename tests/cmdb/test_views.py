"""Documented views: made as declared, on both engines, over tables alone, without secrets."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
import sqlglot
from sqlglot import exp

from itmsctl.cmdb import compare, schema, views
from itmsctl.cmdb.engine import DatabasePlace, open_engine
from itmsctl.cmdb.store import Store
from itmsctl.inventory.asking import view_of_class
from itmsctl.inventory.service.class_tables import tables_of
from itmsctl.inventory.service.classes import every_class
from itmsctl.values.view import View, every_view

VIEWS = every_view()
TABLES = {*compare.declared().tables}
for each_class in every_class():
    TABLES |= {*tables_of(each_class).rows.metadata.tables}
# What says whose a row is where `name` is a column of the class itself.
COMPUTERS_OF = {view_of_class(one.name): {"computer_guid", "computer"} for one in every_class()}
NEVER_SHOWN = {"vault", "credential_secret", "chain_head", "meta", "blob", "lease", "run_output"}


def test_every_view_has_the_columns_and_types_that_it_declares(store: Store) -> None:
    with store.read() as reader:
        assert list(views.differences(reader.connection)) == []


def test_the_stored_text_is_the_declared_one(sqlite_db: str) -> None:
    engine = sa.create_engine(f"sqlite:///{sqlite_db}")
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'view'").all()
    engine.dispose()
    assert {row.name: row.sql for row in rows} == {v.name: f"CREATE VIEW {v.name} AS {v.sql}" for v in VIEWS}


def test_a_view_that_differs_is_told_and_mended(place: DatabasePlace) -> None:
    engine = open_engine(place, purpose="test")
    with engine.connect().execution_options(itms_write=True) as connection:
        connection.exec_driver_sql("DROP VIEW v_tag")
        connection.exec_driver_sql("CREATE VIEW v_tag AS SELECT name FROM resource")
        connection.exec_driver_sql("CREATE VIEW v_stray AS SELECT name FROM resource")
        found = compare.differences(connection, compare.declared())
        assert "view `v_stray` is not declared" in found
        assert any(text.startswith("view `v_tag` cannot be read") for text in found)
        views.make(connection)
        assert compare.differences(connection, compare.declared()) == []
        connection.rollback()
    engine.dispose()


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_reads_tables_alone_and_says_what_each_column_is(view: View) -> None:
    tree = sqlglot.parse_one(view.sql, read="sqlite")
    tables = {table.name for table in tree.find_all(exp.Table)}
    assert tables <= TABLES
    assert tables & NEVER_SHOWN == set()
    assert view.types.keys() <= set(tree.named_selects)
    assert all(column.help for column in view.columns)
    assert view.help.startswith("one row ") or not view.is_documented
    assert view.computer in {"", *view.types}
    assert not view.classes or view.types.keys() >= COMPUTERS_OF.get(view.name, {"guid", "name"})


def test_views_come_back_with_the_newest_revision(place: DatabasePlace) -> None:
    assert schema.migrate(place, target="base") == (schema.HEAD, None)
    assert schema.migrate(place) == (None, schema.HEAD)
    engine = open_engine(place, purpose="test")
    with engine.connect() as connection:
        assert list(views.differences(connection)) == []
    engine.dispose()
