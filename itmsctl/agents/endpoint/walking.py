"""Which step of a program comes next on this computer, as `tasks.walk` says it of programs without conditions.

A test compares the two on programs of all kinds; here nothing newer than Python 3.6 is at hand, and nobody cuts a walk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SUCCEEDED, FAILED, TIMED_OUT = "succeeded", "failed", "timed_out"
_LONGEST_PAUSE_S = 3600.0


class NextMove:
    """What comes next: a step to be begun, or the end, with the step that decided and whether a failure was rescued."""

    def __init__(self, position: int | None, retry: int = 0, pause_s: float = 0.0, state: str = "") -> None:
        self.position, self.retry, self.pause_s, self.state = position, retry, pause_s, state
        self.rescued = False

    @property
    def is_end(self) -> bool:
        """Return whether nothing is left to do."""
        return bool(self.state)


class DoneStep:
    """What became of a step: the last of its tries. One not `begun` left nothing that a rescue could fix."""

    def __init__(self, state: str, exit_status: int | None = None, retry: int = 0, *, begun: bool = True) -> None:
        self.state, self.exit_status, self.retry, self.begun = state, exit_status, retry, begun

    @property
    def is_bad(self) -> bool:
        """Return whether it did not succeed."""
        return self.state in {FAILED, TIMED_OUT}


def next_move(steps: Sequence[Mapping[str, Any]], done: Mapping[int, DoneStep]) -> NextMove:
    """Return what comes next after these results, by position."""
    return _StepWalk(steps, done).move()


class _StepWalk:
    """One walk: normal steps, then those of the rescue, then those that always run."""

    def __init__(self, steps: Sequence[Mapping[str, Any]], done: Mapping[int, DoneStep]) -> None:
        self.steps, self.done = steps, done
        self.broken: int | None = None  # the step whose failure was not tolerated
        self.last: int | None = None
        self.rescued = False

    def move(self) -> NextMove:
        """Return what comes next."""
        return self._part("normal") or self._rescue() or self._always() or self._end()

    def _rescue(self) -> NextMove | None:
        first = self.broken
        if first is None or self.steps[first]["on_error"] != "rescue" or not self.done[first].begun:
            return None
        self.broken = None
        found = self._part("rescue")
        self.rescued = self._is_whole
        self.broken = first
        return found

    def _always(self) -> NextMove | None:
        first, self.broken = self.broken, None
        found = self._part("always")
        if self._is_whole:
            self.broken = first
        else:
            self.rescued = False
        return found

    @property
    def _is_whole(self) -> bool:
        return self.broken is None

    def _end(self) -> NextMove:
        if self.broken is None or self.rescued:
            end = NextMove(self.last, state=SUCCEEDED)
            end.rescued = self.rescued
            return end
        return NextMove(self.broken, state=self.done[self.broken].state)

    def _part(self, role: str) -> NextMove | None:
        for position, step in enumerate(self.steps):
            if step["role"] != role or self.broken is not None:
                continue
            found = self.done.get(position)
            if found is None:
                return NextMove(position)
            if found.is_bad and found.retry < step["retries"] and _may_help(step, found.exit_status):
                retry = found.retry + 1
                return NextMove(position, retry, min(_LONGEST_PAUSE_S, step["backoff_s"] * 2.0 ** (retry - 1)))
            self.last = position
            if found.is_bad and step["on_error"] != "continue":
                self.broken = position
        return None


def _may_help(step: Mapping[str, Any], exit_status: int | None) -> bool:
    return exit_status is None or not step["retry"] or is_among(step["retry"], exit_status)


def is_among(ranges: Sequence[Sequence[int]], code: int) -> bool:
    """Return whether ranges of exit codes hold one."""
    return any(low <= code <= high for low, high in ranges)
