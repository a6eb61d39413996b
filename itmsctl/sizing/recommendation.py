"""A recommendation: the lines of every part, for one request (SIZE-1 to SIZE-12)."""

from __future__ import annotations

from dataclasses import replace

from itmsctl.errors import SizingLimitError
from itmsctl.sizing.line import Line, computed, of_tables
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.parts import agents, database, gateways, hierarchy, management, site_servers
from itmsctl.sizing.request import Request, checked

_PARTS = (database.lines, management.lines, site_servers.lines, gateways.lines, agents.lines, hierarchy.lines)
_OTHERS = ("third_party_software", "operating_systems", "inventory_schedules", "inventory_policies")
_MORE = ("inventory_methods", "inventory_advice", "patch")


def recommend(numbers: Numbers, request: Request) -> list[Line]:
    """Return every line. Raises InputError for a request that cannot be, SizingLimitError above all tables (SIZE-3).

    A server of a design that stands above all tables is told by a line of advice alone: the others are sized as usual.
    """
    noted = [computed("advice", "design", note, "CMDB", "") for note in request.notes]
    try:
        hierarchy.refuse_above(numbers, checked(request))
    except SizingLimitError as error:
        if not request.server:
            raise
        above = computed("advice", "management.limit", error.message, error.details["source"], error.why)
        return [replace(line, server=request.server) for line in (*noted, above)]
    found = [*noted, *(line for part in _PARTS for line in part(numbers, request))]
    found += of_tables(numbers, *_OTHERS, *_MORE)
    if request.virtual:
        found += of_tables(numbers, "virtual_machines")
    order = {role: place for place, role in enumerate(ROLES)}
    found.sort(key=lambda line: (bool(line.site), order[line.role]))
    return [replace(line, server=request.server) for line in found]


ROLES = (
    "advice",
    "management",
    "database",
    "on_box",
    "task",
    "package",
    "boot",
    "gateway",
    "agent",
    "traffic",
    "settings",
    "console",
    "hierarchy",
    "inventory",
    "patch",
    "software",
    "site",
    "virtual",
)
