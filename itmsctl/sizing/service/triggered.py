"""Policies and windows of a snapshot: what is due when, of what kind, on how many computers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.inventory.service.policies import INVENTORY_POLICIES
from itmsctl.inventory.wanted import workload_of
from itmsctl.policies.rows import policies
from itmsctl.policies.service.meaning import reaches
from itmsctl.schedules.kinds import BASES
from itmsctl.schedules.rows import schedules
from itmsctl.schedules.service.windows import WINDOWS
from itmsctl.schedules.service.zones import zone_of
from itmsctl.schedules.timing import WAYS, timing_of
from itmsctl.sizing import snapshot as s
from itmsctl.sizing.service.planned import Meanings
from itmsctl.targeting.selector import EVERYTHING
from itmsctl.tasks.rows import job_steps, tasks
from itmsctl.values.zones import UTC_NAME, is_zone


def policies_of(reader: Reader, meanings: Meanings) -> tuple[s.DesignPolicy, ...]:
    """Return every policy, and every inventory policy, each by name."""
    when = {row.id: _schedule(reader, row._mapping) for row in reader.rows(sa.select(schedules))}  # noqa: SLF001 - SQLAlchemy's public name for it
    known = _tasks_by_id(reader)
    steps = _steps_by_job(reader)
    found = []
    for row in reader.rows(sa.select(policies).order_by(policies.c.name, policies.c.id)):
        meant = meanings.of(row.target)
        ids = steps.get(row.job_id, ()) if row.task_id is None else (row.task_id,)
        found.append(
            s.DesignPolicy(
                name=row.name,
                enabled=bool(row.enabled),
                workload=row.workload,
                payload_kbit=row.payload_kbit,
                schedule=when.get(row.schedule_id),
                event=row.event,
                target=row.target,
                computers=meant.computers,
                by_site=meant.by_site,
                splay_s=row.splay_s,
                ignore_windows=bool(row.ignore_windows),
                deadline_s=row.deadline_s,
                tasks=tuple(known[i] for i in ids if i in known),
            )
        )
    return (*found, *_inventories(reader, meanings))


def _inventories(reader: Reader, meanings: Meanings) -> Iterator[s.DesignPolicy]:
    """Yield the inventory policies; one that reaches nobody is no load."""
    for doc in INVENTORY_POLICIES.list(reader):
        f = doc.fields
        meant = meanings.of(f["target"])
        schedule = INVENTORY_POLICIES.schedule_of(reader, doc)
        yield s.DesignPolicy(
            name=doc.name,
            enabled=f["enabled"] and reaches(f),
            workload=workload_of(f),
            payload_kbit=f["payload_kbit"],
            schedule=None if schedule is None else _schedule(reader, {"name": schedule.name} | schedule.fields),
            target=f["target"],
            computers=meant.computers,
            by_site=meant.by_site,
            splay_s=f["throttle_s"],
            ignore_windows=f["ignore_windows"],
            deadline_s=f["deadline_s"],
            noun=INVENTORY_POLICIES.kind.name,
        )


def windows_of(reader: Reader) -> tuple[s.DesignWindow, ...]:
    """Return every window, by name."""
    return tuple(
        s.DesignWindow(
            name=doc.name,
            type=doc.fields["type"],
            schedule=_schedule(reader, {"name": doc.name} | doc.fields),
            duration_s=float(doc.fields["duration_s"]),
            enabled=bool(doc.fields["enabled"]),
            everywhere=EVERYTHING in doc.fields["targets"],
            targets=tuple(name for name in doc.fields["targets"] if name != EVERYTHING),
        )
        for doc in WINDOWS.list(reader)
    )


def _schedule(reader: Reader, row: Mapping[Any, Any]) -> s.DesignSchedule:
    wanted = {*WAYS, "start", "not_before", "not_after"}
    base = row["time_zone"]
    zone = zone_of(base, reader.server_zone).key if base in BASES or is_zone(base) else UTC_NAME
    timing = timing_of({name: row.get(name) for name in wanted})
    policy = {name: row[name] for name in ("missed", "overlap") if row.get(name)}
    return s.DesignSchedule(row["name"], timing, base, zone, **policy)


def _tasks_by_id(reader: Reader) -> dict[int, s.DesignTask]:
    rows = reader.connection.execute(sa.select(tasks.c.id, tasks.c.name, tasks.c.type, tasks.c.arguments))
    return {row.id: s.DesignTask(row.name, row.type, row.arguments or {}) for row in rows}


def _steps_by_job(reader: Reader) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for row in reader.connection.execute(sa.select(job_steps).order_by(job_steps.c.job_id, job_steps.c.position)):
        found[row.job_id] = (*found.get(row.job_id, ()), row.task_id)
    return found
