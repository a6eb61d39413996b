"""POLICIES: the shelf of policies (POL-1, POL-8), and what a policy means: its program, its options, its way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk, several
from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError, InputError, ItmsError, UsageError
from itmsctl.policies.events import JOINED, read_event
from itmsctl.policies.kinds import POLICY
from itmsctl.policies.rows import events, occurrences, policies, seen
from itmsctl.policies.service import renamed
from itmsctl.policies.timetable import said_by
from itmsctl.schedules.service.schedules import SCHEDULES
from itmsctl.security.rows import credentials
from itmsctl.security.service.credential_shelf import CREDENTIALS
from itmsctl.security.via import Via
from itmsctl.targeting import selector
from itmsctl.targeting.service import names, picking, structure
from itmsctl.targeting.service.targets import named
from itmsctl.tasks import service as tasks
from itmsctl.tasks.options import RunOptions, share
from itmsctl.tasks.program import Program

_INSTANT = timedelta(microseconds=1)


class Policies(Shelf):
    """All policies."""

    def add(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], *, guid: str | None = None) -> Outcome:
        """Add a policy; it is put to use unless it says otherwise. Raises as the shelf does, and as `check_whole`."""
        if self.find(unit, self.name_of(name)) is None:
            fields = {"enabled": True, **fields}
        return self._remarked(unit, super().add(unit, name, fields, guid=guid))

    def set(
        self,
        unit: UnitOfWork,
        name: str,
        changes: Mapping[str, Any],
        *,
        rename: str | None = None,
        revision: int | None = None,
    ) -> Outcome:
        """Change some fields. Raises as the shelf does, and as `check_whole`."""
        return self._remarked(unit, super().set(unit, name, changes, rename=rename, revision=revision))

    def _remarked(self, unit: UnitOfWork, outcome: Outcome) -> Outcome:
        """Return what a write did, with what should be heard of the schedule that triggers the policy."""
        schedule = outcome.doc.fields["schedule"]
        if schedule is None or not outcome.doc.fields["enabled"]:
            return outcome
        return replace(outcome, remarks=tuple(SCHEDULES.remarks(unit, SCHEDULES.get(unit, schedule))))

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the shelf's
        """Check what can be judged by itself; key files become absolute. Raises InputError."""
        from pathlib import Path

        checked = dict(fields)
        if checked.get("event"):
            checked["event"] = read_event(checked["event"])
        if checked.get("target"):
            _check_target(checked["target"])
        if checked.get("key_files"):
            checked["key_files"] = [str(Path(k).expanduser().absolute()) for k in checked["key_files"]]
        if (checked.get("payload_kbit") or 0) < 0:
            raise FieldError("a run moves no less than nothing", hint="--payload-kbit 0 or more")
        if checked.get("health"):
            tasks.check_health(reader, checked["health"])
        return checked

    def naming(self, reader: Reader, kind: str, ids: Collection[int]) -> list[int]:
        """Return the policies that name some of these: by reference, or in the text of target and credentials."""
        return [*super().naming(reader, kind, ids), *renamed.naming(reader, kind, ids)]

    def meanings(self, reader: Reader, docs: Sequence[Doc]) -> dict[int, renamed.Meaning]:
        """Return what the texts of these policies mean now."""
        return renamed.meanings(reader, docs)

    def follow(self, unit: UnitOfWork, docs: Sequence[Doc], meant: Any) -> None:
        """Write their texts anew, so that they mean what they did, and record it."""
        renamed.rewrite(unit, docs, meant)
        super().follow(unit, docs, meant)

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Judge the policy as a whole, and begin to count from now where it is put to use or triggered otherwise.

        What its target names is looked at by the next update of membership (MEMB-4).
        """
        check_whole(unit, doc)
        structure.mark_changed(unit, _named_by(unit, selector.parse(doc.fields["target"])))
        if not doc.fields["enabled"]:
            _drop_queued(unit, doc.id, "the policy was disabled")
            return
        was = before.fields if before is not None and before.fields["enabled"] else None
        if was is None or was["schedule"] != doc.fields["schedule"]:
            put_to_use(unit, doc)
        if was is None or was["event"] != doc.fields["event"] or was["target"] != doc.fields["target"]:
            listen(unit, doc)

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Take its occurrences away; its runs stay."""
        for table in (occurrences, seen):
            unit.connection.execute(sa.delete(table).where(table.c.policy_id == doc.id))


POLICIES = Policies(POLICY)


# --- what it means ----------------------------------------------------------------------------------------------------


def check_whole(reader: Reader, doc: Doc) -> None:
    """Raise where the fields of a policy do not fit together, or name what is not there."""
    f = doc.fields
    if bool(f["task"]) == bool(f["job"]):
        raise FieldError("a policy runs one task or one job", hint="--task NAME or --job NAME")
    program, _, _ = work_of(reader, doc)
    options_of(doc)
    via = via_of(doc)
    for name in via.credentials:
        CREDENTIALS.get(reader, name)
    named = via.profile or via.key_files or via.credentials or via.use_agent
    if program.inside and not named and via.transport not in {"local", "openssh"}:
        raise UsageError(
            "a policy keeps how computers are reached, and nothing is named",
            hint="--profile NAME, --credential NAME, --key FILE, --agent, or --transport openssh",
        )
    picking.resolve(reader, f["target"])


def work_of(reader: Reader, doc: Doc) -> tuple[Program, int | None, int | None]:
    """Return the program as its task or job is now, and the id of that. Raises InputError for a wrong parameter."""
    f = doc.fields
    given = f["parameters"] or {}
    if f["job"]:
        program, job_id = tasks.program_of(reader, f["job"], given)
        return program, None, job_id
    step, task_id = tasks.step(reader, tasks.Typed(f["task"], parameters=given))
    return Program.of(step), task_id, None


def options_of(doc: Doc) -> RunOptions:
    """Return how its runs go about their computers: they wait for absent ones, and ticks drive them."""
    f = doc.fields
    return RunOptions(
        batch=f["batch"],
        rings=f["rings"],
        seed=f["seed"] or (doc.name if f["rings"] or f["splay_s"] else ""),
        max_fail=f["max_fail"],
        gate_success=None if f["gate_success"] is None else share(f["gate_success"]),
        soak_s=f["soak_s"] or 0.0,
        health=f["health"],
        splay_s=f["splay_s"] or 0.0,
        deadline_s=f["deadline_s"],
        waits=True,
        background=True,
        ignore_windows=bool(f["ignore_windows"]),
    )


def via_of(doc: Doc) -> Via:
    """Return how its computers are reached."""
    f = doc.fields
    return Via(
        transport=f["transport"],
        user=f["user"],
        port=f["port"],
        key_files=tuple(f["key_files"]),
        credentials=tuple(f["credentials"]),
        use_agent=f["use_agent"] or None,
        connect_timeout_s=f["connect_timeout_s"],
        accept_new=bool(f["accept_new"]),
        profile=f["profile"],
    )


def _check_target(text: str) -> None:
    if text.strip() == picking.STDIN:
        raise InputError("a policy looks its target up each time: standard input is there once", hint="--target NAME")
    _refuse_files(selector.parse(text))


def _refuse_files(node: selector.Selector) -> None:
    if isinstance(node, selector.Joined):
        _refuse_files(node.left)
        _refuse_files(node.right)
    elif isinstance(node, selector.SelectorSource) and ":" not in node.text:
        raise InputError(f"a policy takes no file as its target: `@{node.text}`", hint="add a filter or a target")


# --- since when it counts ---------------------------------------------------------------------------------------------


def put_to_use(unit: UnitOfWork, doc: Doc) -> None:
    """Count from now: what was due before is nobody's."""
    name = doc.fields["schedule"]
    timing = None if name is None else said_by(SCHEDULES.get(unit, name).fields)
    values = {"put_to_use": unit.now, "handled": unit.now - _INSTANT, "timing": timing}
    unit.connection.execute(sa.update(policies).where(policies.c.id == doc.id).values(**values))
    ahead = sa.delete(occurrences).where(
        occurrences.c.policy_id == doc.id, occurrences.c.due > unit.now, occurrences.c.state == "missed"
    )
    unit.connection.execute(ahead)  # missed by a clock that was ahead


