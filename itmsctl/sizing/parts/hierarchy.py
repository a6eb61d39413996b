"""Hierarchy: what was tested, who stands above whom, how long things take down it (SIZE-3, 8; HIER-2, 5)."""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.errors import SizingLimitError
from itmsctl.sizing.line import Line, computed, of_tables
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.request import Request

ROLE = "hierarchy"


def lines(numbers: Numbers, request: Request) -> Iterator[Line]:
    """Yield the lines of the hierarchy."""
    children = request.management_servers - 1
    if children:
        most = numbers.cell("hierarchy_limits", "limit.children.max")
        yield computed(ROLE, "children", children, "input", "one parent, the others below it")
        if children > most.number:
            said = f"{children} children: {most.number:g} below one parent are the most"
            yield computed("advice", "hierarchy.children", said, most.source, "let them stand on several levels", most)
    yield from of_tables(numbers, "tested_topology", "hierarchy_limits", "ownership", "replication", "package_delivery")


def refuse_above(numbers: Numbers, request: Request) -> None:
    """Raise SizingLimitError where one management server would have more computers than it carries (SIZE-3)."""
    most = numbers.whole("management_limits", "limit.computers.max")
    if request.each <= most:
        return
    needed = -(-request.endpoints // most)
    which = f"`{request.server}`" if request.server else "one management server"
    raise SizingLimitError(
        f"{request.each:,} endpoints are more than {which} carries: {most:,}",
        why="no row of the tables stands above it; a hierarchy of 1 parent and 6 children was tested, each with 35,000",
        hint=f"{needed} management servers: --endpoints {request.endpoints} --management-servers {needed}",
        details={"endpoints": request.each, "limit": most, "management_servers": needed, "source": "4-8"},
    )
