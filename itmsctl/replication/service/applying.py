"""A batch that was believed is applied: in the unit of work of its caller, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from itmsctl.cmdb import bulk
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.hierarchy.peer import Peer
from itmsctl.replication.applied import Applied
from itmsctl.replication.complete_list import CompleteList
from itmsctl.replication.part_check import PartCheck
from itmsctl.replication.records import (
    Gone,
    HierarchyEvent,
    ObjectPut,
    Record,
    RunResults,
    SentRows,
    TargetMembers,
    read,
)
from itmsctl.replication.service.arriving import put_all
from itmsctl.replication.service.checking import answer
from itmsctl.replication.service.class_arrivals import store_rows
from itmsctl.replication.service.going import complete, gone
from itmsctl.replication.service.happenings import happened
from itmsctl.replication.service.locks import server_name, unlocked
from itmsctl.replication.service.receiving import BatchHeaderSaid, Receiving
from itmsctl.replication.service.told import take_results
from itmsctl.values.untrusted import storable

_TOGETHER = 500  # records of one sort that are put together,
_ROWS_TOGETHER = 10_000  # and rows of classes that are stored together


def apply_records(
    unit: UnitOfWork, header: BatchHeaderSaid, records: Iterable[Mapping[str, Any]], peer: Peer
) -> Applied:
    """Apply the records of a batch, and return what they came to; what is so already changes nothing.

    Raises BadRecordError, NotOwnerError: then nothing of the batch may stay.
    """
    number = f"{header.mark.epoch}/{header.mark.seq}"
    to = Receiving(unit, peer, header.rule, f"{peer.guid}/{number}")
    rule = f", rule {header.rule}" if header.rule else ""
    unit.draft.reason = storable(f"from {server_name(unit, peer.guid)}{rule}, batch {number}", 400)
    with unlocked(unit):
        for part in _parts(map(read, records)):
            _apply(to, part)
    return to.applied


def _parts(records: Iterator[Record]) -> Iterator[list[Any]]:
    """Yield records in their order, those that follow each other of one sort and kind together."""
    for (sort, _), alike in groupby(records, key=lambda one: (type(one), getattr(one, "kind", ""))):
        in_parts: Callable[[Iterable[Any]], Iterator[list[Any]]] = _of_rows if sort is SentRows else _of_objects
        yield from in_parts(alike)


def _of_objects(records: Iterable[Record]) -> Iterator[list[Record]]:
    return bulk.chunks(records, _TOGETHER)


def _of_rows(records: Iterable[SentRows]) -> Iterator[list[SentRows]]:
    """Yield rows of classes in parts of so many rows; those of a computer that follow each other stay together."""
    part: list[SentRows] = []
    size = 0
    for one in records:
        if size >= _ROWS_TOGETHER and one.guid != part[-1].guid:
            yield part
            part, size = [], 0
        part.append(one)
        size += len(one.rows) + 1
    if part:
        yield part


def _apply(to: Receiving, part: list[Any]) -> None:
    first = part[0]
    if isinstance(first, ObjectPut):
        kind = to.kind_of(first.kind)
        if len({one.guid for one in part}) == len(part) and len({one.name for one in part}) == len(part):
            put_all(to, kind, part)
        else:
            for one in part:  # an object stands twice: the last one counts
                put_all(to, kind, [one])
    elif isinstance(first, SentRows):
        store_rows(to, part)
    elif isinstance(first, PartCheck):
        answer(to, part)
    else:
        for one in part:
            _apply_one(to, one)


def _apply_one(to: Receiving, one: Record) -> None:
    match one:
        case Gone():
            gone(to, one)
        case CompleteList():
            complete(to, one)
        case HierarchyEvent():
            happened(to, one)
        case RunResults():
            take_results(to, one)
        case TargetMembers():
            to.applied.counts["members noted"] += len(one.computers)
