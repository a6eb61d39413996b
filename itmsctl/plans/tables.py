"""Rows of the room `plans`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Row
from itmsctl.cmdb.types import Text


class ApplySet(Row, table=True):
    """The name of an apply set, as it was first written."""

    __tablename__ = "apply_set"
    __table_args__ = ({"sqlite_with_rowid": False},)
    set_key: str = Field(sa_type=Text, primary_key=True)  # in the form in which two names are the same
    name: str = Field(sa_type=Text)


class ApplySetMember(Row, table=True):
    """An object that was applied under the name of an apply set, so that pruning knows what was once declared."""

    __tablename__ = "apply_set_member"
    __table_args__ = (sa.Index("ix_apply_set_member_guid", "guid"),)
    set_key: str = Field(sa_type=Text, primary_key=True)
    kind: str = Field(sa_type=Text, primary_key=True)
    guid: str = Field(sa_type=Text, primary_key=True)
