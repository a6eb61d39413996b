"""SQLite, PostgreSQL and Python answer every filter alike (filters.md, last line)."""

from __future__ import annotations

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itmsctl.expressions import records
from itmsctl.expressions import tree as t
from itmsctl.expressions.encoding import from_json, to_json
from itmsctl.expressions.evaluate import compile_python
from itmsctl.expressions.explain import explain
from itmsctl.expressions.sql import compile_sql
from tests.expressions import world
from tests.expressions.strategies import trees, worlds
from tests.expressions.world import NOW, REGISTRY

SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def members(connection, tree, *, joined):
    """Return the ids that the SQL form picks, with the computer's table joined or looked up."""
    resource = world.resource
    alias = world.computer.alias() if joined else None
    source = resource.outerjoin(alias, alias.c.id == resource.c.id) if joined else resource
    where = compile_sql(tree, resource_id=resource.c.id, computer=alias, now=NOW, registry=REGISTRY)
    return set(connection.scalars(sa.select(resource.c.id).select_from(source).where(where)))


def loaded(connection, tree_list):
    """Return all records, in one piece."""
    ids = sorted(connection.scalars(sa.select(world.resource.c.id)))
    wanted = records.needs(tree_list, REGISTRY)
    return {id_: record for chunk in records.load(connection, ids, wanted, REGISTRY) for id_, record in chunk.items()}


@SETTINGS
@given(rows=worlds(), drawn=st.lists(trees(), min_size=1, max_size=4))
def test_sql_and_python_agree(engine, rows, drawn):
    every = [form for tree in drawn for form in (tree, t.Not(tree))]
    with engine.connect() as connection, connection.begin() as transaction:
        world.fill(connection, rows)
        found = loaded(connection, every)
        for tree in every:
            truth = compile_python(from_json(to_json(tree)), now=NOW, registry=REGISTRY)
            expected = {id_ for id_, record in found.items() if truth(record) is True}
            assert members(connection, tree, joined=True) == expected
            assert members(connection, tree, joined=False) == expected
            for record in found.values():
                assert explain(tree, record, now=NOW, registry=REGISTRY).truth is truth(record)
        transaction.rollback()


@SETTINGS
@given(rows=worlds(), tree=trees())
def test_a_filter_and_its_opposite_never_both_match(sqlite_engine, rows, tree):
    with sqlite_engine.connect() as connection, connection.begin() as transaction:
        world.fill(connection, rows)
        assert not members(connection, tree, joined=True) & members(connection, t.Not(tree), joined=True)
        transaction.rollback()
