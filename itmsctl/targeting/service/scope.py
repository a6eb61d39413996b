"""The statements of the room that everything starts from."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.expressions.registry import COMPUTER, Registry
from itmsctl.expressions.rowsql import class_table
from itmsctl.resources.rows import computers
from itmsctl.resources.service.scope import scoped
from itmsctl.targeting.rows import members


def all_computers(reader: Reader) -> sa.Select[Any]:
    """Return the SELECT of the ids of every computer that the reader may see."""
    return scoped(sa.select(computers.c.id), reader)


def viewed_computers(registry: Registry | None = None) -> sa.TableClause:
    """Return the class `computer` of the filter language, to be joined where an expression is compiled."""
    return class_table(registry or Registry.default(), COMPUTER)


def members_of(collections: frozenset[int]) -> sa.Select[Any]:
    """Return the SELECT of who is in any of these collections; a computer of several comes several times."""
    return sa.select(members.c.resource_id).where(members.c.collection_id.in_(sorted(collections)))
