"""Rows of the room `resources`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item, Row
from itmsctl.cmdb.types import Json, Moment, Text


class Resource(Row, table=True):
    """Anything that can be tracked (PLAT-9). `kind` names its type; a typed row joins it by id."""

    __tablename__ = "resource"
    __table_args__ = (sa.UniqueConstraint("kind", "name_key"), sa.Index("ix_resource_name", "name"))
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(sa_type=Text)
    guid: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    name_key: str = Field(sa_type=Text)
    revision: int = Field(default=1)
    origin: str = Field(sa_type=Text)
    changed_by: int
    created_at: datetime = Field(sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)


class Computer(Row, table=True):
    """A computer: what is true of it alone. Names, GUID and revision are its resource's."""

    __tablename__ = "computer"
    id: int = Field(foreign_key="resource.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    os_family: str | None = Field(default=None, sa_type=Text)
    device_kind: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)
    port: int | None = None
    user: str | None = Field(default=None, sa_type=Text)
    management_address: str | None = Field(default=None, sa_type=Text)  # as typed: an address or a host name
    time_zone: str | None = Field(default=None, sa_type=Text)
    locked: str | None = Field(default=None, sa_type=Text)  # fields that no inventory changes
    profile_id: int | None = None  # connection_profile.id, a later room's
    last_seen: datetime | None = Field(default=None, sa_type=Moment)


class User(Row, table=True):
    """A person: what is true of a user alone. Names, GUID and revision are the resource's."""

    __tablename__ = "resource_user"
    id: int = Field(foreign_key="resource.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    full_name: str | None = Field(default=None, sa_type=Text)
    domain: str | None = Field(default=None, sa_type=Text)
    email: str | None = Field(default=None, sa_type=Text)
    department: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)


class _Device(Row):
    """What every device beside computers has."""

    address: Any = Field(default=None, sa_type=Json, nullable=True)
    mac: Any = Field(default=None, sa_type=Json, nullable=True)
    serial: str | None = Field(default=None, sa_type=Text)
    vendor: str | None = Field(default=None, sa_type=Text)
    model: str | None = Field(default=None, sa_type=Text)
    firmware: str | None = Field(default=None, sa_type=Text)
    location: str | None = Field(default=None, sa_type=Text)
    contact: str | None = Field(default=None, sa_type=Text)
    status: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)
    last_seen: datetime | None = Field(default=None, sa_type=Moment)


