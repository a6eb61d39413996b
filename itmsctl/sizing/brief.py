"""A recommendation for people: the lines that matter, the two ends of a range in one, numbers with their units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from itmsctl.sizing.line import Line
from itmsctl.sizing.numbers import Value

_HARDWARE = ("count", "computers", "os", "cores*", "ram_gb*", "disk_gb*", "present", "missing")
_BRIEF = {
    "advice": ("*",),
    "management": ("endpoints", "cores", "ghz", "ram_gb", "ram_gb.with_consoles", "iops.*", "capacity_*"),
    "database": (
        "hosting",
        "cores",
        "ghz",
        "ram_gb",
        "max_server_memory_gb.*",
        "iops.*",
        "capacity_*",
        "size_mb*",
        "endpoints*",
        "band.year_*",
        "preallocate_mb",
        "autogrow_mb.*",
        "version_min",
    ),
    "on_box": ("supported", "cores.*", "disk_gb", "ram_gb"),
    "task": _HARDWARE,
    "package": _HARDWARE,
    "boot": _HARDWARE,
    "gateway": ("count", "cores", "ram_gb", "disk_gb", "capacity.*", "limit.*"),
    "traffic": ("interval_h", "requests_per_*", "kbit_per_*", "basic_inventory.*"),
    "settings": ("agent_config_h", "full_*", "delta_inventory", "delta_membership*", "task_service*"),
    "console": ("sessions", "limit.*"),
    "hierarchy": ("children", "limit.children.max"),
    "virtual": ("reserve", "oversubscribe"),
}
_SAID = {"ram": "RAM", "os": "OS", "iops": "IOPS", "ghz": "clock", "kbit": "traffic", "endpoints": "computers"}
_OF_SITE = ("count", "os", "missing")


def brief(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines that matter most: without empty ones, and of sites only what stands where."""
    for line in lines:
        names = _OF_SITE if line.site else _BRIEF.get(line.role, ())
        if line.value is not None and any(fnmatchcase(line.metric, name) for name in names):
            yield line


def rows(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return rows for people: ranges in one row, each role (with its server or site) named once."""
    found, last = [], ""
    for line in _joined(lines):
        owner = " ".join(part for part in (line.server, line.site, line.role) if part)
        found.append(
            line.as_dict()
            | {
                "owner": "" if owner == last else owner,
                "what": label(line.metric),
                "value": spoken(line),
                "source": short(line.source),
            }
        )
        last = owner
    return found


def _joined(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield lines with those of `x.min` and `x.max` that follow each other as one, whose value is `4 to 6`."""
    skipped = False
    for line, after in zip(lines, (*lines[1:], None), strict=True):
        if skipped:
            skipped = False
            continue
        low, high = _ends(line.metric), _ends(after.metric) if after is not None else None
        if after is not None and low is not None and low == high and (line.site, line.role) == (after.site, after.role):
            skipped = True
            text = number(line.value) if line.value == after.value else f"{number(line.value)} to {number(after.value)}"
            yield replace(line, metric=low, value=text)
        else:
            yield line


def _ends(metric: str) -> str | None:
    """Return a metric without `min` or `max` in it; None where neither is."""
    parts = metric.split(".")
    kept = [part for part in parts if part not in ("min", "max")]
    return ".".join(kept) if len(kept) < len(parts) else None


def spoken(line: Line) -> str:
    """Return a value with its unit: `8 cores or more`, `4 to 6 GB`, `yes`."""
    value = str(line.value) if "version" in line.metric and not isinstance(line.value, tuple) else number(line.value)
    unit = line.unit[:-1] if line.value == 1 and line.unit.islower() and line.unit.endswith("s") else line.unit
    return f"{value} {unit}".rstrip() + (" or more" if line.or_more else "")


def label(metric: str) -> str:
    """Return a metric in words, without the unit that its value carries: `capacity packages`, `size year 1`."""
    parts = [re.sub(r"_(gb|tb|mb|kb|pct|h|min|per_day|per_s)$", "", part) for part in metric.split(".")]
    if parts[0] == "limit" and parts[-1] == "max":
        parts = [*parts[1:-1], "at_most"]
    words = " ".join(parts).replace("_", " ").split(" ")
    return " ".join(_SAID.get(word, word) for word in words)


def short(source: str) -> str:
    """Return a source for a narrow column: `text` and `agent table` say enough, the rest is with `-o wide`."""
    if source.startswith("table without number: agent"):
        return "agent table"
    return "text" if source.startswith("text: ") else source


def number(value: Value) -> str:
    """Return a value for people: thousands apart, lists with commas, words without underscores."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, str):
        return value.replace("_", " ") if value.islower() else value
    return f"{value:,}"
