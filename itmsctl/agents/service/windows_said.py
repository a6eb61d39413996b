"""When work may begin on computers, as policy says it: what is closed within the horizon (SCHED-5, SCHED-6)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any

from itmsctl.agents.content import PolicyPart, part_of
from itmsctl.agents.form import canonical, digest
from itmsctl.agents.service.duty_source import DutySource, key_of_windows
from itmsctl.agents.service.horizon import TimesAhead, seconds
from itmsctl.cmdb.work import Reader
from itmsctl.schedules.service.windows import applying_windows
from itmsctl.schedules.standing import Window, stretches

_MOST = 20_000  # stretches of one computer: what is beyond them counts as closed


def window_sources(reader: Reader, computers: Collection[int], until: TimesAhead) -> Iterator[DutySource]:
    """Yield when computers are closed, once for those that the same windows apply to; who is always open has none."""
    by_windows: dict[int, tuple[tuple[Window, ...], set[int]]] = {}
    for computer, applying in applying_windows(reader, computers).items():
        if applying:
            by_windows.setdefault(id(applying), (applying, set()))[1].add(computer)
    for applying, members in by_windows.values():
        key = digest(canonical([[one.name, one.zone.key] for one in applying]))[:32]
        yield DutySource(key_of_windows(key), _part(applying, until), partial(frozenset, members))


def _part(applying: Sequence[Window], until: TimesAhead) -> PolicyPart:
    closed: list[list[Any]] = []
    end = until.end
    for number, one in enumerate(stretches(applying, until.begin)):
        if one.begin >= until.end:
            break
        if number >= _MOST:
            end = one.begin
            break
        if not one.open:
            last = until.end if one.end is None or one.end > until.end else one.end
            closed.append([seconds(one.begin), seconds(last), int(one.blocked), one.why])
    return part_of({"windows": [{"from": seconds(until.begin), "until": seconds(end), "closed": closed}]})
