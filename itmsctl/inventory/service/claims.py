"""Which computers of its target an inventory policy runs on: some have no server pack, some follow another policy.

Of several time-critical policies a computer follows the one that was processed first, and ignores the others (INV-32):
who follows which is what the tick has seen (`policy_seen`), so a computer is free again where that one is disabled,
removed, or means it no longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.inventory.kinds import TIME_CRITICAL
from itmsctl.inventory.rows import inventory_policies
from itmsctl.policies.rows import seen
from itmsctl.resources.rows import tags

SERVER_PACK = "server-pack"  # the key of the tag of a computer that has it; the value `no` takes it away


@dataclass(frozen=True, slots=True)
class Claimed:
    """The computers of a target: those that a policy runs on, those without the pack, those that follow another."""

    mine: frozenset[int]
    without_pack: frozenset[int] = frozenset()
    follow: Mapping[int, str] = field(default_factory=dict)  # the policy that was first, by computer


def of(reader: Reader, doc: Doc, inside: frozenset[int]) -> Claimed:
    """Return whom of those inside its target a policy runs on."""
    without: frozenset[int] = frozenset()
    if doc.fields["server_pack"]:
        without = inside - _with_pack(reader)
    follow = {}
    if doc.fields["mode"] == TIME_CRITICAL:
        follow = {computer: name for computer, name in _held(reader, doc).items() if computer in inside}
    return Claimed(inside - without - follow.keys(), without, follow)


def remarks(reader: Reader, doc: Doc) -> Sequence[str]:
    """Return what should be heard of a time-critical policy that is not the only one."""
    if doc.fields["mode"] != TIME_CRITICAL:
        return ()
    statement = sa.select(inventory_policies.c.name).where(*_others(doc)).order_by(inventory_policies.c.name)
    names = ", ".join(f"`{name}`" for name in reader.connection.execute(statement).scalars())
    said = f"{doc.name}: {names} is time-critical too: a computer of both follows the one that comes first (INV-32)"
    return (said,) if names else ()


def _with_pack(reader: Reader) -> frozenset[int]:
    statement = sa.select(tags.c.resource_id).where(tags.c.key == SERVER_PACK, tags.c.value != "no")
    return frozenset(reader.connection.execute(statement).scalars())


def _held(reader: Reader, doc: Doc) -> dict[int, str]:
    joined = seen.join(inventory_policies, inventory_policies.c.id == seen.c.policy_id)
    statement = sa.select(seen.c.resource_id, inventory_policies.c.name).select_from(joined).where(*_others(doc))
    return {row.resource_id: row.name for row in reader.connection.execute(statement)}


def _others(doc: Doc) -> tuple[sa.ColumnElement[bool], ...]:
    own = inventory_policies.c
    return own.id != doc.id, own.mode == TIME_CRITICAL, own.enabled
