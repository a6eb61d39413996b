"""A server that this one is linked with, as data; and which links a hierarchy allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from itmsctl.errors import ConflictError, HierarchyCycleError, NotFoundError, PeerSuspendedError, SecondParentError
from itmsctl.packages.trust.keys import VerifyKey
from itmsctl.values.fingerprints import fingerprint
from itmsctl.values.untrusted import shell_arg

SELF, PARENT, CHILD, STANDALONE = "self", "parent", "child", "peer"
DIRECT, SSH, FILE = "db", "ssh", "file"
CHANNELS = (DIRECT, SSH, FILE)
JOINED, SUSPENDED, LEFT = "joined", "suspended", "left"
ADVISED_CHILDREN = 6
OPPOSITE = {PARENT: CHILD, CHILD: PARENT, STANDALONE: STANDALONE}


@dataclass(frozen=True, slots=True)
class Peer:
    """A server of the hierarchy, this one (`self`) among them. One that left has no key: nothing of it is believed."""

    guid: str
    name: str
    relation: str
    channel: str
    key: VerifyKey | None
    nonce: str
    epoch: int
    joined_at: datetime
    state: str = JOINED
    address: str | None = None
    host_keys: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    seen_at: datetime | None = None
    skew_s: float | None = None
    id: int | None = None

    @property
    def is_neighbour(self) -> bool:
        """Return whether it is another server, and linked now."""
        return self.relation != SELF and self.state != LEFT

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {
            "id": self.guid,
            "name": self.name,
            "relation": self.relation,
            "state": self.state,
            "channel": self.channel if self.relation != SELF else "",
            "address": self.address,
            "key": "" if self.key is None else fingerprint(self.key.raw),
            "epoch": self.epoch,
            "above": list(self.above),
            "host_keys": list(self.host_keys),
            "joined_at": self.joined_at,
            "seen_at": self.seen_at,
            "skew_s": self.skew_s,
        }

    def believed_key(self) -> VerifyKey:
        """Return the key by which it is known. Raises PeerSuspendedError, NotFoundError where it left."""
        if self.state == SUSPENDED:
            raise PeerSuspendedError(
                f"`{self.name}` is suspended: two servers used its identity",
                why="a clone of its machine or its state folder runs beside it",
                hint=f"stop the clone, then: itmsctl hierarchy trust {shell_arg(self.name)}",
                details={"peer": self.guid},
            )
        if self.key is None or self.state == LEFT:
            raise NotFoundError(f"`{self.name}` left: its key is revoked", hint="itmsctl hierarchy show")
        return self.key

    def left(self) -> Peer:
        """Return what is kept of it once it left: nothing that could be used."""
        return replace(self, state=LEFT, key=None, host_keys=(), address=None)


def refuse_link(own: Peer, other: Peer, known: Iterable[Peer]) -> None:
    """Raise where two servers may not be linked so: HierarchyCycleError, SecondParentError, ConflictError.

    `other` is what it is to be, with its relation; `known` are the links of the own server.
    """
    known = list(known)
    linked = [one for one in known if one.is_neighbour and one.guid != other.guid]
    if other.guid == own.guid:
        raise HierarchyCycleError(
            f"`{other.name}` is this very server",
            why="a server cannot be its own neighbour",
            hint="give the database of another server: itmsctl --db URL hierarchy show",
        )
    before = next((one for one in known if one.is_neighbour and one.guid == other.guid), other)
    upper, lower = (other, own) if other.relation == PARENT else (own, other)
    is_turned = {before.relation, other.relation} == {PARENT, CHILD}
    if other.relation != STANDALONE and (is_turned or lower.guid in upper.above):
        raise HierarchyCycleError(
            f"`{lower.name}` stands above `{upper.name}` already, and cannot stand below it",
            why="a hierarchy is a tree (HIER-3)",
            hint="itmsctl hierarchy show",
        )
    if before.relation != other.relation:
        raise ConflictError(
            f"`{other.name}` is linked as a {before.relation} already, and cannot be a {other.relation} too",
            why="what came over the link would be judged otherwise from now on",
            hint=f"itmsctl hierarchy leave {shell_arg(before.name)}; then again",
        )
    parents = [one for one in linked if one.relation == PARENT]
    if other.relation == PARENT and parents:
        raise SecondParentError(
            f"`{own.name}` has a parent already: `{parents[0].name}`",
            why="a server has one parent at most (HIER-2)",
            hint="itmsctl hierarchy leave, on that server; then again",
        )


def too_many(known: Iterable[Peer]) -> str:
    """Return the warning for a server with more children than advised (HIER-2); empty for fewer."""
    count = sum(one.relation == CHILD and one.is_neighbour for one in known)
    if count <= ADVISED_CHILDREN:
        return ""
    return f"{count} children: more than {ADVISED_CHILDREN} are not advised; put some of them below another (HIER-2)"
