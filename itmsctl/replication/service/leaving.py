"""A neighbour is unlinked: it is told, nothing is given to it any more, and nothing for it or of it lies about."""

from __future__ import annotations

import shutil
from pathlib import Path

import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import ItmsError
from itmsctl.hierarchy.peer import FILE, Peer
from itmsctl.replication.envelope import LEAVES, BatchMark
from itmsctl.replication.rows import replication_conflicts
from itmsctl.replication.service import carrying, conflicts, ledger, outbox, places, sending, troubles
from itmsctl.replication.service.channels import channel_to
from itmsctl.replication.service.rules import REPLICATION_RULES
from itmsctl.values.names import name_key


def tell(store: Store, peer: Peer, out: Path | None = None, *, force: bool = False) -> str:
    """Send a neighbour a batch that says that this server leaves; return why that did not go, or nothing (hook).

    With a file it is written there, to be taken in by `replication import` on the other server. Raises
    OutputExistsError, StorageError.
    """
    if out is not None:
        with places.alone(store, places.OUT, peer.guid, peer.name) as folder:
            carrying.write(folder, _goodbye(store, folder, peer), out, force=force)
        return ""
    if peer.channel == FILE:
        return "it is reached by files only"
    try:
        with places.alone(store, places.OUT, peer.guid, peer.name) as folder, channel_to(store, peer) as channel:
            for mark in _goodbye(store, folder, peer):
                channel.deliver(outbox.batch_at(folder, mark))
    except ItmsError as error:
        return f"{error.message} [{error.code}]"
    return ""


def _goodbye(store: Store, folder: Path, peer: Peer) -> list[BatchMark]:
    """Make the batch that says that this server leaves, the first of a new epoch; what waited goes no more."""
    outbox.begin_again(store, folder, peer)
    said = sending.PreparedRun({"rule": "", "mode": "", LEAVES: True}, iter(()))
    return [kept.mark for kept in outbox.make(store, folder, peer, said)]


def left(unit: UnitOfWork, peer: Peer) -> None:
    """Have nothing count as given to a neighbour, nothing of it wait, and no rule go to it alone (hook `peer_left`).

    Which objects came from it stays known: should it be linked again they are its own again.
    """
    sending.forget(unit, peer.guid)
    ledger.void_all(unit, peer.guid)
    troubles.forget_all(unit, peer.guid)
    own = replication_conflicts.c
    values = {"state": conflicts.OURS, "decided_at": unit.now}
    mine = (own.origin == peer.guid, own.state == conflicts.WAITS)
    unit.connection.execute(sa.update(replication_conflicts).where(*mine).values(**values))
    for rule in list(REPLICATION_RULES.list(unit)):
        rest = [name for name in rule.fields["servers"] if name_key(name) != name_key(peer.name)]
        if len(rest) == len(rule.fields["servers"]):
            continue
        if rest:
            REPLICATION_RULES.set(unit, rule.guid, {"servers": rest})
        elif rule.fields["enabled"]:
            REPLICATION_RULES.set(unit, rule.guid, {"enabled": False})
            unit.tell(f"replication-rule {rule.name}: disabled, it went to {peer.name} alone")


def clear(store: Store, peer: Peer) -> None:
    """Remove the files of batches for a neighbour, and of it (hook `peer_gone`)."""
    for way in (places.OUT, places.IN):
        shutil.rmtree(places.folder(store, way, peer.guid), ignore_errors=True)
