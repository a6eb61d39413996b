"""How a signed catalogue is made and goes on: the files of its next version, in the order in which they are written.

`timestamp.json` comes last: until it is there, readers see what was there before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from itmsctl.packages.trust.envelope import sealed
from itmsctl.packages.trust.following import Believed
from itmsctl.packages.trust.keys import SigningKey, VerifyKey
from itmsctl.packages.trust.metadata import (
    CATALOGUE,
    OFF,
    ROLES,
    ROOT,
    SNAPSHOT,
    TIMESTAMP,
    CatalogueEntry,
    CatalogueRecord,
    KeyNote,
    RoleKeys,
    RootRecord,
    SnapshotRecord,
    TimestampRecord,
    named,
)
from itmsctl.packages.trust.roles import FRESHNESS

Files = list[tuple[str, bytes]]
Signers = Mapping[str, Sequence[SigningKey]]  # by role


@dataclass(frozen=True, slots=True)
class Lives:
    """How long what is signed is good for."""

    root: timedelta = timedelta(days=3650)
    catalogue: timedelta = timedelta(days=730)
    freshness: timedelta = FRESHNESS  # of snapshot and timestamp


def founded(key: SigningKey, note: KeyNote, now: datetime, lives: Lives, approval: str = OFF) -> Files:
    """Return the files of a first, empty catalogue, one key for all roles."""
    alone = RoleKeys(frozenset({key.public.id}))
    keys, notes = {key.public.id: key.public}, {key.public.id: note}
    root = RootRecord(1, now + lives.root, keys, dict.fromkeys(ROLES, alone), approval, notes)
    catalogue = CatalogueRecord(1, now + lives.catalogue, {})
    signers = {role: [key] for role in ROLES}
    return [(f"1.{ROOT}.json", sealed(root, [key])), *_from_catalogue(catalogue, (1, 1), signers, now, lives)]


def with_entries(
    before: Believed, changes: Mapping[str, CatalogueEntry | None], signers: Signers, now: datetime, lives: Lives
) -> Files:
    """Return the files of the next catalogue, in which some entries are others, or no more (None)."""
    entries = dict(before.catalogue.entries) | {k: v for k, v in changes.items() if v is not None}
    for path in (k for k, v in changes.items() if v is None):
        entries.pop(path, None)
    catalogue = CatalogueRecord(before.catalogue.version + 1, now + lives.catalogue, entries)
    return _from_catalogue(catalogue, _versions(before), signers, now, lives)


def renewed(before: Believed, signers: Signers, now: datetime, lives: Lives) -> Files:
    """Return the files that keep the catalogue as it is good for longer: those that were signed are signed again.

    Where a key of the catalogue is among the signers, the catalogue is good for longer too; else snapshot and
    timestamp alone.
    """
    if signers.get(CATALOGUE):
        return with_entries(before, {}, signers, now, lives)
    return _from_snapshot(before.snapshot, before.timestamp.version + 1, signers, now, lives, again=True)


def rerooted(root: RootRecord, signers: Iterable[SigningKey], now: datetime, lives: Lives) -> Files:
    """Return the file of a root, which has to be signed by keys of the one before and by its own."""
    return [(f"{root.version}.{ROOT}.json", sealed(replace(root, expires=now + lives.root), signers))]


def exchanged(
    root: RootRecord, roles: Iterable[str], old: VerifyKey | None, new: VerifyKey | None, note: KeyNote | None = None
) -> RootRecord:
    """Return the next root, in which a key signs for roles in place of another, beside the others, or no more."""
    changed = dict(root.roles)
    for role in roles:
        ids = set(changed[role].key_ids) - ({old.id} if old else set()) | ({new.id} if new else set())
        changed[role] = RoleKeys(frozenset(ids), min(changed[role].threshold, len(ids)) or 1)
    keys = dict(root.keys) | ({new.id: new} if new else {})
    used = frozenset[str]().union(*(role.key_ids for role in changed.values()))
    notes = dict(root.notes) | ({new.id: note} if new and note else {})
    return replace(
        root,
        version=root.version + 1,
        keys={key_id: key for key_id, key in keys.items() if key_id in used},
        roles=changed,
        notes={key_id: one for key_id, one in notes.items() if key_id in used},
    )


def _versions(before: Believed) -> tuple[int, int]:
    return before.snapshot.version + 1, before.timestamp.version + 1


def _from_catalogue(
    catalogue: CatalogueRecord, versions: tuple[int, int], signers: Signers, now: datetime, lives: Lives
) -> Files:
    data = sealed(catalogue, signers[CATALOGUE])
    snapshot = SnapshotRecord(versions[0], now + lives.freshness, named(catalogue.version, data))
    head = (f"{catalogue.version}.{CATALOGUE}.json", data)
    return [head, *_from_snapshot(snapshot, versions[1], signers, now, lives)]


def _from_snapshot(
    snapshot: SnapshotRecord, version: int, signers: Signers, now: datetime, lives: Lives, *, again: bool = False
) -> Files:
    if again:
        snapshot = replace(snapshot, version=snapshot.version + 1, expires=now + lives.freshness)
    data = sealed(snapshot, signers[SNAPSHOT])
    timestamp = TimestampRecord(version, now + lives.freshness, named(snapshot.version, data))
    return [
        (f"{snapshot.version}.{SNAPSHOT}.json", data),
        (f"{TIMESTAMP}.json", sealed(timestamp, signers[TIMESTAMP])),
    ]
