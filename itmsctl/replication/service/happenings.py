"""Hierarchy events that came: what happened at a neighbour, done here at once (HIER-11..13)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from itmsctl.errors import BadRecordError
from itmsctl.replication.records import Gone, HierarchyEvent
from itmsctl.replication.service import secrets
from itmsctl.replication.service.going import gone
from itmsctl.replication.service.kept import drop, keep, known_of
from itmsctl.replication.service.receiving import Receiving
from itmsctl.replication.service.surviving import Survivor, take
from itmsctl.values.names import is_guid


def happened(to: Receiving, event: HierarchyEvent) -> None:
    """Do what an event says. Raises BadRecordError, NotOwnerError."""
    kind = to.kind_of(event.kind)
    to.applied.counts[f"event {event.what}"] += 1
    if event.what == "purge":
        gone(to, Gone(kind.name, event.guid, str(event.data.get("name", event.guid))[:200], event.at, purge=True))
    elif event.what == "merge":
        if not to.is_parent:
            raise to.not_owner(kind.name, event.guid, "only a parent says which GUID survives")
        survivor, owner = _guid(event, "survivor"), _guid(event, "owner")
        take(to.unit, to.peer, [Survivor(kind.name, event.guid, survivor, owner)])
    elif event.what == "key":
        secrets.arrived(to, event)
    elif event.what == "move":
        _move(to, event, _guid(event, "owner"))


def _move(to: Receiving, event: HierarchyEvent, owner: str) -> None:
    """Note another owner of an object: only its owner until now, or a parent, says so."""
    known = known_of(to.unit, event.kind, event.guid)
    if to.is_child and not to.belongs(known):
        raise to.not_owner(event.kind, event.guid, "only who owns an object gives it away (CH1)")
    if known is None:
        return
    if owner == to.unit.server_guid:
        drop(to.unit, [(event.kind, event.guid)])
    else:
        keep(to.unit, [replace(known, owner=owner, at=to.unit.now)])
    if to.is_child and owner != to.peer.guid:
        to.moved(event.kind, event.guid, known)


def _guid(event: HierarchyEvent, member: str) -> str:
    value: Any = event.data.get(member)
    if not isinstance(value, str) or not is_guid(value):
        raise BadRecordError(f"`{member}` of an event `{event.what}` is not a GUID")
    return value.lower()
