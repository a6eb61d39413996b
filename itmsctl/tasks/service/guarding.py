"""The guard as the engine asks it: in the unit of work that would queue the computers, before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.resources.rows import computers as all_computers
from itmsctl.resources.rows import identities, resources, tags
from itmsctl.resources.service.picked import picked as picked_where
from itmsctl.resources.service.scope import scoped
from itmsctl.sites.rows import places, server
from itmsctl.tasks import guard
from itmsctl.tasks.guard import Radius
from itmsctl.tasks.owner import RunOwner
from itmsctl.tasks.program import Program
from itmsctl.tasks.rows import members
from itmsctl.tasks.service import runs
from itmsctl.tasks.service.runs import Picked, RunPlan, RunRow
from itmsctl.tasks.states import State

PROTECTED = "protected"
_MACHINE_ID = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))


def check_plan(reader: Reader, plan: RunPlan) -> None:
    """Let a run pass, or refuse it. Raises SizeGuardError (exit 9), PlanChangedError (exit 6)."""
    _check(reader, plan.program, plan.picked, plan.confirm, plan.guard_max)


def check_retry(reader: Reader, run: RunRow, wanted: Sequence[State], confirm: str | None, guard_max: int) -> None:
    """Let new attempts pass, or refuse them; those still queued were let pass when the run began."""
    states = [str(s) for s in wanted if s is not State.QUEUED]
    if not states:
        return
    statement = sa.select(members.c.computer_id, members.c.computer_guid, members.c.computer_name).where(
        members.c.run_id == run.id, members.c.state.in_(states)
    )
    again = [Picked(r.computer_id, r.computer_guid, r.computer_name) for r in reader.connection.execute(statement)]
    _check(reader, run.program, again, confirm, guard_max)


def _check(reader: Reader, program: Program, computers: Sequence[Picked], confirm: str | None, guard_max: int) -> None:
    far = radius(reader, computers, destructive=program.destructive)
    guard.check(program.name, far, confirm, guard_max=guard_max, destructive=program.destructive)


def enqueue(unit: UnitOfWork, plan: RunPlan) -> RunRow:
    """Queue a run that whoever ticks first will drive. Raises as `check_plan` does."""
    check_plan(unit, plan)
    return begin(unit, plan, None)


def begin(unit: UnitOfWork, plan: RunPlan, owner: RunOwner | None) -> RunRow:
    """Store a run that was let pass, and which of its computers were let pass although they are protected."""
    run = runs.begin(unit, plan, owner)
    let_pass(unit, run, (State.QUEUED,))
    return run


def let_pass(unit: UnitOfWork, run: RunRow, which: Collection[State]) -> None:
    """Remember that the protected computers among those in these states were confirmed: the claim asks for it."""
    if not run.program.destructive:
        return
    own = sa.and_(members.c.run_id == run.id, members.c.state.in_([str(s) for s in which]), members.c.computer_id > 0)
    ids = list(unit.connection.execute(sa.select(members.c.computer_id).where(own)).scalars())
    protected = protected_of(unit, sorted(ids))
    if protected:
        confirmed = member_of(unit.connection, members.c.computer_id, sorted(protected))
        unit.connection.execute(sa.update(members).where(own, confirmed).values(let_pass=unit.now))


def preview_token(chosen: Sequence[Picked]) -> str:
    """Return a short name of exactly these computers: their number and a digest."""
    digest = hashlib.sha256("\n".join(sorted(c.guid for c in chosen)).encode()).hexdigest()
    return f"{len(chosen)}:{digest[:12]}"


def radius(reader: Reader, computers: Sequence[Picked], *, destructive: bool) -> Radius:
    """Return how far a run reaches; sites and protected computers are counted for destructive ones only.

    Protected are site servers, the machine of the CMDB, and what is tagged `protected`.
    """
    if not destructive:
        return Radius(len(computers), {})
    ids = {c.id for c in computers}
    touched: dict[str, set[int]] = {}
    whole: dict[str, set[int]] = {}
    statement = sa.select(places.c.site, places.c.computer_id).where(places.c.site.is_not(None))
    for site, computer in reader.connection.execute(statement):
        whole.setdefault(site, set()).add(computer)
        if computer in ids:
            touched.setdefault(site, set()).add(computer)
    protected = protected_of(reader, sorted(ids))
    return Radius(
        len(computers),
        {site: (len(touched[site]), len(whole[site])) for site in touched},
        tuple(c.name for c in computers if c.id in protected),
        int(reader.scalar(scoped(sa.select(sa.func.count()).select_from(all_computers), reader)) or 0),
    )


def removal_guard(reader: Reader, ids: Sequence[int], guard_max: int) -> list[str]:
    """Return why removing several computers has to be confirmed: as for a destructive run (hook of `resources`)."""
    far = radius(reader, picked(reader, ids), destructive=True)
    return guard.reasons(far, guard_max=guard_max, destructive=True)


def protected_of(reader: Reader, ids: Sequence[int]) -> set[int]:
    """Return which of these computers are protected now."""
    connection = reader.connection
    tagged = sa.select(tags.c.resource_id).where(
        tags.c.key == PROTECTED, member_of(connection, tags.c.resource_id, ids)
    )
    serving = sa.select(server.c.computer_id).where(member_of(connection, server.c.computer_id, ids))
    found = set(connection.execute(tagged).scalars()) | set(connection.execute(serving).scalars())
    own = machine_id()
    if own is not None:
        statement = sa.select(identities.c.computer_id).where(
            identities.c.kind == "machine_id", identities.c.value_key == own, identities.c.junk.is_(False)
        )
        here = set(connection.execute(statement).scalars())
        if len(here) == 1:  # a value that several computers carry identifies none of them
            found |= here & set(ids)
    return found


def picked(reader: Reader, ids: Sequence[int]) -> list[Picked]:
    """Return the computers of ids, in the order of their names."""
    return picked_where(reader, member_of(reader.connection, resources.c.id, ids))


def machine_id() -> str | None:
    """Return the id of this machine, where ticks run, as computers' are compared; None where it has none."""
    for file in _MACHINE_ID:
        try:
            text = file.read_text(encoding="ascii", errors="replace").strip()
        except OSError:
            continue
        if text:
            return text.casefold()
    return None
