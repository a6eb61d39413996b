"""What goes ahead of the schedules of rules, with the next tick: merges, removals, secrets (HIER-11..13, HIER-22, 23).

Merges of this server are told to its children whatever rules say. The rest goes by the rules that would carry it
anyway, each to the neighbours that it has given something before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.rows import change_sets, changes
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.errors import ItmsError
from itmsctl.hierarchy.peer import CHILD, FILE, Peer
from itmsctl.hierarchy.service import peers
from itmsctl.replication.kinds import DIFFERENTIAL
from itmsctl.replication.records import HierarchyEvent, written
from itmsctl.replication.service import changed, running, sent, troubles
from itmsctl.replication.service.kept import known_of
from itmsctl.replication.service.planning import asked
from itmsctl.replication.service.rules import as_read
from itmsctl.replication.service.sending import PreparedRun
from itmsctl.replication.service.sent import ChangeMark
from itmsctl.replication.service.troubles import LinkWay
from itmsctl.replication.standing import SENDS
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import merges
from itmsctl.security.vault import DataKey
from itmsctl.values.counts import counted
from itmsctl.values.kind import Kind
from itmsctl.values.replicated import Carried

AGAIN = timedelta(minutes=15)  # until a neighbour that did not take something is tried again (HIER-20)
_RULE, _MERGES = "at once", "merges"
_ACTIONS = {Carried.SECURITY: ("created", "updated", "removed"), Carried.RESOURCE: ("removed",)}


def waiting(reader: Reader) -> bool:
    """Return whether anything is to go: nearly always nothing is, and every tick asks."""
    linked = _linked(reader)
    return bool(linked) and (any(_rules(reader)) or any(_merged(reader, peer) for peer in linked))


def give_waiting(store: Store, vault: DataKey | None = None) -> Iterator[str]:
    """Yield a sentence for each neighbour that was given what does not wait: what came of it."""
    with store.read() as reader:
        linked, rules = _linked(reader), list(_rules(reader))
    for peer in linked:
        said = _tell_merges(store, peer)
        if said:
            yield said
    for doc, peer in rules:
        yield running.give(store, doc, peer, vault=vault).sentence()


def _linked(reader: Reader) -> list[Peer]:
    """Return the neighbours that are reached without a file."""
    return [peer for peer in peers.joined(reader) if peer.channel != FILE]


def _rules(reader: Reader) -> Iterator[tuple[Doc, Peer]]:
    """Yield the rules, each with a neighbour, by which something goes that does not wait."""
    for doc, peer in asked(reader, (), None):
        if peer.channel == FILE or _has_just_failed(reader, LinkWay(peer.guid, SENDS, doc.name)):
            continue
        marks = sent.marks(reader, peer.guid, doc.guid)
        with suppress(ItmsError):  # a rule that is broken says so when it runs
            if any(_is_changed(reader, kind, marks[kind.name]) for kind in as_read(doc).kinds if kind.name in marks):
                yield doc, peer


def _is_changed(reader: Reader, kind: Kind, mark: ChangeMark) -> bool:
    actions = _ACTIONS.get(kind.replication.what, ()) if kind.replication else ()
    if not actions:
        return False
    statement = (
        sa.select(sa.literal(1))
        .select_from(change_sets.join(changes, changes.c.change_set == change_sets.c.id))
        .where(change_sets.c.seq > mark.through, changes.c.kind == kind.name, changes.c.action.in_(actions))
    )
    return reader.scalar(statement.limit(1)) is not None


def _has_just_failed(reader: Reader, link: LinkWay) -> bool:
    trouble = troubles.all_of(reader).get(link)
    return trouble is not None and trouble.at > reader.now - AGAIN


# --- merges -----------------------------------------------------------------------------------------------------------


def _merged(reader: Reader, peer: Peer, until: datetime | None = None) -> list[HierarchyEvent]:
    """Return what a child was not told yet: which computer goes on as which, and whose that is (HIER-13)."""
    if peer.relation != CHILD or _has_just_failed(reader, LinkWay(peer.guid, SENDS, _RULE)):
        return []
    mark = sent.marks(reader, peer.guid, "").get(_MERGES)
    own = merges.c
    since = own.at > (peer.joined_at if mark is None else mark.at)
    ended = (own.at <= until,) if until is not None else ()
    statement = sa.select(own.loser_guid, own.winner_guid, own.at).where(since, *ended, own.split_at.is_(None))
    return [
        _event(reader, row.loser_guid, row.winner_guid, row.at)
        for row in reader.rows(statement.order_by(own.at, own.loser_guid))
    ]


def _event(reader: Reader, loser: str, winner: str, at: datetime) -> HierarchyEvent:
    known = known_of(reader, COMPUTER.name, winner)
    owner = reader.server_guid if known is None else known.owner
    return HierarchyEvent("merge", COMPUTER.name, loser, at, {"survivor": winner, "owner": owner})


def _tell_merges(store: Store, peer: Peer) -> str:
    with store.read() as reader:
        if not _merged(reader, peer):
            return ""
    mark, link = changed.barrier(store), LinkWay(peer.guid, SENDS, _RULE)
    with store.read() as reader:
        found = _merged(reader, peer, mark.at)
    if not found:
        return ""
    try:
        running.send(store, peer, PreparedRun({"rule": _RULE, "mode": DIFFERENTIAL}, _lines(found)))
    except ItmsError as error:
        troubles.note(store, link, error)
        return f"{_RULE} -> {peer.name}: {error.message} [{error.code}]"
    troubles.over(store, link)
    store.write(lambda unit: sent.put_mark(unit, peer.guid, "", _MERGES, mark))
    return f"{_RULE} -> {peer.name}: {counted(len(found), 'merge')} told"


def _lines(found: Iterable[HierarchyEvent]) -> Iterator[bytes]:
    yield from map(written, found)
