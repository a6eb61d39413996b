"""The shelf of policies that read computers by a kind of task of their own: of inventory, of what programs are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.nature import AskedChange
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError, UsageError
from itmsctl.policies.rows import seen
from itmsctl.policies.service.policies import Policies
from itmsctl.values.untrusted import shell_arg

if TYPE_CHECKING:
    from itmsctl.tasks.options import RunOptions
    from itmsctl.tasks.program import Program

SHORTEST = timedelta(hours=1)  # between two runs of a policy


class GatheringPolicies(Policies):
    """Policies that read computers. Who is new to one is read as soon as possible, then by schedule or every so often.

    One that names no way to computers contacts nobody, and is nobody's trouble before.
    """

    at_once = True
    timed_by = ("schedule", "every_s")
    task_kind = ""

    def arguments_of(self, fields: Mapping[str, Any]) -> dict[str, str]:
        """Return the arguments of the task that a policy stands for."""
        raise NotImplementedError

    # --- what the tick asks -----------------------------------------------------------------------------------------

    def in_use(self, connection: Connection) -> list[str]:
        """Return the names of those that the tick looks at: enabled, and with a way to computers."""
        from itmsctl.policies.service import meaning

        c = self.table.c
        statement = sa.select(
            c.name, c.profile_id.label("profile"), c.key_files, c.credentials, c.use_agent, c.transport
        ).where(c.enabled)
        rows = connection.execute(statement.order_by(c.name)).mappings()
        return [row["name"] for row in map(dict[str, Any], rows) if meaning.reaches(row)]

    def waiting(self, connection: Connection) -> int:
        """Return how many of them do something by themselves once somebody ticks: whoever is new is run on."""
        return len(self.in_use(connection))

    def schedule_of(self, reader: Reader, doc: Doc) -> Doc | None:
        """Return the schedule that triggers it; `every_s` is one of its own, after the run at once (SCHED-4)."""
        if not doc.fields["every_s"]:
            return super().schedule_of(reader, doc)
        from itmsctl.cmdb.fields import empty
        from itmsctl.schedules.kinds import SCHEDULE
        from itmsctl.schedules.service.schedules import SCHEDULES
        from itmsctl.schedules.walltime import write_time

        begun = reader.scalar(sa.select(self.table.c.put_to_use).where(self.table.c.id == doc.id)) or reader.now
        fields = {field.name: empty(field) for field in SCHEDULE.fields} | dict(SCHEDULES.defaults)
        every = int(doc.fields["every_s"])
        first = begun.replace(microsecond=0) + timedelta(seconds=every)
        fields |= {"every_s": every, "start": write_time(first)}
        return Doc(0, doc.guid, f"of {doc.name}", doc.revision, fields)

    def work_of(self, reader: Reader, doc: Doc) -> tuple[Program, int | None, int | None]:  # noqa: ARG002 - no task is stored
        """Return the one step that reads what the policy says. Raises UsageError where it reaches nobody."""
        from itmsctl.policies.service import meaning
        from itmsctl.tasks.catalogue import action
        from itmsctl.tasks.program import Program
        from itmsctl.tasks.step import Step

        if not meaning.reaches(doc.fields):
            raise UsageError(f"{doc.name}: nothing says how computers are reached", hint=meaning.WAYS)
        kind = action(self.task_kind)
        arguments = kind.written(self.arguments_of(doc.fields))
        step = Step(
            doc.name, kind.name, time_limit_s=kind.time_limit_s, idempotent=kind.idempotent, arguments=arguments
        )
        return Program.of(step), None, None

    def options_of(self, doc: Doc) -> RunOptions:
        """Return how its runs go about their computers: a throttled one spreads its starts over the time (INV-33)."""
        from dataclasses import replace

        throttle = doc.fields["throttle_s"] or 0.0
        return replace(super().options_of(doc), splay_s=throttle, seed=doc.name if throttle else "")

    # --- what the shelf asks ----------------------------------------------------------------------------------------

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:
        """Return the changes: a schedule takes the place of an interval of its own, and the other way round."""
        changes = super().changing(unit, before, asked)
        given = [name for name in self.timed_by if changes.get(name)]
        others = {name: None for name in self.timed_by if len(given) == 1 and name not in changes}
        return {**others, **changes}

    def check_whole(self, reader: Reader, doc: Doc) -> None:
        """Raise where its fields do not fit together. What it reaches computers by may be said later."""
        from itmsctl.policies.service import meaning

        check_repeat(doc.fields)
        meaning.check_means(reader, doc)

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Judge it as a whole, and begin to count; one that is out of use holds no computer."""
        super().write_extra(unit, before, doc)
        if not doc.fields["enabled"]:
            unit.connection.execute(sa.delete(seen).where(seen.c.policy_id == doc.id))

    def remarks(self, reader: Reader, doc: Doc) -> Sequence[str]:
        """Return what should be heard of it: its schedule, that it reaches nobody."""
        if not doc.fields["enabled"]:
            return ()
        from itmsctl.policies.service import meaning

        found = list(super().remarks(reader, doc))
        if not meaning.reaches(doc.fields):
            found.append(f"{doc.name}: {self.unreached(doc)}")
        return found

    def unreached(self, doc: Doc) -> str:
        """Say of a policy that it reaches nobody yet, and what to type."""
        typed = f"itmsctl {self.kind.name} set {shell_arg(doc.name)} --profile NAME"
        return f"nothing says how computers are reached, so it contacts nobody: {typed}"


def check_repeat(fields: Mapping[str, Any]) -> None:
    """Raise FieldError where a policy has a schedule and an interval of its own, or one shorter than an hour."""
    if not fields["every_s"]:
        return
    if fields["schedule"]:
        raise FieldError("a schedule and an interval of its own are both given", hint="leave one out").about("every_s")
    if fields["every_s"] < SHORTEST.total_seconds():
        raise FieldError("it is repeated after an hour or longer", hint="--every 4h").about("every_s")


def trigger(doc: Doc) -> str:
    """Return what triggers a policy that reads computers, in words."""
    from itmsctl.schedules.timing import span

    f = doc.fields
    every = f"every {span(f['every_s'])}" if f["every_s"] else "at once"
    return f"schedule {f['schedule']}" if f["schedule"] else every
