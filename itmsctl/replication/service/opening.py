"""Which fields of its objects this server lets its children edit (HIER-10)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.said import SEAL, LiveRows
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError, NotFoundError, ReplicatedLockedError
from itmsctl.replication.rows import opened_fields
from itmsctl.replication.service.kept import living_of
from itmsctl.replication.service.locks import server_name
from itmsctl.values.kind import Kind, house
from itmsctl.values.names import did_you_mean

OPENED = "opened-field"  # the kind of the seal


@dataclass(frozen=True)
class Opened:
    """The fields of an object that children may edit, and what changed of them."""

    kind: str
    name: str
    guid: str
    fields: tuple[str, ...]
    changed: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return the flat object of JSON output."""
        return {"kind": self.kind, "name": self.name, "id": self.guid, "editable": list(self.fields)}


def opened_of(reader: Reader, kind: str, guids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the fields of these objects that children may edit; those without one are left out."""
    own = opened_fields.c
    where = (own.kind == kind, member_of(reader.connection, own.guid, sorted(guids)))
    found: dict[str, list[str]] = {}
    for row in reader.rows(sa.select(own.guid, own.field).where(*where).order_by(own.guid, own.field)):
        found.setdefault(row.guid, []).append(row.field)
    return {guid: tuple(fields) for guid, fields in found.items()}


def named(reader: Reader, text: str) -> tuple[Kind, str, str]:
    """Return the kind, name and GUID of an object that is said as KIND/NAME. Raises NotFoundError."""
    word, _, name = text.partition("/")
    kind = house().kind(word)
    if kind is None or not name:
        hint = did_you_mean(word, [k.name for k in house().kinds()]) or "write it as KIND/NAME: policy/daily"
        raise NotFoundError(f"`{text}` names no object", hint=hint)
    doc = kind.load_shelf().get(reader, name)
    return kind, doc.name, doc.guid


def open_fields(unit: UnitOfWork, text: str, fields: Sequence[str], *, off: bool = False) -> Opened:
    """Let children edit fields of an object, or no longer. Without fields it is only looked at.

    Raises NotFoundError, FieldError, ReplicatedLockedError where the object is another server's.
    """
    kind, name, guid = named(unit, text)
    may = kind.replication.editable if kind.replication is not None else ()
    for field in fields:
        if field not in may:
            hint = did_you_mean(field, may) or "fields that can be opened: " + (", ".join(may) or "none of this kind")
            raise FieldError(f"children cannot edit `{field}` of {kind.one}", hint=hint).about("field")
    if fields:
        _refuse_foreign(unit, kind, name, guid)
    before = opened_of(unit, kind.name, [guid]).get(guid, ())
    after = tuple(sorted(set(before) - set(fields) if off else {*before, *fields}))
    changed = tuple(sorted(set(before) ^ set(after)))
    if changed:
        _write(unit, kind.name, guid, after)
    return Opened(kind.name, name, guid, after, changed)


def recorded(reader: Reader) -> Mapping[str, object]:
    """Return what is compared with the audit (hook)."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in reader.rows(sa.select(opened_fields)):
        found.setdefault((row.kind, row.guid), []).append(row.field)
    kind = SEAL + OPENED
    return {
        kind: (LiveRows(kind, guid, of, canonical(_sealed(of, names))) for (of, guid), names in sorted(found.items()))
    }


def _sealed(kind: str, fields: Sequence[str]) -> dict[str, Any]:
    return {"kind": kind, "fields": sorted(fields)}


def _refuse_foreign(unit: UnitOfWork, kind: Kind, name: str, guid: str) -> None:
    kept = living_of(unit, [(kind.name, guid)]).get((kind.name, guid))
    if kept is not None:
        raise ReplicatedLockedError(
            f"fields of {kind.name} `{name}` are opened where it came from",
            why=f"it came from {server_name(unit, kept.origin)}",
            hint="a server opens what is its own",
        )


def _write(unit: UnitOfWork, kind: str, guid: str, fields: Sequence[str]) -> None:
    own = opened_fields.c
    unit.connection.execute(sa.delete(opened_fields).where(own.kind == kind, own.guid == guid))
    by = unit.change_set_id
    for field in fields:
        unit.connection.execute(sa.insert(opened_fields).values(kind=kind, guid=guid, field=field, changed_by=by))
    unit.seal(OPENED, guid, kind, _sealed(kind, fields) if fields else None)
