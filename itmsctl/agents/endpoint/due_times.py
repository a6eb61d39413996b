"""The times of a duty, as its policy says them: one by one, or alike; each with when it begins on this computer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_MOST_STEADY = 200  # of times that are alike and have passed


def times_of(duty: Mapping[str, Any], now: int) -> Iterator[tuple[int, int]]:
    """Yield the times of a duty up to a moment: when each is due, and when it begins on this computer."""
    for one in duty.get("times", ()):
        due, begins = one if isinstance(one, list) else (one, one)
        if begins <= now:
            yield int(due), int(begins)
    every, start = duty.get("every_s"), duty.get("start")
    if every and start is not None and start <= now:
        last = start + (now - start) // every * every
        first = max(start, last - _MOST_STEADY * every)
        yield from ((due, due) for due in range(first, min(last, duty.get("until", last)) + 1, every))


def next_after(duty: Mapping[str, Any], now: int) -> int | None:
    """Return when the next time of a duty begins."""
    begins = [one[1] if isinstance(one, list) else one for one in duty.get("times", ())]
    every, start = duty.get("every_s"), duty.get("start")
    if every and start is not None:
        begins.append(max(start, start + ((now - start) // every + 1) * every))
    return min((one for one in begins if one > now), default=None)
