"""Policies as people see them, and which step one of them waits for (POL-10)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from itmsctl.cmdb import several
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ItmsError, NotFoundError, RunBusyError
from itmsctl.policies.service import before, starting
from itmsctl.policies.service.deciding import look_at, seen_by
from itmsctl.policies.service.policies import Policies
from itmsctl.policies.service.starting import Decided, DueOccurrence
from itmsctl.policies.timetable import FIRST_CLOCK
from itmsctl.schedules.due import next_due
from itmsctl.schedules.remarks import never
from itmsctl.schedules.service import schedules as shelf
from itmsctl.schedules.service import windows
from itmsctl.schedules.service.zones import zone_of
from itmsctl.targeting.service import picking, update
from itmsctl.tasks.service import guarding
from itmsctl.tasks.service.runs import RunPlan, find_run, tally
from itmsctl.tasks.tally import sentence
from itmsctl.values.counts import counted
from itmsctl.values.kind import house
from itmsctl.values.untrusted import shell_arg

OK, PENDING, INFO = "ok", "pending", "-"


def by_hand(unit: UnitOfWork, policies: Policies, names: Sequence[str], guard_max: int) -> list[Decided]:
    """Start an occurrence of each policy now, whatever triggers it and whether or not it is enabled."""
    return several.each(unit, partial(_by_hand, policies), policies, names, guard_max)


def _by_hand(policies: Policies, unit: UnitOfWork, name: str, guard_max: int) -> Decided:
    """Start an occurrence.

    Raises RunBusyError while the one before runs, NotFoundError where nobody is left to run on, and as the guard does.
    """
    doc = policies.get(unit, name)
    active = before.standing(unit, doc.id).active
    if active:
        raise RunBusyError(
            f"{active[0]} of {policies.kind.name} `{doc.name}` still runs", hint=f"itmsctl run show {active[0]}"
        )
    if picking.uses_membership(doc.fields["target"]):
        update.freshen(unit)
    due = DueOccurrence(unit.now, f"hand:{unit.next_ids(1)[0]}")
    decided = starting.start(unit, policies, doc, None, due, guard_max)
    if not decided.run:
        raise NotFoundError(f"{policies.kind.name} `{doc.name}` has nobody to run on", why=decided.why)
    return decided


# --- which step is pending --------------------------------------------------------------------------------------------


def explained(unit: UnitOfWork, policies: Policies, name: str, guard_max: int) -> list[dict[str, str]]:
    """Return `steps` by membership as it is now; what that takes is rolled back with the unit of work.

    Raises NotFoundError.
    """
    doc = policies.get(unit, name)
    if picking.uses_membership(doc.fields["target"]):
        update.freshen(unit)
    return steps(unit, policies, doc, guard_max)


def steps(reader: Reader, policies: Policies, doc: Doc, guard_max: int) -> list[dict[str, str]]:
    """Return the steps that must pass until something happens on a computer, each with how it stands and why."""
    found = [enabled_step(policies, doc), trigger_step(reader, policies, doc)]
    try:
        ids = sorted(policies.members(reader, doc))
    except ItmsError as error:
        return [*found, _step("target", PENDING, error.message)]
    found.append(_step("target", *_target(doc, len(ids))))
    found.append(_step("guard", *_guard(reader, policies, doc, ids, guard_max)))
    found.append(_step("windows", *_windows(reader, doc, ids)))
    found.append(_step("queue", *_queue(reader, doc)))
    found += [_step(step, INFO, why) for step, why in policies.awaited(reader, doc)]
    for call in house().calls("policy_steps"):
        found += [_step(*told) for told in call(reader, policies, doc, ids)]
    return found


def enabled_step(policies: Policies, doc: Doc) -> dict[str, str]:
    """Return whether one is put to use, as a step."""
    return _step("enabled", *_enabled(policies, doc))


def trigger_step(reader: Reader, policies: Policies, doc: Doc) -> dict[str, str]:
    """Return what triggers one, and when next, as a step."""
    return _step("trigger", *_trigger(reader, policies, doc))


def first_pending(found: Sequence[dict[str, str]]) -> str:
    """Say which step is the first that is not done yet."""
    for step in found:
        if step["state"] == PENDING:
            return f"pending: {step['step']}: {step['why']}"
    return "nothing is pending: the next tick does it"


def _step(step: str, state: str, why: str) -> dict[str, str]:
    return {"step": step, "state": state, "why": why}


def _enabled(policies: Policies, doc: Doc) -> tuple[str, str]:
    if doc.fields["enabled"]:
        return OK, "it is put to use"
    return PENDING, f"it is disabled: itmsctl {policies.kind.name} enable {shell_arg(doc.name)}"


def _trigger(reader: Reader, policies: Policies, doc: Doc) -> tuple[str, str]:
    found = look_at(reader, policies, doc)
    if found.queued:
        return OK, "an occurrence is queued after the one that runs"
    if found.look.run or found.events:
        return OK, "due now; itmsctl schedule tick decides it"
    if (
        policies.at_once
        and policies.hears_joining(doc)
        and (new := policies.members(reader, doc) - seen_by(reader, doc.id))
    ):
        return OK, f"a first run on {counted(len(new), 'computer')} is due now; itmsctl schedule tick decides it"
    waits = f"waits for the event {doc.fields['event']}" if doc.fields.get("event") else ""
    if found.schedule is None:
        by_hand = f"itmsctl {policies.kind.name} run {shell_arg(doc.name)}"
        return PENDING, waits or f"nothing triggers it but {by_hand}"
    zone = FIRST_CLOCK if found.by_computer else zone_of(found.schedule.fields["time_zone"], reader.server_zone)
    timing = shelf.timing(found.schedule).put_to_use(found.row.put_to_use)
    since = max(reader.now, found.row.handled or reader.now)
    due = next_due(timing, zone, since)
    if due is None:
        why = never(timing, zone, since) or "is not due any more"
        said = f"schedule {found.schedule.name} ({timing.said}) {why}"
    else:
        said = f"schedule {found.schedule.name} is due at {due.utc:%Y-%m-%d %H:%M} UTC"
        said += ", on the first clock; each computer follows its own" if found.by_computer else ""
    return PENDING, "; ".join(part for part in (said, waits) if part)


def _target(doc: Doc, number: int) -> tuple[str, str]:
    text = doc.fields["target"]
    if not number:
        return PENDING, f"`{text}` holds no computer"
    return OK, f"`{text}` holds {counted(number, 'computer')}"


def _guard(reader: Reader, policies: Policies, doc: Doc, ids: Sequence[int], guard_max: int) -> tuple[str, str]:
    try:
        program, task_id, job_id = policies.work_of(reader, doc)
        picked = guarding.picked(reader, ids)
        confirm = starting.confirmed(doc, program.name, len(picked))
        options = policies.options_of(doc)
        plan = RunPlan(
            program, policies.via_of(doc), "", picked, options, task_id, job_id, confirm=confirm, guard_max=guard_max
        )
        guarding.check_plan(reader, plan)
    except ItmsError as error:
        return PENDING, f"{error.message}; {error.hint}"
    return OK, "it may touch so many"


def _windows(reader: Reader, doc: Doc, ids: Sequence[int]) -> tuple[str, str]:
    ignore = bool(doc.fields["ignore_windows"])
    judged = windows.standings(reader, ids, reader.now, ignore_windows=ignore).values()
    closed = [standing for standing in judged if not standing.open]
    if not closed:
        return OK, "open on all of them"
    opens = min((s.next_open for s in closed if s.next_open is not None), default=None)
    when = f"; the first opens at {opens:%Y-%m-%d %H:%M} UTC" if opens else ""
    never = sum(s.next_open is None for s in closed)
    when += f"; no window opens on {never} of them as far as can be seen: itmsctl window explain" if never else ""
    state = PENDING if len(closed) == len(ids) else OK
    return state, f"closed on {len(closed)} of {len(ids)}: {closed[0].why}{when}"


def _queue(reader: Reader, doc: Doc) -> tuple[str, str]:
    standing = before.standing(reader, doc.id)
    if not standing.runs:
        return INFO, "no run is open"
    said = "; ".join(f"{name}: {sentence(tally(reader, find_run(reader, name)).counts)}" for name in standing.runs[:3])
    return (PENDING if standing.active else INFO), said
