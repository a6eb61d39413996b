"""Small designs that tests simulate, said as snapshots."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from itmsctl.schedules.kinds import SCHEDULE
from itmsctl.schedules.timing import Timing, timing_of
from itmsctl.sizing.snapshot import ManagementServer, Policy, Schedule, Site, Snapshot

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)  # a Thursday


def timing(**said: Any) -> Timing:
    return timing_of({field.name: None for field in SCHEDULE.fields} | said)


def schedule(base: str = "server", zone: str = "Europe/Rome", **said: Any) -> Schedule:
    return Schedule("s", timing(**said), base, zone)


def policy(name: str, workload: str | None, when: Schedule, sites: tuple[Site, ...], **more: Any) -> Policy:
    by_site = {site.name: site.computers for site in sites}
    return Policy(name, True, workload, schedule=when, computers=sum(by_site.values()), by_site=by_site, **more)


def company(sites: tuple[Site, ...], *policies: Policy, **more: Any) -> Snapshot:
    """One management server that stands in the first site and manages all of them."""
    count = sum(site.computers for site in sites)
    hq = ManagementServer("hq", computers=count, site=sites[0].name, **more.pop("hq", {}))
    return Snapshot(NOW, "Europe/Rome", count, (hq,), sites, policies=policies, **more)


ROME = Site("rome", 1200, time_zone="Europe/Rome")
OSLO = Site("oslo", 300, link_kbit=4000, time_zone="Europe/Oslo")
LONDON = Site("london", 600, link_kbit=50_000, time_zone="Europe/London")
MONDAY = schedule(weekly="monday 18:00")
