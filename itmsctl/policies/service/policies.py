"""POLICIES: the shelf of policies (POL-1, POL-8). What judges one is imported at the check: a list needs none of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ItmsError
from itmsctl.policies.kinds import POLICY
from itmsctl.policies.rows import occurrences, policies, seen

if TYPE_CHECKING:
    from itmsctl.policies.service.renamed import Meaning


class Policies(Shelf):
    """All policies."""

    def adding(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], existing: Doc | None) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields of a policy: it is put to use unless it says otherwise."""
        return fields if existing else {"enabled": True, **fields}

    def remarks(self, reader: Reader, doc: Doc) -> Sequence[str]:
        """Return what should be heard of the schedule that triggers the policy."""
        schedule = doc.fields["schedule"]
        if schedule is None or not doc.fields["enabled"]:
            return ()
        from itmsctl.schedules.service.schedules import SCHEDULES

        return SCHEDULES.remarks(reader, SCHEDULES.get(reader, schedule))

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the shelf's
        """Check what can be judged by itself; key files become absolute. Raises InputError."""
        from itmsctl.policies.service import meaning

        return meaning.checked(reader, fields)

    def naming(self, reader: Reader, kind: str, ids: Collection[int]) -> list[int]:
        """Return the policies that name some of these: by reference, or in the text of target and credentials."""
        from itmsctl.policies.service import renamed

        return [*super().naming(reader, kind, ids), *renamed.naming(reader, kind, ids)]

    def meanings(self, reader: Reader, docs: Sequence[Doc]) -> dict[int, Meaning]:
        """Return what the texts of these policies mean now."""
        from itmsctl.policies.service import renamed

        return renamed.meanings(reader, docs)

    def follow(self, unit: UnitOfWork, docs: Sequence[Doc], meant: Any) -> None:
        """Write their texts anew, so that they mean what they did, and record it."""
        from itmsctl.policies.service import renamed

        renamed.rewrite(unit, docs, meant)
        super().follow(unit, docs, meant)

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Judge the policy as a whole, and begin to count from now where it is put to use or triggered otherwise.

        What its target names is looked at by the next update of membership (MEMB-4).
        """
        from itmsctl.policies.service import counting, meaning
        from itmsctl.targeting import selector
        from itmsctl.targeting.service import structure

        meaning.check_whole(unit, doc)
        structure.mark_changed(unit, meaning.named_by(unit, selector.parse(doc.fields["target"])))
        if not doc.fields["enabled"]:
            counting.drop_queued(unit, doc.id, "the policy was disabled")
            return
        was = before.fields if before is not None and before.fields["enabled"] else None
        if was is None or was["schedule"] != doc.fields["schedule"]:
            counting.put_to_use(unit, doc)
        if was is None or was["event"] != doc.fields["event"] or was["target"] != doc.fields["target"]:
            counting.listen(unit, doc)

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Take its occurrences away; its runs stay."""
        for table in (occurrences, seen):
            unit.connection.execute(sa.delete(table).where(table.c.policy_id == doc.id))


POLICIES = Policies(POLICY)


def enable(unit: UnitOfWork, name: str) -> Outcome:
    """Put a policy to use from now on, also one that is in use already. Raises NotFoundError."""
    from itmsctl.policies.service import counting

    outcome = POLICIES.set(unit, name, {"enabled": True})
    if outcome.action == "unchanged":
        counting.put_to_use(unit, outcome.doc)
        counting.listen(unit, outcome.doc)
        unit.note("policy", put_to_use=1)
    return outcome


def enable_all(unit: UnitOfWork, names: Sequence[str]) -> list[Outcome]:
    """Put policies to use from now on. Raises NotFoundError."""
    from itmsctl.cmdb import several

    return several.each(unit, enable, POLICIES, names)


def disable_all(unit: UnitOfWork, names: Sequence[str]) -> list[Outcome]:
    """Take policies out of use. Raises NotFoundError."""
    from itmsctl.cmdb import several

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
    from itmsctl.security.rows import credentials

    name = reader.scalar(sa.select(credentials.c.name).where(credentials.c.id == id_))
    rows = reader.connection.execute(sa.select(policies.c.name, policies.c.credentials).order_by(policies.c.name))
    return [f"policy `{policy}`" for policy, names in rows if name in (names or [])]


def collection_users(reader: Reader, collection: int) -> list[str]:
    """Return the policies whose target names a collection (hook of `targeting`)."""
    from itmsctl.policies.service.meaning import named_by
    from itmsctl.targeting import selector

    found = []
    for name, target in reader.connection.execute(
        sa.select(policies.c.name, policies.c.target).order_by(policies.c.name)
    ):
        with suppress(ItmsError):
            if collection in named_by(reader, selector.parse(target)):
                found.append(f"policy `{name}`")
    return found


def database_restored(unit: UnitOfWork) -> None:
    """Count from now: what was due between the copy and this moment may have been run already (F16)."""
    from itmsctl.policies.service import counting

    unit.connection.execute(sa.update(policies).where(policies.c.enabled).values(handled=unit.now))
    for doc in list(POLICIES.list(unit, where=policies.c.enabled)):
        counting.drop_queued(unit, doc.id, "the database was restored from a copy")
        with suppress(ItmsError):
            counting.listen(unit, doc)
