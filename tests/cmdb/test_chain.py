"""The audit: tampering is found, and the first broken change-set is named (I8)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from itmsctl import errors
from itmsctl.cmdb import bulk, chain
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.values.untrusted import without_secrets
from tests.cmdb.nouns import SITES


def fill(store: Store, count: int = 6) -> None:
    for i in range(count):
        store.write(lambda unit, i=i: SITES.add(unit, f"s{i}", {"region": f"r{i}"}))
    store.write(lambda unit: SITES.remove(unit, "s0"))

    def batch(unit: UnitOfWork) -> None:
        unit.note("member", added=3, removed=1)
        unit.digest(b"three in, one out")

    store.write(batch)


def verify(store: Store) -> int:
    with store.read() as reader:
        return chain.verify(reader.connection)


def tamper(store: Store, *statements: str) -> None:
    with store.engine.connect().execution_options(itms_write=True) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%", "%%"))
        connection.commit()


def test_an_honest_chain_holds(store: Store) -> None:
    assert verify(store) == 0
    fill(store)
    assert verify(store) == 8


LEASE = ("name", "owner", "token", "taken_at", "expires_at")
SET_3 = "(SELECT id FROM change_set WHERE seq = 3)"
SET_5 = "(SELECT id FROM change_set WHERE seq = 5)"


@pytest.mark.parametrize(
    ("statements", "broken", "why"),
    [
        ([f"UPDATE change SET after = replace(after, 'r2', 'r9') WHERE change_set = {SET_3}"], 3, "rows were changed"),
        ([f"UPDATE change SET name = 'x' WHERE change_set = {SET_3}"], 3, "rows were changed"),
        ([f"UPDATE change SET before = '' WHERE change_set = {SET_3}"], 3, "rows were changed"),
        ([f"DELETE FROM change WHERE change_set = {SET_3}"], 3, "rows were changed"),
        (
            [
                "INSERT INTO change (change_set, ord, kind, guid, name, action)"
                f" VALUES ({SET_3}, 1, 'site', 'g', 'n', 'created')"
            ],
            3, "rows were changed",
        ),
        (
            [
                f"UPDATE change SET ord = 99 WHERE change_set = {SET_3}",
                f"UPDATE change SET change_set = {SET_3} WHERE change_set = {SET_5}",
                f"UPDATE change SET change_set = {SET_5}, ord = 0 WHERE change_set = {SET_3} AND ord = 99",
            ],
            3, "rows were changed",
        ),
        (["UPDATE change_set SET actor = 'somebody else' WHERE seq = 4"], 4, "header was changed"),
        (["UPDATE change_set SET command = 'itmsctl x' WHERE seq = 4"], 4, "header was changed"),
        (["UPDATE change_set SET reason = 'because' WHERE seq = 4"], 4, "header was changed"),
        (["UPDATE change_set SET idempotency_key = 'k' WHERE seq = 4"], 4, "header was changed"),
        (["UPDATE change_set SET batch_digest = 'ff' WHERE seq = 8"], 8, "header was changed"),
        (["UPDATE change_set SET summary = '{\"member\":{\"added\":4}}' WHERE seq = 8"], 8, "header was changed"),
        (["UPDATE change_set SET summary = 'no json' WHERE seq = 2"], 2, "cannot be read"),
        (["UPDATE change_set SET hash = prev_hash WHERE seq = 2"], 2, "header was changed"),
        (["UPDATE change_set SET prev_hash = hash WHERE seq = 2"], 2, "does not continue"),
        ([f"DELETE FROM change WHERE change_set = {SET_5}", "DELETE FROM change_set WHERE seq = 5"], 5, "is missing"),
        (["UPDATE change_set SET seq = 100 WHERE seq = 8"], 8, "is missing"),
        (["UPDATE chain_head SET seq = 7"], 9, "head names change-set 7"),
        (["UPDATE chain_head SET hash = 'ff'"], 9, "head names change-set 8"),
        (
            [
                "UPDATE change_set SET seq = -1 WHERE seq = 3",
                "UPDATE change_set SET seq = 3 WHERE seq = 4",
                "UPDATE change_set SET seq = 4 WHERE seq = -1",
            ],
            3, "does not continue",
        ),
    ],
)  # fmt: skip
def test_tampering_is_found_and_named(store: Store, statements: list[str], broken: int, why: str) -> None:
    fill(store)
    tamper(store, *statements)
    with pytest.raises(errors.AuditChainError, match=f"broken at change-set {broken}$") as caught:
        verify(store)
    assert why in caught.value.why
    assert caught.value.details == {"seq": broken}


def test_a_tail_cut_off_with_its_head_is_found_by_the_mark_outside(store: Store, opened, place) -> None:
    fill(store)
    tamper(
        store,
        "DELETE FROM change WHERE change_set IN (SELECT id FROM change_set WHERE seq > 6)",
        "DELETE FROM tombstone",
        "DELETE FROM change_set WHERE seq > 6",
        "UPDATE chain_head SET seq = 6, hash = (SELECT hash FROM change_set WHERE seq = 6)",
    )
    assert verify(store) == 6, "in itself the chain holds"
    with pytest.raises(errors.DatabaseOlderThanSeenError):
        opened(place)


def test_verifying_reads_pages_not_a_query_for_each(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "PAGE", 3)
    fill(store)
    statements: list[str] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    assert verify(store) == 8
    assert len(statements) <= 10, statements


def test_ten_thousand_rows_of_one_change_set_are_verified(store: Store) -> None:
    def work(unit: UnitOfWork) -> None:
        for i in range(10_000):
            unit.record("created", "site", f"g{i}", f"n{i}", None, {"name": f"n{i}", "region": "x" * 80})

    store.write(work)
    assert verify(store) == 1


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("itmsctl --db postgresql://u:pw@h/db site list", "itmsctl --db postgresql://u:***@h/db site list"),
        ("itmsctl --db postgresql://u@h/db x", "itmsctl --db postgresql://u@h/db x"),
        ("itmsctl --db 'postgresql://u:p w@h' x", "itmsctl --db 'postgresql://u:p w@h' x"),
        ("itmsctl site add a:b@c", "itmsctl site add a:b@c"),
    ],
)
def test_passwords_of_urls_do_not_enter_the_audit(command: str, kept: str) -> None:
    assert without_secrets(command) == kept


def test_many_rows_at_once(store: Store) -> None:
    def work(unit: UnitOfWork, rows: int) -> None:
        bulk.insert(
            unit.connection, "lease", ("name", "owner", "token", "taken_at", "expires_at"), lease_rows(unit, rows)
        )

    for rows in (1, 199, 200, 1000):
        store.write(lambda unit, rows=rows: work(unit, rows))
    with store.read() as reader:
        assert reader.scalar(sa.text("SELECT count(*) FROM lease")) == 1400


def lease_rows(unit: UnitOfWork, count: int) -> list[tuple[object, ...]]:
    now = bulk.moment(unit.connection, unit.now)
    return [(f"{count}-{i}\t\\N\n'\"", "é😀", i, now, now) for i in range(count)]


@pytest.mark.parametrize("rows", [1, 300])
def test_a_refused_row_is_a_constraint_not_a_drivers_error(store: Store, rows: int) -> None:
    from itmsctl.cmdb import faults

    def work(unit: UnitOfWork) -> None:
        for _ in range(2):
            bulk.insert(
                unit.connection, "lease", ("name", "owner", "token", "taken_at", "expires_at"), lease_rows(unit, rows)
            )

    with pytest.raises(faults.ConstraintError):
        store.write(work)
    with store.read() as reader:
        assert reader.scalar(sa.text("SELECT count(*) FROM lease")) == 0


def test_bulk_update_delete_and_ignore(store: Store) -> None:
    def work(unit: UnitOfWork) -> None:
        rows = lease_rows(unit, 5)
        bulk.insert(unit.connection, "lease", LEASE, rows)
        bulk.insert(unit.connection, "lease", LEASE, rows, ignore=True)
        bulk.update(unit.connection, "lease", ("token",), ("name",), [(100 + i, rows[i][0]) for i in range(3)])
        bulk.delete(unit.connection, "lease", ("name",), [(rows[4][0],)])

    store.write(work)
    with store.read() as reader:
        assert [r[0] for r in reader.rows(sa.text("SELECT token FROM lease ORDER BY token"))] == [3, 100, 101, 102]


def test_ids_are_never_given_twice(store: Store) -> None:
    first = store.write(lambda unit: unit.next_ids(3))
    second = store.write(lambda unit: unit.next_ids(2) + unit.next_ids(1) + unit.next_ids(0))
    assert len({*first, *second}) == 6
    assert min(second) > max(first)
