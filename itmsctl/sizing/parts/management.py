"""The management server: hardware, memory of consoles, limits (SIZE-2, 6, 8; UI-3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from itmsctl.sizing.line import Line, by_metric, computed, of_table, of_tables, tidy
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.request import Request

ROLE = "management"
_MB_PER_GB = 1000


def lines(numbers: Numbers, request: Request) -> Iterator[Line]:
    """Yield the lines of the management server, and of its consoles."""
    yield computed(ROLE, "endpoints", request.each, "input", "computers of one management server")
    yield computed(ROLE, "count", request.management_servers, "input", "")
    hardware = by_metric(of_table(numbers.table("management_hardware"), request.each))
    ram = _ram(hardware, request)
    if not request.on_box:
        yield from (ram if line.metric == "ram_gb" else line for line in hardware.values())
        yield from _console_memory(numbers, request, ram)
    yield from of_tables(numbers, "management_limits")
    yield from _consoles(numbers, request)


def _ram(hardware: Mapping[str, Line], request: Request) -> Line:
    """Return the memory: that of a parent where it is one and the table has a figure for it (SIZE-8)."""
    own, parent = hardware["ram_gb"], hardware["ram_gb.parent"]
    if not request.parent or parent.value is None:
        return own
    return replace(parent, metric="ram_gb", why="it is the parent of a hierarchy (SIZE-8)")


def _console_memory(numbers: Numbers, request: Request, ram: Line) -> Iterator[Line]:
    each = numbers.cell("console", "memory_mb_per_session")
    if not request.sessions or not isinstance(ram.value, (int, float)):
        return
    more = request.sessions * each.number
    why = f"{request.sessions} sessions of {each.number:g} MB each"
    yield computed(ROLE, "consoles_mb", tidy(more), each.source, why, each)
    total = tidy(ram.value + more / _MB_PER_GB)
    yield replace(
        ram,
        metric="ram_gb.with_consoles",
        value=total,
        why=f"{ram.value} GB and {more / _MB_PER_GB:g} GB for consoles (SIZE-6)",
    )


def _consoles(numbers: Numbers, request: Request) -> Iterator[Line]:
    asked = {"sessions": request.sessions, "managers": request.consoles, "asset_managers": request.asset_consoles}
    for metric, sessions in asked.items():
        if request.sessions:
            yield computed("console", metric, sessions, "input", "")
    yield from of_tables(numbers, "console_limits", "console")
    for metric, sessions in asked.items():
        limit = numbers.cell("console_limits", f"limit.{metric}.max")
        if sessions > limit.number:
            said = f"{sessions} {metric.replace('_', ' ')} at once: {limit.number:g} is the most"
            yield computed(
                "advice", f"console.{metric}", said, limit.source, "more management servers share them", limit
            )
