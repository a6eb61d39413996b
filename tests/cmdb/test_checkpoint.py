"""Purging the audit: what is kept verifies from a checkpoint, and any change of either is found (I8)."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl import errors
from itmsctl.cmdb import audit, chain, checkpoint
from itmsctl.cmdb.engine import DatabasePlace
from itmsctl.cmdb.rows import change_sets, heads
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from tests.cmdb.conftest import Opened
from tests.cmdb.nouns import SITES
from tests.cmdb.test_chain import tamper, verify
from tests.conftest import FrozenClock


def fill(store: Store, clock: FrozenClock, count: int, dice: random.Random) -> None:
    """Write one change-set an hour: sites added, changed, removed, and batches that keep counts alone."""
    for n in range(count):
        clock.forward(hours=1)
        act = dice.choice(("add", "set", "remove", "batch"))
        names = [doc.name for doc in _sites(store)]

        def work(unit: UnitOfWork, act: str = act, n: int = n, names: list[str] = names) -> None:
            if act == "add" or not names:
                SITES.add(unit, f"s{clock():%j%H}", {"region": f"r{n}"})
            elif act == "set":
                SITES.set(unit, dice.choice(names), {"region": f"new {n}"})
            elif act == "remove":
                SITES.remove(unit, dice.choice(names))
            else:
                unit.note("member", added=n)
                unit.digest(b"%d" % n)

        store.write(work)


def _sites(store: Store) -> list[Any]:
    with store.read() as reader:
        return list(SITES.list(reader))


def purge(store: Store, hours: float) -> int:
    """Purge what is older than so many hours; return how many change-sets went."""
    gone, before = 0, store.clock() - timedelta(hours=hours)
    while True:
        counts = store.write(lambda unit: checkpoint.purge_batch(unit, before, "tester"))
        if not counts:
            return gone
        gone += counts["change_sets"]


def horizon(store: Store) -> audit.Horizon:
    with store.read() as reader:
        return audit.horizon(reader.connection)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_kept_verifies_after_any_purges(
    store: Store, clock: FrozenClock, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(seed)
    monkeypatch.setattr(checkpoint, "SETS", dice.choice((1, 3, 500)))
    gone = 0
    for _ in range(3):
        fill(store, clock, dice.randrange(1, 12), dice)
        gone += purge(store, dice.choice((0, 0.5, 3, 6, 40)))
        start = horizon(store)
        with store.read() as reader:
            kept = list(reader.connection.execute(sa.select(change_sets.c.seq)).scalars())
            head = reader.connection.execute(sa.select(heads.c.seq)).scalar_one()
        assert sorted(kept) == list(range(start.seq + 1, head + 1))
        assert verify(store) == len(kept)
        assert start.seq == gone


def test_a_purge_tells_what_it_took_and_who(store: Store, clock: FrozenClock) -> None:
    fill(store, clock, 6, random.Random(1))
    assert vars(horizon(store)) == vars(audit.Horizon())
    assert purge(store, 2.5) == 3
    start = horizon(store)
    assert (start.seq, start.actor, start.purged_at, start.at) == (3, "tester", clock(), clock() - timedelta(hours=3))
    with store.read() as reader:
        audit.refuse_purged(reader.connection, 4)
        audit.refuse_before_horizon(reader.connection, clock() - timedelta(hours=3))
        with pytest.raises(errors.PurgedError, match="change-set 3 was purged"):
            audit.refuse_purged(reader.connection, 3)
        with pytest.raises(errors.PurgedError, match="does not reach back"):
            audit.refuse_before_horizon(reader.connection, clock() - timedelta(hours=4))


def test_a_clock_that_went_back_keeps_what_follows(store: Store, clock: FrozenClock) -> None:
    fill(store, clock, 3, random.Random(2))
    clock.forward(days=-10)
    fill(store, clock, 2, random.Random(3))
    clock.forward(days=10)
    assert purge(store, 2.5) == 2, "the third is younger, so what follows it stays"
    assert verify(store) == 3 + 1  # the purge itself


def test_a_mark_before_the_checkpoint_opens_and_one_at_it_is_compared(
    store: Store, clock: FrozenClock, opened: Opened, place: DatabasePlace
) -> None:
    fill(store, clock, 6, random.Random(5))
    assert purge(store, 2.5) == 3
    with store.read() as reader:
        start = audit.horizon(reader.connection)
        assert audit.has_hash(reader.connection, 2, "whatever it was")
        assert audit.has_hash(reader.connection, 3, start.hash)
        assert not audit.has_hash(reader.connection, 3, "another")
        assert not audit.has_hash(reader.connection, 5, "another")
        assert not audit.has_hash(reader.connection, 99, "another")
    opened(place).close()


COLUMNS = {
    "change_set": ("seq", "guid", "at", "actor", "command", "reason", "summary", "digest", "prev_hash", "hash"),
    "change": ("ord", "kind", "guid", "name", "action", "before", "after"),
    "chain_checkpoint": ("id", "seq", "hash", "at", "changes", "digest", "actor", "purged_at"),
}


@pytest.mark.parametrize("table", COLUMNS)
def test_one_changed_character_is_found(store: Store, clock: FrozenClock, table: str) -> None:
    dice = random.Random(table)
    fill(store, clock, 9, random.Random(7))
    assert purge(store, 4.5) == 4
    assert verify(store) == 6
    with store.engine.connect().execution_options(itms_write=True) as connection:
        rows = connection.exec_driver_sql(f"SELECT * FROM {table}").mappings().all()
        cells = [(row, column) for row in rows for column in COLUMNS[table] if row[column] not in (None, "")]
        assert {column for _, column in cells} == set(COLUMNS[table]) - {"reason"}
        for row, column in cells:
            old = row[column]
            new = old + 100 if isinstance(old, int) else _flipped(old, dice)
            keys = [name for name in ("change_set", "ord", "id") if name in row]
            wanted = " AND ".join(f"{name} = :_{name}" for name in keys)
            statement = sa.text(f'UPDATE {table} SET "{column}" = :new WHERE {wanted}')
            connection.execute(statement, {"new": new} | {f"_{name}": row[name] for name in keys})
            with pytest.raises(errors.AuditChainError):
                chain.verify(connection)
            connection.rollback()
        assert chain.verify(connection) == 6


def _flipped(old: Any, dice: random.Random) -> Any:
    if not isinstance(old, str):
        return old + timedelta(microseconds=1)  # PostgreSQL's own moments
    at = dice.randrange(len(old))
    return old[:at] + chr(ord(old[at]) ^ 1) + old[at + 1 :]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM chain_checkpoint",
        "UPDATE chain_checkpoint SET id = 2",
        "INSERT INTO chain_checkpoint SELECT 2, seq, hash, at, changes, digest, actor, purged_at FROM chain_checkpoint",
        "DELETE FROM change WHERE kind = 'checkpoint'",
    ],
)
def test_a_checkpoint_cannot_be_taken_away_or_doubled(store: Store, clock: FrozenClock, statement: str) -> None:
    fill(store, clock, 6, random.Random(8))
    purge(store, 2.5)
    tamper(store, statement)
    with pytest.raises(errors.AuditChainError):
        verify(store)


def test_a_checkpoint_made_up_is_found(store: Store, clock: FrozenClock) -> None:
    fill(store, clock, 6, random.Random(9))
    now = "now()" if not store.place.is_sqlite else "'2026-01-05T09:00:00.000000Z'"
    tamper(
        store,
        f"INSERT INTO chain_checkpoint SELECT 1, seq, hash, at, 0, '', 'me', {now} FROM change_set WHERE seq = 2",
        "DELETE FROM change WHERE change_set IN (SELECT id FROM change_set WHERE seq <= 2)",
        "DELETE FROM change_set WHERE seq <= 2",
    )
    with pytest.raises(errors.AuditChainError, match="change-set 3"):
        verify(store)


def test_verification_notices_a_row_that_was_numbered_anew(store: Store, clock: FrozenClock) -> None:
    fill(store, clock, 3, random.Random(1))
    tamper(store, "UPDATE change SET ord = ord + 7")
    with pytest.raises(errors.AuditChainError), store.read() as reader:
        chain.verify(reader.connection)
