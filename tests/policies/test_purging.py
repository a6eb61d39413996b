"""Occurrences and events that are purged: the last one, what is queued and what nobody took up stay."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from itmsctl.cmdb import audit
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.policies.rows import events, occurrences, policies
from itmsctl.policies.service.outbox import put
from tests.conftest import FrozenClock, Run
from tests.invariants import assert_invariants
from tests.policies.conftest import Policy, Ticked


def states(store: Store) -> list[tuple[str, bool]]:
    """Return (state, whether it names a run) of each occurrence, oldest first."""
    with store.read() as reader:
        rows = reader.rows(sa.select(occurrences.c.state, occurrences.c.run_id).order_by(occurrences.c.due))
    return [(row.state, row.run_id is not None) for row in rows]


def test_runs_of_policies_go_and_the_last_occurrence_stays(
    policy: Policy, tick: Callable[..., Ticked], ok: Run, clock: FrozenClock, store: Store
) -> None:
    policy("--daily", "12:00")
    for _ in range(3):
        clock.forward(days=1)
        tick()
    assert states(store) == [("started", True)] * 3
    clock.forward(days=30)
    ok("db", "purge", "--runs", "10d", "--yes")
    assert states(store) == [("started", False)] * 3
    counts = {row["name"]: row["counts"] for row in ok("db", "purge", "--events", "10d", "--yes", "-o", "json").json}
    assert counts == {"events": {"occurrences": 2, "events": 0}}
    assert states(store) == [("started", False)]
    ok("policy", "show", "p")
    before = len(states(store))
    tick()
    assert len(states(store)) > before, "what is due now is decided as ever"
    assert_invariants(store)
    ok("db", "check")


def test_a_queued_occurrence_stays_and_keeps_the_audit(
    policy: Policy, tick: Callable[..., Ticked], ok: Run, clock: FrozenClock, store: Store
) -> None:
    policy("--daily", "12:00")
    for _ in range(2):
        clock.forward(days=1)
        tick()
    first = sa.select(sa.func.min(occurrences.c.due)).scalar_subquery()

    def queue(unit: UnitOfWork) -> None:
        unit.connection.execute(sa.update(occurrences).where(occurrences.c.due == first).values(state="queued"))

    store.write(queue)
    clock.forward(days=30)
    ok("db", "purge", "--events", "1d", "--changes", "1d", "--yes")
    assert [state for state, _ in states(store)] == ["queued", "started"]
    with store.read() as reader:
        decided = reader.scalar(sa.select(sa.func.min(occurrences.c.decided_at)))
        horizon = audit.horizon(reader.connection).at
    assert horizon is not None
    assert horizon < decided
    ok("audit", "verify")


def test_events_stay_until_every_policy_has_taken_them_up(ok: Run, store: Store, clock: FrozenClock) -> None:
    ok("task", "add", "mark", "--command", "true")
    ok("policy", "add", "p", "--task", "mark", "--target", "all", "--on", "moved", "--transport", "local")
    for _ in range(2):
        store.write(lambda unit: put(unit, "moved"))
        clock.forward(days=1)
    with store.read() as reader:
        first, second = reader.connection.execute(sa.select(events.c.id).order_by(events.c.id)).scalars()

    def purged(seen: int) -> list[int]:
        store.write(lambda unit: unit.connection.execute(sa.update(policies).values(event_id=seen)) and None)
        ok("db", "purge", "--events", "2h", "--yes")
        with store.read() as reader:
            return list(reader.connection.execute(sa.select(events.c.id).order_by(events.c.id)).scalars())

    assert purged(0) == [first, second]
    assert purged(first) == [second]
    assert purged(second) == []
