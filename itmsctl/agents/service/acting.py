"""Which computers carry a policy out by themselves: nobody else does there what their agents do (AGENT-20, POL-10)."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from itmsctl.agents.kinds import APPROVED
from itmsctl.agents.rows import agents
from itmsctl.agents.service.doable import check_doable
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import ItmsError
from itmsctl.policies.service.policies import POLICIES, Policies


def acts_by_itself(reader: Reader, shelf: Policies, doc: Doc, ids: Collection[int]) -> frozenset[int]:
    """Return which computers carry out by themselves what a policy's schedule is due for (hook).

    That is those whose agent is approved and was given policy, where what the policy runs can be said to agents.
    """
    if shelf is not POLICIES or not ids:
        return frozenset()
    acting = sa.and_(agents.c.state == APPROVED, agents.c.policy > 0)
    own = member_of(reader.connection, agents.c.computer_id, sorted(ids))
    found = frozenset(reader.connection.execute(sa.select(agents.c.computer_id).where(acting, own)).scalars())
    return found if found and not why_not(reader, doc) else frozenset()


def why_not(reader: Reader, doc: Doc) -> str:
    """Return why agents cannot carry out what a policy runs; empty where they can."""
    try:
        check_doable(POLICIES.work_of(reader, doc)[0], POLICIES.options_of(doc))
    except ItmsError as error:
        return error.message
    return ""
