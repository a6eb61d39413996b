"""POLICIES: the shelf of policies (POL-1, POL-8). What judges one is imported at the check: a list needs none of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.nouns import table_of
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ItmsError
from itmsctl.policies.events import JOINED
from itmsctl.policies.kinds import POLICY
from itmsctl.policies.rows import driven, occurrences, seen

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from itmsctl.policies.service.renamed import Meaning
    from itmsctl.security.via import Via
    from itmsctl.tasks.options import RunOptions
    from itmsctl.tasks.program import Program

_HEARD = ("event", "target")  # who has another one of these hears from now on


class Policies(Shelf):
    """All policies; the shelf of another noun that the tick drives (`rows.driven`) derives from it.

    `at_once`: whoever is new to the target is run on without waiting for the schedule, and everybody is new where the
    policy is put to use or means something else.
    """

    at_once = False
    defaults: Mapping[str, Any] = {}  # of fields that are never empty
    timed_by: tuple[str, ...] = ("schedule",)  # it counts from now where one of these fields is another

    # --- what the tick asks -----------------------------------------------------------------------------------------

    def in_use(self, connection: Connection) -> list[str]:
        """Return the names of those that the tick looks at."""
        statement = sa.select(self.table.c.name).where(self.table.c.enabled).order_by(self.table.c.name)
        return list(connection.execute(statement).scalars())

    def waiting(self, connection: Connection) -> int:
        """Return how many of them do something by themselves once somebody ticks."""
        c = self.table.c
        triggers = [c[name].is_not(None) for name in ("schedule_id", "event") if name in c]
        triggered = sa.or_(*triggers) if triggers else sa.true()
        statement = sa.select(sa.func.count()).select_from(self.table).where(self.table.c.enabled, triggered)
        return int(connection.execute(statement).scalar_one())

    def hears_joining(self, doc: Doc) -> bool:
        """Return whether it runs on those who have joined its target."""
        return self.at_once or doc.fields.get("event") == JOINED

    def schedule_of(self, reader: Reader, doc: Doc) -> Doc | None:
        """Return the schedule that triggers it."""
        from itmsctl.schedules.service.schedules import SCHEDULES

        name = doc.fields["schedule"]
        return None if name is None else SCHEDULES.get(reader, name)

    def members(self, reader: Reader, doc: Doc) -> frozenset[int]:
        """Return whom it runs on, by membership as it is stored."""
        from itmsctl.targeting.service import picking

        return picking.resolve(reader, doc.fields["target"])

    def work_of(self, reader: Reader, doc: Doc) -> tuple[Program, int | None, int | None]:
        """Return what it runs, and the id of the stored task or job that this is."""
        from itmsctl.policies.service import meaning

        return meaning.work_of(reader, doc)

    def awaited(self, reader: Reader, doc: Doc) -> list[tuple[str, str]]:  # noqa: ARG002 - a later room's
        """Return what else computers wait for, each with why: of a policy nothing."""
        return []

    def options_of(self, doc: Doc) -> RunOptions:
        """Return how its runs go about their computers."""
        from itmsctl.policies.service import meaning

        return meaning.options_of(doc)

    def via_of(self, doc: Doc) -> Via:
        """Return how its computers are reached."""
        from itmsctl.policies.service import meaning

        return meaning.via_of(doc)

    # --- what the shelf asks ----------------------------------------------------------------------------------------

    def check_whole(self, reader: Reader, doc: Doc) -> None:
        """Raise where its fields do not fit together, or name what is not there."""
        from itmsctl.policies.service import meaning

        meaning.check_whole(reader, doc)

    def hears_again(self, unit: UnitOfWork, before: Doc, doc: Doc) -> bool:  # noqa: ARG002 - of a change
        """Return whether events count from now: it hears others, or of others."""
        return any(before.fields[name] != doc.fields[name] for name in _HEARD)

    def adding(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], existing: Doc | None) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields of a policy: it is put to use, with its defaults, unless it says otherwise."""
        return fields if existing else {"enabled": True, **self.defaults, **fields}

    def remarks(self, reader: Reader, doc: Doc) -> Sequence[str]:
        """Return what should be heard of the schedule that triggers the policy."""
        schedule = self.schedule_of(reader, doc)
        if schedule is None or not doc.fields["enabled"]:
            return ()
        from itmsctl.schedules.service.schedules import SCHEDULES

        return SCHEDULES.remarks(reader, schedule)

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the shelf's
        """Check what can be judged by itself; key files become absolute, what was emptied its default.

        Raises InputError.
        """
        from itmsctl.policies.service import meaning

        found = meaning.checked(reader, fields)
        return found | {
            field: default for field, default in self.defaults.items() if field in found and not found[field]
        }

    def naming(self, reader: Reader, kind: str, ids: Collection[int]) -> list[int]:
        """Return the policies that name some of these: by reference, or in the text of target and credentials."""
        from itmsctl.policies.service import renamed

        return [*super().naming(reader, kind, ids), *renamed.naming(reader, self.table, kind, ids)]

    def meanings(self, reader: Reader, docs: Sequence[Doc]) -> dict[int, Meaning]:
        """Return what the texts of these policies mean now."""
        from itmsctl.policies.service import renamed

        return renamed.meanings(reader, docs)

    def follow(self, unit: UnitOfWork, docs: Sequence[Doc], meant: Any) -> None:
        """Rewrite their texts, so that they mean what they did, and record it."""
        from itmsctl.policies.service import renamed

        renamed.rewrite(unit, self.table, docs, meant)
        super().follow(unit, docs, meant)

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Judge the policy as a whole, and begin to count from now where it is put to use or triggered otherwise.

        What its target names is looked at by the next update of membership (MEMB-4).
        """
        from itmsctl.policies.service import counting, meaning
        from itmsctl.targeting import selector
        from itmsctl.targeting.service import structure

        self.check_whole(unit, doc)
        structure.mark_changed(unit, meaning.named_by(unit, selector.parse(doc.fields["target"])))
        if not doc.fields["enabled"]:
            counting.drop_queued(unit, doc.id, "the policy was disabled")
            return
        was = before if before is not None and before.fields["enabled"] else None
        if was is None or any(was.fields[name] != doc.fields[name] for name in self.timed_by):
            counting.put_to_use(unit, self, doc)
        if was is None or self.hears_again(unit, was, doc):
            counting.listen(unit, self, doc)

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Take its occurrences away; its runs stay."""
        for table in (occurrences, seen):
            unit.connection.execute(sa.delete(table).where(table.c.policy_id == doc.id))


