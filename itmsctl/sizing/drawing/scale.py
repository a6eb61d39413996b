"""Scales: round ticks that cover values, and numbers as people read them beside an axis."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def ticks(most: float, wanted: int = 4) -> list[float]:
    """Return round ticks from 0 to at least `most`: about as many steps as wanted."""
    if not most > sys.float_info.min * wanted or not math.isfinite(most):
        return [0.0, 1.0]
    rough = most / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in _STEPS if power * each >= rough * 0.999)
    count = math.ceil(most / step - 1e-9)
    return [step * number for number in range(count + 1)]


def short(value: float) -> str:
    """Return a number for a tick or a label: `0`, `0.25`, `12`, `1,200`, `36k`, `1.5M`."""
    size = abs(value)
    if size >= 1_000_000:
        return f"{_trimmed(value / 1_000_000)}M"
    if size >= 10_000:
        return f"{_trimmed(value / 1000)}k"
    if size >= 1000:
        return f"{value:,.0f}"
    return _trimmed(value)


def _trimmed(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class Scale:
    """Leads from values between `low` and `high` to places between `start` and `end` of a picture."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the place of a value."""
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.0
        return self.start + share * (self.end - self.start)
