"""What is told of events by a rule: results of runs that ended since the neighbour was told last (REPL-14).

A run is told once it has ended, whole, so that nothing of it is told twice, unless it is retried: then with its new
attempts. What children told goes on upwards. So that nobody is overwhelmed, a run of a rule tells of a bounded number
of results, oldest first; what is beyond goes with the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.nouns import table_of
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.hierarchy.peer import Peer
from itmsctl.hierarchy.service import peers
from itmsctl.policies.rows import driven_tables
from itmsctl.replication.kinds import REPLICATION_RULE, UP
from itmsctl.replication.records import RESULT_COLUMNS, RunResults
from itmsctl.replication.rows import arrived_events
from itmsctl.replication.rule import EVENTS, ReplicationRule
from itmsctl.replication.service import sent
from itmsctl.replication.service.given_run import EventWindow, GivenRun, ToldRun, Views
from itmsctl.resources.rows import resources
from itmsctl.tasks.rows import members, runs
from itmsctl.tasks.service.runs import ENDED

MOST = 10_000  # results that a run of a rule tells a neighbour of, unless one run has more
_TOGETHER = 1000  # results of one record
_LONGEST = 300  # characters of a message


def window(reader: Reader, peer: Peer, rule: ReplicationRule, at: datetime) -> EventWindow | None:
    """Return what a rule tells a neighbour of now, also in a complete run; None of a rule that gives no events.

    `at` is the moment until which everything is in the database for certain. A rule that is complete each time would
    otherwise begin again each time, and never get beyond its bound. Who lost what it was told is told from the begin,
    by `sent.forget`.
    """
    if rule.events_until is None:
        return None
    since = _since(reader, peer, rule)
    last = datetime.combine(rule.events_until + timedelta(days=1), time(), UTC)
    to = max(since, min(at, last))
    found = sorted([*_ended(reader, since, to), *_arrived(reader, peer, rule, since, to)])
    taken, size = 0, 0
    for _, alike in groupby(found, key=lambda one: one.at):
        together = [one.results for one in alike]
        if taken and size + sum(together) > MOST:
            break
        taken, size = taken + len(together), size + sum(together)
    left = sum(one.results for one in found[taken:])
    over = rule.events_until if at >= last else None
    return EventWindow(since, found[taken - 1].at if left else to, tuple(found[:taken]), left, over)


def results(run: GivenRun, views: Views) -> Iterator[RunResults]:
    """Yield the records of what is told."""
    for one in run.events.found if run.events else ():
        with views() as reader:
            told = list(_of_arrived(reader, run, one) if one.origin else _of_own(reader, run, one))
        yield from told


def _since(reader: Reader, peer: Peer, rule: ReplicationRule) -> datetime:
    mark = sent.marks(reader, peer.guid, rule.guid).get(EVENTS)
    if mark is not None:
        return mark.at
    own = table_of(REPLICATION_RULE).c
    made: datetime = reader.scalar(sa.select(own.created_at).where(own.guid == rule.guid))
    return made


def _ended(reader: Reader, since: datetime, to: datetime) -> Iterator[ToldRun]:
    """Yield the runs of this server that ended meanwhile and were to do something on a computer."""
    size = sa.select(sa.func.count()).where(members.c.run_id == runs.c.id).scalar_subquery()
    statement = sa.select(runs.c.ended_at, runs.c.guid, size.label("results")).where(
        runs.c.state == ENDED, runs.c.ended_at > since, runs.c.ended_at <= to
    )
    for row in reader.rows(statement):
        if row.results:
            yield ToldRun(row.ended_at, "", row.guid, row.results)


def _arrived(reader: Reader, peer: Peer, rule: ReplicationRule, since: datetime, to: datetime) -> Iterator[ToldRun]:
    """Yield what neighbours told meanwhile and goes on to this one: not back, and up only from below (HIER-19)."""
    own = arrived_events.c
    statement = (
        sa.select(own.arrived_at, own.origin, own.run, own.came_from, sa.func.count().label("results"))
        .where(own.arrived_at > since, own.arrived_at <= to, own.came_from != peer.guid, own.origin != peer.guid)
        .group_by(own.arrived_at, own.origin, own.run, own.came_from)
    )
    children = {child.guid for child in peers.children(reader)}
    for row in reader.rows(statement):
        if rule.direction != UP or row.came_from in children:
            yield ToldRun(row.arrived_at, row.origin, row.run, row.results)


def _of_own(reader: Reader, run: GivenRun, one: ToldRun) -> Iterator[RunResults]:
    row = next(iter(reader.rows(sa.select(runs).where(runs.c.guid == one.guid))), None)
    if row is None or row.state != ENDED:
        return  # it was purged, or retried, since it was looked for
    own = peers.own(reader)
    title = row.task_name or row.program["name"]
    c = members.c
    columns = (c.computer_guid, c.computer_name, *(c[name] for name in RESULT_COLUMNS[2:]))
    statement = sa.select(*columns).where(c.run_id == row.id, *_among(reader, run, c.computer_guid))
    head = (own.guid, own.name, row.guid, row.number, title, _policy(reader, row.policy_id), row.ended_at)
    for part in bulk.chunks(reader.connection.execute(statement.order_by(c.computer_guid)), _TOGETHER):
        yield RunResults(*head, tuple((row[0], row[1], *_values(row)) for row in part))


def _of_arrived(reader: Reader, run: GivenRun, one: ToldRun) -> Iterator[RunResults]:
    own = arrived_events.c
    where = (own.origin == one.origin, own.run == one.guid, own.arrived_at == one.at, own.came_from != run.peer.guid)
    among = _among(reader, run, own.computer)
    statement = sa.select(arrived_events).where(*where, *among).order_by(own.computer, own.attempt)
    for part in bulk.chunks(reader.rows(statement), _TOGETHER):
        first = part[0]
        head = (one.origin, first.server, one.guid, first.number, first.title, first.policy, first.run_ended_at)
        yield RunResults(*head, tuple((row.computer, row.name, *_values(row)) for row in part))


def _among(reader: Reader, run: GivenRun, guid: sa.ColumnElement[str]) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the condition that a computer is one of the rule's target."""
    if run.allowed is None:
        return ()
    inside = member_of(reader.connection, resources.c.id, sorted(run.allowed))
    return (guid.in_(sa.select(resources.c.guid).where(inside)),)


def _values(row: Any) -> tuple[Any, ...]:
    values = {name: getattr(row, name) for name in RESULT_COLUMNS[2:]}
    status = row.exit_status  # Windows counts them without a sign, and SQLite keeps them so
    signed = status if status is None else (status + 2**31) % 2**32 - 2**31
    return tuple((values | {"exit_status": signed, "message": (row.message or "")[:_LONGEST] or None}).values())


def _policy(reader: Reader, policy: int | None) -> str:
    """Return the name of whatever noun the tick drives, by its id; empty where it is none, or is not there any more."""
    if policy is None:
        return ""
    for table in driven_tables():
        name = reader.scalar(sa.select(table.c.name).where(table.c.id == policy))
        if name is not None:
            return str(name)
    return ""
