"""Pulses: work that arrives at an even rate from one second to another, or all at once. All work is made of them.

Seconds count from the beginning of the simulated day; what began the day before has negative ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from itmsctl.errors import InputError

DAY_S = 86_400.0


class Pulse(NamedTuple):
    """`amount` occurrences for each computer, evenly from `start` to `end`; all at once where they are equal.

    `period` is the span, in seconds, within which each computer's moment is random; 0 where nothing is left to chance.
    """

    start: float
    end: float
    amount: float
    period: float


Pulses = tuple[Pulse, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """Each computer, at its own random moment, again and again: one occurrence every `interval_s` seconds."""

    interval_s: float

    def __post_init__(self) -> None:
        if not self.interval_s > 0:
            raise InputError(f"an interval of {self.interval_s:g} s never ends", hint="give more than 0 seconds")

    def pulses(self, begin: float, end: float) -> Pulses:
        """Return the work of one computer between two moments."""
        return (Pulse(begin, end, (end - begin) / self.interval_s, self.interval_s),)


@dataclass(frozen=True, slots=True)
class At:
    """Each computer once for each moment of `times`, spread evenly and at random over the `spread_s` that follow it."""

    times: Sequence[float]
    spread_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.spread_s >= 0:
            raise InputError(f"a spread of {self.spread_s:g} s ends before it begins", hint="give 0 or more seconds")

    def pulses(self, begin: float, end: float) -> Pulses:
        """Return the work of one computer that begins between two moments, the second not included."""
        spread = self.spread_s
        return tuple(Pulse(time, time + spread, 1.0, spread) for time in sorted(self.times) if begin <= time < end)


Timing = Every | At


def lasting(pulses: Pulses, seconds: float) -> Pulses:
    """Return pulses whose every occurrence takes so long, instead of no time.

    Exact in amount, in the middle of its time and in the rate at its height; the slopes of both ends are left out.
    """
    if seconds <= 0:
        return pulses
    return tuple(_lasting(pulse, seconds) for pulse in pulses)


def _lasting(pulse: Pulse, seconds: float) -> Pulse:
    spread = pulse.end - pulse.start
    begin = pulse.start + min(spread, seconds) / 2 if spread else pulse.start
    return pulse._replace(start=begin, end=begin + max(spread, seconds))
