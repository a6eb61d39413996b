"""Reading the audit: what happened to an object, and what was done by whom."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.admin.differences import FieldDifference, between
from itmsctl.cmdb.audit import CLOCK, horizon, refuse_purged
from itmsctl.cmdb.nouns import of_kind, table_of
from itmsctl.cmdb.rows import change_sets, changes, tombstones
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import NotFoundError, PurgedError
from itmsctl.values.kind import Kind, house
from itmsctl.values.names import is_guid, name_key

PAGE = 1000
NAMED = 3  # objects of a change-set that a list of them names
ObjectNames = dict[tuple[str, str], list[str]]  # by kind and action


@dataclass(frozen=True)
class HistoryEntry:
    """One change of one object, with who made it, when and why."""

    seq: int
    at: datetime
    actor: str
    command: str
    reason: str
    action: str
    kind: str
    guid: str
    name: str
    differences: tuple[FieldDifference, ...]
    told: str = ""  # what the room of the kind says of it beyond its fields

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output: `id` is the GUID of the object."""
        return {
            "id": self.guid,
            "name": self.name,
            "object": f"{self.kind} {self.name}",
            "seq": self.seq,
            "at": self.at,
            "action": self.action,
            "what": "; ".join(filter(None, (self.told, self._fields()))),
            "actor": self.actor,
            "command": self.command,
            "reason": self.reason,
            "changes": [d.as_dict() for d in self.differences],
        }

    def _fields(self) -> str:
        return "; ".join(str(d) for d in self.differences) if self.action != "removed" else ""


@dataclass(frozen=True)
class Past:
    """The history of one object, newest first, the GUIDs of others that had its name, and what was purged of it."""

    entries: list[HistoryEntry]
    namesakes: list[str]
    purged: str = ""


# --- history ----------------------------------------------------------------------------------------------------------


def history(reader: Reader, kind: Kind, name: str, *, since: datetime | None = None, limit: int | None = None) -> Past:
    """Return what happened to the object that has this name or GUID, had it last, or had it before it was renamed.

    Raises NotFoundError where the audit knows no such object, PurgedError where it no longer does.
    """
    start = horizon(reader.connection)
    guids = [name.lower()] if is_guid(name) else _guids_of(reader, kind, name)
    entries = list(_entries(reader, changes.c.guid == guids[0], kind, since, limit)) if guids else []
    if not entries and since is None:
        error = PurgedError if guids and start.seq else NotFoundError
        raise error(
            f"the audit knows no {kind.name} `{name}`"
            if not guids
            else f"the history of `{name}` is not there any more",
            why=str(start) if start.seq else "",
            hint=f"itmsctl audit list --noun {kind.name}",
            details={"kind": kind.name},
        )
    whole = since is not None or limit is not None or not start.seq or entries[-1].action == "created"
    return Past(entries, guids[1:], "" if whole else str(start))


def _guids_of(reader: Reader, kind: Kind, name: str) -> list[str]:
    """Return the GUIDs that go by a name: the living one, then removed ones and former names, newest first."""
    live = table_of(kind)
    named = of_kind(kind, sa.select(live.c.guid).where(live.c.name_key == name_key(name)))
    found: list[str] = list(reader.connection.execute(named).scalars())
    buried = sa.select(tombstones.c.guid).where(tombstones.c.kind == kind.name, tombstones.c.name == name)
    found += reader.connection.execute(buried.order_by(tombstones.c.at.desc())).scalars()
    former = sa.select(changes.c.guid).where(changes.c.kind == kind.name, changes.c.name == name)
    found += reader.connection.execute(former.order_by(changes.c.change_set.desc())).scalars()
    return list(dict.fromkeys(found))


def _entries(
    reader: Reader, where: sa.ColumnElement[bool], kind: Kind | None, since: datetime | None, limit: int | None
) -> Iterator[HistoryEntry]:
    statement = (
        sa.select(
            *(change_sets.c[c] for c in ("id", "seq", "at", "actor", "command", "reason")),
            *(changes.c[c] for c in ("action", "kind", "guid", "name", "before", "after")),
        )
        .select_from(changes.join(change_sets, change_sets.c.id == changes.c.change_set))
        .where(where)
        .order_by(change_sets.c.seq.desc(), changes.c.ord)
    )
    if kind is not None:
        statement = statement.where(changes.c.kind == kind.name)
    if since is not None:
        statement = statement.where(change_sets.c.at >= since)
    if limit is not None:
        statement = statement.limit(limit)
    for page in reader.connection.execute(statement).partitions(PAGE):
        told = _told(reader, page)
        for row in page:
            differences = between(_loaded(row.before), _loaded(row.after))
            change_set, seq, at, actor, command, reason, action, named, guid, name, _, _ = row
            said = told.get((change_set, guid), "")
            yield HistoryEntry(seq, at, actor, command, reason, action, named, guid, name, tuple(differences), said)


