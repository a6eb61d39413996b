"""One object to one neighbour at once, ahead of any schedule, with all that it needs there (HIER-15, HIER-24)."""

from __future__ import annotations

from dataclasses import replace

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.errors import NotFoundError, UsageError
from itmsctl.hierarchy.peer import Peer
from itmsctl.hierarchy.service import peers
from itmsctl.replication.direction import DIRECTION_TO, refused
from itmsctl.replication.kinds import DIFFERENTIAL
from itmsctl.replication.records import canonical
from itmsctl.replication.rule import ReplicationRule
from itmsctl.replication.service import running, secrets
from itmsctl.replication.service.building import record_of
from itmsctl.replication.service.given_run import begun
from itmsctl.replication.service.object_page import ObjectPage
from itmsctl.replication.service.opening import named
from itmsctl.replication.service.planning import asked
from itmsctl.replication.service.rules import as_read
from itmsctl.replication.service.sending import PreparedRun
from itmsctl.security.vault import DataKey
from itmsctl.targeting.selector import EVERYTHING
from itmsctl.values.kind import Kind

_URGENT = "now"


def give_now(store: Store, text: str, server: str, vault: DataKey | None = None) -> tuple[str, running.SentRun]:
    """Send a neighbour an object that is said as KIND/NAME; return the neighbour's name, and what it said.

    Raises NotFoundError, UsageError where it does not go that way or stays, and what keeps the neighbour from taking.
    """
    store.acting()
    with store.read() as reader:
        peer, (kind, _, guid) = peers.get(reader, server), named(reader, text)
        doc = kind.load_shelf().of_guids(reader, [guid]).get(guid)
        if doc is None:
            raise NotFoundError(f"`{text}` is not there any more")
        rule = _rule(reader, peer, kind)
        run = replace(begun(reader, peer, rule, urgent=True), vault=vault)
        chosen = list(ObjectPage(reader, run).of(kind, [doc], {doc.guid: "it was asked for"}))
        if not any(one.guid == guid for one in chosen):
            why = run.left[-1][2] if run.left else "it came from there, or belongs to another server"
            raise UsageError(f"`{text}` does not go to `{peer.name}`", why=why)
        lines = []
        for one in chosen:
            lines.append(canonical(record_of(one, purge=rule.purge)))
            if one.kind.name == "credential" and one.doc is not None and vault is not None:
                lines.append(canonical(secrets.record_of_secret(reader, vault, peer, one.doc)))
    more = {"rule": rule.name, "mode": DIFFERENTIAL}
    return peer.name, running.send(store, peer, PreparedRun(more, iter(lines)))


def _rule(reader: Reader, peer: Peer, kind: Kind) -> ReplicationRule:
    """Return a rule of this object alone, by the name of the rule that gives that neighbour its kind, if one does."""
    direction = DIRECTION_TO[peer.relation]
    why = refused(kind, direction)
    if why:
        raise UsageError(f"a {kind.name} does not go {direction} to `{peer.name}`", why=why)
    usual = (as_read(doc) for doc, other in asked(reader, (), None) if other.guid == peer.guid)
    name = next((one.name for one in usual if kind in one.kinds), _URGENT)
    return ReplicationRule(name, "", direction, (kind,), (), EVERYTHING, False, 0, False)
