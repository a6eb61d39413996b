"""WINDOWS: the shelf of maintenance windows and blockout periods, and how computers stand (SCHED-5 to SCHED-7)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError
from itmsctl.schedules import remarks
from itmsctl.schedules.kinds import COMPUTER, SERVER, WINDOW
from itmsctl.schedules.rows import window_targets, windows
from itmsctl.schedules.service.timed_shelf import TimedShelf
from itmsctl.schedules.service.zones import zone_of, zones_of
from itmsctl.schedules.standing import Standing, Window, standing, stretches
from itmsctl.schedules.timing import span, timing_of
from itmsctl.targeting import selector
from itmsctl.targeting.service import names, present
from itmsctl.targeting.service.targets import named
from itmsctl.values.naming import naming

LEAST_S, MOST_S = 60, 366 * 86400


class Windows(TimedShelf):
    """All windows. What they apply to is kept by id, shown by name."""

    defaults: Mapping[str, Any] = {"type": "maintenance", "time_zone": SERVER, "enabled": True}

    def __init__(self) -> None:
        super().__init__(WINDOW)

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check length and targets too; answer targets as they are written in selectors.

        Raises FieldError, NotFoundError, AmbiguousNameError.
        """
        checked = super().check(reader, name, fields)
        if "duration_s" in checked:
            checked["duration_s"] = _length(checked["duration_s"])
        if "targets" in checked:
            if not checked["targets"]:
                hint = "--target all, or a target, filter or group"
                raise FieldError("a window applies to something", hint=hint).about("targets")
            found = _found(reader, checked["targets"])
            written = names.written(reader, [one for one in found if one is not None])
            checked["targets"] = [selector.EVERYTHING if one is None else written[one.id] for one in found]
        if "type" in checked and not checked["type"]:
            raise FieldError("a window is maintenance or blockout", hint="--type maintenance").about("type")
        return checked

    def remarks(self, reader: Reader, doc: Doc) -> list[str]:
        """Return what should be said of a window that applies: it is past, never comes, or never ends."""
        if not doc.fields["enabled"]:
            return []
        f, zone = doc.fields, self.zone(reader, doc)
        length = timedelta(seconds=f["duration_s"])
        return remarks.of_window(doc.name, f["type"], timing_of(f), zone, length, reader.now)

    def columns_of(self, reader: Reader, doc: Doc) -> dict[str, Any]:  # noqa: ARG002 - the shelf's signature
        """Return whether it applies to all computers."""
        return {"everywhere": selector.EVERYTHING in doc.fields["targets"]}

    def naming(self, reader: Reader, kind: str, ids: Collection[int]) -> list[int]:
        """Return the windows whose documents name some of these: what they apply to."""
        found = super().naming(reader, kind, ids)
        if kind in names.ALL_KINDS:
            named = member_of(reader.connection, window_targets.c.collection_id, ids)
            found += reader.connection.execute(sa.select(window_targets.c.window_id).where(named)).scalars()
        return found

    def read_extra(self, reader: Reader, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return what windows apply to, by name."""
        everywhere = reader.connection.execute(
            sa.select(windows.c.id).where(windows.c.id.in_(ids), windows.c.everywhere)
        )
        found: dict[int, list[str]] = {i: [] for i in ids}
        for i in everywhere.scalars():
            found[i].append(selector.EVERYTHING)
        parts = _parts(reader, ids)
        known = names.by_ids(reader, {collection for _, collection in parts})
        written = names.written(reader, list(known.values()))
        for window, collection in parts:
            if collection in written:
                found[window].append(written[collection])
        return {i: {"targets": said} for i, said in found.items()}

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Store what it applies to."""
        if before is not None and before.fields["targets"] == doc.fields["targets"]:
            return
        unit.connection.execute(sa.delete(window_targets).where(window_targets.c.window_id == doc.id))
        for found in _found(unit, doc.fields["targets"]):
            if found is not None:
                unit.connection.execute(sa.insert(window_targets).values(window_id=doc.id, collection_id=found.id))

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Take away what belongs to it alone."""
        unit.connection.execute(sa.delete(window_targets).where(window_targets.c.window_id == doc.id))


WINDOWS = Windows()


def rows(docs: Sequence[Doc]) -> Iterator[dict[str, Any]]:
    """Yield windows as people see them."""
    for doc in docs:
        yield doc.as_dict() | {"when": timing_of(doc.fields).said, "duration": span(doc.fields["duration_s"])}


def collection_users(reader: Reader, collection: int) -> list[str]:
    """Return the windows that name a collection, six at most (hook of `targeting`)."""
    statement = (
        sa.select(windows.c.name)
        .join(window_targets, window_targets.c.window_id == windows.c.id)
        .where(window_targets.c.collection_id == collection)
        .order_by(windows.c.name)
        .limit(6)
    )
    return [f"window `{name}`" for name in reader.connection.execute(statement).scalars()]


# --- how computers stand ----------------------------------------------------------------------------------------------


def standings(
    reader: Reader, computer_ids: Collection[int], now: datetime, *, ignore_windows: bool = False
) -> dict[int, Standing]:
    """Return how each computer stands at a moment, by what it is a member of now, whatever is stored.

    Computers that the same windows apply to, in the same zone, are judged once: any number of them costs a few
    evaluations. `ignore_windows` ignores maintenance windows, never blockout periods.
    """
    judged: dict[int, Standing] = {}  # by identity: to hash the windows of each computer would cost more than the rest
    found = {}
    for computer, applying in applying_windows(reader, computer_ids).items():
        if id(applying) not in judged:
            judged[id(applying)] = standing(applying, now, ignore_windows=ignore_windows)
        found[computer] = judged[id(applying)]
    return found


def applying_windows(reader: Reader, computer_ids: Collection[int]) -> dict[int, tuple[Window, ...]]:
    """Return the enabled windows that apply to each computer; those with the same ones share one tuple."""
    docs = list(WINDOWS.list(reader, where=windows.c.enabled))
    if not docs or not computer_ids:
        return dict.fromkeys(computer_ids, ())
    inside = _inside(reader, docs, computer_ids)
    is_local = any(doc.fields["time_zone"] == COMPUTER for doc in docs)
    zones = zones_of(reader, computer_ids) if is_local else {}
    here = reader.server_zone
    made: dict[tuple[tuple[int, ...], str], tuple[Window, ...]] = {}
    found = {}
    for computer in computer_ids:
        which = tuple(n for n, held in enumerate(inside) if held is None or computer in held)
        key = (which, zones.get(computer, here))
        if key not in made:
            made[key] = tuple(_window(docs[n], here, key[1]) for n in which)
        found[computer] = made[key]
    return found


def stood(reader: Reader, computer: int, begin: datetime, end: datetime) -> Iterator[dict[str, Any]]:
    """Yield how a computer stands from one moment to another, stretch by stretch, and why."""
    applying = applying_windows(reader, [computer])[computer]
    for one in stretches(applying, begin):
        if one.begin >= end:
            return
        until = end if one.end is None or one.end > end else one.end
        yield {"from": one.begin, "until": until, "open": one.open, "why": one.why}


def _window(doc: Doc, server_zone: str, computer_zone: str) -> Window:
    f = doc.fields
    zone = zone_of(f["time_zone"], server_zone, computer_zone)
    return Window(doc.name, f["type"], timing_of(f), timedelta(seconds=f["duration_s"]), zone)


def _inside(reader: Reader, docs: Sequence[Doc], computer_ids: Collection[int]) -> list[frozenset[int] | None]:
    """Return who of these computers each window applies to now; None for all."""
    parts: dict[int, set[int]] = {}
    for window, collection in _parts(reader, [doc.id for doc in docs if not _everywhere(doc)]):
        parts.setdefault(window, set()).add(collection)
    held = present.holding(reader, frozenset().union(*parts.values()), computer_ids)
    return [None if _everywhere(doc) else frozenset().union(*(held[i] for i in parts.get(doc.id, ()))) for doc in docs]


def _everywhere(doc: Doc) -> bool:
    return selector.EVERYTHING in doc.fields["targets"]


def _parts(reader: Reader, ids: Sequence[int]) -> list[tuple[int, int]]:
    statement = (
        sa.select(window_targets.c.window_id, window_targets.c.collection_id)
        .where(member_of(reader.connection, window_targets.c.window_id, ids))
        .order_by(window_targets.c.window_id, window_targets.c.collection_id)
    )
    return [(row[0], row[1]) for row in reader.connection.execute(statement)]


def _found(reader: Reader, texts: Sequence[str]) -> list[names.NamedCollection | None]:
    """Return the collections that names mean, in the order of their ids, none for `all` before them."""
    found: dict[int, names.NamedCollection | None] = {}
    for position, text in enumerate(texts):
        with naming("targets", position):
            node = selector.parse(text)
            if isinstance(node, selector.All):
                found[-1] = None
            elif isinstance(node, selector.Name):
                one = named(reader, node, names.ALL_KINDS)
                found[one.id] = one
            else:
                raise FieldError(f"`{text}` is not one name", hint="give --target once for each, or add a target")
    return [found[i] for i in sorted(found)]


def _length(seconds: float | None) -> int:
    if seconds is None or seconds != int(seconds) or not LEAST_S <= seconds <= MOST_S:
        raise FieldError("a window lasts whole seconds, from 1m to 366d", hint="--duration 2h").about("duration_s")
    return int(seconds)
