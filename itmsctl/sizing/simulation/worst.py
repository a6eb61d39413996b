"""Worst cases, tickles and growth of a design: the pure figures, with the numbers and settings that they stand on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from itmsctl.schedules.due import due_between
from itmsctl.sizing.simulation.delays import (
    DAY_MIN,
    MINUTES,
    Delay,
    Package,
    Patching,
    Retry,
    package_arrival,
    patch_latency,
    pickup,
    transfer_min,
)
from itmsctl.sizing.simulation.estate import poll_s, request_interval_s, task_interval_s
from itmsctl.sizing.simulation.growth import MONTH_DAYS, YEAR_DAYS, Adding, Growth, growth
from itmsctl.sizing.simulation.tickles import TaskTraffic, task_traffic
from itmsctl.sizing.simulation.wiring import Wiring
from itmsctl.sizing.simulation.workloads import PATCH, db_kb_of, kbit_of
from itmsctl.sizing.snapshot import DesignManagementServer, DesignPolicy

_MOST = 5000  # starts of one schedule that are counted one by one
_KBIT_PER_MB = 8000
PRINTED, AS_SET = "as printed", "as set"


def delays(wiring: Wiring, package_mb: float | None = None) -> Iterator[Delay]:
    """Yield the worst cases: policy pickup in each reading, package arrival, patch latency."""
    yield from _pickups(wiring)
    yield from arrivals(wiring, wiring.assumed("package_mb") if package_mb is None else package_mb)
    for server in wiring.servers:
        yield _patching(wiring, server)


def _pickups(wiring: Wiring) -> Iterator[Delay]:
    table, every = "package_delivery", wiring.numbers.number("membership", "delta.interval_min")
    request = wiring.numbers.number(table, "stage_2.policy_request_min")
    delta = wiring.numbers.number(table, "stage_2.delta_membership_min")
    yield pickup("the guide", PRINTED, request, delta, "5-4", "C-08: 5-4 counts 15 minutes for the delta update")
    yield pickup("the guide", "delta update of 6-2", request, every, "6-2", "C-08: 6-2 and 6-3 say every 5 minutes")
    for server in wiring.servers:
        yield pickup(server.name, AS_SET, _request_min(server, wiring), _delta_min(server, wiring), "POL-6")


def _request_min(server: DesignManagementServer, wiring: Wiring) -> float:
    return request_interval_s(server, wiring) / MINUTES


def _delta_min(server: DesignManagementServer, wiring: Wiring) -> float:
    if server.delta_membership_s:
        return server.delta_membership_s / MINUTES
    return wiring.numbers.number("membership", "delta.interval_min")


def _replication_min(server: DesignManagementServer, wiring: Wiring) -> float:
    if server.replication_s:
        return server.replication_s / MINUTES
    return wiring.numbers.number("package_delivery", "replication.every_h") * MINUTES


def arrivals(wiring: Wiring, mb: float) -> Iterator[Delay]:
    """Yield the worst cases of the arrival of a package of so many MB: as printed, then for each child as it is set."""
    numbers = wiring.numbers
    hours = numbers.number("package_delivery", "retry.limit_h")
    base, factor = (numbers.number("package_delivery", f"retry.{name}") for name in ("base_min", "factor"))
    retry = Retry(base, factor, hours * MINUTES)
    printed_max = numbers.number("package_delivery", "stage_2.max_min")
    printed_replication = numbers.number("package_delivery", "stage_4.max_h") * MINUTES
    create, lan = wiring.assumed("create_kbit_s"), wiring.assumed("transfer_kbit_s")
    printed = Package(mb, create, lan, lan, printed_max, printed_max, printed_replication, retry)
    yield package_arrival("the guide", PRINTED, printed)
    for child in wiring.servers:
        parent = wiring.snapshot.server.get(child.parent or "")
        if parent is not None:
            package = Package(
                mb,
                create,
                _narrowest(wiring, parent) or lan,
                _narrowest(wiring, child) or lan,
                _request_min(parent, wiring) + _delta_min(parent, wiring),
                _request_min(child, wiring) + _delta_min(child, wiring),
                _replication_min(child, wiring),
                retry,
            )
            yield package_arrival(child.name, AS_SET, package)


def _narrowest(wiring: Wiring, server: DesignManagementServer) -> float | None:
    """Return the narrowest link between a management server and a package server of its sites."""
    served = {name for one in wiring.snapshot.hosting_for(server, "package") for name in one.sites}
    mine = (place.site for place in wiring.places if place.server is server and place.site is not None)
    links = (site.link_kbit for site in mine if site.name in served and site.name != server.site and site.link_kbit)
    return min(links, default=None)


# --- patches ----------------------------------------------------------------------------------------------------------


def _patching(wiring: Wiring, server: DesignManagementServer) -> Delay:
    numbers = wiring.numbers
    policies = list(wiring.snapshot.in_use(PATCH))
    mb = max((kbit_of(policy, wiring) for policy in policies), default=wiring.assumed("patch.kbit")) / _KBIT_PER_MB
    ignored = bool(policies) and all(policy.ignore_windows for policy in policies)
    wait, length, note = _window(wiring)
    patching = Patching(
        import_every_min=DAY_MIN,
        import_min=numbers.number("patch", "later_import_below_h") * MINUTES,
        plugin_check_min=numbers.number("patch", "plugin_check_h") * MINUTES,
        membership_min=_delta_min(server, wiring),
        agent_check_min=_request_min(server, wiring),
        download_min=transfer_min(mb, _narrowest(wiring, server) or wiring.assumed("transfer_kbit_s")),
        replication_min=_replication_min(server, wiring) if server.parent else None,
        window_min=None if ignored else wait,
        window_length_min=length,
    )
    return patch_latency(server.name, "windows ignored" if ignored else note, patching)


def _window(wiring: Wiring) -> tuple[float, float, str]:
    """Return the longest wait for a maintenance window and its length, in minutes, and whose figures they are."""
    snapshot = wiring.snapshot
    found = [one for one in snapshot.windows if one.enabled and one.everywhere and one.type == "maintenance"]
    waits = []
    for window in found:
        zone = ZoneInfo(window.schedule.zone)
        coming = due_between(window.schedule.timing, zone, snapshot.now, snapshot.now + timedelta(days=70))
        gaps = [(later.utc - sooner.utc).total_seconds() for sooner, later in pairwise(islice(coming, _MOST))]
        if gaps:
            waits.append((max(0.0, max(gaps) - window.duration_s) / MINUTES, window.duration_s / MINUTES, window.name))
    if not waits:
        return wiring.assumed("window_wait_h") * MINUTES, wiring.assumed("window_length_h") * MINUTES, "window assumed"
    wait, length, name = min(waits)
    return wait, length, f"window {name}"


# --- tickles and growth -----------------------------------------------------------------------------------------------


def tickles(wiring: Wiring) -> Iterator[tuple[DesignManagementServer, TaskTraffic]]:
    """Yield the traffic of the task service of each management server, an hour (TASK-25)."""
    between = wiring.numbers.number("task_intervals", "between_tickles_min") * MINUTES
    for server in wiring.servers:
        places = [place for place in wiring.places if place.server is server]
        clients = round(sum(place.computers for place in places))
        mine = {one.name for place in places for one in wiring.serving(place, "task")}
        yield server, task_traffic(len(mine), clients, poll_s(wiring), task_interval_s(server, wiring), between)


def growths(wiring: Wiring, growth_pct: float = 0.0) -> Iterator[Growth]:
    """Yield the growth of each management server's database."""
    often = {policy.name: _often(wiring, policy) for policy in wiring.snapshot.in_use()}
    size = {
        name: wiring.numbers.number("database_size", metric)
        for name, metric in (("empty", "empty_mb"), ("least", "per_computer_kb.min"), ("most", "per_computer_kb.max"))
    }
    for server in wiring.servers:
        places = [place for place in wiring.places if place.server is server]
        adding = []
        for policy in wiring.snapshot.in_use():
            hit = sum(place.hit_by(policy) for place in places)
            adding.append(Adding(policy.name, hit, db_kb_of(policy, wiring), *often[policy.name]))
        yield growth(
            server.name,
            sum(place.computers for place in places),
            adding,
            empty_mb=size["empty"],
            least_mb_each=size["least"] / 1000,
            most_mb_each=size["most"] / 1000,
            growth_pct_year=growth_pct,
        )


def _often(wiring: Wiring, policy: DesignPolicy) -> tuple[float, float]:
    """Return how often a policy comes in the next month and year; what comes very often is counted for a while."""
    if policy.schedule is None:
        return 0.0, 0.0
    now, zone = wiring.snapshot.now, ZoneInfo(policy.schedule.zone)
    coming = list(islice(due_between(policy.schedule.timing, zone, now, now + timedelta(days=YEAR_DAYS)), _MOST))
    if len(coming) == _MOST:
        days = (coming[-1].utc - now).total_seconds() / 86_400
        return _MOST * MONTH_DAYS / days, _MOST * YEAR_DAYS / days
    month = now + timedelta(days=MONTH_DAYS)
    return float(sum(due.utc <= month for due in coming)), float(len(coming))
