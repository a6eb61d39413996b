"""Task, package and boot servers: how many, on what hardware, in which site (SIZE-4; TASK-3; NBS-10; PKG-5).

Package and boot servers stand where the computers are, for they save the network. Task servers relieve the management
server (TASK-9): as many as the estate needs go to the largest sites.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from itmsctl.sizing.line import Line, computed, of_table, of_tables
from itmsctl.sizing.numbers import Cell, Numbers, Value
from itmsctl.sizing.request import SERVICES, Request, SiteSize

_MORE = {"task": ("task_servers", "task_intervals", "tickle"), "package": (), "boot": ("network_boot",)}
_EXACT = "A-03"


def lines(numbers: Numbers, request: Request) -> Iterator[Line]:
    """Yield the lines of every service, for the estate and for each site."""
    counts = {service: counts_of(numbers, request, service) for service in services_of(request)}
    for service, by_site in counts.items():
        yield from _estate(numbers, request, service, by_site)
    yield from of_tables(numbers, "site_server_os")
    for site in request.sites:
        for service, by_site in counts.items():
            yield from (replace(line, site=site.name) for line in _site(numbers, site, service, by_site))


def services_of(request: Request) -> tuple[str, ...]:
    """Return the services that are wanted: no boot servers without deployment."""
    return SERVICES if request.deployment else SERVICES[:-1]


def counts_of(numbers: Numbers, request: Request, service: str) -> dict[str, int]:
    """Return how many servers of a service each site needs; `""` is an estate whose sites are not known.

    Those of several management servers are counted together.
    """
    sites = {site.name: site.endpoints for site in request.sites}
    if service == "task":
        each = task_servers(numbers, request.each, heavy=request.heavy_tasks)
        return spread(sites or {"": request.endpoints}, each * request.management_servers)
    most = numbers.whole(f"{service}_limits", "limit.computers.max")
    if not sites:
        return {"": -(-request.each // most) * request.management_servers}
    return {name: -(-endpoints // most) for name, endpoints in sites.items()}


def task_servers(numbers: Numbers, endpoints: int, *, heavy: bool) -> int:
    """Return how many task servers an estate needs: max(1, ceil(n / step)) (TASK-3, A-02)."""
    step = numbers.whole("task_servers", "step.heavy" if heavy else "step.normal")
    return max(numbers.whole("task_servers", "count.min"), -(-endpoints // step))


def spread(sites: Mapping[str, int], servers: int) -> dict[str, int]:
    """Return how many of some servers each site gets: each goes where a server has the most computers."""
    given = dict.fromkeys(sites, 0)
    for _ in range(servers):
        where = max(sites, key=lambda name: (sites[name] / (given[name] + 1), -list(given).index(name)))
        given[where] += 1
    return given


def _estate(numbers: Numbers, request: Request, service: str, by_site: Mapping[str, int]) -> Iterator[Line]:
    total = sum(by_site.values())
    yield _count(numbers, request, service, total)
    yield from _limited(numbers, service, -(-total // request.management_servers))
    share = -(-request.endpoints // total) if total else request.endpoints
    yield computed(service, "computers", share, "input", f"of {request.endpoints:,} for each of {total} servers")
    yield from _hardware(numbers, service, share)
    yield from of_tables(numbers, f"{service}_limits", *_MORE[service])


def _count(numbers: Numbers, request: Request, service: str, total: int) -> Line:
    if service == "task":
        step = numbers.cell("task_servers", "step.heavy" if request.heavy_tasks else "step.normal")
        under = " under heavy use of tasks" if request.heavy_tasks else ""
        why = f"one for each {step.number:,.0f} computers{under}, at least one for a management server"
        return computed(service, "count", total, step.source, why, step, numbers.cell("task_servers", "count.min"))
    limit = numbers.cell(f"{service}_limits", "limit.computers.max")
    why = f"one for each {limit.number:,.0f} computers" + (" of each site" if request.sites else "")
    return computed(service, "count", total, limit.source, why, limit)


def _limited(numbers: Numbers, service: str, total: int) -> Iterator[Line]:
    limit = numbers.cell("management_limits", f"limit.{service}_servers.max")
    if total > limit.number:
        said = f"{total:,} {service} servers: one management server takes {limit.number:g}"
        yield computed("advice", f"{service}.count", said, limit.source, "serve several sites by one, or split", limit)


def _hardware(numbers: Numbers, service: str, computers: int) -> Iterator[Line]:
    """Yield the row of the computers; with exactly 100 the next one, which has the server system that SITE-16 asks."""
    edge = numbers.whole("site_server_os", "task.desktop_below")
    is_exact = computers == edge
    for line in of_table(numbers.table(f"{service}_hardware"), computers + 1 if is_exact else max(1, computers)):
        if is_exact:
            why = f"a desktop system does for less than {edge} computers: the row of a server system"
            line = replace(line, conflicts=(*line.conflicts, _EXACT), why=why)
        yield line


def _site(numbers: Numbers, site: SiteSize, service: str, by_site: Mapping[str, int]) -> Iterator[Line]:
    count = by_site[site.name]
    why = "" if count or service != "task" else f"served from {_largest(by_site)}: a task server saves no bandwidth"
    limit = _stands_on(numbers, service)
    yield computed(service, "count", count, limit.source, why, limit)
    if service in site.present:
        present: Value = site.present[service]
        yield computed(service, "present", present, "CMDB", "")
        yield computed(service, "missing", max(0, count - site.present[service]), "CMDB", "")
    if count and site.endpoints:
        share = -(-site.endpoints // count)
        yield computed(service, "computers", share, "input", f"of {site.endpoints:,} in the site")
        yield from _hardware(numbers, service, share)


def _stands_on(numbers: Numbers, service: str) -> Cell:
    if service == "task":
        return numbers.cell("task_servers", "step.normal")
    return numbers.cell(f"{service}_limits", "limit.computers.max")


def _largest(by_site: Mapping[str, int]) -> str:
    return max(by_site, key=lambda name: by_site[name])
