"""What comes with a new database is put into it once: when it is made, else by `db upgrade`.

What was put is noted in the database, so that one that was removed, renamed or changed since does not come back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from itmsctl.cmdb.doc import Outcome
from itmsctl.cmdb.facts import fact, note_fact
from itmsctl.cmdb.nouns import kind_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.values.kind import Kind
from itmsctl.values.predefined import PredefinedObject, every_predefined, guids
from itmsctl.values.untrusted import shell_arg

_PUT = "predefined"  # the fact that names what was put
_UNTOLD = frozenset({"enabled"})  # switching it on or off is no edit


def missing(reader: Reader) -> list[PredefinedObject]:
    """Return what was never put into the database."""
    text = fact(reader, _PUT)
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
        shelf = kind_of(one.kind).load_shelf()
        if shelf.find(unit, one.name) or shelf.find(unit, one.guid):
            unit.tell(f"{one.kind} {one.name} is there already, and stays as it is")
        else:
            found.append((one.kind, shelf.add(unit, one.name, one.fields, guid=one.guid)))
    if wanted:
        note_fact(unit, _PUT, json.dumps(sorted(guids())))
    return found


def remarks(kind: Kind, guid: str, before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return what should be heard where an object is changed that came with the database (INV-13, POL-7)."""
    if guid[14:15] != "5" or guid not in guids():  # its version: most are none, and pay nothing
        return ()
    if not {field for field in after if before[field] != after[field]} - _UNTOLD:
        return ()
    clone = f"itmsctl {kind.name} clone {shell_arg(name)} NEW"
    return (f"{name} came with the database: to keep it as it was, change a copy ({clone})",)
