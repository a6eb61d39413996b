from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from itmsctl.expressions.parse import parse
from itmsctl.expressions.sql import compile_sql
from tests.expressions.world import NOW, REGISTRY, computer

GOLDEN = [
    (
        "os_family = 'linux'",
        "c.family = ?",
        '(c.family COLLATE "C") = %s',
    ),
    (
        "name like 'a%' and not name ilike 'b'",
        "(c.name GLOB ?) AND NOT (c.name LIKE ? ESCAPE '\\')",
        """((c.name COLLATE "C") LIKE %s ESCAPE '\\') AND NOT ((c.name COLLATE "C") ILIKE %s ESCAPE '\\')""",
    ),
    (
        "not software(name = 'x')",
        "c.software_at IS NOT NULL AND NOT (EXISTS (SELECT 1 FROM t_software AS s"
        " WHERE c.id = s.computer_id AND (s.name = ? OR s.name IS NULL)))",
        "c.software_at IS NOT NULL AND NOT (EXISTS (SELECT 1 FROM t_software AS s"
        ' WHERE c.id = s.computer_id AND ((s.name COLLATE "C") = %s OR s.name IS NULL)))',
    ),
    (
        "tags.env = 'prod'",
        'EXISTS (SELECT 1 FROM t_tag AS s WHERE c.id = s.resource_id AND s."key" = ? AND s.value = ?)',
        "EXISTS (SELECT 1 FROM t_tag AS s WHERE c.id = s.resource_id AND s.key = %s"
        ' AND (s.value COLLATE "C") = %s)',
    ),
]  # fmt: skip


def _shown(query, dialect):
    text = " ".join(str(query.compile(dialect=dialect)).split()).split(" WHERE ", 1)[1]
    for name in ("t_software_1", "t_tag_1"):
        text = text.replace(name, "s")
    import re

    return re.sub(r"%\(\w+\)s::\w+", "%s", text)


@pytest.mark.parametrize(("expression", "for_sqlite", "for_postgresql"), GOLDEN)
def test_the_sql_that_is_made(expression, for_sqlite, for_postgresql):
    alias = computer.alias("c")
    tree = parse(expression, REGISTRY)
    query = sa.select(alias.c.id).where(
        compile_sql(tree, resource_id=alias.c.id, computer=alias, now=NOW, registry=REGISTRY)
    )
    assert _shown(query, sqlite.dialect()) == for_sqlite
    assert _shown(query, postgresql.psycopg.dialect()) == for_postgresql


def test_values_are_never_part_of_the_sql():
    alias = computer.alias("c")
    nasty = "x'); drop table computer; --"
    quoted = nasty.replace("'", "''")
    for expression in (
        f"name = '{quoted}'",
        f"name like '{quoted}'",
        f"tags.\"{nasty}\" = 'a'",
        f"name in ('{quoted}')",
    ):
        predicate = compile_sql(
            parse(expression, REGISTRY), resource_id=alias.c.id, computer=alias, now=NOW, registry=REGISTRY
        )
        for dialect in (sqlite.dialect(), postgresql.psycopg.dialect()):
            assert "drop" not in str(predicate.compile(dialect=dialect))
