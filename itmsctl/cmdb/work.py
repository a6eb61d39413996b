"""What a use case holds: a reader, or a unit of work that also writes and records."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb import audit, bulk
from itmsctl.cmdb.rows import tombstones
from itmsctl.cmdb.said import SEAL
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.types import canonical
from itmsctl.values.lean import dataclass


def in_utc() -> str:
    """Return the zone of a machine of which nothing else is known."""
    return "UTC"


@dataclass(eq=False, repr=False)
class Reader:
    """One consistent view of the database at one moment."""

    connection: Connection
    now: datetime
    server_guid: str
    ask_zone: Callable[[], str] = in_utc
    library: Path = field(default=Path("library"), kw_only=True)  # where files stand that are too large for it
    marks: Path = field(default=Path("marks"), kw_only=True)  # the state folder: what was seen, outside of the database
    memo: dict[str, Any] = field(default_factory=dict)  # what was read once and holds in this view

    @property
    def server_zone(self) -> str:
        """Return the name of the time zone of the machine of the CMDB."""
        return self.ask_zone()

    def rows(self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None) -> list[sa.Row[Any]]:
        """Return all rows of a statement."""
        return list(self.connection.execute(statement, dict(parameters or {})))

    def scalar(self, statement: sa.Executable) -> Any:
        """Return the first value of the first row, or none."""
        return self.connection.execute(statement).scalar()


@dataclass(eq=False, repr=False)
class UnitOfWork(Reader):
    """A reader that writes. What it changes is recorded, or it is not changed."""

    draft: audit.Draft = field(kw_only=True)
    dry_run: bool = field(default=False, kw_only=True)
    told: list[str] = field(default_factory=list, kw_only=True)

    def tell(self, text: str) -> None:
        """Have something said to whoever asked for the change: what it does beside what was asked."""
        self.told.append(text)

    @property
    def change_set_id(self) -> int:
        """Return the id of this unit's change-set; it is taken at the first call."""
        if self.draft.id is None:
            self.draft.id = self.next_ids(1)[0]
        return self.draft.id

    def next_ids(self, count: int) -> list[int]:
        """Return fresh ids. All items share one space; an id is never given twice."""
        if count <= 0:
            return []
        if self.connection.dialect.name == "postgresql":
            statement = sa.text("SELECT nextval('item_id') FROM generate_series(1, :n)")
            return [row[0] for row in self.connection.execute(statement, {"n": count})]
        statement = sa.text("UPDATE id_block SET next = next + :n WHERE name = 'item' RETURNING next")
        end: int = self.connection.execute(statement, {"n": count}).scalar_one()
        return list(range(end - count, end))

    def record(
        self,
        action: str,
        kind: str,
        guid: str,
        name: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
    ) -> None:
        """Record one changed document: `created`, `updated` or `removed`, whole before and after."""
        self.change_set_id  # noqa: B018 - takes the id
        self.draft.add(
            action,
            kind,
            guid,
            name,
            None if before is None else canonical(before),
            None if after is None else canonical(after),
        )

    def seal(self, kind: str, guid: str, name: str, content: Any) -> None:
        """Record what the rows of something that is no document must be from now on: a digest, or none for no rows.

        `audit verify` compares it with what the room of the kind gives then (hook `recorded`, `cmdb.standing`).
        """
        self.record("sealed", SEAL + kind, guid, name, None, content)

    def note(self, kind: str, **counts: int) -> None:
        """Record what a batch did as counts: `note("member", added=3, removed=1)`."""
        self.change_set_id  # noqa: B018 - takes the id
        self.draft.count(kind, counts)

    def digest(self, data: bytes) -> None:
        """Add what a batch wrote to the digest of its change-set."""
        self.draft.add_to_batch(data)

    def bury(self, kind: str, guid: str, name: str, grave: audit.Grave) -> None:
        """Leave a tombstone."""
        stone = {"guid": guid, "kind": kind, "name": name, "at": self.now} | grave._asdict()
        self.draft.tombstones.append(stone)

    def exhume(self, guids: Collection[str]) -> dict[str, audit.Grave]:
        """Take the tombstones of objects that come back away; return what each takes up again, where there was one."""
        stones = tombstones
        wanted = member_of(self.connection, stones.c.guid, sorted(guids))
        columns = [stones.c[name] for name in ("guid", *audit.Grave._fields)]
        found = {row[0]: audit.Grave(*row[1:]) for row in self.connection.execute(sa.select(*columns).where(wanted))}
        self.connection.execute(sa.delete(stones).where(wanted))
        again = set(guids)
        kept = []
        for stone in self.draft.tombstones:
            if stone["guid"] in again:
                found[stone["guid"]] = audit.Grave(*(stone[name] for name in audit.Grave._fields))
            else:
                kept.append(stone)
        self.draft.tombstones = kept
        return found

    def touch(self, class_name: str, resource_ids: Iterable[int]) -> None:
        """Say that these resources' rows of a class changed, so that delta membership looks at them again.

        Which class follows from what its fields are computed from: call `cmdb.derived`, not this.
        """
        bulk.insert(self.connection, "dirty", ("resource_id", "class_name"), [(i, class_name) for i in resource_ids])
