"""What comes with a new database is put into it once: when it is made, else by `db upgrade`.

What was put is noted in the database, so that one that was removed, renamed or changed since does not come back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Outcome
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.values.kind import Kind, house
from itmsctl.values.predefined import PredefinedObject, every_predefined, guids
from itmsctl.values.untrusted import shell_arg

KEY = "predefined"  # of the row of `meta` that names what was put
_UNTOLD = frozenset({"enabled"})  # switching it on or off is no edit


def missing(reader: Reader) -> list[PredefinedObject]:
    """Return what was never put into the database."""
    text = reader.scalar(sa.text("SELECT value FROM meta WHERE key = 'predefined'"))
    put = set(json.loads(text)) if text else set()
    return [one for one in every_predefined() if one.guid not in put]


def put(unit: UnitOfWork) -> list[tuple[str, Outcome]]:
    """Put what was never put, and return it, each with its kind.

    An object of somebody else's that bears the name stays as it is, and serves in its place; so does the very one that
    documents of another database brought.
    """
    wanted = missing(unit)
    found = []
    for one in wanted:
        shelf = kind_of(one).load_shelf()
        if shelf.find(unit, one.name) or shelf.find(unit, one.guid):
            unit.tell(f"{one.kind} {one.name} is there already, and stays as it is")
        else:
            found.append((one.kind, shelf.add(unit, one.name, one.fields, guid=one.guid)))
    if wanted:
        _note(unit)
    return found


def _note(unit: UnitOfWork) -> None:
    statement = sa.text(
        "INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    )
    unit.connection.execute(statement, {"key": KEY, "value": json.dumps(sorted(guids()))})


def kind_of(one: PredefinedObject) -> Kind:
    """Return the noun of an object that comes with a database."""
    kind = house().kind(one.kind)
    assert kind is not None, one
    return kind


def remarks(kind: Kind, guid: str, before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return what should be heard where an object is changed that came with the database (INV-13, POL-7)."""
    if guid[14:15] != "5" or guid not in guids():  # its version: most are none, and pay nothing
        return ()
    if not {field for field in after if before[field] != after[field]} - _UNTOLD:
        return ()
    clone = f"itmsctl {kind.name} clone {shell_arg(name)} NEW"
    return (f"{name} came with the database: to keep it as it was, change a copy ({clone})",)
