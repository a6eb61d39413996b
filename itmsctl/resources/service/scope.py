"""Which resources an actor may see. Every read of resources passes here; until roles exist everybody sees all."""

from __future__ import annotations

from typing import Any, TypeVar

import sqlalchemy as sa

from itmsctl.cmdb.types import Moment
from itmsctl.cmdb.work import Reader
from itmsctl.resources.tables import (
    Association,
    AssociationType,
    Computer,
    ComputerAddress,
    ComputerIdentity,
    Merge,
    Resource,
    ResourceTag,
)

_S = TypeVar("_S", bound=sa.Select[Any])


def table_of(row_class: type) -> sa.Table:
    """Answer the table of a row class."""
    table: sa.Table = row_class.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    return table


resources = table_of(Resource)
computers = table_of(Computer)
addresses = table_of(ComputerAddress)
identities = table_of(ComputerIdentity)
tags = table_of(ResourceTag)
merges = table_of(Merge)
association_types = table_of(AssociationType)
associations = table_of(Association)
# A computer as filters see it: the class `computer` of the filter language.
v_computer = sa.table(
    "v_computer",
    *(sa.column(name) for name in ("id", "guid", "name", "name_key", "revision", "os_family", "description", "port")),
    *(sa.column(name) for name in ("user", "management_address", "time_zone", "profile_id")),
    *(sa.column(name, Moment) for name in ("created_at", "changed_at", "last_seen")),
)


def scoped(statement: _S, actor: Reader) -> _S:
    """Answer the statement, narrowed to what the actor behind this reader may see: nothing is hidden until roles exist.

    Every SELECT of the tables `resource` and `computer` and of their views goes through this function; a test finds
    those that do not.
    """
    assert actor is not None
    return statement
