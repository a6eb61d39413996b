"""Purging: one piece of code for `db purge` and for the task kind `purge` (MAINT-1, MAINT-6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import reduce
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from itmsctl.admin.retention import CLASSES, NOTHING, PART, Purgeable, Removed, check
from itmsctl.cmdb import checkpoint, upkeep
from itmsctl.cmdb.facts import PURGED_AT, note_fact
from itmsctl.cmdb.rows import tombstones
from itmsctl.cmdb.said import FORGOTTEN, KEPT, kept
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InputError, UsageError
from itmsctl.values.kind import house
from itmsctl.values.times import seconds, to_text

_ROWS = 5000


@dataclass(frozen=True)
class Purged:
    """What went of one class, or with a dry run would go."""

    name: str
    before: datetime | None
    counts: Counter[str] = field(default_factory=Counter)
    batches: int = 0

    def joined(self, other: Purged) -> Purged:
        """Return both as one: several rooms may have rows of one class."""
        counts = Counter(self.counts)
        counts.update(other.counts)  # unlike +, it keeps what nothing went of
        return replace(self, counts=counts, batches=self.batches + other.batches)

    def sentence(self) -> str:
        """Say it in one line."""
        return (
            ", ".join(f"{number} {what.replace('_', '-')}" for what, number in self.counts.items() if number)
            or "nothing"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {
            "name": self.name,
            "before": self.before,
            "removed": self.sentence(),
            "batches": self.batches,
            "counts": dict(self.counts),
        }


def purge(store: Store, keeps: Mapping[str, float], *, dry_run: bool = False) -> Iterator[Purged]:
    """Purge what is older than each class is kept, given in seconds; yield what went, class by class.

    With `dry_run` the same batches are done in one unit of work, which is rolled back. Else each is one of its own: a
    purge that is broken off has done the batches before, whole. Raises InputError for a class kept under an hour.
    """
    check(keeps)
    if dry_run:
        yield from store.write(lambda unit: list(_all(store, keeps, lambda batch: batch(unit))), dry_run=True)
        return
    yield from _all(store, keeps, lambda batch: _stored(store, batch))


def parts_of(name: str, texts: Iterable[str]) -> dict[str, str]:
    """Return how long parts of a class are kept, from `software=2y, processes=7d`. Raises InputError."""
    found: dict[str, str] = {}
    for text in (one.strip() for line in texts for one in line.split(",")):
        part, equals, keep = text.partition("=")
        if text and not (equals and part.strip() and keep.strip()):
            raise InputError(f"`{text[:80]}` does not say how long which part is kept", hint="software=2y")
        if text:
            found[f"{name}{PART}{part.strip().lower().replace('-', '_')}"] = keep.strip()
    return found


def keeps_of(given: Mapping[str, str | None], configured: Mapping[str, str | None] | None) -> dict[str, float]:
    """Return how many seconds each class is kept, from what was given and, where they are wanted, the settings.

    Raises UsageError where that names no class: nothing is purged unless told (A-13). InputError for no duration.
    """
    texts = {**(configured or {}), **{name: text for name, text in given.items() if text is not None}}
    keeps = {name: seconds(text) for name, text in texts.items() if text is not None}
    if not keeps and configured is not None:
        raise UsageError("no setting says how long anything is kept", hint='keep_runs = "90d" in config.toml')
    if not keeps:
        raise UsageError("nothing is purged unless told", hint="itmsctl db purge --runs 90d --outputs 30d --dry-run")
    check(keeps)
    return keeps


_Batch = Callable[[UnitOfWork], Removed]


def _stored(store: Store, batch: _Batch) -> Removed:
    def work(unit: UnitOfWork) -> Removed:
        removed = batch(unit)
        if removed.counts:
            note_fact(unit, PURGED_AT, to_text(unit.now))
        return removed

    removed = store.write(work)
    if removed.after is None:
        return removed
    return Removed({**removed.counts, **removed.after()}, removed.cursor, removed.done)


def _all(store: Store, keeps: Mapping[str, float], do: Callable[[_Batch], Removed]) -> Iterator[Purged]:
    now = store.clock()
    each = (
        _class(part, now - timedelta(seconds=keep_s), do)
        for one in _classes(store)
        for part, keep_s in _parts(one, keeps)
    )
    for _, alike in groupby(each, key=lambda one: one.name):
        yield reduce(Purged.joined, alike)
    if {"runs", "outputs"}.intersection(keeps):
        swept = _class(Purgeable("blobs", _blobs), now, do)
        yield Purged("blobs", None, swept.counts, swept.batches)


def _parts(one: Purgeable, keeps: Mapping[str, float]) -> Iterator[tuple[Purgeable, float]]:
    """Yield what is purged of a class, and how long it is kept: parts with a time of their own, then the rest."""
    own = {name.partition(PART)[2]: keep_s for name, keep_s in keeps.items() if name.startswith(one.name + PART)}
    if own and one.among is None:
        raise InputError(f"{one.name} are kept for one time", hint=", ".join(CLASSES))
    for part, keep_s in sorted(own.items()):
        yield Purgeable(one.name + PART + part, one.among({part}, True)), keep_s  # type: ignore[misc]  # looked at above
    if one.name in keeps:
        yield Purgeable(one.name, one.among(own, False) if own and one.among else one.batch), keeps[one.name]


def _classes(store: Store) -> list[Purgeable]:
    """Return what this room and all others can purge, in order."""
    own = [Purgeable("tombstones", _tombstones), Purgeable("changes", _changes(store.actor.name))]
    declared = [one for call in house().calls("purgeable") for one in call()]
    return sorted([*own, *declared], key=lambda one: list(CLASSES).index(one.name))


def _class(one: Purgeable, before: datetime, do: Callable[[_Batch], Removed]) -> Purged:
    counts: Counter[str] = Counter()
    cursor, batches = None, 0
    while True:
        removed = do(lambda unit, at=cursor: one.batch(unit, before, at))  # type: ignore[misc]  # bound at once
        counts.update(removed.counts)
        batches += bool(removed.counts)
        if removed.done:
            return Purged(one.name, before, counts, batches)
        cursor = removed.cursor


# --- what the ground itself keeps -------------------------------------------------------------------------------------


def _tombstones(unit: UnitOfWork, before: datetime, _cursor: Any) -> Removed:
    own = tombstones.c
    old = unit.connection.execute(sa.select(own.guid, own.kind, own.name).where(own.at < before).limit(_ROWS)).all()
    if not old:
        return NOTHING
    guids = [row.guid for row in old]
    unit.connection.execute(sa.delete(tombstones).where(member_of(unit.connection, own.guid, guids)))
    for row in old:
        unit.record("forgotten", KEPT + row.kind, row.guid, row.name, None, kept(FORGOTTEN))
    unit.note("tombstone", purged=len(old))
    return Removed({"tombstones": len(old)})


def _changes(actor: str) -> Callable[[UnitOfWork, datetime, Any], Removed]:
    def batch(unit: UnitOfWork, before: datetime, _cursor: Any) -> Removed:
        counts = checkpoint.purge_batch(unit, min([before, *_needed(unit)]), actor)
        return Removed(counts, done=not counts)

    return batch


def _needed(reader: Reader) -> list[datetime]:
    """Return the moments from which on somebody still needs the audit: work that is open (hook `audit_needed`)."""
    return [at for call in house().calls("audit_needed") if (at := call(reader)) is not None]


def _blobs(unit: UnitOfWork, _before: datetime, _cursor: Any) -> Removed:
    count, size = upkeep.sweep(unit, _ROWS)
    return Removed({"blobs": count, "bytes": size}) if count else NOTHING
