"""When work may begin on this computer, also offline: by the stretches that its policy says (SCHED-5, SCHED-6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ClosedNow:
    """Why nothing may begin now, and until when as far as that is known; `blocked` where all contact is forbidden."""

    def __init__(self, why: str, until: int | None, *, blocked: bool) -> None:
        self.why, self.until, self.blocked = why, until, blocked


class Openings:
    """The maintenance windows and blockouts of this computer. Where none was published it is always open."""

    def __init__(self, published: Sequence[Mapping[str, Any]]) -> None:
        self.published = published

    def closed(self, now: int, *, ignore_windows: bool = False) -> ClosedNow | None:
        """Return why nothing may begin; None where it may. Who ignores windows keeps to blockouts all the same."""
        for one in self.published:
            begin, end = int(one.get("from", 0)), int(one.get("until", 0))
            if not begin <= now < end:
                known = begin if now < begin else None
                return ClosedNow("its policy does not say when it is open", known, blocked=False)
            for since, until, blocked, why in one.get("closed", ()):
                if since <= now < until and (blocked or not ignore_windows):
                    return ClosedNow(str(why), int(until), blocked=bool(blocked))
        return None

    def closes(self, now: int, *, ignore_windows: bool = False) -> int | None:
        """Return when nothing may go on any more; None where policy knows of no such moment."""
        begins = [
            int(since)
            for one in self.published
            for since, _, blocked, _ in one.get("closed", ())
            if since > now and (blocked or not ignore_windows)
        ]
        return min(begins, default=None)
