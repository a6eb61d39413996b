"""One run of a rule to one neighbour: what goes, as records; and what is noted once the neighbour said it took it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.hierarchy.peer import Peer
from itmsctl.replication.kinds import COMPLETE, DIFFERENTIAL
from itmsctl.replication.records import part_digest, part_of
from itmsctl.replication.rule import ReplicationRule
from itmsctl.replication.service import changed, sent
from itmsctl.replication.service.building import Building
from itmsctl.replication.service.choosing import Choosing
from itmsctl.replication.service.rules import as_read
from itmsctl.replication.service.sent import ChangeMark
from itmsctl.values.times import from_text, to_text

forget = sent.forget


@dataclass(frozen=True)
class PreparedRun:
    """A run that is ready to go: what the head of its batches says of it, and its records, read once."""

    more: Mapping[str, Any]
    records: Iterator[dict[str, Any]]


@dataclass(frozen=True)
class PlannedRecord:
    """An object that would go, or stays, and why."""

    kind: str
    name: str
    action: str  # put, gone, rows, stays
    why: str

    def as_dict(self, rule: str, server: str) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {"rule": rule, "server": server, "kind": self.kind, "name": self.name, "action": self.action,
                "why": self.why}  # fmt: skip


def prepare(store: Store, peer: Peer, rule: Doc, *, complete: bool = False) -> PreparedRun:
    """Return a run of a rule to a neighbour. Nothing is noted before `settle`. Raises FieldError of a broken rule."""
    read = as_read(rule)
    mark = changed.barrier(store)
    more = {
        "rule": rule.name,
        "rule_guid": rule.guid,
        "mode": COMPLETE if complete or read.is_complete else DIFFERENTIAL,
        "through": mark.through,
        "at": to_text(mark.at),
        "parts": [kind.name for kind in read.kinds],
    }
    return PreparedRun(more, _records(store, peer, read, complete=complete or read.is_complete))


def _records(store: Store, peer: Peer, rule: ReplicationRule, *, complete: bool) -> Iterator[dict[str, Any]]:
    with store.read() as reader:
        marks = sent.marks(reader, peer.guid, rule.guid)
        runs = marks[sent.WHOLE].through if sent.WHOLE in marks else 0
        yield from Building(Choosing(reader, peer, rule, marks, complete), runs).records()


def planned(reader: Reader, peer: Peer, rule: Doc, *, complete: bool = False) -> Iterator[PlannedRecord]:
    """Yield what a run would give a neighbour, each with its reason, and what stays (REPL-27)."""
    read = as_read(rule)
    choosing = Choosing(reader, peer, read, sent.marks(reader, peer.guid, rule.guid), complete or read.is_complete)
    for chosen in choosing.objects():
        action = "gone" if chosen.doc is None else "put"
        yield PlannedRecord(chosen.kind.name, chosen.name, action, chosen.why)
    for rows in choosing.rows():
        for _, _, name, _ in rows.computers:
            yield PlannedRecord(rows.class_name, name, "rows", rows.why)
    for kind, name, why in choosing.left:
        yield PlannedRecord(kind, name, "stays", why)


# --- once the neighbour answered --------------------------------------------------------------------------------------


def settle(
    unit: UnitOfWork, peer: str, header: Any, records: Iterable[Mapping[str, Any]], reply: Mapping[str, Any]
) -> None:
    """Note what a neighbour (its GUID) took of a batch: what it refused, and what it has otherwise, must go again."""
    refused = {(str(kind), str(guid)): str(why)[:500] for kind, guid, why in reply.get("refused", ())}
    took: dict[tuple[str, str], tuple[str | None, str | None]] = {}
    went: list[tuple[str, str]] = []
    rows: dict[str, dict[str, datetime]] = {}
    for record in records:
        if record["op"] == "rows":
            rows.setdefault(record["class"], {})[record["guid"]] = _moment(record["collected_at"])
        _note(record, refused, took, went)
    sent.note(unit, peer, took)
    for name, collected in rows.items():
        found = changed.digests_of(unit, name, collected)
        kept = {guid: digest for guid, digest in found.items() if (name, guid) not in refused}
        why = "collected again meanwhile"
        sent.note(
            unit, peer, {(sent.ROWS + name, guid): (digest, None if digest else why) for guid, digest in kept.items()}
        )
    sent.drop(unit, peer, [key for key in went if key not in refused])
    for kind, part, parts, there in reply.get("differing", ()):
        _differing(unit, peer, str(kind), int(part), int(parts), there)
    _survive(unit, peer, reply)
    if header.last and "through" in header.more:
        _mark(unit, peer, header.more)


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else from_text(str(value))


def _note(
    record: Mapping[str, Any],
    refused: Mapping[tuple[str, str], str],
    took: dict[tuple[str, str], tuple[str | None, str | None]],
    went: list[tuple[str, str]],
) -> None:
    if record["op"] == "put":
        key = (record["kind"], record["guid"])
        took[key] = (None, f"refused there: {refused[key]}") if key in refused else (record["hash"], None)
    elif record["op"] == "gone":
        went.append((record["kind"], record["guid"]))


def _differing(unit: UnitOfWork, peer: str, kind: str, part: int, parts: int, there: Any) -> None:
    """Have all objects of a verified part go again that the neighbour has otherwise, has not, or has too many."""
    mine = {guid: found for guid, found in sent.every_hash(unit, peer, kind) if found and part_of(guid, parts) == part}
    theirs = there if isinstance(there, dict) else {}
    if isinstance(there, dict) and part_digest(mine) == part_digest(theirs):
        return
    wrong = {guid for guid in mine if mine[guid] != theirs.get(guid)} | (theirs.keys() - mine.keys())
    sent.note(unit, peer, {(kind, guid): (None, "verification found it different there") for guid in wrong})


def _survive(unit: UnitOfWork, peer: str, reply: Mapping[str, Any]) -> None:
    """Let objects go on here under the GUIDs that a neighbour made survive (HIER-13)."""
    if not reply.get("survivors"):
        return
    from itmsctl.hierarchy.service import peers
    from itmsctl.replication.service import surviving

    found = surviving.survivors_of(reply["survivors"])
    neighbour = peers.of_guid(unit, peer)
    if neighbour is not None:
        surviving.take(unit, neighbour, found)
        sent.drop(unit, peer, [(one.kind, one.guid) for one in found])


def _mark(unit: UnitOfWork, peer: str, more: Mapping[str, Any]) -> None:
    rule, mark = str(more["rule_guid"]), ChangeMark(int(more["through"]), from_text(str(more["at"])))
    before = sent.marks(unit, peer, rule).get(sent.WHOLE)
    for part in more["parts"]:
        sent.put_mark(unit, peer, rule, str(part), mark)
    sent.put_mark(unit, peer, rule, sent.WHOLE, ChangeMark(before.through + 1 if before else 1, unit.now))
