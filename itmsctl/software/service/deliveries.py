"""DELIVERIES: the shelf of managed deliveries (SW-16, SW-17), driven as policies are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InputError, UsageError
from itmsctl.packages.kinds import INSTALL, NEVER, UNINSTALL
from itmsctl.policies.service.policies import Policies
from itmsctl.software.action import ACTION, LIMIT_S, NO_PACKAGE, TASK_KIND
from itmsctl.software.deferring import MOST_TIMES, SHORTEST, WAIT_S, latest
from itmsctl.software.kinds import DELIVERY, IN_WINDOW
from itmsctl.values.untrusted import shell_arg

if TYPE_CHECKING:
    from itmsctl.schedules.timing import Timing
    from itmsctl.software.planning import SoftwareStep
    from itmsctl.tasks.options import RunOptions
    from itmsctl.tasks.program import JobStep, Program

_STAGE = "fetch"
_LABEL = re.compile(r"[^a-z0-9]+")
_WORK = ("software", "action", "target")


class Deliveries(Policies):
    """All managed deliveries. One without a schedule delivers to whoever is new to its target as soon as possible."""

    at_once = True
    defaults: Mapping[str, Any] = {"action": INSTALL}
    timed_by = ("schedule", "run_schedule")

    # --- what the tick asks -------------------------------------------------------------------------------------------

    def hears_joining(self, doc: Doc) -> bool:
        """Return whether those who are new to its target are delivered to without a schedule."""
        return not (doc.fields["schedule"] or doc.fields["run_schedule"])

    def schedule_of(self, reader: Reader, doc: Doc) -> Doc | None:
        """Return the schedule that begins it: that of fetching, else that of running."""
        from itmsctl.schedules.service.schedules import SCHEDULES

        name = doc.fields["schedule"] or doc.fields["run_schedule"]
        return None if name is None else SCHEDULES.get(reader, name)

    def work_of(self, reader: Reader, doc: Doc) -> tuple[Program, int | None, int | None]:
        """Return its steps in their order, as resources are now. Raises what a plan raises, UsageError."""
        from itmsctl.policies.service import meaning
        from itmsctl.tasks.program import Program, checked

        if not meaning.reaches(doc.fields):
            raise UsageError(f"{doc.name}: nothing says how computers are reached", hint=meaning.WAYS)
        return Program(doc.name, checked(self.steps_of(reader, doc)), "job"), None, None

    def steps_of(self, reader: Reader, doc: Doc) -> list[JobStep]:
        """Return a step for each software, first one that fetches all where running has a time of its own."""
        planned = self.planned(reader, doc)
        begins = self._begins(reader, doc)
        outside = restarts_apart(doc) and bool(doc.fields["ignore_windows"])
        steps = [
            replace(_step(reader, doc, one, number, begins), outside=outside) for number, one in enumerate(planned, 1)
        ]
        if begins is not None:
            steps = [_fetch(reader, doc, planned), *steps]
        return [*steps, *_restart(reader, doc, planned, steps)] if restarts_apart(doc) else steps

    def options_of(self, doc: Doc) -> RunOptions:
        """Return how its runs go about computers: a restart waits for the window, where nothing else does."""
        options = super().options_of(doc)
        return replace(options, ignore_windows=False) if restarts_apart(doc) else options

    def planned(self, reader: Reader, doc: Doc) -> tuple[SoftwareStep, ...]:
        """Return what is done, in its order. Raises what a plan raises, InputError for what may not be delivered."""
        from itmsctl.software.planning import plan
        from itmsctl.software.service.software_nodes import nodes

        resources = nodes(reader)
        for name in doc.fields["software"]:
            if not resources[name].deliverable:
                hint = f"itmsctl software set {shell_arg(name)} --deliverable"
                raise InputError(f"`{name}` may not be delivered", hint=hint).about("software")
        return plan(dict.fromkeys(doc.fields["software"], doc.fields["action"]), resources)

    def _begins(self, reader: Reader, doc: Doc) -> str | None:
        """Return when programs run at the earliest, where fetching goes before by a schedule of its own (SW-19)."""
        from itmsctl.schedules.due import next_due
        from itmsctl.schedules.service.schedules import SCHEDULES, timing
        from itmsctl.schedules.service.zones import zone_of
        from itmsctl.values.times import to_text

        f = doc.fields
        if not (f["schedule"] and f["run_schedule"]):
            return None
        schedule = SCHEDULES.get(reader, f["run_schedule"])
        when: Timing = timing(schedule)
        due = next_due(when, zone_of(schedule.fields["time_zone"], reader.server_zone), reader.now)
        if due is None:
            raise UsageError(f"{doc.name}: the schedule `{schedule.name}` is never due again")
        return to_text(due.utc)

    def awaited(self, reader: Reader, doc: Doc) -> list[tuple[str, str]]:
        """Return how old what is known of compliance is, and which computers wait for their users or a restart."""
        from itmsctl.software.service.passes import judged_said
        from itmsctl.software.service.restarts import awaited

        return [("compliance", judged_said(reader)), *awaited(reader, doc)]

    # --- what the shelf asks ------------------------------------------------------------------------------------------

    def check_whole(self, reader: Reader, doc: Doc) -> None:
        """Raise where its software cannot be delivered together, or its fields do not fit. Packages may come later."""
        from itmsctl.policies.service import meaning

        if not doc.fields["software"]:
            raise InputError("which software?", hint="--software NAME").about("software")
        meaning.check_means(reader, doc)
        _check_putting_off(doc)
        self.planned(reader, doc)

    def hears_again(self, unit: UnitOfWork, before: Doc, doc: Doc) -> bool:  # noqa: ARG002 - the shelf's
        """Return whether everybody is delivered to again: other software, another action, another target."""
        return any(before.fields[name] != doc.fields[name] for name in _WORK)

    def remarks(self, reader: Reader, doc: Doc) -> Sequence[str]:
        """Return what should be heard of it: its schedule, that it reaches nobody."""
        from itmsctl.policies.service import meaning

        found = list(super().remarks(reader, doc))
        if doc.fields["enabled"] and not meaning.reaches(doc.fields):
            typed = f"itmsctl delivery set {shell_arg(doc.name)} --profile NAME"
            found.append(f"{doc.name}: nothing says how computers are reached, so it contacts nobody: {typed}")
        return found


def restarts_apart(doc: Doc) -> bool:
    """Return whether computers restart by a step of its own, in their maintenance window."""
    return bool(doc.fields["reboot"] == IN_WINDOW)


def _check_putting_off(doc: Doc) -> None:
    times, deadline = doc.fields["defer"], doc.fields["deadline_s"]
    if times is not None and not 0 <= times <= MOST_TIMES:
        raise InputError(f"it may be put off {MOST_TIMES} times at most").about("defer")
    if times and not deadline:
        raise InputError("what may be put off needs an end", hint="--deadline 3d").about("defer")
    if doc.fields["defer_s"] is not None and doc.fields["defer_s"] < SHORTEST.total_seconds():
        raise InputError("it is put off for a minute at least", hint="--defer-for 4h").about("defer_s")


def _restart(
    reader: Reader, doc: Doc, planned: Sequence[SoftwareStep], steps: Sequence[JobStep]
) -> tuple[JobStep, JobStep]:
    """Return the steps after a program asked for a restart: the computer restarts, and all is looked at again."""
    from itmsctl.tasks.actions.power import ACTION as POWER
    from itmsctl.tasks.codes import REBOOT_NEEDED
    from itmsctl.tasks.program import JobStep
    from itmsctl.tasks.step import Step

    asked = " or ".join(f"{part.label}.reason = '{REBOOT_NEEDED}'" for part in steps if part.label != _STAGE)
    again = Step(
        "restart",
        POWER.name,
        arguments=POWER.written({"action": "reboot", "message": f"{doc.name}: this computer restarts"}),
        run_as=doc.fields["run_as"],
        time_limit_s=POWER.time_limit_s,
    )
    proof = _task(reader, doc, planned, prove=True)
    return JobStep("restart", again, when=asked, once=True), JobStep("prove", proof, when=asked)


def _step(reader: Reader, doc: Doc, planned: SoftwareStep, number: int, begins: str | None) -> JobStep:
    """Return the step of one software. What is to be gone where it is, is asked for there."""
    from itmsctl.tasks.program import JobStep

    label = f"{planned.action}_{_LABEL.sub('_', planned.software.lower()).strip('_')}"[:50]
    return JobStep(f"{label}_{number}", _task(reader, doc, [planned]), not_before=begins)


def _fetch(reader: Reader, doc: Doc, planned: Sequence[SoftwareStep]) -> JobStep:
    from itmsctl.tasks.program import JobStep

    coming = [one for one in planned if one.action != UNINSTALL] or list(planned)
    return JobStep(_STAGE, _task(reader, doc, coming, stage=True), outside=True)


def _task(
    reader: Reader, doc: Doc, planned: Sequence[SoftwareStep], *, stage: bool = False, prove: bool = False
) -> Any:
    from itmsctl.packages.service.push_step import limit_with
    from itmsctl.software.service.asked import item_of
    from itmsctl.software.service.software import SOFTWARE_SHELF
    from itmsctl.tasks.step import Step

    items = [item_of(reader, SOFTWARE_SHELF.get(reader, one.software), one.action) for one in planned]
    given = {
        "software": _members(item.software for item in items),
        "action": planned[0].action,
        "manifests": _members(item.manifest.digest if item.manifest else NO_PACKAGE for item in items),
        "stage": "yes" if stage else "no",
        "prove": "yes" if prove else "no",
    }
    given |= {"cache": doc.fields["cache"]} if doc.fields["cache"] else {}
    if doc.fields["reboot"]:
        given["reboot"] = NEVER if restarts_apart(doc) else doc.fields["reboot"]
    if doc.fields["defer"] and not (stage or prove):
        given |= _putting_off(doc, reader.now)
    size = sum(item.manifest.size for item in items if item.manifest is not None)
    return Step(
        ", ".join(item.software for item in items)[:60],
        TASK_KIND,
        arguments=ACTION.written(given),
        run_as=doc.fields["run_as"],
        time_limit_s=limit_with(LIMIT_S, size),
    )


def _putting_off(doc: Doc, now: datetime) -> dict[str, str]:
    """Return the arguments by which the users of computers may put it off."""
    from itmsctl.values.times import to_text

    return {
        "defer": str(doc.fields["defer"]),
        "defer_for": f"{doc.fields['defer_s'] or WAIT_S:g}s",
        "defer_by": to_text(latest(now, doc.fields["deadline_s"])),
        "defer_as": doc.name,
    }


def _members(texts: Iterable[str]) -> str:
    return "".join(f"{one}\n" for one in texts)


DELIVERIES = Deliveries(DELIVERY)
