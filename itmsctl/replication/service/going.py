"""Objects that are no longer at their owner: what becomes of them here (tombstones, REPL-3)."""

from __future__ import annotations

from dataclasses import replace

from itmsctl.errors import ItmsError
from itmsctl.replication.complete_list import CompleteList
from itmsctl.replication.records import Gone
from itmsctl.replication.replicated import HERE, LEFT, Replicated
from itmsctl.replication.service import conflicts, secrets
from itmsctl.replication.service.kept import beyond, drop, keep, known_of
from itmsctl.replication.service.receiving import Receiving
from itmsctl.replication.service.trying import attempt
from itmsctl.values.kind import Kind


def gone(to: Receiving, one: Gone) -> None:
    """Remove an object, or note that it is gone at its owner. Raises NotOwnerError where it is not the sender's."""
    kind = to.kind_of(one.kind)
    known = known_of(to.unit, kind.name, one.guid)
    if to.is_child and not to.belongs(known) and one.guid in conflicts.moved_from(to.unit, kind.name, to.peer.guid):
        to.applied.counts["gone before"] += 1  # it is another server's since
        return
    if known is None:
        if to.is_child and kind.load_shelf().of_guids(to.unit, [one.guid]):
            raise to.not_owner(kind.name, one.name, "it belongs to this server, and a child removes only its own (CH1)")
        to.applied.counts["gone before"] += 1
        return
    if not to.belongs(known):
        if to.is_child:
            raise to.not_owner(kind.name, one.name, "it belongs to another branch of the hierarchy (CH1)")
        to.applied.counts["gone before"] += 1
        return
    _let_go(to, kind, known, purge=one.purge or to.is_parent)


def complete(to: Receiving, one: CompleteList) -> None:
    """Let go of all that came from the sender for this rule and that it has no longer, as far as the list speaks."""
    kind = to.kind_of(one.kind)
    for known in beyond(to.unit, to.peer.guid, to.rule, one):
        _let_go(to, kind, known, purge=to.is_parent)


def _let_go(to: Receiving, kind: Kind, known: Replicated, *, purge: bool) -> None:
    if not purge:
        if known.state == HERE:
            keep(to.unit, [replace(known, state=LEFT, at=to.unit.now)])
            to.applied.counts["left"] += 1
        return
    try:
        attempt(to.unit, lambda: _remove(to, kind, known))
    except ItmsError as error:
        why = f"it is gone at {to.peer.name}, and stays here: {error.message}"
        to.refuse(kind.name, known.guid, why)
        docs = kind.load_shelf().of_guids(to.unit, [known.guid])
        ours = docs[known.guid].document() if docs else None
        to.conflict(conflicts.REFUSED, (kind.name, known.guid, known.name), f"{why} {error.why}".strip(), ours, None)


def _remove(to: Receiving, kind: Kind, known: Replicated) -> None:
    shelf = kind.load_shelf()
    if known.guid in shelf.of_guids(to.unit, [known.guid]):
        shelf.remove(to.unit, known.guid)
        to.applied.counts["removed"] += 1
    drop(to.unit, [(kind.name, known.guid)])
    if kind.name == "credential":
        secrets.forget(to.unit, known.guid)