def _told(reader: Reader, rows: Sequence[sa.Row[Any]]) -> Mapping[tuple[int, str], str]:
    """Return what rooms say of changes beyond fields, by change-set and GUID (hook `change_told`)."""
    found: dict[tuple[int, str], str] = {}
    for call in house().calls("change_told"):
        found |= call(reader, {row.id: row.at for row in rows})
    return found


def _loaded(text: str | None) -> Any:
    return None if text is None else json.loads(text)


# --- audit ------------------------------------------------------------------------------------------------------------


def audit_list(
    reader: Reader,
    *,
    since: datetime | None = None,
    actor: str | None = None,
    noun: str | None = None,
    limit: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield change-sets, newest first. `actor` is a user, or user@host."""
    statement = sa.select(change_sets).order_by(change_sets.c.seq.desc())
    if since is not None:
        statement = statement.where(change_sets.c.at >= since)
    if actor is not None:
        beginning = change_sets.c.actor.startswith(actor + "@", autoescape=True)
        on_server = change_sets.c.actor.startswith(actor + " (", autoescape=True)  # user@host (database user X)
        statement = statement.where(sa.or_(change_sets.c.actor == actor, beginning, on_server))
    if noun is not None:
        # The summary names every kind that a change-set touched, also those of which it keeps counts alone.
        summary = sa.type_coerce(change_sets.c.summary, sa.Text)
        statement = statement.where(summary.contains(json.dumps(noun, ensure_ascii=False) + ":{", autoescape=True))
    if limit is not None:
        statement = statement.limit(limit)
    for page in reader.connection.execute(statement).partitions(PAGE):
        named = _named(reader, [row.id for row in page])
        for row in page:
            yield _header(row, named.get(row.id, {}))


def _named(reader: Reader, ids: Sequence[int]) -> Mapping[int, ObjectNames]:
    """Return the names of what change-sets changed, the first few of each, by kind and action."""
    statement = (
        sa.select(changes.c.change_set, changes.c.kind, changes.c.action, changes.c.name)
        .where(member_of(reader.connection, changes.c.change_set, ids), changes.c.ord < NAMED)
        .order_by(changes.c.change_set, changes.c.ord)
    )
    found: dict[int, ObjectNames] = {}
    for change_set, kind, action, name in reader.connection.execute(statement):
        found.setdefault(change_set, {}).setdefault((kind, action), []).append(name)
    return found


def audit_show(reader: Reader, seq: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return one change-set and the changes it kept.

    Raises NotFoundError, and PurgedError for one that is gone.
    """
    row = reader.connection.execute(sa.select(change_sets).where(change_sets.c.seq == seq)).first()
    if row is None:
        refuse_purged(reader.connection, seq)
        raise NotFoundError(f"there is no change-set {seq}", hint="itmsctl audit list")
    entries = _entries(reader, changes.c.change_set == row.id, None, None, None)
    shown = [
        {
            "action": e.action,
            "object": f"{e.kind} {e.name}",
            "what": e.as_dict()["what"],
            "id": e.guid,
            "changes": e.as_dict()["changes"],
        }
        for e in entries
    ]
    return _header(row, _named(reader, [row.id]).get(row.id, {})) | {
        "digest": row.digest,
        "prev_hash": row.prev_hash,
    }, shown


def _what(row: sa.Row[Any], named: ObjectNames) -> Iterator[str]:
    """Yield what a change-set did: to which objects where they are few, else to how many."""
    for kind, counts in row.summary.items():
        for action, number in counts.items() if kind != CLOCK else ():
            names = named.get((kind, action), [])
            few = len(names) == number and names != [kind]
            yield f"{kind} {', '.join(names)} {action}" if few else f"{number} {kind} {action}"


def _header(row: sa.Row[Any], named: ObjectNames) -> dict[str, Any]:
    return {
        "id": row.guid,
        "name": str(row.seq),
        "seq": row.seq,
        "at": row.at,
        "actor": row.actor,
        "what": ", ".join(_what(row, named)),
        "command": row.command,
        "reason": row.reason,
        "idempotency_key": row.idempotency_key,
        "hash": row.hash,
    }
