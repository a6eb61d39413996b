"""OWN_RESOURCES: the shelf of resources whose types administrators added; their fields also stand as typed columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.nature import AskedChange
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError
from itmsctl.resources.devices import DEVICE
from itmsctl.resources.own import DEVICE_ALONE, OWN_RESOURCE, OwnType, checked_values, value_of
from itmsctl.resources.service.devices import Tracked
from itmsctl.resources.service.own_tables import own_types, table_of_type

_TYPES = "types of resources"


class OwnResources(Tracked):
    """All resources of types that administrators added, whatever the type."""

    def __init__(self) -> None:
        super().__init__(OWN_RESOURCE)

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:
        """Return the changes: fields of its type one by one, unless they are said as a whole; an empty one goes."""
        changes = dict(super().changing(unit, before, asked))
        if changes.get("fields") and not asked.whole:
            both = before.fields["fields"] | changes["fields"]
            changes["fields"] = {name: value for name, value in both.items() if value != ""}
        return changes

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields in the form in which they are kept: those of its type, and of a device if it is one."""
        checked = super().check(reader, name, fields)
        existing = self.find(reader, name)
        whole = (existing.fields if existing else {}) | checked
        one = own_types(reader.connection).get(whole.get("type") or "")
        if one is None:
            raise FieldError("it needs a type", hint="itmsctl resource-type list").about("type")
        if one.level != DEVICE.name:
            _refuse_of_devices(one, whole)
        values = checked_values(one, whole.get("fields") or {})
        return checked | ({"fields": values} if "fields" in checked or values != whole.get("fields") else {})

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Store the typed row, and the fields of its type as columns."""
        super().write_extra(unit, before, doc)
        types = own_types(unit.connection)
        if before is not None:
            self._clear(unit, before, types)
        one = types[doc.fields["type"]]
        unit.connection.execute(sa.insert(table_of_type(one)).values(id=doc.id, **_columns(one, doc)))

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Remove its rows and the relations."""
        self._clear(unit, doc, own_types(unit.connection))
        super().before_remove(unit, doc)

    def strays(self, reader: Reader, docs: Sequence[Doc]) -> Iterator[tuple[Doc, str]]:
        """Yield the resources whose columns are not what follows from their documents."""
        for one in own_types(reader.connection).values():
            mine = {doc.id: doc for doc in docs if doc.fields["type"] == one.name}
            table = table_of_type(one)
            among = member_of(reader.connection, table.c.id, list(mine))
            rows = {row.id: row._mapping for row in reader.connection.execute(sa.select(table).where(among))}  # noqa: SLF001 - its public name
            for id_, doc in mine.items():
                if {"id": id_, **_columns(one, doc)} != dict(rows.get(id_, {})):
                    yield doc, f"its row in {one.table}"

    def _clear(self, unit: UnitOfWork, doc: Doc, types: Mapping[str, OwnType]) -> None:
        table = table_of_type(types[doc.fields["type"]])
        unit.connection.execute(sa.delete(table).where(table.c.id == doc.id))


def _columns(one: OwnType, doc: Doc) -> dict[str, Any]:
    given = doc.fields["fields"]
    return {field.name: value_of(field, given[field.name]) if field.name in given else None for field in one.fields}


def _refuse_of_devices(one: OwnType, fields: Mapping[str, Any]) -> None:
    for name in sorted(DEVICE_ALONE):
        if fields.get(name):
            raise FieldError(f"a {one.name} is no device: it has no {name}", hint="description, and --field").about(
                name
            )


OWN_RESOURCES = OwnResources()
