"""Curves: how much has arrived up to a moment, as the sum of weighted pulses; its busiest window and its samples."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import sub

from itmsctl.sizing.simulation.pulses import Pulses

_NEAR = 1e-9  # relative: two windows whose work differs by less are equally busy


@dataclass(frozen=True, slots=True)
class Curve:
    """What has arrived: after each of `times`, `sums` in all, and from there on `rates` a second.

    `befores` are the sums just before each time, without what arrives at once then.
    """

    times: Sequence[float]
    befores: Sequence[float]
    sums: Sequence[float]
    rates: Sequence[float]

    def before(self, time: float) -> float:
        """Return what arrived earlier than a moment."""
        index = bisect_left(self.times, time)
        if index < len(self.times) and self.times[index] == time:
            return self.befores[index]
        return self._between(index - 1, time)

    def upto(self, time: float) -> float:
        """Return what arrived up to a moment, what arrives at once then included."""
        return self._between(bisect_right(self.times, time) - 1, time)

    def _between(self, index: int, time: float) -> float:
        return self.sums[index] + self.rates[index] * (time - self.times[index]) if index >= 0 else 0.0

    def befores_at(self, moments: Iterable[float]) -> Iterator[float]:
        """Yield what arrived earlier than each of rising moments."""
        times, index, count = self.times, 0, len(self.times)
        for moment in moments:
            while index < count and times[index] < moment:
                index += 1
            if index < count and times[index] == moment:
                yield self.befores[index]
            else:
                yield self._between(index - 1, moment)

    def upto_at(self, moments: Iterable[float]) -> Iterator[float]:
        """Yield what arrived up to each of rising moments, what arrives at once then included."""
        times, index, count = self.times, 0, len(self.times)
        for moment in moments:
            while index < count and times[index] <= moment:
                index += 1
            yield self._between(index - 1, moment)

    def busiest(self, width: float, begin: float, end: float) -> tuple[float, float]:
        """Return the most that arrives within any `width` seconds, and where the first such window begins.

        Only windows that begin from `begin` to `end` count; they are half open, so that what arrives at once at both
        ends of one counts once.
        """
        starts = [begin, *(time for time in self.times if begin < time < end)]
        ends = [time - width for time in self.times if begin <= time - width < end]
        most, where = 0.0, begin
        for windows, sums in ((starts, self.befores_at), (ends, self.upto_at)):
            found = map(sub, sums([start + width for start in windows]), sums(windows))
            for work, start in zip(found, windows, strict=True):
                if work > most * (1 + _NEAR):
                    most, where = work, start
        return most, where

    def samples(self, begin: float, step: float, count: int) -> array[float]:
        """Return the mean rate within each of `count` steps."""
        sums = list(self.befores_at([begin + number * step for number in range(count + 1)]))
        return array("d", [max(0.0, later - sooner) / step for sooner, later in pairwise(sums)])


def curve_of(parts: Iterable[tuple[Pulses, float]]) -> Curve:
    """Return the curve of pulses, each list of them with the work of one occurrence."""
    steps: dict[float, list[float]] = {}
    for pulses, weight in parts:
        if weight == 0:
            continue
        for start, end, amount, _ in pulses:
            if end > start:
                rate = amount * weight / (end - start)
                steps.setdefault(start, [0.0, 0.0])[0] += rate
                steps.setdefault(end, [0.0, 0.0])[0] -= rate
            else:
                steps.setdefault(start, [0.0, 0.0])[1] += amount * weight
    return _summed(steps)


def _summed(steps: dict[float, list[float]]) -> Curve:
    times, befores, sums, rates = sorted(steps), array("d"), array("d"), array("d")
    total = rate = highest = 0.0
    last = times[0] if times else 0.0
    for time in times:
        total += rate * (time - last)
        befores.append(total)
        change, jump = steps[time]
        total += jump
        rate += change
        highest = max(highest, rate)
        if rate < highest * 1e-12:  # what is left of adding and taking away the same fractions
            rate = 0.0
        sums.append(total)
        rates.append(rate)
        last = time
    return Curve(times, befores, sums, rates)
