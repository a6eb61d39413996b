"""Where a CMDB that is asked stands in a hierarchy: whose computers it holds beside its own."""

from __future__ import annotations

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.hierarchy.peer import CHILD
from itmsctl.hierarchy.rows import peers
from itmsctl.replication.rows import replicated_objects
from itmsctl.reports.members import CmdbBranch
from itmsctl.resources.rows import resources
from itmsctl.resources.service.scope import scoped

_KIND = "computer"


def branch_of(reader: Reader) -> CmdbBranch:
    """Return where the CMDB that is read stands; one that is too old to know of hierarchies stands alone."""
    there = set(sa.inspect(reader.connection).get_table_names())
    if not {peers.name, replicated_objects.name} <= there:
        return CmdbBranch(reader.server_guid)
    came = sa.select(replicated_objects.c.guid).where(replicated_objects.c.kind == _KIND)
    origins = sa.select(replicated_objects.c.origin).where(replicated_objects.c.kind == _KIND)
    children = sa.select(peers.c.guid, peers.c.name).where(peers.c.relation == CHILD, peers.c.guid.in_(origins))
    own = sa.select(sa.func.count()).select_from(resources)
    own = scoped(own.where(resources.c.kind == _KIND, resources.c.guid.not_in(came)), reader)
    return CmdbBranch(
        reader.server_guid,
        {row.guid: row.name for row in reader.rows(children)},
        int(reader.scalar(own) or 0),
    )