class NetworkDevice(_Device, table=True):
    """A switch, a router and the like: what is true of it alone. Names, GUID and revision are the resource's."""

    __tablename__ = "network_device"
    id: int = Field(foreign_key="resource.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    device_type: str | None = Field(default=None, sa_type=Text)
    object_id: str | None = Field(default=None, sa_type=Text)
    system_name: str | None = Field(default=None, sa_type=Text)
    system_description: str | None = Field(default=None, sa_type=Text)


class Printer(_Device, table=True):
    """A printer: what is true of it alone. Names, GUID and revision are the resource's."""

    __tablename__ = "printer"
    id: int = Field(foreign_key="resource.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    queue: str | None = Field(default=None, sa_type=Text)
    color: bool = Field(default=False)
    duplex: bool = Field(default=False)
    pages: int | None = None
    object_id: str | None = Field(default=None, sa_type=Text)
    system_description: str | None = Field(default=None, sa_type=Text)


class ResourceType(Item, table=True):
    """A type of resources that an administrator added (PLAT-13)."""

    __tablename__ = "resource_type"
    level: str = Field(sa_type=Text)  # the level that it stands under, itself or by the types above it
    parent: str | None = Field(default=None, sa_type=Text)
    fields: Any = Field(default=None, sa_type=Json, nullable=True)
    description: str | None = Field(default=None, sa_type=Text)


class OwnResource(_Device, table=True):
    """A resource of such a type. Its table `res_<type>` has what it is told in the fields of its type, as columns."""

    __tablename__ = "resource_own"
    id: int = Field(foreign_key="resource.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    type_id: int = Field(foreign_key="resource_type.id", index=True)
    fields: Any = Field(default=None, sa_type=Json, nullable=True)


class VirtualMachine(Row, table=True):
    """A virtual machine as its hypervisor knows it. Names, GUID and revision are the resource's."""

    __tablename__ = "virtual_machine"
    id: int = Field(foreign_key="resource.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    uuid: str | None = Field(default=None, sa_type=Text)
    hypervisor: str | None = Field(default=None, sa_type=Text)
    state: str | None = Field(default=None, sa_type=Text)
    cpus: int | None = None
    memory_mb: int | None = None
    guest_os: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)
    last_seen: datetime | None = Field(default=None, sa_type=Moment)


class Application(Row, table=True):
    """An application that people rely on. Names, GUID and revision are the resource's."""

    __tablename__ = "application"
    id: int = Field(foreign_key="resource.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    vendor: str | None = Field(default=None, sa_type=Text)
    product: str | None = Field(default=None, sa_type=Text)
    version: str | None = Field(default=None, sa_type=Text)
    owner: str | None = Field(default=None, sa_type=Text)
    criticality: str | None = Field(default=None, sa_type=Text)
    url: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)


class ImportMapping(Item, table=True):
    """What the columns of a table from elsewhere mean (DC-4)."""

    __tablename__ = "import_mapping"
    noun: str = Field(sa_type=Text)
    columns: Any = Field(default=None, sa_type=Json, nullable=True)
    constants: Any = Field(default=None, sa_type=Json, nullable=True)
    transforms: Any = Field(default=None, sa_type=Json, nullable=True)
    meanings: Any = Field(default=None, sa_type=Json, nullable=True)
    taken: Any = Field(default=None, sa_type=Json, nullable=True)
    ignore_unknown: bool = Field(default=False)
    source: str | None = Field(default=None, sa_type=Text)
    priority: int | None = None
    encoding: str | None = Field(default=None, sa_type=Text)
    sheet: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)


class ComputerAddress(Row, table=True):
    """An address of a computer: an IP in 16 bytes, or a host name to be resolved when needed."""

    __tablename__ = "computer_address"
    __table_args__ = (sa.Index("ix_computer_address_address", "address"),)
    computer_id: int = Field(foreign_key="computer.id", primary_key=True, ondelete="CASCADE")
    ord: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    text: str = Field(sa_type=Text)
    address: bytes | None = Field(default=None, sa_type=sa.LargeBinary)


class ComputerIdentity(Row, table=True):
    """A value that may identify a computer (PLAT-10): uuid, machine_id, serial, mac, fqdn."""

    __tablename__ = "computer_identity"
    __table_args__ = (sa.Index("ix_computer_identity_value", "value_key", "kind"),)
    computer_id: int = Field(foreign_key="computer.id", primary_key=True, ondelete="CASCADE")
    kind: str = Field(sa_type=Text, primary_key=True)
    value_key: str = Field(sa_type=Text, primary_key=True)
    value: str = Field(sa_type=Text)
    junk: bool = Field(default=False)  # a value that never identifies, such as "Default string"
    source: str = Field(sa_type=Text)  # admin, or contact: learned by contact never merges by itself
    first_seen: datetime = Field(sa_type=Moment)


class ToldValue(Row, table=True):
    """What a source told of a field of a computer at last."""

    __tablename__ = "computer_told"
    computer_id: int = Field(foreign_key="computer.id", primary_key=True, ondelete="CASCADE")
    source: str = Field(sa_type=Text, primary_key=True)
    field: str = Field(sa_type=Text, primary_key=True)
    value: Any = Field(sa_type=Json)
    priority: int
    told_at: datetime = Field(sa_type=Moment)
    filled: bool = Field(default=False)  # the field was filled from it
    in_use: bool = Field(default=False)  # and has its value now


class ResourceTag(Row, table=True):
    """A tag: key and value."""

    __tablename__ = "resource_tag"
    __table_args__ = (sa.Index("ix_resource_tag_key", "key", "value"),)
    resource_id: int = Field(foreign_key="resource.id", primary_key=True, ondelete="CASCADE")
    key: str = Field(sa_type=Text, primary_key=True)
    value: str = Field(sa_type=Text)


class AssociationType(Row, table=True):
    """A kind of relation between two kinds of resources (PLAT-16): computer -> primary user."""

    __tablename__ = "association_type"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str = Field(sa_type=Text, unique=True)
    from_kind: str = Field(sa_type=Text)
    to_kind: str = Field(sa_type=Text)
    many: bool = Field(default=True)


class Association(Row, table=True):
    """One relation between two resources."""

    __tablename__ = "association"
    __table_args__ = (
        sa.Index("ix_association_to", "to_id", "type_id"),
        sa.Index("ix_association_from", "from_id", "type_id"),
    )
    type_id: int = Field(foreign_key="association_type.id", primary_key=True)
    from_id: int = Field(foreign_key="resource.id", primary_key=True, ondelete="CASCADE")
    to_id: int = Field(foreign_key="resource.id", primary_key=True, ondelete="CASCADE")
    source: str = Field(sa_type=Text)
    since: datetime = Field(sa_type=Moment)


class Merge(Row, table=True):
    """Two computers made one: what each was, so that they can be split again with both histories (PLAT-11)."""

    __tablename__ = "resource_merge"
    loser_guid: str = Field(sa_type=Text, primary_key=True)
    loser_name: str = Field(sa_type=Text)
    winner_guid: str = Field(sa_type=Text, index=True)
    loser_document: Any = Field(sa_type=Json)
    winner_document: Any = Field(sa_type=Json)
    change_set: int  # change_set.id, whose row is stored at the end of the unit of work
    at: datetime = Field(sa_type=Moment)
    split_at: datetime | None = Field(default=None, sa_type=Moment)
