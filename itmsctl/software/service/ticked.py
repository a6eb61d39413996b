"""What a tick does for compliance: who waits is judged. Every tick looks, so what judges is imported only then."""

from __future__ import annotations

from collections.abc import Callable

from itmsctl.cmdb.store import Store
from itmsctl.software.service.waiting import is_due
from itmsctl.values.counts import counted


def judge_waiting(store: Store, is_up: Callable[[], bool]) -> str:
    """Judge software where anybody waits for it, until the time `is_up`; say what came of it (hook `tick_begins`)."""
    with store.read() as reader:
        if not is_due(reader):
            return ""
    from itmsctl.software.service.judging import go_on

    found = go_on(store.write, is_up)
    if not found.looked_at:
        return ""
    rest = "; the next tick goes on" if found.more else ""
    return f"software: {counted(found.looked_at, 'state')} judged, {found.changed} changed{rest}"
