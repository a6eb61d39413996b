"""One run of a rule to one neighbour: what goes, as records; and what is noted once the neighbour said it took it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.hierarchy.peer import Peer
from itmsctl.replication.kinds import COMPLETE, DIFFERENTIAL
from itmsctl.replication.part_check import part_of
from itmsctl.replication.rule import EVENTS, ReplicationRule
from itmsctl.replication.service import changed, sent, telling
from itmsctl.replication.service.building import Building
from itmsctl.replication.service.choosing import Choosing
from itmsctl.replication.service.given_run import Views, begun
from itmsctl.replication.service.row_pages import RowPages
from itmsctl.replication.service.rules import as_read
from itmsctl.replication.service.sent import ChangeMark
from itmsctl.security.vault import DataKey
from itmsctl.values.counts import counted
from itmsctl.values.times import from_text, to_second, to_text

forget = sent.forget
ROWS_DIFFER = "not there as they are here"


@dataclass(frozen=True)
class PreparedRun:
    """A run that is ready to go: what the head of its batches says of it, and its records as lines, read once."""

    more: Mapping[str, Any]
    lines: Iterator[bytes]
    said: str = ""  # what should be heard of it, though it goes


@dataclass(frozen=True)
class PlannedRecord:
    """An object that would go, or stays, and why."""

    kind: str
    name: str
    action: str  # put, gone, rows, told, stays
    why: str

    def as_dict(self, rule: str, server: str) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {"rule": rule, "server": server, "kind": self.kind, "name": self.name, "action": self.action,
                "why": self.why}  # fmt: skip


def prepare(
    store: Store, peer: Peer, rule: Doc, *, complete: bool = False, vault: DataKey | None = None
) -> PreparedRun:
    """Return a run of a rule to a neighbour. Nothing is noted before `settle`. Raises FieldError of a broken rule."""
    read = as_read(rule)
    complete = complete or read.is_complete
    mark = changed.barrier(store)
    with store.read() as reader:
        events = telling.window(reader, peer, read, mark.at)
    more = {
        "rule": rule.name,
        "rule_guid": rule.guid,
        "mode": COMPLETE if complete else DIFFERENTIAL,
        "through": mark.through,
        "at": to_text(mark.at),
        "parts": [*(kind.name for kind in read.kinds), *(sent.ROWS + name for name in read.classes)],
    }
    if events is not None:
        more |= {"events": to_text(events.to), "events_left": events.left}
    lines = _lines(store, peer, read, complete=complete, vault=vault, events=events)
    return PreparedRun(more, lines, "" if events is None else events.said)


def _lines(store: Store, peer: Peer, rule: ReplicationRule, *, complete: bool, **more: Any) -> Iterator[bytes]:
    with store.read() as reader:
        run = replace(begun(reader, peer, rule, complete=complete), **more)
    yield from Building(run, store.read).lines()


def planned(
    views: Views, peer: Peer, rule: Doc, *, complete: bool = False, vault: DataKey | None = None
) -> Iterator[PlannedRecord]:
    """Yield what a run would give a neighbour, each with its reason, and what stays (REPL-27)."""
    read = as_read(rule)
    with views() as reader:
        run = replace(begun(reader, peer, read, complete=complete or read.is_complete), vault=vault)
        events = telling.window(reader, peer, read, reader.now)
    for chosen in Choosing(run, views).objects():
        action = "gone" if chosen.doc is None else "put"
        yield PlannedRecord(chosen.kind.name, chosen.name, action, chosen.why)
    for held in RowPages(run, views).held():
        yield PlannedRecord(held.class_name, held.name, "rows", "complete" if run.complete else ROWS_DIFFER)
    for kind, name, why in run.left:
        yield PlannedRecord(kind, name, "stays", why)
    if events is not None and events.found:
        told = sum(one.results for one in events.found)
        why = f"ended since {to_second(events.since)}"
        yield PlannedRecord(EVENTS, f"{counted(told, 'result')} of {counted(len(events.found), 'run')}", "told", why)
    if events is not None and events.said:
        name = counted(events.left, "result") if events.left else "later ones"
        yield PlannedRecord(EVENTS, name, "stays", events.said)


# --- once the neighbour answered --------------------------------------------------------------------------------------


def settle(
    unit: UnitOfWork, peer: str, header: Any, records: Iterable[Mapping[str, Any]], reply: Mapping[str, Any]
) -> None:
    """Note what a neighbour (its GUID) took of a batch: what it refused, and what it has otherwise, must go again."""
    refused = {(str(kind), str(guid)): str(why)[:500] for kind, guid, why in reply.get("refused", ())}
    took: dict[tuple[str, str], tuple[str | None, str | None]] = {}
    went: list[tuple[str, str]] = []
    rows: dict[tuple[str, str], str] = {}
    asked: set[tuple[str, int, int]] = set()  # kind, part and of how many parts
    unnamed = bool(reply.get("refused_beyond"))
    for record in records:
        if record["op"] == "rows":
            rows[record["class"], record["guid"]] = record["digest"]
        elif record["op"] == "check":
            asked.add((record["kind"], *record["part"]))
        _note(record, refused, took, went)
    if unnamed:  # which ones nobody knows: all that was not named goes again
        took = {key: (None, why or "others of its batch were refused there") for key, (_, why) in took.items()}
    sent.note(unit, peer, took | _of_rows(unit, peer, rows, refused))
    gone = [key for key in went if key not in refused]
    sent.drop(unit, peer, gone)
    sent.drop_rows(unit, peer, [guid for kind, guid in gone if kind == "computer"])
    for (kind, parts), differing in _differing(asked, reply).items():
        _again(unit, peer, kind, parts, differing)
    _survive(unit, peer, reply)
    if header.last and "through" in header.more:
        _mark(unit, peer, header.more)


def _of_rows(
    unit: UnitOfWork, peer: str, rows: Mapping[tuple[str, str], str], refused: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    """Return rows as the neighbour has them: of a computer that it refused it has none."""
    without = {guid for kind, guid in refused if kind == "computer"} | sent.again(unit, peer, "computer").keys()
    return {
        (sent.ROWS + name, guid): (None, "its computer was refused there") if guid in without else (digest, None)
        for (name, guid), digest in rows.items()
    }


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


def _differing(asked: Set[tuple[str, int, int]], reply: Mapping[str, Any]) -> dict[tuple[str, int], dict[int, Any]]:
    """Return the parts that were asked for and differ, by kind and number of parts, with what is held of each there."""
    found: dict[tuple[str, int], dict[int, Any]] = {}
    for kind, part, parts, there in reply.get("differing", ()):
        if (kind, part, parts) in asked:
            found.setdefault((kind, parts), {})[part] = there
    return found


def _again(unit: UnitOfWork, peer: str, kind: str, parts: int, differing: Mapping[int, Any]) -> None:
    """Have all objects of verified parts go again that the neighbour has otherwise, has not, or has too many.

    Of a part of which it does not say what is there, all go again.
    """
    mine: dict[int, dict[str, str]] = {part: {} for part in differing}
    for guid, digest in sent.every_hash(unit, peer, kind):
        part = part_of(guid, parts)
        if digest and part in mine:
            mine[part][guid] = digest
    wrong: set[str] = set()
    for part, there in differing.items():
        own, theirs = mine[part], there if isinstance(there, dict) else {}
        wrong |= {guid for guid in own if own[guid] != theirs.get(guid)} | (theirs.keys() - own.keys())
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
    if "events" in more:
        sent.put_mark(unit, peer, rule, EVENTS, ChangeMark(mark.through, from_text(str(more["events"]))))
    sent.put_mark(unit, peer, rule, sent.WHOLE, ChangeMark(before.through + 1 if before else 1, unit.now))
