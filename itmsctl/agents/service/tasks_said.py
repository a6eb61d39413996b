"""What policies have agents run: their steps, and every time within the horizon that they are due (AGENT-20)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.agents.content import PackageContent, part_of
from itmsctl.agents.service.doable import check_doable, steps_id, steps_said
from itmsctl.agents.service.duty_source import DutySource, key_of
from itmsctl.agents.service.horizon import TimesAhead, seconds
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.errors import ItmsError
from itmsctl.policies.service.policies import POLICIES, Policies
from itmsctl.policies.timetable import FIRST_CLOCK, begins, zone_is_each_computers
from itmsctl.schedules.due import Due, due_between
from itmsctl.schedules.service.schedules import timing as timing_of
from itmsctl.schedules.service.zones import zone_of, zones_of
from itmsctl.schedules.timing import INTERVAL, Timing
from itmsctl.tasks.service import switch

Duties = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Returns what a part says, given the times at which it is due."""

_MOST_TIMES = 10_000  # of one policy that are published: who is due more often is told fewer days


def task_sources(reader: Reader, until: TimesAhead) -> Iterator[DutySource]:
    """Yield what policies have agents run, each with its computers; nothing while the STOP switch is on."""
    if switch.is_on(reader):
        return
    for doc in POLICIES.list(reader, where=POLICIES.table.c.enabled):
        try:
            yield from _sources(reader, doc, until)
        except ItmsError:
            continue  # `policy explain` says what is wrong with it


class WhomTimed(NamedTuple):
    """Some computers of a document alone: who they are, what tells their source from others, what it needs there."""

    members: frozenset[int]
    suffix: str
    contents: tuple[PackageContent, ...]


def _sources(reader: Reader, doc: Doc, until: TimesAhead) -> Iterator[DutySource]:
    schedule = POLICIES.schedule_of(reader, doc)
    if schedule is None:
        return
    program, _, _ = POLICIES.work_of(reader, doc)
    check_doable(program, POLICIES.options_of(doc))
    steps = steps_said(program)
    said = said_of(POLICIES, doc, schedule, steps_id(steps)) | {"steps": steps}
    yield from timed_sources(reader, POLICIES, doc, schedule, until, lambda times: {"tasks": [{**said, **times}]})


def timed_sources(
    reader: Reader,
    shelf: Policies,
    doc: Doc,
    schedule: Doc,
    until: TimesAhead,
    duties: Duties,
    whom: WhomTimed | None = None,
) -> Iterator[DutySource]:
    """Yield what is due by a schedule, by what `duties` says of its times: once, or for each zone of its computers.

    That is all its computers, or only some (`whom`).
    """
    members = partial(shelf.members, reader, doc) if whom is None else partial(frozenset, whom.members)
    more, contents = ("", ()) if whom is None else (whom.suffix, whom.contents)
    used = reader.scalar(sa.select(shelf.table.c.put_to_use).where(shelf.table.c.id == doc.id))
    when = timing_of(schedule).put_to_use(used)
    after = max(until.begin, used or until.begin)
    if not zone_is_each_computers(schedule.fields["time_zone"]):
        zone = zone_of(schedule.fields["time_zone"], reader.server_zone)
        times = times_within(when, zone, after, until)
        yield DutySource(key_of(doc.guid, more), part_of(duties(times)), members, contents)
        return
    dues = list(islice(due_between(when, FIRST_CLOCK, after, until.end), _MOST_TIMES))
    by_zone: dict[str, set[int]] = {}
    for computer, name in zones_of(reader, members()).items():
        by_zone.setdefault(name, set()).add(computer)
    for name, ids in sorted(by_zone.items()):
        turns = _turns(when, dues, zone_of(name, reader.server_zone))
        part = part_of(duties({"times": turns}))
        yield DutySource(key_of(doc.guid, f"{name} {more}"), part, partial(frozenset, ids), contents)


def said_of(shelf: Policies, doc: Doc, schedule: Doc, steps: str) -> dict[str, Any]:
    """Return what is said of a document beside its steps and times; `steps` is what its steps are known by."""
    options = shelf.options_of(doc)
    return {
        "key": doc.guid,
        "policy": doc.guid,
        "steps_id": steps,
        "missed": schedule.fields["missed"],
        "splay_s": int(options.splay_s),
        "deadline_s": None if options.deadline_s is None else int(options.deadline_s),
        "ignore_windows": options.ignore_windows,
    }


def times_within(when: Timing, zone: Any, after: datetime, until: TimesAhead) -> Mapping[str, Any]:
    """Return the times from a moment on: alike where they are, else one by one."""
    return _steady(when, zone, after, until) if when.way == INTERVAL else _times(when, zone, after, until)


def _times(when: Timing, zone: Any, after: datetime, until: TimesAhead) -> Mapping[str, Any]:
    return {"times": [seconds(due.utc) for due in islice(due_between(when, zone, after, until.end), _MOST_TIMES)]}


def _steady(when: Timing, zone: Any, after: datetime, until: TimesAhead) -> Mapping[str, Any]:
    """Return times that are alike: the first of them, and how often it comes."""
    assert when.every is not None
    first = next(due_between(when, zone, after, until.end), None)
    if first is None:
        return {"times": []}
    _, last = when.bounds(zone)
    end = min(one for one in (until.end, last) if one is not None)
    return {"start": seconds(first.utc), "every_s": int(when.every.total_seconds()), "until": seconds(end)}


def _turns(when: Timing, dues: list[Due], zone: Any) -> list[list[int]]:
    found = ((due, begins(when, due.local, due.utc, zone)) for due in dues)
    return [[seconds(due.utc), seconds(begin)] for due, begin in found if begin is not None]
