"""The real arrival of a package beside its worst case, stage by stage: by the same model as `sizing simulate`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from itmsctl.cmdb.work import Reader
from itmsctl.hierarchy.service import peers
from itmsctl.packages.service.awaiting import told_of
from itmsctl.packages.service.copy_states import first_arrival
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.packages.service.steps import refuse_declared
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.service.snapshots import snapshot
from itmsctl.sizing.simulation.delays import Delay
from itmsctl.sizing.simulation.wiring import wired
from itmsctl.sizing.simulation.worst import arrivals

_S = 60
_TOTAL = "in all"


def arrived(reader: Reader, name: str, numbers: Numbers) -> tuple[Delay, list[dict[str, Any]]]:
    """Return the worst case of a package and its stages, each with what passed and when it ended, as flat objects.

    Raises NotFoundError, InputError for a package without content.
    """
    doc = PACKAGES.get(reader, name)
    refuse_declared(doc)
    own = peers.find_own(reader)
    found = list(arrivals(wired(snapshot(reader), numbers), (doc.fields["size_bytes"] or 0) / 1_000_000))
    delay = next((one for one in found if own is not None and one.subject == own.name), found[0])
    return delay, list(_stages(delay, doc.fields["content_at"], _moments(reader, doc)))


def _moments(reader: Reader, doc: Any) -> Mapping[int, datetime | None]:
    """Return when stages of table 5-4 ended, as far as they are this server's, or it was told of them."""
    here, row = first_arrival(reader, doc), told_of(reader, doc)
    if row is None:
        return {1: doc.fields["content_at"], 3: here}
    return {1: doc.fields["content_at"], 3: row.ready_at, 4: row.announced_at, 5: row.begun_at, 7: row.taken_at,
            8: here}  # fmt: skip


def _stages(delay: Delay, begin: datetime | None, at: Mapping[int, datetime | None]) -> Iterator[dict[str, Any]]:
    """Yield the stages: what passed is counted from the end of the last stage that is known to have ended."""
    last = begin
    for step in delay.steps:
        now = at.get(step.stage or 0)
        passed = None if now is None or last is None or step.stage == 1 else _minutes(now, last)
        yield {"stage": step.stage, "what": step.what, "estimated_min": _rounded(step.minutes),
               "arrived_min": passed, "at": now, "source": step.source}  # fmt: skip
        last = last if now is None else max(now, last or now)
    whole = None if begin is None or last is None or at.get(8) is None else _minutes(last, begin)
    yield {"stage": None, "what": _TOTAL, "estimated_min": _rounded(delay.minutes), "arrived_min": whole,
           "at": at.get(8), "source": f"{delay.subject}, {delay.reading}"}  # fmt: skip


def _minutes(end: datetime, begin: datetime) -> float:
    return _rounded(max(0.0, (end - begin).total_seconds() / _S))


def _rounded(minutes: float) -> float:
    return round(minutes, 2)
