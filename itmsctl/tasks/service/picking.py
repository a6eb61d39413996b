"""Whom a run is to touch, and how far that reaches: what the guard looks at."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.resources.service.scope import resources, scoped, tags
from itmsctl.tasks.guard import Radius
from itmsctl.tasks.service.runs import Picked

PROTECTED = "protected"

_places = sa.table("v_computer_site", sa.column("computer_id"), sa.column("site"))


def picked(reader: Reader, ids: Sequence[int]) -> list[Picked]:
    """Answer the computers of ids, in the order of their names."""
    statement = (
        sa.select(resources.c.id, resources.c.guid, resources.c.name)
        .where(member_of(reader.connection, resources.c.id, ids))
        .order_by(resources.c.name)
    )
    return [Picked(row.id, row.guid, row.name) for row in reader.connection.execute(scoped(statement, reader))]


def radius(reader: Reader, computers: Sequence[Picked], *, destructive: bool) -> Radius:
    """Answer how far a run reaches; sites and protected computers are counted for destructive ones only."""
    if not destructive:
        return Radius(len(computers), {})
    ids = {c.id for c in computers}
    touched: dict[str, set[int]] = {}
    whole: dict[str, set[int]] = {}
    statement = sa.select(_places.c.site, _places.c.computer_id).where(_places.c.site.is_not(None))
    for site, computer in reader.connection.execute(statement):
        whole.setdefault(site, set()).add(computer)
        if computer in ids:
            touched.setdefault(site, set()).add(computer)
    protected = set(
        reader.connection.execute(
            sa.select(tags.c.resource_id).where(
                tags.c.key == PROTECTED, member_of(reader.connection, tags.c.resource_id, sorted(ids))
            )
        ).scalars()
    )
    return Radius(
        len(computers),
        {site: (len(touched[site]), len(whole[site])) for site in touched},
        tuple(c.name for c in computers if c.id in protected),
    )
