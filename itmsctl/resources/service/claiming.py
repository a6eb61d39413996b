"""Rows of an import by a mapping: what its source tells of computers, beside what other sources and people say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from itmsctl.cmdb.work import UnitOfWork
from itmsctl.documents.ledger import ClaimedBy
from itmsctl.resources.authority import IMPORTS
from itmsctl.resources.service import told
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.filling import Claim, Contest, fill
from itmsctl.resources.service.plan import ImportPlan, ImportRecord, known_names, plan_import
from itmsctl.resources.service.write import write_import
from itmsctl.values.names import name_key

_SHOWN = 60  # characters of a value


def write_claims(unit: UnitOfWork, records: Sequence[ImportRecord], by: ClaimedBy) -> tuple[ImportPlan, list[Contest]]:
    """Add the computers that are new, have the source tell its values of all, and return what became of them.

    What is locked, what a person said and what a source of higher rank says stays: such values come back as contests.
    """
    known = known_names(unit, records)
    new = [one for one in records if name_key(one.name) not in known]
    plan = plan_import(unit, new, COMPUTERS.differing)
    write_import(unit, plan)
    ids = {key: id_ for key, (id_, _) in known.items()}
    born = {key: id_ for key, (id_, _) in known_names(unit, new).items()}
    claims = [
        Claim(
            (ids | born)[name_key(one.name)],
            by.source,
            IMPORTS if by.priority is None else by.priority,
            unit.now,
            dict(_values(one)),
            importing=True,
        )
        for one in records
    ]
    filled = fill(unit, claims, set(born.values()))
    changed = [(before, after) for before, after in filled.changed if before.id not in set(born.values())]
    plan.changed.extend(changed)
    plan.unchanged += len(records) - len(new) - len(changed)
    return plan, filled.contests


def _values(row: ImportRecord) -> Iterator[tuple[str, Any]]:
    """Yield what a row tells; what it says nothing of is nobody's claim."""
    for field, value in row.fields.items():
        if field == "tags":
            yield from ((told.TAG + key, text) for key, text in value.items())
        elif value and field != "locked":
            yield field, value


def contest_lines(contests: Sequence[Contest], source: str) -> Iterator[str]:
    """Yield each value that is kept against a source, as a person reads it."""
    for one in contests:
        yield f"`{one.name}`: {one.field} stays {_text(one.kept)}, not {_text(one.told)} of {source}: {one.why}"


def _text(value: Any) -> str:
    text = ";".join(map(str, value)) if isinstance(value, list) else str("empty" if value in (None, "") else value)
    return text[:_SHOWN] or "empty"
