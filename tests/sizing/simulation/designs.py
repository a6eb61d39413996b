"""Small designs that tests simulate, said as snapshots."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from itmsctl.schedules.kinds import SCHEDULE
from itmsctl.schedules.timing import Timing, timing_of
from itmsctl.sizing.snapshot import DesignManagementServer, DesignPolicy, DesignSchedule, DesignSite, Snapshot

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)  # a Thursday


def timing(**said: Any) -> Timing:
    return timing_of({field.name: None for field in SCHEDULE.fields} | said)


def schedule(base: str = "server", zone: str = "Europe/Rome", **said: Any) -> DesignSchedule:
    return DesignSchedule("s", timing(**said), base, zone)


def policy(
    name: str, workload: str | None, when: DesignSchedule, sites: tuple[DesignSite, ...], **more: Any
) -> DesignPolicy:
    by_site = {site.name: site.computers for site in sites}
    return DesignPolicy(name, True, workload, schedule=when, computers=sum(by_site.values()), by_site=by_site, **more)


def company(sites: tuple[DesignSite, ...], *policies: DesignPolicy, **more: Any) -> Snapshot:
    """One management server that stands in the first site and manages all of them."""
    count = sum(site.computers for site in sites)
    hq = DesignManagementServer("hq", computers=count, site=sites[0].name, **more.pop("hq", {}))
    return Snapshot(NOW, "Europe/Rome", count, (hq,), sites, policies=policies, **more)


ROME = DesignSite("rome", 1200, time_zone="Europe/Rome")
OSLO = DesignSite("oslo", 300, link_kbit=4000, time_zone="Europe/Oslo")
LONDON = DesignSite("london", 600, link_kbit=50_000, time_zone="Europe/London")
MONDAY = schedule(weekly="monday 18:00")
