"""Runs, for a support bundle: how many in which state, and the last ones. Neither what ran nor what it said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.tasks.rows import members, runs
from itmsctl.tasks.service.heads import list_runs

_LAST = 50
_COUNTS = ("computers", "ok", "changed", "failed", "unreachable", "unknown", "running", "skipped")
_SHOWN = ("name", "state", *_COUNTS, "created_at", "ended_at")


def support(reader: Reader, _names: Callable[[str, str | None], str | None]) -> Iterator[tuple[str, Any]]:
    """Yield the part `runs` (hook)."""
    states = sa.select(runs.c.state, sa.func.count()).group_by(runs.c.state).order_by(runs.c.state)
    reasons = (
        sa.select(members.c.state, members.c.reason, sa.func.count())
        .group_by(members.c.state, members.c.reason)
        .order_by(members.c.state, members.c.reason)
    )
    yield (
        "runs",
        {
            "states": {row[0]: row[1] for row in reader.connection.execute(states)},
            "computers": [{"state": s, "reason": r, "count": n} for s, r, n in reader.connection.execute(reasons)],
            "last": [{name: row.get(name) for name in _SHOWN} for row in list_runs(reader, limit=_LAST)],
        },
    )
