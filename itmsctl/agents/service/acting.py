"""Which computers carry a policy out by themselves: nobody else does there what their agents do (AGENT-20, POL-10)."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from itmsctl.agents.kinds import APPROVED
from itmsctl.agents.rows import agent_groups, agents
from itmsctl.agents.service.deliverable import check_deliverable
from itmsctl.agents.service.doable import check_doable
from itmsctl.agents.service.duty_source import document_of
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import ItmsError
from itmsctl.policies.service.policies import POLICIES, Policies
from itmsctl.software.service.deliveries import DELIVERIES

CARRIED_OUT: tuple[Policies, ...] = (POLICIES, DELIVERIES)
"""Whose documents agents carry out."""


def acts_by_itself(reader: Reader, shelf: Policies, doc: Doc, ids: Collection[int]) -> frozenset[int]:
    """Return which computers carry out by themselves what a policy's schedule is due for (hook).

    That is those whose agent is approved and was given policy that says it, where it can be said to agents.
    """
    if shelf not in CARRIED_OUT or not ids:
        return frozenset()
    acting = sa.and_(agents.c.state == APPROVED, agents.c.policy > 0, agents.c.group_id.in_(_groups_with(reader, doc)))
    own = member_of(reader.connection, agents.c.computer_id, sorted(ids))
    found = frozenset(reader.connection.execute(sa.select(agents.c.computer_id).where(acting, own)).scalars())
    return found if found and not why_not(reader, shelf, doc) else frozenset()


def _groups_with(reader: Reader, doc: Doc) -> list[int]:
    """Return the groups of agents whose published policy says a policy: one that nobody was told waits for nobody."""
    rows = reader.rows(sa.select(agent_groups.c.id, agent_groups.c.sources))
    return [row.id for row in rows if any(document_of(key) == doc.guid for key in row.sources)]


def why_not(reader: Reader, shelf: Policies, doc: Doc) -> str:
    """Return why agents cannot carry out what a policy or delivery runs; empty where they can."""
    check = check_deliverable if shelf is DELIVERIES else check_doable
    try:
        check(shelf.work_of(reader, doc)[0], shelf.options_of(doc))
    except ItmsError as error:
        return error.message
    return ""
