"""Computers as a verb that runs knows them: id, GUID and name, in the order of their names."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.work import Reader
from itmsctl.resources.rows import resources
from itmsctl.resources.service.scope import scoped


class Picked(NamedTuple):
    """A computer that a run is to touch."""

    id: int
    guid: str
    name: str


def picked(reader: Reader, condition: sa.ColumnElement[bool]) -> list[Picked]:
    """Return the computers for which a condition over `resource` holds, in the order of their names."""
    statement = sa.select(resources.c.id, resources.c.guid, resources.c.name).where(condition)
    in_order: sa.Select[Any] = scoped(statement.order_by(resources.c.name, resources.c.id), reader)
    new = tuple.__new__  # the driver's rows are tuples of three already
    return [new(Picked, row) for page in bulk.pages(reader.connection, in_order) for row in page]
