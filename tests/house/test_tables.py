"""A table is said once: those that statements use follow from the kinds, and the SQLModel classes say the same."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.compare import declared
from itmsctl.cmdb.nouns import METADATA, pairs_of, table_of, typed_table_of
from itmsctl.values.kind import house
from tests.house import PACKAGE


def light() -> sa.MetaData:
    """Return the tables that statements use, all of them."""
    for path in PACKAGE.glob("*/rows.py"):
        if path.parent.name != "documents":
            importlib.import_module(f"itmsctl.{path.parent.name}.rows")
    for kind in house().kinds():
        table_of(kind)
        if kind.typed:
            typed_table_of(kind)
        for field, link in kind.links:
            pairs_of(kind, field, link)
    return METADATA


def columns_of(table: sa.Table) -> list[tuple[Any, ...]]:
    return [
        (
            column.name,
            repr(column.type),
            column.nullable,
            column.default.arg if isinstance(column.default, sa.ColumnDefault) else None,
            column.primary_key,
            sorted((key.target_fullname, key.ondelete) for key in column.foreign_keys),
        )
        for column in table.columns
    ]


def test_the_tables_that_statements_use_are_those_of_the_schema() -> None:
    assert set(light().tables) == set(declared().tables)


@pytest.mark.parametrize("name", sorted(declared().tables))
def test_a_class_says_what_its_table_is(name: str) -> None:
    """Name, type, null, default, key and reference of each column."""
    said, made = columns_of(declared().tables[name]), columns_of(light().tables[name])
    assert sorted(said) == sorted(made)
    if name not in {kind.typed or kind.table for kind in house().kinds()}:
        assert said == made, "digests of rows are taken over the columns in their order"


def test_a_field_that_owns_no_column_says_so() -> None:
    for kind in house().kinds():
        table = typed_table_of(kind) if kind.typed else table_of(kind)
        assert [f.name for f in kind.fields if f.column_name and f.column_name not in table.c] == []
        assert [f.name for f in kind.fields if f.apart and f.link is not None] == []
