"""Rows of the room `software`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item, Row
from itmsctl.cmdb.types import Json, Moment, Text
from itmsctl.policies.tables import RolledOut


class Software(Item, table=True):
    """Something that is installed on computers, or not (SW-2)."""

    __tablename__ = "software"
    vendor: str | None = Field(default=None, sa_type=Text)
    version: str | None = Field(default=None, sa_type=Text)
    scheme: str | None = Field(default=None, sa_type=Text)
    package_id: int | None = Field(default=None, foreign_key="package.id", index=True)
    detect: str | None = Field(default=None, sa_type=Text)
    applies: str | None = Field(default=None, sa_type=Text)
    install: str | None = Field(default=None, sa_type=Text)
    upgrade: str | None = Field(default=None, sa_type=Text)
    repair: str | None = Field(default=None, sa_type=Text)
    uninstall: str | None = Field(default=None, sa_type=Text)
    deliverable: bool = Field(default=True)
    discovered: Any = Field(default=None, sa_type=Json, nullable=True)
    licenses: int | None = None
    license_type: str | None = Field(default=None, sa_type=Text)
    license_until: str | None = Field(default=None, sa_type=Text)
    owner: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)
    unmanaged: bool = Field(default=False)


class SoftwareDepends(Row, table=True):
    """Software that must be there before other software."""

    __tablename__ = "software_depends"
    software_id: int = Field(foreign_key="software.id", primary_key=True, ondelete="CASCADE")
    needed_id: int = Field(foreign_key="software.id", primary_key=True, index=True)


class SoftwareConflicts(Row, table=True):
    """Software that must not be beside other software."""

    __tablename__ = "software_conflicts"
    software_id: int = Field(foreign_key="software.id", primary_key=True, ondelete="CASCADE")
    other_id: int = Field(foreign_key="software.id", primary_key=True, index=True)


class SoftwareSupersedes(Row, table=True):
    """Software whose place other software takes."""

    __tablename__ = "software_supersedes"
    software_id: int = Field(foreign_key="software.id", primary_key=True, ondelete="CASCADE")
    former_id: int = Field(foreign_key="software.id", primary_key=True, index=True)


class Delivery(RolledOut, table=True):
    """Software that is to be on computers, or gone: whom, when, how (SW-16)."""

    __tablename__ = "delivery"
    action: str = Field(sa_type=Text)
    run_schedule_id: int | None = Field(default=None, foreign_key="schedule.id", index=True)
    reboot: str | None = Field(default=None, sa_type=Text)
    run_as: str | None = Field(default=None, sa_type=Text)
    cache: str | None = Field(default=None, sa_type=Text)
    defer: int | None = None
    defer_s: float | None = Field(default=None, sa_type=sa.Float)


class DeliverySoftware(Row, table=True):
    """Software of a delivery."""

    __tablename__ = "delivery_software"
    delivery_id: int = Field(foreign_key="delivery.id", primary_key=True, ondelete="CASCADE")
    software_id: int = Field(foreign_key="software.id", primary_key=True, index=True)


class SoftwareState(Row, table=True):
    """Whether software is on a computer as it should be: the last that was said of it."""

    __tablename__ = "software_state"
    software_id: int = Field(foreign_key="software.id", primary_key=True, ondelete="CASCADE")
    computer_id: int = Field(foreign_key="computer.id", primary_key=True, ondelete="CASCADE", index=True)
    state: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)  # inventory, delivery, probe
    restart_boot: str | None = Field(default=None, sa_type=Text)  # the boot in which a program asked for a restart
    restart_action: str | None = Field(default=None, sa_type=Text)  # what that program was for
    since: datetime = Field(sa_type=Moment)
    told_at: datetime = Field(sa_type=Moment)


class SoftwareJudging(Row, table=True):
    """How far software was judged on all computers."""

    __tablename__ = "software_judging"
    software_id: int = Field(foreign_key="software.id", primary_key=True, ondelete="CASCADE")
    judged_by: str | None = Field(default=None, sa_type=Text)  # digest of the rules by which all states were judged
    judged_at: datetime | None = Field(default=None, sa_type=Moment)
    coming: str | None = Field(default=None, sa_type=Text)  # digest of the rules by which they are judged now
    after_id: int | None = None  # the computer up to which they were


class SoftwareDue(Row, table=True):
    """A computer whose rows of a class changed since software was judged by them."""

    __tablename__ = "software_due"
    class_name: str = Field(sa_type=Text, primary_key=True)
    computer_id: int = Field(primary_key=True)  # no foreign key: a computer that went is passed over
