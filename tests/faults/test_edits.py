"""A sample of `tests.faults.edits`: every change past the program is named, on both databases."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from itmsctl.cmdb import check, compare
from tests.faults import edits
from tests.faults.estate import fill, opened

SAMPLE = 120


def test_every_edit_is_named(db: str, tmp_path: Path) -> None:
    assert fill(db, tmp_path) == []
    store = opened(db, tmp_path)
    try:
        with store.engine.connect() as connection:
            assert [str(result) for result in check.of_rows(connection) if not result.ok] == []
            tables = compare.declared().tables
            empty = {
                name
                for name, table in tables.items()
                if name not in edits.EXEMPT
                and connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is None
            }
        assert empty == set(edits.ELSEWHERE), "give the estate rows of these: an edit of them is tried nowhere"
        tally = edits.edits(store, SAMPLE, seed=7)
    finally:
        store.close()
    assert tally.missed == {}
    assert tally.named > SAMPLE * 0.7


def test_what_is_exempt_exists() -> None:
    tables = compare.declared().tables
    for what in set(edits.EXEMPT) - {"alembic_version"}:
        table, _, column = what.partition(".")
        assert table in tables, f"{what}: no such table"
        assert not column or column in tables[table].columns, f"{what}: no such column"
