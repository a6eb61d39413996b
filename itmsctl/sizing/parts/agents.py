"""Agents and settings: how often agents ask, what a day of it weighs, the settings of the band (AGENT-5..9; TUNE-1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from itmsctl.sizing.line import Line, computed, of_table, of_tables, tidy
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.request import Request

_DAY_H = 24
_DAY_S = 86_400


def lines(numbers: Numbers, request: Request) -> Iterator[Line]:
    """Yield the lines of agents, their traffic, and the settings of the band."""
    yield from of_table(numbers.table("agent_interval"), request.each)
    yield from of_tables(numbers, "agent_traffic")
    yield from _traffic(numbers, request)
    yield from of_table(numbers.table("settings"), request.each)
    yield from of_tables(numbers, "membership")


def _traffic(numbers: Numbers, request: Request) -> Iterator[Line]:
    """Yield requests and kbit a day: computers x 24 / interval, and 3 kbit for each (AGENT-7)."""
    interval = interval_line(numbers, request)
    hours = request.interval_h if request.interval_h is not None else float(str(interval.value))
    each = numbers.cell("agent_traffic", "request_kbit")
    requests = request.each * _DAY_H / hours
    why = f"{request.each:,} computers, every {hours:g} h"
    yield replace(interval, role="traffic", metric="interval_h")
    for metric, value, said in (
        ("requests_per_day", requests, why),
        ("requests_per_s", requests / _DAY_S, f"{why}, evenly"),
        ("kbit_per_day", requests * each.number, f"{why}, {each.number:g} kbit for each"),
        ("kbit_per_s", requests * each.number / _DAY_S, f"{why}, evenly"),
    ):
        line = computed("traffic", metric, tidy(value), each.source, said)
        yield replace(line, band=interval.band, conflicts=interval.conflicts)
    yield from _inventory(numbers, request)


def interval_line(numbers: Numbers, request: Request) -> Line:
    """Return how often agents ask: what was given, else what the band says."""
    found = {line.metric: line for line in of_table(numbers.table("agent_interval"), request.each)}["config_interval_h"]
    if request.interval_h is None or request.interval_h == found.value:
        return found
    why = f"given; the table says {found.value} h"
    return replace(found, value=tidy(request.interval_h), source="input", conflicts=(), why=why)


def _inventory(numbers: Numbers, request: Request) -> Iterator[Line]:
    every = numbers.number("agent_traffic", "basic_inventory.interval_h")
    for end in ("min", "max"):
        size = numbers.cell("agent_traffic", f"basic_inventory.upload_kbit.{end}")
        value = request.each * size.number * _DAY_H / every
        why = f"basic inventory: {size.number:g} kbit every {every:g} h"
        yield computed("traffic", f"basic_inventory.{end}.kbit_per_day", tidy(value), size.source, why)
