"""What goes ahead of the schedules of rules, with the next tick: merges, removals, secrets (HIER-11..13, HIER-22, 23).

Merges of this server are told to its children whatever rules say. The rest goes by the rules that would carry it
anyway, each to the neighbours that it has given something before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.rows import change_sets, changes
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.errors import ItmsError
from itmsctl.hierarchy.peer import FILE, JOINED, Peer
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


class UrgentWork(NamedTuple):
    """What does not wait: children that merges are told to, and rules that carry the rest, each with a neighbour."""

    merges: Sequence[Peer]
    rules: Sequence[tuple[Doc, Peer]]


def waiting(reader: Reader) -> UrgentWork:
    """Return what is to go: nearly always nothing is, and every tick asks."""
    failed = {link for link, trouble in troubles.all_of(reader).items() if trouble.at > reader.now - AGAIN}
    told = [
        peer
        for peer in peers.children(reader)
        if _may_go(peer, _RULE, failed) and peer.state == JOINED and _merged(reader, peer)
    ]
    return UrgentWork(told, list(_rules(reader, failed)))


def give_waiting(store: Store, found: UrgentWork, vault: DataKey | None = None) -> Iterator[str]:
    """Yield a sentence for each neighbour that was given what does not wait: what came of it."""
    for peer in found.merges:
        yield from _tell_merges(store, peer)
    for doc, peer in found.rules:
        yield running.give(store, doc, peer, vault=vault).sentence()


def _may_go(peer: Peer, rule: str, failed: Collection[LinkWay]) -> bool:
    """Return whether a neighbour is reached without a file, and did not fail to take this just now."""
    return peer.channel != FILE and LinkWay(peer.guid, SENDS, rule) not in failed


def _rules(reader: Reader, failed: Collection[LinkWay]) -> Iterator[tuple[Doc, Peer]]:
    """Yield the rules, each with a neighbour, by which something goes that does not wait."""
    for doc, peer in asked(reader, (), None):
        if not _may_go(peer, doc.name, failed):
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


# --- merges -----------------------------------------------------------------------------------------------------------


def _merged(reader: Reader, peer: Peer, until: datetime | None = None) -> list[HierarchyEvent]:
    """Return what a child was not told yet: which computer goes on as which, and whose that is (HIER-13)."""
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


def _tell_merges(store: Store, peer: Peer) -> Iterator[str]:
    mark, link = changed.barrier(store), LinkWay(peer.guid, SENDS, _RULE)
    with store.read() as reader:
        found = _merged(reader, peer, mark.at)
    if not found:
        return
    try:
        running.send(store, peer, PreparedRun({"rule": _RULE, "mode": DIFFERENTIAL}, iter(map(written, found))))
    except ItmsError as error:
        troubles.note(store, link, error)
        yield f"{_RULE} -> {peer.name}: {error.message} [{error.code}]"
        return
    troubles.over(store, link)
    store.write(lambda unit: sent.put_mark(unit, peer.guid, "", _MERGES, mark))
    yield f"{_RULE} -> {peer.name}: {counted(len(found), 'merge')} told"
