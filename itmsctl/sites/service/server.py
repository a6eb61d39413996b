"""SERVERS: the shelf of site servers (SITE-3, SITE-4). A server is a computer, and bears its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk, derived
from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.followers import following
from itmsctl.cmdb.nature import AskedChange
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError, NotFoundError, ServerUnfitError
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.sites.fitness import HostingFacts, hosts_nothing, shortcomings, unknown
from itmsctl.sites.kinds import SERVER, SERVICES
from itmsctl.sites.package_places import package_folder, package_url
from itmsctl.sites.quantities import refuse_below
from itmsctl.sites.rows import server, server_service
from itmsctl.values.kind import house
from itmsctl.values.names import is_guid, name_key
from itmsctl.values.naming import naming
from itmsctl.values.untrusted import shell_arg


class Servers(Shelf):
    """All site servers. Services lie in a table of their own."""

    def find(self, reader: Reader, name: str) -> Doc | None:
        """Return the server of this name, of this GUID, or on the computer of this GUID; or none."""
        found = super().find(reader, name)
        if found is None and is_guid(name):
            computer = COMPUTERS.find(reader, name)
            return None if computer is None else super().find(reader, computer.name)
        return found

    def add(
        self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], *, guid: str | None = None, unfit: bool = True
    ) -> Outcome:
        """Make a computer a site server; an equal one is `unchanged`.

        Raises NotFoundError where there is no such computer or site, ServerUnfitError where its system can host none of
        the services, or it is surely too small for one, and `unfit` does not allow that, NameTakenError, InputError.
        """
        computer = _computer(unit, name)
        if not unfit:
            _refuse_unfit(computer, fields.get("services") or ())
            _refuse_short(unit, computer, fields.get("services") or ())
        outcome = super().add(unit, computer.name, fields, guid=guid)
        if unfit or outcome.action != "created":
            return outcome
        return replace(outcome, remarks=(*outcome.remarks, *_unknown(unit, computer, outcome.doc)))

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:
        """Return the changes; lists are replaced as a whole.

        Raises FieldError for another name, which only its computer can be given, ServerUnfitError for what a person
        adds to a system that can host none of it.
        """
        if asked.rename is not None:
            hint = f"itmsctl computer set {shell_arg(before.name)} --rename {shell_arg(asked.rename)}"
            raise FieldError("a server bears the name of its computer", hint=hint)
        if asked.changes.get("services") and not asked.whole:
            _refuse_unfit(_computer(unit, before.name), asked.changes["services"])
        return asked.changes

    # --- what the shelf asks --------------------------------------------------------------------------------------

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields with services in their order, each once."""
        checked = dict(fields)
        if "services" in checked:
            if not checked["services"]:
                hint = "itmsctl server remove takes its role away"
                raise FieldError("a server hosts at least one service", hint=hint).about("services")
            checked["services"] = [service for service in SERVICES if service in checked["services"]]
        sessions = checked.get("max_sessions")
        if sessions is not None and sessions < 1:
            hint = "--max-sessions 1 or more"
            raise FieldError(f"`{sessions}` sessions serve nobody", hint=hint).about("max_sessions")
        refuse_below(checked, 1, ("cores", "ram_gb", "disk_gb", "rate_kbit"))
        if checked.get("folder"):
            with naming("folder"):
                checked["folder"] = package_folder(checked["folder"])
        for position, url in enumerate(checked.get("urls") or ()):
            with naming("urls", position):
                package_url(url)
        return checked

    def columns_of(self, reader: Reader, doc: Doc) -> dict[str, Any]:
        """Return the computer that it is."""
        return {"computer_id": _computer(reader, doc.name).id}

    def read_extra(self, reader: Reader, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return services, in their order."""
        found: dict[int, dict[str, Any]] = {i: {"services": []} for i in ids}
        services = sa.select(server_service.c.server_id, server_service.c.service)
        hosted = services.where(member_of(reader.connection, server_service.c.server_id, ids))
        for number, service in reader.connection.execute(hosted):
            found[number]["services"].append(service)
        for fields in found.values():
            fields["services"].sort(key=SERVICES.index)
        return found

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Store services."""
        if before is not None:
            self.before_remove(unit, doc)
        rows = [(doc.id, service) for service in doc.fields["services"]]
        bulk.insert(unit.connection, "site_server_service", ("server_id", "service"), rows)

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Remove the rows of its services."""
        unit.connection.execute(sa.delete(server_service).where(server_service.c.server_id == doc.id))

    # --- what happens to its computer -----------------------------------------------------------------------------

    def on_computers(self, reader: Reader, computers: Sequence[int]) -> dict[int, Doc]:
        """Return the servers on these computers, by the computer's id."""
        rows = reader.connection.execute(
            sa.select(server.c.computer_id, server.c.name).where(
                member_of(reader.connection, server.c.computer_id, computers)
            )
        )
        return {computer: self.get(reader, name) for computer, name in rows}

    def move(self, unit: UnitOfWork, doc: Doc, computer: int, name: str) -> None:
        """Let a server be on a computer of this id and name: another one after a merge, or its own under a new name."""
        moved = Doc(doc.id, doc.guid, name, doc.revision + 1, doc.fields)
        values = {"name": name, "name_key": name_key(name), "computer_id": computer, "revision": moved.revision}
        stamp = {"changed_by": unit.change_set_id, "changed_at": unit.now}
        statement = sa.update(self.table).where(self.table.c.id == doc.id).values(**values, **stamp)
        changed = derived.differing(doc, moved)
        with following(unit, {self.kind.name: [doc.id]}), derived.changing(unit, self.kind, doc.id, changed):
            unit.connection.execute(statement)
        unit.record("updated", self.kind.name, doc.guid, name, doc.document(), moved.document())


def _refuse_unfit(computer: Doc, services: Sequence[str]) -> None:
    """Raise ServerUnfitError where the system of a computer can host none of these services (NS-10)."""
    family = computer.fields["os_family"] or ""
    if hosts_nothing(services, family):
        raise ServerUnfitError(
            f"`{computer.name}` runs {family}, which hosts none of: {', '.join(services)}",
            why="site services want Windows; the package service runs on Linux too (NS-10, SITE-15)",
            hint=f"another computer; a wrong system: itmsctl computer set {shell_arg(computer.name)} --os-family ...;"
            " all the same: server add ... --unfit",
        ).about("services")


def _refuse_short(reader: Reader, computer: Doc, services: Sequence[str]) -> None:
    """Raise ServerUnfitError where inventory says that a computer is too small for one of these services (NS-10)."""
    family = computer.fields["os_family"] or ""
    found = list(shortcomings(services, family, facts_of(reader, computer.id)))
    if found:
        raise ServerUnfitError(
            f"`{computer.name}` lacks what its services need",
            why="; ".join(f"{one.service}: {one.what} ({one.rule})" for one in found),
            hint="another computer; or all the same: server add ... --unfit",
        ).about("services")


def _unknown(reader: Reader, computer: Doc, server: Doc) -> Iterator[str]:
    """Yield what decides about the services of a server and is not known of its computer (NS-10)."""
    lacking = unknown(server.fields["services"], computer.fields["os_family"] or "", facts_of(reader, computer.id))
    if lacking:
        yield f"not known of it: {', '.join(lacking)}; itmsctl inventory run --target {shell_arg(computer.name)} tells"


def facts_of(reader: Reader, computer: int) -> HostingFacts:
    """Return what inventory knows of a computer that decides about site services (hook `hosting_facts`)."""
    for call in house().calls("hosting_facts"):
        found: HostingFacts = call(reader, computer)
        return found
    return HostingFacts()


def _computer(reader: Reader, name: str) -> Doc:
    found = COMPUTERS.find(reader, name)
    if found is not None:
        return found
    try:
        return COMPUTERS.get(reader, name)
    except NotFoundError as error:
        near = error.hint if error.hint.startswith("did you mean") else ""
        add = f"itmsctl computer add {shell_arg(name)}"
        error.hint = f"{near} or: {add}" if near else add
        raise error.about("name") from None


SERVERS = Servers(SERVER)
