"""Rows of the room `packages`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from itmsctl.cmdb.item import Item, Row
from itmsctl.cmdb.types import Big, Json, Moment, Text


class LibraryPackage(Item, table=True):
    """Files meant to be installed on computers, and programs that do it (PKG-1)."""

    __tablename__ = "package"
    version: str | None = Field(default=None, sa_type=Text)
    content_revision: int | None = None
    manifest: str | None = Field(default=None, sa_type=Text, index=True)
    content_at: datetime | None = Field(default=None, sa_type=Moment)
    state: str | None = Field(default=None, sa_type=Text)
    sources: Any = Field(default=None, sa_type=Json, nullable=True)
    format: str | None = Field(default=None, sa_type=Text)
    architecture: str | None = Field(default=None, sa_type=Text)
    vendor: str | None = Field(default=None, sa_type=Text)
    product_code: str | None = Field(default=None, sa_type=Text)
    size_bytes: int | None = Field(default=None, sa_type=Big)
    depends: Any = Field(default=None, sa_type=Json, nullable=True)
    detect: str | None = Field(default=None, sa_type=Text)
    programs: Any = Field(default=None, sa_type=Json, nullable=True)
    enabled: bool = Field(default=False)
    description: str | None = Field(default=None, sa_type=Text)


class PackageRevision(Row, table=True):
    """One content of a package: the present one, or a former one that is kept."""

    __tablename__ = "package_revision"
    package_id: int = Field(foreign_key="package.id", primary_key=True, ondelete="CASCADE")
    number: int = Field(primary_key=True)
    manifest: str = Field(sa_type=Text)
    version: str | None = Field(default=None, sa_type=Text)
    size_bytes: int = Field(sa_type=Big)
    proposed: Any = Field(default=None, sa_type=Json, nullable=True)  # what import proposed of rules and programs
    imported_at: datetime = Field(sa_type=Moment)


class PackageStale(Row, table=True):
    """A content on a package server that no package needs any more: it is to be removed there."""

    __tablename__ = "package_stale"
    server_id: int = Field(foreign_key="site_server.id", primary_key=True, ondelete="CASCADE")
    manifest: str = Field(sa_type=Text, primary_key=True)
    package: str = Field(sa_type=Text)  # whose it was
    since: datetime = Field(sa_type=Moment)


class PackageCopy(Row, table=True):
    """How far a content of a package is on a package server (PKG-11)."""

    __tablename__ = "package_copy"
    server_id: int = Field(foreign_key="site_server.id", primary_key=True, ondelete="CASCADE")
    package_id: int = Field(foreign_key="package.id", primary_key=True, ondelete="CASCADE")
    manifest: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    failures: int
    next_at: datetime | None = Field(default=None, sa_type=Moment)
    sent_bytes: int = Field(sa_type=Big)
    pulled_bytes: int = Field(sa_type=Big)
    total_bytes: int = Field(sa_type=Big)
    read_at: datetime | None = Field(default=None, sa_type=Moment)  # when every byte last came back and matched
    arrived_at: datetime | None = Field(default=None, sa_type=Moment)  # when all of it was there for the first time
    checked_at: datetime | None = Field(default=None, sa_type=Moment)
    source: str | None = Field(default=None, sa_type=Text)
    message: str | None = Field(default=None, sa_type=Text)
    owner: str | None = Field(default=None, sa_type=Text)  # the process that copies
    changed_at: datetime = Field(sa_type=Moment)


class AwaitedPackage(Row, table=True):
    """A package of another server: from where its content comes, how far it is, and when each stage passed (PKG-15)."""

    __tablename__ = "package_awaited"
    package_id: int = Field(foreign_key="package.id", primary_key=True, ondelete="CASCADE")
    manifest: str = Field(sa_type=Text)
    sources: Any = Field(default=None, sa_type=Json, nullable=True)
    ready_at: datetime | None = Field(default=None, sa_type=Moment)  # when a package server there had it
    announced_at: datetime = Field(sa_type=Moment)
    failures: int
    next_at: datetime | None = Field(default=None, sa_type=Moment)
    begun_at: datetime | None = Field(default=None, sa_type=Moment)
    taken_at: datetime | None = Field(default=None, sa_type=Moment)
    taken_bytes: int = Field(sa_type=Big)
    source: str | None = Field(default=None, sa_type=Text)
    message: str | None = Field(default=None, sa_type=Text)