POLICIES = Policies(POLICY)


def enable_all(unit: UnitOfWork, policies: Policies, names: Sequence[str]) -> list[Outcome]:
    """Put policies to use from now on, also those that are in use already. Raises NotFoundError."""
    from itmsctl.cmdb import several
    from itmsctl.policies.service import counting

    def enable(unit: UnitOfWork, name: str) -> Outcome:
        outcome = policies.set(unit, name, {"enabled": True})
        if outcome.action == "unchanged":
            counting.put_to_use(unit, policies, outcome.doc)
            counting.listen(unit, policies, outcome.doc)
            unit.note(policies.kind.name, put_to_use=1)
        return outcome

    return several.each(unit, enable, policies, names)


def disable_all(unit: UnitOfWork, policies: Policies, names: Sequence[str]) -> list[Outcome]:
    """Take policies out of use. Raises NotFoundError."""
    from itmsctl.cmdb import several

    return several.set_all(unit, policies, names, {"enabled": False}, {})


# --- what earlier rooms ask -------------------------------------------------------------------------------------------


def schedule_uses(reader: Reader, ids: Collection[int]) -> dict[int, list[str]]:
    """Return the policies that use schedules (hook of `schedules`)."""
    found: dict[int, list[str]] = {}
    for kind in driven():
        table = table_of(kind)
        statement = (
            sa.select(table.c.schedule_id, table.c.name)
            .where(member_of(reader.connection, table.c.schedule_id, ids))
            .order_by(table.c.name)
        )
        for schedule, name in reader.connection.execute(statement):
            found.setdefault(schedule, []).append(f"{kind.name} `{name}`")
    return found


def users_of(reader: Reader, kind: str, id_: int) -> list[str]:
    """Return the policies that log in with a credential (hook `object_used`)."""
    if kind != "credential":
        return []
    from itmsctl.security.rows import credentials

    name = reader.scalar(sa.select(credentials.c.name).where(credentials.c.id == id_))
    found = []
    for one in driven():
        table = table_of(one)
        if "credentials" not in table.c:
            continue  # it contacts no computer
        rows = reader.connection.execute(sa.select(table.c.name, table.c.credentials).order_by(table.c.name))
        found += [f"{one.name} `{policy}`" for policy, names in rows if name in (names or [])]
    return found


def collection_users(reader: Reader, collection: int) -> list[str]:
    """Return the policies whose target names a collection (hook of `targeting`)."""
    from itmsctl.policies.service.meaning import named_by
    from itmsctl.targeting import selector

    found = []
    for kind in driven():
        table = table_of(kind)
        for name, target in reader.connection.execute(sa.select(table.c.name, table.c.target).order_by(table.c.name)):
            with suppress(ItmsError):
                if collection in named_by(reader, selector.parse(target)):
                    found.append(f"{kind.name} `{name}`")
    return found


def database_restored(unit: UnitOfWork) -> None:
    """Count from now: what was due between the copy and this moment may have been run already (F16)."""
    from itmsctl.policies.service import counting

    for kind in driven():
        shelf, table = kind.load_shelf(), table_of(kind)
        unit.connection.execute(sa.update(table).where(table.c.enabled).values(handled=unit.now))
        for doc in list(shelf.list(unit, where=table.c.enabled)):
            counting.drop_queued(unit, doc.id, "the database was restored from a copy")
            with suppress(ItmsError):
                counting.listen(unit, shelf, doc, known=shelf.at_once)
