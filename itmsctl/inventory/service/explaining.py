"""Why an inventory policy does nothing yet: the steps that must pass, in the order of C1, and which is pending.

C1 of the suite is basic inventory, membership, policy, configuration request. Here a computer is known, the policy
names it, something reaches it, and the tick decides.
"""

from __future__ import annotations

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ItmsError
from itmsctl.inventory.service import claims
from itmsctl.inventory.service.policies import INVENTORY_POLICIES
from itmsctl.policies.service import explaining
from itmsctl.policies.service.calling import calls
from itmsctl.policies.service.explaining import INFO, OK, PENDING
from itmsctl.policies.service.meaning import reaches
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.targeting.service import picking, update
from itmsctl.tasks.numbers import run_name
from itmsctl.tasks.rows import members, runs
from itmsctl.values.counts import counted
from itmsctl.values.times import ago
from itmsctl.values.untrusted import shell_arg

Step = dict[str, str]


def explained(unit: UnitOfWork, name: str, guard_max: int, computer: str | None = None) -> list[Step]:
    """Return the steps, of one computer or of all; what looking takes is rolled back with the unit of work.

    Raises NotFoundError.
    """
    doc = INVENTORY_POLICIES.get(unit, name)
    one = None if computer is None else COMPUTERS.get(unit, computer)
    lagging = _lags(unit, doc, one)
    own = {step["step"]: step for step in explaining.steps(unit, INVENTORY_POLICIES, doc, guard_max)}
    found = [] if one is None else [_known(unit, one)]
    found += [_membership(lagging=lagging), own["enabled"], _connection(doc)]
    try:
        claimed = claims.of(unit, doc, picking.resolve(unit, doc.fields["target"]))
    except ItmsError:
        return [*found, own["target"], _tick(unit)]
    found += _whom(doc, claimed) if one is None else _whether(doc, claimed, one)
    found += [_tick(unit), *(own[name] for name in ("trigger", "guard", "windows", "queue"))]
    return found if one is None else [*found, _last(unit, doc, one)]


def _lags(unit: UnitOfWork, doc: Doc, one: Doc | None) -> bool:
    """Bring membership up to date, and return whether the target holds others then, or this one as it did not."""
    text = doc.fields["target"]
    if not (picking.uses_membership(text) and update.wanted(unit)):
        return False
    try:
        before = picking.resolve(unit, text)
        update.freshen(unit)
        changed = before ^ picking.resolve(unit, text)
    except ItmsError:
        return False  # the step `target` says it
    return bool(changed) if one is None else one.id in changed


def _step(step: str, state: str, why: str) -> Step:
    return {"step": step, "state": state, "why": why}


def _known(reader: Reader, computer: Doc) -> Step:
    seen, family = computer.fields["last_seen"], computer.fields["os_family"]
    if seen is None and family is None:
        look = f"itmsctl task run --command true --name {shell_arg(computer.name)}"
        return _step("known", PENDING, f"nothing was ever learned of {computer.name}, so filters pass it over: {look}")
    when = "never by us" if seen is None else ago(seen, reader.now)
    return _step("known", OK, f"{computer.name} was last seen {when}; its system is {family or 'not known'}")


def _membership(*, lagging: bool) -> Step:
    if lagging:
        why = "computers changed since the last update; the tick updates before it decides"
        return _step("membership", PENDING, f"{why}: itmsctl schedule tick")
    return _step("membership", OK, "filters and targets are up to date")


def _connection(doc: Doc) -> Step:
    if reaches(doc.fields):
        return _step("connection", OK, "it says how computers are reached")
    return _step("connection", PENDING, INVENTORY_POLICIES.unreached(doc))


def _whom(doc: Doc, claimed: claims.Claimed) -> list[Step]:
    text = doc.fields["target"]
    inside = len(claimed.mine) + len(claimed.without_pack) + len(claimed.follow)
    if not inside:
        return [_step("target", PENDING, f"`{text}` holds no computer")]
    found = [_step("target", OK if claimed.mine else INFO, f"`{text}` holds {counted(inside, 'computer')}")]
    if claimed.without_pack:
        state = INFO if claimed.mine else PENDING
        found.append(_step("server-pack", state, f"{len(claimed.without_pack)} have none: {_pack('NAME')}"))
    if claimed.follow:
        first = ", ".join(f"`{name}`" for name in sorted(set(claimed.follow.values())))
        state = INFO if claimed.mine else PENDING
        found.append(_step("first-wins", state, f"{len(claimed.follow)} follow {first}, which came first (INV-32)"))
    return found


def _whether(doc: Doc, claimed: claims.Claimed, computer: Doc) -> list[Step]:
    text, name = doc.fields["target"], computer.name
    inside = _step("target", OK, f"{name} is in `{text}`")
    if computer.id in claimed.without_pack:
        return [inside, _step("server-pack", PENDING, f"it has none: {_pack(name)}")]
    if computer.id in claimed.follow:
        why = f"{name} follows `{claimed.follow[computer.id]}`, which came first (INV-32)"
        return [inside, _step("first-wins", PENDING, why)]
    return [inside if computer.id in claimed.mine else _step("target", PENDING, f"{name} is not in `{text}`")]


def _pack(name: str) -> str:
    return f"itmsctl computer set {shell_arg(name)} --tag server-pack=yes"


def _last(reader: Reader, doc: Doc, computer: Doc) -> Step:
    """Return what became of the computer when it was run on last."""
    statement = (
        sa.select(runs.c.number, members.c.state, members.c.message, members.c.ended_at)
        .join_from(members, runs, runs.c.id == members.c.run_id)
        .where(runs.c.policy_id == doc.id, members.c.computer_id == computer.id)
        .order_by(runs.c.number.desc())
        .limit(1)
    )
    row = reader.connection.execute(statement).first()
    if row is None:
        return _step("last", INFO, "it was never run on")
    when = f" {ago(row.ended_at, reader.now)}" if row.ended_at is not None else ""
    said = f"; {row.message}" if row.message else ""
    return _step("last", INFO, f"{run_name(row.number)}: {row.state}{when}{said}")


def _tick(reader: Reader) -> Step:
    called = calls(reader.connection, reader.now)
    if called.missing:
        return _step("tick", PENDING, f"nothing calls the tick (last called: {called.said}): itmsctl schedule install")
    return _step("tick", OK, f"the tick was last called {called.said}")