def listen(unit: UnitOfWork, doc: Doc) -> None:
    """Hear events from now on; who is inside the target now has not joined."""
    last = sa.select(sa.func.coalesce(sa.func.max(events.c.id), 0)).scalar_subquery()
    unit.connection.execute(sa.update(policies).where(policies.c.id == doc.id).values(event_id=last))
    unit.connection.execute(sa.delete(seen).where(seen.c.policy_id == doc.id))
    if doc.fields["event"] == JOINED:
        from itmsctl.targeting.service import update

        update.freshen(unit)
        remember(unit, doc.id, picking.resolve(unit, doc.fields["target"]), frozenset())


def remember(unit: UnitOfWork, policy: int, now: Collection[int], before: Collection[int]) -> None:
    """Store who is inside a policy's target."""
    gone, come = set(before) - set(now), set(now) - set(before)
    where = member_of(unit.connection, seen.c.resource_id, sorted(gone))
    if gone:
        unit.connection.execute(sa.delete(seen).where(seen.c.policy_id == policy, where))
    bulk.insert(unit.connection, "policy_seen", ("policy_id", "resource_id"), [(policy, i) for i in sorted(come)])


def _drop_queued(unit: UnitOfWork, policy: int, why: str) -> None:
    unit.connection.execute(
        sa.update(occurrences)
        .where(occurrences.c.policy_id == policy, occurrences.c.state == "queued")
        .values(state="skipped", why=why)
    )


