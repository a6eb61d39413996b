"""SCHEDULES: the shelf of schedules (SCHED-1, SCHED-2), and what is due when."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.several import only_named
from itmsctl.cmdb.work import Reader
from itmsctl.schedules import remarks
from itmsctl.schedules.due import Due, due_between, next_due, previous_due
from itmsctl.schedules.kinds import COMPUTER, SCHEDULE, SERVER
from itmsctl.schedules.policy import QUEUE_ONE, SKIP
from itmsctl.schedules.service.timed_shelf import TimedShelf
from itmsctl.schedules.service.zones import zone_of, zones_of
from itmsctl.schedules.timing import ASAP, EVENT, Timing, timing_of
from itmsctl.values.kind import house


class Schedules(TimedShelf):
    """All schedules."""

    defaults: Mapping[str, Any] = {"time_zone": SERVER, "missed": QUEUE_ONE, "overlap": SKIP}

    def __init__(self) -> None:
        super().__init__(SCHEDULE)

    def remarks(self, reader: Reader, doc: Doc) -> list[str]:
        """Return what should be said of a schedule: it is past, or never comes."""
        return remarks.of_schedule(doc.name, timing(doc), self.zone(reader, doc), reader.now)


SCHEDULES = Schedules()


def timing(doc: Doc) -> Timing:
    """Return what a schedule says."""
    return timing_of(doc.fields)


def rows(reader: Reader, docs: Sequence[Doc], *, uses: bool = True) -> Iterator[dict[str, Any]]:
    """Yield schedules as people see them: `when` in words, and what uses each, which is known of the present only."""
    users = uses_of(reader, [doc.id for doc in docs]) if uses else {}
    for doc in docs:
        yield doc.as_dict() | {"when": timing(doc).said, "used_by": users.get(doc.id, [])}


def uses_of(reader: Reader, ids: Collection[int]) -> dict[int, list[str]]:
    """Return what uses each schedule, as the rooms say that use them (hook `schedule_uses`)."""
    found: dict[int, list[str]] = {}
    for uses in house().calls("schedule_uses"):
        for schedule, said in uses(reader, ids).items():
            found.setdefault(schedule, []).extend(said)
    return found


def explained(reader: Reader, doc: Doc, between: tuple[datetime, datetime], zone_name: str) -> Iterator[dict[str, Any]]:
    """Yield when a schedule is due between two moments, both included, and why."""
    zone = zone_of(doc.fields["time_zone"], reader.server_zone, zone_name)
    just_before = between[0] - timedelta(microseconds=1)
    for due in due_between(timing(doc), zone, just_before, between[1]):
        yield {"name": doc.name, **_row(due, zone.key)}


def when_else(reader: Reader, doc: Doc, after: datetime, zone_name: str) -> str:
    """Return when a schedule that is not due in a span is due after it, in words; empty where no clock decides."""
    when, zone = timing(doc), zone_of(doc.fields["time_zone"], reader.server_zone, zone_name)
    if when.way in {ASAP, EVENT}:
        return ""
    due = next_due(when, zone, after)
    if due is None:
        return "it is never due after that"
    begins = "begins" if previous_due(when, zone, after) is None else "is due next"
    return f"it {begins} on {due.local:%Y-%m-%d %H:%M} {zone.key}"


def coming(reader: Reader, until: datetime, names: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield what all schedules, or those of these names, are due for from now to a moment, in order.

    A computer's own clock is as the server's. Raises NotFoundError.
    """
    docs = only_named(reader, SCHEDULES, SCHEDULES.list(reader), names)
    uses = uses_of(reader, [doc.id for doc in docs])

    def of(doc: Doc) -> Iterator[tuple[datetime, str, dict[str, Any]]]:
        base = doc.fields["time_zone"]
        zone = zone_of(base, reader.server_zone)
        for due in due_between(timing(doc), zone, reader.now, until):
            more = {"time_zone": base, "used_by": uses.get(doc.id, [])}
            yield due.utc, doc.name, {"name": doc.name, **_row(due, zone.key), **more}

    for _, _, row in heapq.merge(*(of(doc) for doc in docs), key=lambda one: one[:2]):
        yield row


def zone_for(reader: Reader, doc: Doc, computer: int | None) -> str:
    """Return the zone that a schedule or window counts in, for a computer; without one as if it were the server."""
    own = zones_of(reader, [computer])[computer] if computer is not None else None
    return zone_of(doc.fields["time_zone"], reader.server_zone, own).key


def counts_by_computer(doc: Doc) -> bool:
    """Return whether each computer's own clock counts."""
    return bool(doc.fields["time_zone"] == COMPUTER)


def _row(due: Due, zone: str) -> dict[str, Any]:
    return {"due": due.utc, "local": due.local.isoformat(timespec="seconds"), "zone": zone, "why": due.why}
