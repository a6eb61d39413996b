"""Figures in the text format of Prometheus, as the textfile collector of node_exporter reads it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

MARK = "# written by itmsctl inventory export\n"
"""The first line: a file that begins so may be replaced."""

OTHER = "other"
_LONGEST = 128

Labels = tuple[tuple[str, str], ...]


@dataclass
class MetricFamily:
    """A figure with its values by labels; all are gauges, for a fleet shrinks as well as grows."""

    name: str
    help: str
    values: dict[Labels, float] = field(default_factory=dict)

    def add(self, value: float, **labels: object) -> None:
        """Add to the value of these labels: what a label cannot tell apart is counted together."""
        key = tuple((name, _label(said)) for name, said in labels.items())
        self.values[key] = self.values.get(key, 0) + value


def counted_family(
    name: str, meaning: str, counts: Iterable[tuple[Mapping[str, object], float]], most: int
) -> MetricFamily:
    """Return a family of at most so many values, the largest: all others are one, whose labels say `other`."""
    family = MetricFamily(name, meaning)
    for place, (labels, value) in enumerate(sorted(counts, key=lambda one: (-one[1], str(one[0])))):
        family.add(value, **(labels if place < most else dict.fromkeys(labels, OTHER)))
    return family


def exposition(families: Iterable[MetricFamily]) -> Iterator[str]:
    """Yield the lines of the text; a family without a value is left out."""
    yield MARK
    for family in families:
        if family.values:
            yield f"# HELP {family.name} {_escaped(family.help)}\n"
            yield f"# TYPE {family.name} gauge\n"
            yield from (_line(family.name, labels, value) for labels, value in family.values.items())


def _line(name: str, labels: Labels, value: float) -> str:
    said = ",".join(f'{label}="{_escaped(text, quotes=True)}"' for label, text in labels)
    return f"{name}{{{said}}} {_number(value)}\n" if said else f"{name} {_number(value)}\n"


def _label(said: object) -> str:
    return "" if said is None else str(said)[:_LONGEST]


def _number(value: float) -> str:
    if math.isnan(value) or math.isinf(value):
        return "NaN"
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _escaped(text: str, *, quotes: bool = False) -> str:
    plain = text.replace("\\", "\\\\").replace("\n", "\\n")
    return plain.replace('"', '\\"') if quotes else plain