def enable(unit: UnitOfWork, name: str) -> Outcome:
    """Put a policy to use from now on, also one that is in use already. Raises NotFoundError."""
    outcome = POLICIES.set(unit, name, {"enabled": True})
    if outcome.action == "unchanged":
        put_to_use(unit, outcome.doc)
        listen(unit, outcome.doc)
        unit.note("policy", put_to_use=1)
    return outcome


def enable_all(unit: UnitOfWork, names: Sequence[str]) -> list[Outcome]:
    """Put policies to use from now on. Raises NotFoundError."""
    return several.each(unit, enable, POLICIES, names)


def disable_all(unit: UnitOfWork, names: Sequence[str]) -> list[Outcome]:
    """Take policies out of use. Raises NotFoundError."""
    return several.set_all(unit, POLICIES, names, {"enabled": False}, {})


# --- what earlier rooms ask -------------------------------------------------------------------------------------------


def schedule_uses(reader: Reader, ids: Collection[int]) -> dict[int, list[str]]:
    """Return the policies that use schedules (hook of `schedules`)."""
    statement = (
        sa.select(policies.c.schedule_id, policies.c.name)
        .where(member_of(reader.connection, policies.c.schedule_id, ids))
        .order_by(policies.c.name)
    )
    found: dict[int, list[str]] = {}
    for schedule, name in reader.connection.execute(statement):
        found.setdefault(schedule, []).append(f"policy `{name}`")
    return found


def users_of(reader: Reader, kind: str, id_: int) -> list[str]:
    """Return the policies that log in with a credential (hook `object_used`)."""
    if kind != "credential":
        return []
    name = reader.scalar(sa.select(credentials.c.name).where(credentials.c.id == id_))
    rows = reader.connection.execute(sa.select(policies.c.name, policies.c.credentials).order_by(policies.c.name))
    return [f"policy `{policy}`" for policy, names in rows if name in (names or [])]


def collection_users(reader: Reader, collection: int) -> list[str]:
    """Return the policies whose target names a collection (hook of `targeting`)."""
    found = []
    for name, target in reader.connection.execute(
        sa.select(policies.c.name, policies.c.target).order_by(policies.c.name)
    ):
        with suppress(ItmsError):
            if collection in _named_by(reader, selector.parse(target)):
                found.append(f"policy `{name}`")
    return found


def _named_by(reader: Reader, node: selector.Selector) -> set[int]:
    if isinstance(node, selector.Joined):
        return _named_by(reader, node.left) | _named_by(reader, node.right)
    return {named(reader, node, names.ALL_KINDS).id} if isinstance(node, selector.Name) else set()


def database_restored(unit: UnitOfWork) -> None:
    """Count from now: what was due between the copy and this moment may have been run already (F16)."""
    unit.connection.execute(sa.update(policies).where(policies.c.enabled).values(handled=unit.now))
    for doc in list(POLICIES.list(unit, where=policies.c.enabled)):
        _drop_queued(unit, doc.id, "the database was restored from a copy")
        with suppress(ItmsError):
            listen(unit, doc)
