"""INVENTORY_POLICIES: the shelf of inventory policies (INV-12 to INV-16), driven as policies are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.nature import AskedChange
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import UsageError
from itmsctl.inventory import wanted
from itmsctl.inventory.kinds import FULL, INVENTORY_POLICY, TIME_CRITICAL
from itmsctl.inventory.service import claims
from itmsctl.inventory.service.classes import classes_in
from itmsctl.policies.rows import occurrences, seen
from itmsctl.policies.service.policies import Policies
from itmsctl.targeting.selector import EVERYTHING
from itmsctl.values.untrusted import shell_arg

if TYPE_CHECKING:
    from itmsctl.tasks.options import RunOptions
    from itmsctl.tasks.program import Program

DEFAULTS = {"mode": FULL, "target": EVERYTHING}
TASK_KIND = "inventory"


class InventoryPolicies(Policies):
    """All inventory policies. Who is new to one, or to what it collects, is inventoried as soon as possible."""

    at_once = True
    timed_by = ("schedule", "every_s")

    # --- what the tick asks -----------------------------------------------------------------------------------------

    def in_use(self, connection: Connection) -> list[str]:
        """Return the names of those that the tick looks at: enabled, and with a way to computers.

        The predefined ones have none until somebody names it, and are nobody's trouble before.
        """
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

    def members(self, reader: Reader, doc: Doc) -> frozenset[int]:
        """Return whom it runs on: its target, of which not all may have the server pack, or follow it."""
        return claims.of(reader, doc, super().members(reader, doc)).mine

    def work_of(self, reader: Reader, doc: Doc) -> tuple[Program, int | None, int | None]:  # noqa: ARG002 - no task is stored
        """Return the one step that collects what the policy says. Raises UsageError where it reaches nobody."""
        from itmsctl.policies.service import meaning
        from itmsctl.tasks.catalogue import action
        from itmsctl.tasks.program import Program
        from itmsctl.tasks.step import Step

        if not meaning.reaches(doc.fields):
            raise UsageError(f"{doc.name}: nothing says how computers are reached", hint=meaning.WAYS)
        kind = action(TASK_KIND)
        arguments = kind.written(wanted.arguments_of(doc.fields))
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

    def adding(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], existing: Doc | None) -> Mapping[str, Any]:
        """Return the fields: full, of all computers, unless they say otherwise."""
        return super().adding(unit, name, fields if existing else {**DEFAULTS, **fields}, existing)

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:
        """Return the changes: a schedule takes the place of an interval of its own, and the other way round."""
        changes = super().changing(unit, before, asked)
        given = [name for name in self.timed_by if changes.get(name)]
        others = {name: None for name in self.timed_by if len(given) == 1 and name not in changes}
        return {**others, **changes}

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check what can be judged by itself. Raises InputError."""
        found = super().check(reader, name, fields)
        found |= {field: default for field, default in DEFAULTS.items() if field in found and not found[field]}
        wanted.checked_nice(found.get("nice"))
        return found | wanted.checked_names(found, tuple(classes_in(reader))) | wanted.checked_scan(found)

    def check_whole(self, reader: Reader, doc: Doc) -> None:
        """Raise where its fields do not fit together. What it reaches computers by may be said later."""
        from itmsctl.policies.service import meaning

        wanted.refuse_flux(doc.fields)
        wanted.refuse_nothing(doc.fields)
        wanted.check_repeat(doc.fields)
        meaning.check_means(reader, doc)

    def hears_again(self, unit: UnitOfWork, before: Doc, doc: Doc) -> bool:
        """Return whether everybody is run on again, because something else is collected (INV-16).

        Of a time-critical policy only where it was not processed within half an hour before (INV-31).
        """
        if all(before.fields[name] == doc.fields[name] for name in wanted.CONTENT):
            return False
        if doc.fields["mode"] != TIME_CRITICAL or before.fields["mode"] != TIME_CRITICAL:
            return True
        last = unit.scalar(
            sa.select(sa.func.max(occurrences.c.decided_at)).where(
                occurrences.c.policy_id == doc.id, occurrences.c.state == "started"
            )
        )
        if last is None or unit.now - last > wanted.AGAIN_AFTER:
            return True
        unit.tell(f"{doc.name}: it ran less than 30 minutes ago: the change counts from its next time (INV-31)")
        return False

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Judge it as a whole, and begin to count; one that is out of use holds no computer."""
        super().write_extra(unit, before, doc)
        if not doc.fields["enabled"]:
            unit.connection.execute(sa.delete(seen).where(seen.c.policy_id == doc.id))

    def remarks(self, reader: Reader, doc: Doc) -> Sequence[str]:
        """Return what should be heard of it: its schedule, that it reaches nobody, that another one goes first."""
        if not doc.fields["enabled"]:
            return ()
        from itmsctl.policies.service import meaning

        found = list(super().remarks(reader, doc))
        if not meaning.reaches(doc.fields):
            found.append(f"{doc.name}: {unreached(doc)}")
        return [*found, *claims.remarks(reader, doc)]


def unreached(doc: Doc) -> str:
    """Say of a policy that it reaches nobody yet, and what to type."""
    typed = f"itmsctl inventory-policy set {shell_arg(doc.name)} --profile NAME"
    return f"nothing says how computers are reached, so it contacts nobody: {typed}"


INVENTORY_POLICIES = InventoryPolicies(INVENTORY_POLICY)
