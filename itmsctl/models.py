"""The CMDB for scripts and notebooks of your own: its nouns as SQLModel classes, and a session that cannot write.

    from sqlmodel import select
    from itmsctl.models import Site, open_cmdb

    with open_cmdb() as session:
        for site in session.exec(select(Site).order_by(Site.name)):
            print(site.name, site.region)

`open_cmdb(write=True)` changes objects as the commands do: checked, recorded in the audit, whole or not at all.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar, overload

from sqlmodel import Session, SQLModel

from itmsctl.agents.tables import AgentSettings, RegistrationRule
from itmsctl.baselines.tables import Baseline
from itmsctl.cli.context import Context, process_context
from itmsctl.cmdb.doc import Outcome
from itmsctl.cmdb.engine import open_engine, place_of
from itmsctl.cmdb.opening import refuse_unreadable
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.discovery.tables import DiscoveryProfile
from itmsctl.errors import UsageError
from itmsctl.hierarchy.tables import Gateway, ManagementServer
from itmsctl.inventory.tables import InventoryPolicy, OwnDataClass
from itmsctl.metering.tables import MeteringPolicy
from itmsctl.packages.tables import LibraryPackage as Package
from itmsctl.policies.tables import Policy
from itmsctl.replication.tables import ReplicationRuleRow as ReplicationRule
from itmsctl.reports.tables import Report
from itmsctl.resources.tables import (
    Application,
    Computer,
    ImportMapping,
    NetworkDevice,
    OwnResource,
    Printer,
    Resource,
    ResourceType,
    User,
    VirtualMachine,
)
from itmsctl.schedules.tables import Schedule
from itmsctl.schedules.tables import WindowPeriod as Window
from itmsctl.security.tables import ConnectionProfile as Profile
from itmsctl.security.tables import Credential
from itmsctl.sites.tables.server import SiteServer as Server
from itmsctl.sites.tables.site import Site
from itmsctl.sites.tables.subnet import Subnet
from itmsctl.sizing.tables import SizingException
from itmsctl.software.tables import Delivery, Software
from itmsctl.targeting.tables import Filter, Target
from itmsctl.targeting.tables import OrgGroup as Group
from itmsctl.targeting.tables import OrgView as View
from itmsctl.tasks.tables import Job, Task
from itmsctl.values.kind import Kind, house

__all__ = [
    "AgentSettings",
    "Application", "Baseline", "Changes", "Cmdb", "Computer", "Credential", "Delivery", "DiscoveryProfile",
    "Filter", "Gateway",
    "Group", "ImportMapping", "InventoryPolicy", "Job", "ManagementServer", "MeteringPolicy",
    "NetworkDevice", "Outcome", "OwnDataClass", "OwnResource", "Package", "Policy", "Printer", "Profile",
    "RegistrationRule", "ReplicationRule", "Report",
    "Resource", "ResourceType",
    "Schedule", "Server", "Site", "SizingException", "Software", "Subnet", "Target", "Task", "User", "View",
    "VirtualMachine", "Window", "inventory_class", "open_cmdb",
]  # fmt: skip

_T = TypeVar("_T")


@dataclass(frozen=True)
class Changes:
    """One change-set in the making: all of it is stored, or nothing."""

    unit: UnitOfWork

    def add(self, noun: type[SQLModel], name: str, **fields: Any) -> Outcome:
        """Add an object, its fields as `itmsctl NOUN add` takes them; an equal one is `unchanged`.

        References are names: `site="rome"`. Raises NameTakenError, InputError, NotFoundError.
        """
        outcome: Outcome = _kind_of(noun).load_shelf().add(self.unit, name, fields)
        return outcome

    def set(self, noun: type[SQLModel], name: str, *, rename: str | None = None, **fields: Any) -> Outcome:
        """Change some fields of an object. Raises NotFoundError, InputError, NameTakenError."""
        outcome: Outcome = _kind_of(noun).load_shelf().set(self.unit, name, fields, rename=rename)
        return outcome

    def remove(self, noun: type[SQLModel], name: str) -> Outcome:
        """Remove an object. Raises NotFoundError, InUseError."""
        outcome: Outcome = _kind_of(noun).load_shelf().remove(self.unit, name)
        return outcome


@dataclass(frozen=True)
class Cmdb:
    """An open CMDB that can be changed."""

    store: Store

    def session(self) -> AbstractContextManager[Session]:
        """Open a session that reads, and cannot write."""
        return _reading(self.store)

    def write(self, work: Callable[[Changes], _T]) -> _T:
        """Do several changes as one: what `work` does is one change-set. It may be called again when others write."""
        return self.store.write(lambda unit: work(Changes(unit)))

    def add(self, noun: type[SQLModel], name: str, **fields: Any) -> Outcome:
        """Add an object, as a change-set of its own (`Changes.add`)."""
        return self.write(lambda changes: changes.add(noun, name, **fields))

    def set(self, noun: type[SQLModel], name: str, *, rename: str | None = None, **fields: Any) -> Outcome:
        """Change an object, as a change-set of its own (`Changes.set`)."""
        return self.write(lambda changes: changes.set(noun, name, rename=rename, **fields))

    def remove(self, noun: type[SQLModel], name: str) -> Outcome:
        """Remove an object, as a change-set of its own (`Changes.remove`)."""
        return self.write(lambda changes: changes.remove(noun, name))


@overload
def open_cmdb(url: str | None = None, *, write: Literal[False] = False) -> AbstractContextManager[Session]: ...


@overload
def open_cmdb(url: str | None = None, *, write: Literal[True], reason: str = "") -> AbstractContextManager[Cmdb]: ...


def open_cmdb(
    url: str | None = None, *, write: bool = False, reason: str = ""
) -> AbstractContextManager[Session] | AbstractContextManager[Cmdb]:
    """Open the CMDB: `url` is a path or URL as of `--db`; without one, that of the environment or the configuration.

    The session that is returned reads one consistent view, and the database itself refuses to write through it. With
    `write` a `Cmdb` is returned; `reason` is kept with each change. Nothing is made where there is no CMDB.
    Raises UsageError, StorageError and its kin.
    """
    context = process_context([])
    context.settings.db = url
    if write:
        return _writing(context, reason)
    return _of_context(context)


def inventory_class(name: str, session: Session | None = None) -> Any:
    """Return the rows of a class of inventory data, such as `software`, as a SQLModel class over its documented view.

    Its columns are those of `itmsctl data-class show NAME`; beside them stand `computer_id` (a `Resource.id`),
    `computer`, `computer_guid` and `since`. A class that was added to a CMDB is found with a session of it.
    Raises NotFoundError.
    """
    from itmsctl.inventory.service.row_classes import row_class

    return row_class(name, None if session is None else session.connection())


@contextmanager
def _of_context(context: Context) -> Iterator[Session]:
    refuse_unreadable(place_of(context.database), context.state_folder)
    with _opened(context, "") as store, _reading(store) as session:
        yield session


@contextmanager
def _writing(context: Context, reason: str) -> Iterator[Cmdb]:
    refuse_unreadable(place_of(context.database), context.state_folder)
    with _opened(context, reason) as store:
        yield Cmdb(store)


@contextmanager
def _opened(context: Context, reason: str) -> Iterator[Store]:
    store = context.open_store()
    try:
        command = f"python {os.path.basename(sys.argv[0] or '-')}"  # noqa: PTH119 - a word for the audit, no path
        store.actor = replace(store.actor, command=command, reason=reason)
        yield store
    finally:
        store.close()


@contextmanager
def _reading(store: Store) -> Iterator[Session]:
    engine = open_engine(store.place, purpose="models", read_only=True)
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def _kind_of(noun: type[SQLModel]) -> Kind:
    name = getattr(noun, "__tablename__", "")
    found = next((kind for kind in house().kinds() if name == (kind.typed or kind.table)), None)
    if found is None:
        raise UsageError(f"`{noun.__name__}` is not a class of a noun", hint="see itmsctl.models.__all__")
    return found
