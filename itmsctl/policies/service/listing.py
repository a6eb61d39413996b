"""Policies as people see them, and what became of the times that one was due."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.policies.rows import occurrences
from itmsctl.tasks.numbers import run_name
from itmsctl.values.times import to_text

SHOWN = 10
_NEVER_DUE: dict[str, Any] = {"last": "", "last_due": None, "last_state": ""}


def rows(reader: Reader, docs: Sequence[Doc], *, last: bool = True) -> Iterator[dict[str, Any]]:
    """Return policies as people see them: what they run, what triggers them, and the last occurrence if asked for."""
    return with_last(reader, docs, _meant, last=last)


def _meant(doc: Doc) -> dict[str, Any]:
    f = doc.fields
    said = ((f["schedule"], f"schedule {f['schedule']}"), (f["event"], f"on {f['event']}"))
    triggers = [text for given, text in said if given]
    return {
        "runs": f"task {f['task']}" if f["task"] else f"job {f['job']}",
        "trigger": ", ".join(triggers) or "by hand",
    }


def with_last(
    reader: Reader, docs: Sequence[Doc], more: Callable[[Doc], Mapping[str, Any]] | None = None, *, last: bool = True
) -> Iterator[dict[str, Any]]:
    """Yield what the tick drives as people see it, with what `more` says of each, and the last occurrence if asked."""
    latest = _last_of(reader, docs) if last else {}
    for doc in docs:
        yield {**doc.as_dict(), **(more(doc) if more else {}), **latest.get(doc.id, _NEVER_DUE)}


def _last_of(reader: Reader, docs: Sequence[Doc]) -> dict[int, dict[str, Any]]:
    """Return when each policy was due last, and what became of it, by id; those that never were are left out."""
    ids = [doc.id for doc in docs]
    newest = (occurrences.c.due.desc(), occurrences.c.decided_at.desc())
    place = sa.func.row_number().over(partition_by=occurrences.c.policy_id, order_by=newest).label("place")
    ranked = (
        sa.select(occurrences.c.policy_id, occurrences.c.due, occurrences.c.state, place)
        .where(member_of(reader.connection, occurrences.c.policy_id, ids))
        .subquery()
    )
    rows = reader.connection.execute(sa.select(ranked).where(ranked.c.place == 1)) if ids else ()
    return {
        row.policy_id: {"last": f"{to_text(row.due)} {row.state}", "last_due": row.due, "last_state": row.state}
        for row in rows
    }


def occurrences_of(reader: Reader, doc: Doc, limit: int = SHOWN) -> list[dict[str, Any]]:
    """Return the last occurrences of a policy, the newest first."""
    return _occurrences(reader, occurrences.c.policy_id == doc.id, limit)


def told_of(reader: Reader, doc: Doc) -> list[dict[str, Any]]:
    """Return what `show` tells of occurrences: the last ones, and the last that was started if it is not among them."""
    found = occurrences_of(reader, doc)
    if len(found) < SHOWN or any(row["state"] == "started" for row in found):
        return found
    started = sa.and_(occurrences.c.policy_id == doc.id, occurrences.c.state == "started")
    return [*found, *_occurrences(reader, started, 1)]


def _occurrences(reader: Reader, where: sa.ColumnElement[bool], limit: int) -> list[dict[str, Any]]:
    from itmsctl.tasks.rows import runs  # a dozen tables, of which a list of policies needs none

    statement = (
        sa.select(occurrences, runs.c.number)
        .outerjoin(runs, runs.c.id == occurrences.c.run_id)
        .where(where)
        .order_by(occurrences.c.due.desc(), occurrences.c.decided_at.desc())
        .limit(limit)
    )
    return [
        {
            "due": row.due,
            "trigger": row.source,
            "state": row.state,
            "run": run_name(row.number) if row.number else "",
            "why": row.why or "",
            "decided_at": row.decided_at,
        }
        for row in reader.connection.execute(statement)
    ]
