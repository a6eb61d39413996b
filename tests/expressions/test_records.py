from __future__ import annotations

from sqlalchemy import event

from itmsctl.expressions import records
from itmsctl.expressions.parse import parse
from tests.expressions import world
from tests.expressions.world import NOW, REGISTRY, ago


def test_records_come_by_index_in_chunks(sqlite_engine):
    count = 1201
    rows = {
        "t_resource": [{"id": n} for n in range(count)],
        "t_computer": [{"id": n, "name": f"pc-{n}", "os_at": NOW if n % 2 else None} for n in range(count - 1)],
        "t_os": [{"computer_id": n, "name": "Debian", "installed": ago(days=1)} for n in range(count - 1)],
    }
    wanted = records.needs(
        [parse("name = 'a' and os.installed > now() and software() and tags.a = 'b'", REGISTRY)], REGISTRY
    )
    plans: list[str] = []
    with sqlite_engine.connect() as connection, connection.begin() as transaction:
        world.fill(connection, rows)

        def watch(_connection, cursor, statement, parameters, *_):
            plan = cursor.connection.execute("explain query plan " + statement, parameters).fetchall()
            plans.extend(line[3] for line in plan)

        event.listen(connection, "before_cursor_execute", watch)
        chunks = list(records.load(connection, range(count), wanted, REGISTRY))
        event.remove(connection, "before_cursor_execute", watch)
        transaction.rollback()
    assert [len(chunk) for chunk in chunks] == [500, 500, 201]
    assert len(plans) == 3 * 5
    assert all(plan.startswith("SEARCH") for plan in plans), plans
    assert chunks[0][1].rows["computer"] == [{"name": "pc-1"}]
    assert chunks[0][1].rows["os"] == [{"installed": ago(days=1)}]
    assert chunks[0][1].collected == {"os"}
    assert chunks[0][2].collected == frozenset()
    assert chunks[2][1200] == records.Record({}, frozenset())
