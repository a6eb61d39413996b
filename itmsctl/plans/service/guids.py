"""GUIDs that documents say: what is made again has the one that its document says, what is there keeps its own.

So an estate that is built again from its export has its old GUIDs, and with them its rings; two servers that meet,
whose objects have one name and each a GUID of its own, do not clash.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.nouns import of_kind, table_of
from itmsctl.cmdb.rows import tombstones
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader
from itmsctl.errors import GuidTakenError
from itmsctl.plans.declared import DeclaredObject
from itmsctl.values.kind import house
from itmsctl.values.untrusted import shell_arg


class GuidHolder(NamedTuple):
    """The object that has a GUID, or had it."""

    kind: str
    name: str
    removed: bool = False


def homes(reader: Reader, objects: Iterable[DeclaredObject]) -> dict[str, GuidHolder]:
    """Return who has each GUID that documents say, of whatever kind, and what removed object of a kind had it."""
    wanted = [one.guid for one in objects if one.guid is not None]
    if not wanted:
        return {}
    stones = sa.select(tombstones.c.guid, tombstones.c.kind, tombstones.c.name)
    stones = stones.where(member_of(reader.connection, tombstones.c.guid, wanted))
    found = {row[0]: GuidHolder(row[1], row[2], removed=True) for row in reader.connection.execute(stones).all()}
    for kind in house().kinds():
        table = table_of(kind)
        statement = sa.select(table.c.guid, table.c.name).where(member_of(reader.connection, table.c.guid, wanted))
        rows = reader.connection.execute(of_kind(kind, statement)).all()
        found |= {guid: GuidHolder(kind.name, name) for guid, name in rows}
    return found


def refuse_taken(reader: Reader, shelf: Shelf, one: DeclaredObject, known: dict[str, GuidHolder]) -> None:
    """Raise GuidTakenError where an object that is to be made would have the GUID of another one."""
    assert one.guid is not None
    home = known.get(one.guid)
    if home is not None and home.removed and home.kind == one.kind.name:
        home = None  # it comes back, and takes its history up again
    if home is None:
        doc = shelf.find(reader, one.guid)  # a computer that was merged away is found as what it was merged into
        home = None if doc is None else GuidHolder(one.kind.name, doc.name)
    if home is None:
        return
    was = "was" if home.removed else "is"
    rename = f"itmsctl {home.kind} set {shell_arg(home.name)} --rename {shell_arg(one.name)}"
    same = home.kind == one.kind.name and not home.removed
    raise GuidTakenError(
        f"the GUID of {one.kind.name} `{one.name}` {was} that of {home.kind} `{home.name}`",
        hint=(f"the same one: {rename}; another one: " if same else "") + "leave `guid` out",
        details={"field": "guid"},
    )
