"""What could not be put as it came, with both sides: it waits for a person, or tells what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ConflictError, NotFoundError
from itmsctl.replication.rows import replication_conflicts
from itmsctl.values.untrusted import storable

WAITS = "waits"
REFUSED, OVERWRITTEN, RENAMED, MERGED, MOVED = "refused", "overwritten", "renamed", "merged", "moved"
OURS, THEIRS = "ours", "theirs"
_LONGEST = 2000


@dataclass(frozen=True)
class BothSides:
    """One of them; `ours` and `theirs` are documents, or None where a side has none."""

    id: int
    kind: str
    guid: str
    name: str
    origin: str
    what: str
    why: str
    ours: Mapping[str, Any] | None
    theirs: Mapping[str, Any] | None
    state: str
    batch: str
    at: datetime
    decided_at: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {
            "id": self.id, "kind": self.kind, "name": self.name, "guid": self.guid, "from": self.origin,
            "what": self.what, "why": self.why, "fields": sorted(self.differing), "ours": self.ours,
            "theirs": self.theirs, "state": self.state, "batch": self.batch, "at": self.at,
            "decided_at": self.decided_at,
        }  # fmt: skip

    @property
    def differing(self) -> list[str]:
        """Return the fields in which the sides differ."""
        ours, theirs = self.ours or {}, self.theirs or {}
        return [name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name)]


def note(unit: UnitOfWork, found: BothSides) -> None:
    """Store a conflict; of one object of one origin only the last that waits is kept."""
    own = replication_conflicts.c
    same = (own.kind == found.kind, own.guid == found.guid, own.origin == found.origin, own.state == WAITS)
    if found.state == WAITS:
        unit.connection.execute(sa.delete(replication_conflicts).where(*same))
    values = {name: getattr(found, name) for name in BothSides.__dataclass_fields__}
    values |= {"id": unit.next_ids(1)[0], "why": storable(found.why, _LONGEST)}
    unit.connection.execute(sa.insert(replication_conflicts).values(**values))
    unit.note("replication-conflict", **{found.what: 1})


def close(unit: UnitOfWork, kind: str, guids: Collection[str], origin: str) -> None:
    """Note that what waited of objects was put after all."""
    own = replication_conflicts.c
    among = member_of(unit.connection, own.guid, guids)
    same = (own.kind == kind, among, own.origin == origin, own.state == WAITS)
    values = {"state": THEIRS, "decided_at": unit.now}
    unit.connection.execute(sa.update(replication_conflicts).where(*same).values(**values))


def is_decided(reader: Reader, place: tuple[str, str, str], theirs: Mapping[str, Any]) -> bool:
    """Return whether a person kept this server's side of an object (kind, GUID, origin) against the same content."""
    own = replication_conflicts.c
    same = (own.kind == place[0], own.guid == place[1], own.origin == place[2], own.state == OURS)
    return any(found == theirs for (found,) in reader.rows(sa.select(own.theirs).where(*same)))


def moved_from(reader: Reader, kind: str, origin: str) -> frozenset[str]:
    """Return the objects that were this server's once, and are another's since this one said so."""
    own = replication_conflicts.c
    same = (own.kind == kind, own.origin == origin, own.what == MOVED)
    return frozenset(reader.connection.execute(sa.select(own.guid).where(*same)).scalars())


def listed(reader: Reader, *, every: bool = False) -> list[BothSides]:
    """Return the conflicts that wait, the newest first; `every` also those that were decided."""
    statement = sa.select(replication_conflicts).order_by(replication_conflicts.c.id.desc())
    if not every:
        statement = statement.where(replication_conflicts.c.state == WAITS)
    return [BothSides(**row._asdict()) for row in reader.rows(statement)]


def get(reader: Reader, id_: int) -> BothSides:
    """Return a conflict. Raises NotFoundError."""
    rows = reader.rows(sa.select(replication_conflicts).where(replication_conflicts.c.id == id_))
    if not rows:
        raise NotFoundError(f"there is no conflict {id_}", hint="itmsctl hierarchy conflicts --all")
    return BothSides(**rows[0]._asdict())


def decide(unit: UnitOfWork, id_: int, side: str) -> BothSides:
    """Note which side a person keeps. Raises NotFoundError, ConflictError where it was decided before."""
    found = get(unit, id_)
    if found.state != WAITS:
        raise ConflictError(f"conflict {id_} was decided already: {found.state}", hint="itmsctl hierarchy conflicts")
    own = replication_conflicts.c
    values = {"state": side, "decided_at": unit.now}
    unit.connection.execute(sa.update(replication_conflicts).where(own.id == id_).values(**values))
    unit.note("replication-conflict", decided=1)
    return found
