"""Licences of software against where it is installed, and where it is used as far as that is metered (SW-6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.types import Moment
from itmsctl.cmdb.work import Reader
from itmsctl.resources.rows import resources
from itmsctl.resources.service.scope import scoped
from itmsctl.software import licensing
from itmsctl.software.views import USE

_use = sa.table(
    USE.name,
    *(sa.column(name) for name in ("computer_guid", "software", "last_user")),
    *(sa.column(name, Moment) for name in ("metered_since", "last_used")),
)
_NOTHING = (0, 0, 0, 0, 0)


def rows(reader: Reader, docs: Sequence[Doc], unused: timedelta) -> Iterator[dict[str, Any]]:
    """Yield software with its licences, what is installed, used and idle for so long, and how that stands, by name.

    `idle` counts who is metered for as long and did not use it: those licences can be harvested.
    """
    since = reader.now - unused
    found = _counted(reader, [doc.name for doc in docs], since)
    for doc in docs:
        installed, metered, used, idle, users = found.get(doc.name, _NOTHING)
        f = doc.fields
        need = licensing.needed(f["license_type"], installed, metered, users)
        bought, until = f["licenses"], f["license_until"]
        yield {
            "software": doc.name,
            "license_type": f["license_type"],
            "licenses": bought,
            "needed": need,
            "balance": None if bought is None or need is None else bought - need,
            "installed": installed,
            "metered": metered,
            "used": used,
            "idle": idle,
            "license_until": until,
            "days_left": (date.fromisoformat(until) - reader.now.date()).days if until else None,
            "standing": licensing.standing(bought, need, until, reader.now.date()),
        }


def _counted(reader: Reader, names: Sequence[str], since: Any) -> dict[str, tuple[int, ...]]:
    of = _use.c

    def how_many(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

    recent = sa.and_(of.last_used.is_not(None), of.last_used >= since)
    statement = (
        sa.select(
            of.software,
            sa.func.count(),
            how_many(of.metered_since.is_not(None)),
            how_many(recent),
            how_many(sa.and_(of.metered_since < since, sa.or_(of.last_used.is_(None), of.last_used < since))),
            sa.func.count(sa.case((recent, of.last_user)).distinct()),
        )
        .join(resources, resources.c.guid == of.computer_guid)
        .where(member_of(reader.connection, of.software, names))
        .group_by(of.software)
    )
    return {row[0]: tuple(map(int, row[1:])) for row in reader.connection.execute(scoped(statement, reader))}
