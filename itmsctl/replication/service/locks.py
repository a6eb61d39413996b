"""What came from another server is changed there: the guard that every change of an object passes (HIER-10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ReplicatedLockedError
from itmsctl.hierarchy.peer import STANDALONE
from itmsctl.hierarchy.service import peers
from itmsctl.replication.replicated import Replicated, travelling
from itmsctl.replication.service.kept import drop, kept_of
from itmsctl.values.kind import Kind
from itmsctl.values.untrusted import shell_arg

_APPLYING = "replicating"  # in the memo of a unit of work that applies what came


@contextmanager
def unlocked(unit: UnitOfWork) -> Iterator[None]:
    """Let what came from another server be changed meanwhile: it came again."""
    before = unit.memo.get(_APPLYING, False)
    unit.memo[_APPLYING] = True
    try:
        yield
    finally:
        unit.memo[_APPLYING] = before


def guard(unit: UnitOfWork, kind: Kind, changes: Sequence[tuple[Doc, Doc | None]]) -> None:
    """Raise ReplicatedLockedError where objects of another server are to be changed (`guarding` asks)."""
    if unit.memo.get(_APPLYING):
        return
    found = kept_of(unit, [(kind.name, before.guid) for before, _ in changes])
    for before, after in changes:
        one = found.get((kind.name, before.guid))
        if one is None:
            continue
        if one.origin not in peers.left_guids(unit):
            _refuse(unit, kind, one, before, after)
        elif after is None:
            drop(unit, [(kind.name, before.guid)])


def server_name(reader: Reader, guid: str) -> str:
    """Return how a server is called here, by its GUID: `parent rome`, or the GUID of one that is not known."""
    peer = peers.of_guid(reader, guid)
    if peer is None:
        return f"server {guid}"
    return f"{'server' if peer.relation == STANDALONE else peer.relation} `{peer.name}`"


def _refuse(reader: Reader, kind: Kind, one: Replicated, before: Doc, after: Doc | None) -> None:
    server = server_name(reader, one.origin)
    shown = f"{kind.name} `{before.name}`"
    place = shell_arg(f"{kind.name}/{one.name}")
    details = {"kind": kind.name, "name": before.name, "owner": one.owner, "origin": one.origin}
    if after is None:
        raise ReplicatedLockedError(
            f"{shown} is not removed here: it came from {server}",
            why="it would come back with the next complete replication",
            hint=f"remove it there: itmsctl {kind.name} remove {shell_arg(one.name)}",
            details=details,
        )
    locked = _locked(kind, one, before, after)
    if not locked:
        return
    may = ", ".join(one.opened) or "nothing"
    verb = f"itmsctl hierarchy editable {place} --field {shell_arg(locked[0])}"
    raise ReplicatedLockedError(
        f"`{locked[0]}` of {shown} is not changed here: it came from {server}",
        why=f"what its owner says would overwrite it; here may be changed: {may}",
        hint=f"change it there, or have it opened there: {verb}",
        details={**details, "fields": locked, "editable": list(one.opened)},
    )


def _locked(kind: Kind, one: Replicated, before: Doc, after: Doc) -> list[str]:
    locked = {"name", *travelling(kind)}.difference(one.opened)
    old, new = before.document(), after.document()
    return [name for name in new if name in locked and old.get(name) != new[name]]
