"""What is known of the classes of computers, as statements read and write it: a batch of computers at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection

from itmsctl.cmdb import bulk

ClassOf = tuple[int, str]
"""The id of a computer, and the name of a class."""

_NEW = (
    "computer_id", "class_name", "source", "digest", "row_count", "collected_at", "changed_at", "unread", "unread_at",
    "faults", "epoch", "counter", "told", "volatile", "stored_by",
)  # fmt: skip


class KnownState(NamedTuple):
    """The state of a class of a computer; moments are in the driver's own form."""

    source: str
    digest: str | None
    row_count: int
    collected_at: Any
    changed_at: Any
    unread: str | None = None
    unread_at: Any = None
    faults: str | None = None  # as JSON
    epoch: int = 0
    counter: int = 0
    told: int | None = None
    volatile: int | None = None
    stored_by: int | None = None  # the change-set that gave it its digest


class _Stamp(NamedTuple):
    at: Any
    source: str
    computer: int
    name: str


class States:
    """The states of a batch of computers: read at once, changed in memory, written at once."""

    def __init__(self, connection: Connection, ids: Collection[int]) -> None:
        self.connection = connection
        self._is_postgres = connection.dialect.name == "postgresql"
        columns = ", ".join(f's."{name}"' for name in _NEW)
        statement = f"SELECT {columns} FROM inventory_state s WHERE s.computer_id {bulk.among(connection)}"  # noqa: S608 - ours
        self.known: dict[ClassOf, KnownState] = {
            (row[0], row[1]): KnownState(*row[2:]) for row in bulk.asked(connection, statement, ids)
        }
        self._there = set(self.known)
        self._written: dict[ClassOf, KnownState] = {}
        self._stamps: list[_Stamp] = []

    def put(self, of: ClassOf, state: KnownState) -> None:
        """Have a state written."""
        self._written[of] = self.known[of] = state

    def stamp(self, of: ClassOf, at: Any, source: str) -> None:
        """Have it written that the rows were found as they are held."""
        known = self.known[of]
        if known.unread is not None or of in self._written:
            self.put(of, known._replace(collected_at=at, source=source, unread=None, unread_at=None))
            return
        self.known[of] = known._replace(collected_at=at, source=source)
        self._stamps.append(_Stamp(at, source, *of))

    def write(self) -> None:
        """Write what was put and stamped."""
        new = [(*of, *state) for of, state in sorted(self._written.items()) if of not in self._there]
        old = [(*state, *of) for of, state in sorted(self._written.items()) if of in self._there]
        bulk.insert_said(self.connection, "inventory_state", _NEW, new)
        bulk.update(self.connection, "inventory_state", _NEW[2:], _NEW[:2], old)
        if self._is_postgres and self._stamps:
            self.connection.exec_driver_sql(
                "UPDATE inventory_state s SET collected_at = k.at, source = k.source"
                " FROM unnest(%s::timestamptz[], %s::text[], %s::int[], %s::text[]) k (at, source, c, n)"
                " WHERE s.computer_id = k.c AND s.class_name = k.n",
                tuple(map(list, zip(*self._stamps, strict=True))),
            )
        else:
            keys = ("collected_at", "source")
            bulk.update(self.connection, "inventory_state", keys, _NEW[:2], self._stamps)


class Digests:
    """The packed digests of classes of many rows: read where they are needed, written where they changed."""

    def __init__(self, connection: Connection, of: Collection[ClassOf]) -> None:
        self.connection = connection
        self.known: dict[ClassOf, bytes] = {}
        if of:
            names = {name for _, name in of}
            statement = (
                "SELECT computer_id, class_name, packed FROM inventory_digests"  # noqa: S608 - ours
                f" WHERE computer_id {bulk.among(connection)} AND class_name {bulk.among(connection)}"
            )
            rows = bulk.asked(connection, statement, {id_ for id_, _ in of}, names)
            self.known = {(row[0], row[1]): bytes(row[2]) for row in rows if (row[0], row[1]) in of}

    def write(self, changed: Sequence[tuple[ClassOf, bytes]]) -> None:
        """Write digests that changed; those of no row are deleted."""
        full = [(of, packed) for of, packed in changed if packed]
        new = [(*of, packed) for of, packed in full if of not in self.known]
        old = [(packed, *of) for of, packed in full if of in self.known]
        gone = [of for of, packed in changed if not packed and of in self.known]
        keys = ("computer_id", "class_name")
        bulk.insert(self.connection, "inventory_digests", (*keys, "packed"), new)
        bulk.update(self.connection, "inventory_digests", ("packed",), keys, old)
        bulk.delete(self.connection, "inventory_digests", keys, gone)


def note_computers(connection: Connection, reports: Sequence[tuple[int, Any]]) -> set[int]:
    """Write of computers that they were inventoried, each with when its report was collected; return the new ones."""
    ids = {id_ for id_, _ in reports}
    statement = f"SELECT computer_id, last_at FROM inventory_computer WHERE computer_id {bulk.among(connection)}"  # noqa: S608 - ours
    known = {row[0]: row[1] for row in bulk.asked(connection, statement, ids)}
    new = [(id_, at, at) for id_, at in reports if id_ not in known]
    later = [(at, id_) for id_, at in reports if id_ in known and at > known[id_]]
    bulk.insert(connection, "inventory_computer", ("computer_id", "first_at", "last_at"), new)
    bulk.update(connection, "inventory_computer", ("last_at",), ("computer_id",), later)
    return {id_ for id_, _, _ in new}


def computers_there(connection: Connection, ids: Collection[int]) -> set[int]:
    """Return those of some computers and devices that are there: none of them goes before this transaction ends."""
    held = " ORDER BY id FOR KEY SHARE" if connection.dialect.name == "postgresql" else ""  # `owners` says why
    statement = f"SELECT id FROM resource WHERE id {bulk.among(connection)}{held}"  # noqa: S608 - ours
    return {row[0] for row in bulk.asked(connection, statement, ids)}
