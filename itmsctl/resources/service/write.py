"""Write what an import has planned: tuples in bulk, one change row a computer, no row objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk, derived, faults
from itmsctl.cmdb.audit import Grave
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.resources import hooks
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.service.details import replace_details, write_details
from itmsctl.resources.service.plan import ImportPlan, NewComputer

RESOURCE_COLUMNS = (
    "id", "kind", "guid", "name", "name_key", "revision", "origin", "changed_by", "created_at", "changed_at",
)  # fmt: skip
COMPUTER_COLUMNS = ("id", *(field.column_name for field in COMPUTER.admin_fields if field.column_name))


def write_import(unit: UnitOfWork, plan: ImportPlan) -> None:
    """Store what was planned, record every change with before and after, and tell delta membership and other rooms."""
    moved = _create(unit, plan.created) + _change(unit, plan.changed)
    hooks.fire("addresses_changed", unit, moved)


def _create(unit: UnitOfWork, created: Sequence[NewComputer]) -> list[int]:
    if not created:
        return []
    fresh = iter(unit.next_ids(sum(c.grave is None for c in created)))
    graves = [c.grave or Grave(next(fresh), 0, unit.server_guid, unit.now) for c in created]
    ids = [grave.item_id for grave in graves]
    now, by, kind = bulk.moment(unit.connection, unit.now), unit.change_set_id, COMPUTER.name

    def born(grave: Grave) -> Any:
        return now if grave.created_at is unit.now else bulk.moment(unit.connection, grave.created_at)

    try:
        bulk.insert(
            unit.connection,
            "resource",
            RESOURCE_COLUMNS,
            [
                (g.item_id, kind, c.guid, c.name, c.key, g.revision + 1, g.origin, by, born(g), now)
                for g, c in zip(graves, created, strict=True)
            ],
        )
    except sa.exc.IntegrityError as error:
        # Another process took a name since the plan was made: the whole unit is planned again.
        raise faults.TransientError(error, lost=False) from error
    bulk.insert(
        unit.connection,
        "computer",
        COMPUTER_COLUMNS,
        [(i, *(c.fields[name] for name in COMPUTER_COLUMNS[1:])) for i, c in zip(ids, created, strict=True)],
    )
    write_details(unit, zip(ids, (c.rows for c in created), strict=True))
    add = unit.draft.add
    for computer in created:
        add("created", kind, computer.guid, computer.name, None, computer.document)
    derived.added(unit, COMPUTER, ids)
    return [i for i, c in zip(ids, created, strict=True) if c.rows.addresses]


def _change(unit: UnitOfWork, changed: Sequence[tuple[Doc, Doc]]) -> list[int]:
    if not changed:
        return []
    now, by = bulk.moment(unit.connection, unit.now), unit.change_set_id
    bulk.update(
        unit.connection,
        "resource",
        ("revision", "changed_by", "changed_at"),
        ("id",),
        [(after.revision, by, now, after.id) for _, after in changed],
    )
    own = COMPUTER_COLUMNS[1:]
    rows = [
        (*(after.fields[name] for name in own), after.id)
        for before, after in changed
        if any(before.fields[name] != after.fields[name] for name in own)
    ]
    bulk.update(unit.connection, "computer", own, ("id",), rows)
    pairs = [(after.id, before.fields, after.fields) for before, after in changed]
    replace_details(unit, pairs)
    for before, after in changed:
        unit.record("updated", COMPUTER.name, after.guid, after.name, before.document(), after.document())
    derived.changed(unit, COMPUTER, ((after.id, derived.differing(before, after)) for before, after in changed))
    return [i for i, before, after in pairs if before["address"] != after["address"]]
