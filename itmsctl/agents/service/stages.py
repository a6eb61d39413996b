"""How far agents have come with policies: which step is pending on the way to what they carry out (POL-10, C1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.agents.content import USUAL_INTERVAL_S
from itmsctl.agents.kinds import APPROVED
from itmsctl.agents.rows import agents
from itmsctl.agents.service import registry
from itmsctl.agents.service.acting import CARRIED_OUT, acts_by_itself, why_not
from itmsctl.agents.service.settings import settings_of
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.policies.kinds import AGENT
from itmsctl.policies.service.policies import Policies
from itmsctl.tasks.service.by_agents import still_open
from itmsctl.values.counts import counted

_OK, _PENDING, _INFO = "ok", "pending", "-"


def policy_steps(reader: Reader, shelf: Policies, doc: Doc, ids: Collection[int]) -> list[tuple[str, str, str]]:
    """Return the steps that agents of a policy's computers still have to pass, each with its state and why (hook)."""
    if shelf not in CARRIED_OUT or not ids:
        return []
    own = member_of(reader.connection, agents.c.computer_id, sorted(ids))
    trusted = reader.rows(sa.select(agents).where(own, agents.c.state == APPROVED))
    if not trusted:
        alone = doc.fields["transport"] == AGENT
        return [("agents", _PENDING, "none of its computers has an agent that is approved")] if alone else []
    if why := why_not(reader, shelf, doc):
        return [("agents", _INFO, f"{why}: its computers are reached, agent or not")]
    acting = acts_by_itself(reader, shelf, doc, ids)
    return [("agents", *_fetched(trusted, acting, len(ids))), *_work(reader, doc, trusted)]


def _fetched(trusted: Sequence[Any], acting: Collection[int], number: int) -> tuple[str, str]:
    new = sum(not one.policy for one in trusted)
    behind = sum(one.policy > 0 and one.taken < one.policy for one in trusted)
    said = [f"{len(acting)} of {number} carry it out by themselves"]
    said += [f"{counted(new, 'agent')} not given policy yet: itmsctl agent publish"] if new else []
    said += [f"{behind} have not fetched what was published last"] if behind else []
    return (_PENDING if new == len(trusted) or behind == len(trusted) else _OK), "; ".join(said)


def _work(reader: Reader, doc: Doc, trusted: Sequence[Any]) -> list[tuple[str, str, str]]:
    """Say what agents were to carry out, and did not tell the end of yet: how each stands, and who is overdue."""
    waiting = still_open(reader, doc.id)
    if not waiting:
        return []
    settings = settings_of(reader, [one.computer for one in waiting])
    late = []
    for one in waiting:
        fields = settings[one.computer].fields if one.computer in settings else {}
        patience = 2 * float(fields.get("interval_s") or USUAL_INTERVAL_S) + float(fields.get("splay_s") or 0)
        if reader.now - one.since > timedelta(seconds=patience) and not one.told:
            late.append(one)
    seen = {one.computer_id: one.seen_at for one in trusted}
    said = "; ".join(
        f"{number}: {message}" for message, number in Counter(one.message for one in waiting).most_common(3)
    )
    if late:
        first = late[0]
        when = f"{seen[first.computer]:%Y-%m-%d %H:%M} UTC" if seen.get(first.computer) else "never"
        said += f"; {len(late)} overdue, such as {first.name}, which told last: {when}"
    return [("work", _PENDING if len(late) == len(waiting) else _INFO, said)]


def computer_sections(reader: Reader, computers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the agent of each computer that has one, and how far it has come (hook)."""
    found: dict[int, dict[str, Any]] = {}
    for one in registry.of_computers(reader, computers):
        assert one.computer is not None
        said = {"agent": one.guid[:12], "state": one.state, "stage": one.stage, "seen_at": one.seen_at}
        found.setdefault(one.computer, {"agents": []})["agents"].append(said)
    return found
