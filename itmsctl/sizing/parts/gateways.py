"""Internet gateways: how many, on what hardware (SIZE-5; CEM-11 to CEM-13)."""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sizing.line import Line, computed, of_tables
from itmsctl.sizing.numbers import Cell, Numbers
from itmsctl.sizing.request import Request

ROLE = "gateway"


def lines(numbers: Numbers, request: Request) -> Iterator[Line]:
    """Yield the lines of gateways; a count where agents are to come through them."""
    agents, concurrent = _limit(numbers, "agents"), _limit(numbers, "concurrent")
    kept = _kept(numbers, virtual=request.virtual)
    if request.gateway_agents or request.gateway_concurrent:
        yield _count(numbers, request, agents, concurrent, kept)
    if request.virtual:
        loss = numbers.cell("gateway_capacity", "virtual.loss_pct.max")
        for name, cell in (("agents", agents), ("concurrent", concurrent)):
            why = f"{cell.number:,.0f} less {loss.number:g} %: virtual hardware is not recommended (CEM-12)"
            yield computed(ROLE, f"capacity.{name}", int(cell.number * kept), cell.source, why, cell, loss)
    yield from of_tables(numbers, "gateway_hardware", "gateway_capacity", "gateway_limits", "cem")


def gateways(numbers: Numbers, request: Request) -> int:
    """Return max(2, ceil(concurrent / 15,000), ceil(agents / 30,000)); a virtual one carries 0.6 of it (SIZE-5)."""
    kept = _kept(numbers, virtual=request.virtual)
    return max(
        numbers.whole("gateway_capacity", "count.min"),
        -int(-request.gateway_concurrent // int(_limit(numbers, "concurrent").number * kept)),
        -int(-request.gateway_agents // int(_limit(numbers, "agents").number * kept)),
    )


def _limit(numbers: Numbers, what: str) -> Cell:
    return numbers.cell("gateway_limits", f"limit.{what}.max")


def _kept(numbers: Numbers, *, virtual: bool) -> float:
    return 1 - numbers.number("gateway_capacity", "virtual.loss_pct.max") / 100 if virtual else 1.0


def _count(numbers: Numbers, request: Request, agents: Cell, concurrent: Cell, kept: float) -> Line:
    asked = f"{request.gateway_agents:,} agents, {request.gateway_concurrent:,} connections at once"
    carries = f"each carries {agents.number * kept:,.0f} and {concurrent.number * kept:,.0f}; at least two"
    return computed(ROLE, "count", gateways(numbers, request), agents.source, f"{asked}: {carries}", agents, concurrent)
