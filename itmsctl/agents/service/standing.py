"""How all agents are at a moment: how many are trusted, act by their newest policy, are silent; and their versions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.agents.content import USUAL_INTERVAL_S
from itmsctl.agents.kinds import APPROVED, STATES
from itmsctl.agents.rows import agents
from itmsctl.agents.service.settings import in_use
from itmsctl.cmdb.work import Reader

_MISSED = 2  # check-ins after which an agent counts as silent


def status(reader: Reader) -> dict[str, Any]:
    """Return how many agents there are, by state, by how far their policy is, and by version; who is silent."""
    own = agents.c
    trusted = own.state == APPROVED
    silent_s = _silent_after(reader)
    is_silent = sa.or_(own.seen_at.is_(None), own.seen_at < reader.now - timedelta(seconds=silent_s))
    wanted = {
        "agents": sa.true(),
        **{state: own.state == state for state in STATES},
        "current": sa.and_(trusted, own.policy > 0, own.taken >= own.policy),
        "behind": sa.and_(trusted, own.taken < own.policy),
        "without_policy": sa.and_(trusted, own.policy == 0),
        "silent": sa.and_(trusted, is_silent),
        "complaining": sa.and_(trusted, own.why.is_not(None), own.why.not_like("by rule %")),
    }
    counts = [sa.func.count(sa.case((condition, 1))).label(name) for name, condition in wanted.items()]
    [row] = reader.rows(sa.select(*counts))
    by_version = sa.select(own.version, sa.func.count()).where(trusted).group_by(own.version).order_by(own.version)
    versions = {version or "unknown": count for version, count in reader.connection.execute(by_version)}
    return {**dict(zip(wanted, row, strict=True)), "versions": versions, "silent_after_s": silent_s}


def _silent_after(reader: Reader) -> int:
    fields = [doc.fields for doc in in_use(reader)]
    longest = max((int(one["interval_s"] or USUAL_INTERVAL_S) + int(one["splay_s"] or 0) for one in fields), default=0)
    return _MISSED * (longest or USUAL_INTERVAL_S)
