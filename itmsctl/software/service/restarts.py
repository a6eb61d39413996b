"""Computers of a delivery that wait: for a restart that a program asked for, and for their users."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.software.delivering import RestartAsked
from itmsctl.software.kinds import REBOOT_PENDING
from itmsctl.software.rows import software
from itmsctl.software.rows import states as state_rows
from itmsctl.tasks.brakes import PUT_OFF
from itmsctl.tasks.rows import members, runs
from itmsctl.tasks.service.runs import ENDED
from itmsctl.tasks.states import State
from itmsctl.values.counts import counted


def restarts_of(reader: Reader, software_ids: Sequence[int], ids: Sequence[int]) -> dict[int, dict[int, RestartAsked]]:
    """Return what waits for a restart, by computer and the id of software."""
    of = state_rows.c
    statement = sa.select(of.computer_id, of.software_id, of.restart_boot, of.restart_action).where(
        of.restart_boot.is_not(None),
        of.software_id.in_(software_ids),
        member_of(reader.connection, of.computer_id, list(ids)),
    )
    found: dict[int, dict[int, RestartAsked]] = {}
    for computer, software_id, boot, action in reader.connection.execute(statement):
        found.setdefault(computer, {})[software_id] = RestartAsked(boot, action or "")
    return found


def awaited(reader: Reader, doc: Doc) -> list[tuple[str, str]]:
    """Return the steps of `delivery explain` that are about users and restarts: those that apply, each with why."""
    found = []
    if doc.fields["defer"]:
        found.append(("users", _users(reader, doc)))
    number = _pending(reader, doc)
    if number:
        why = "until then their software is `reboot_pending`, and nothing runs there again"
        found.append(("restart", f"{counted(number, 'computer waits', 'computers wait')} for a restart; {why}"))
    return found


def _users(reader: Reader, doc: Doc) -> str:
    statement = (
        sa.select(sa.func.count(), sa.func.min(members.c.not_before))
        .join(runs, runs.c.id == members.c.run_id)
        .where(runs.c.policy_id == doc.id, runs.c.state != ENDED)
        .where(members.c.state == str(State.QUEUED), members.c.reason == PUT_OFF)
    )
    number, first = reader.connection.execute(statement).one()
    may = f"they may put it off {counted(doc.fields['defer'], 'time')}, until the deadline"
    if not number:
        return f"none is waited for; {may}"
    return f"{counted(number, 'computer waits', 'computers wait')}, the first until {first:%Y-%m-%d %H:%M} UTC; {may}"


def _pending(reader: Reader, doc: Doc) -> int:
    statement = (
        sa.select(sa.func.count(state_rows.c.computer_id.distinct()))
        .join(software, software.c.id == state_rows.c.software_id)
        .where(state_rows.c.state == REBOOT_PENDING, software.c.name.in_(doc.fields["software"]))
    )
    return int(reader.scalar(statement) or 0)
