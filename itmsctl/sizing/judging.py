"""What is found in a snapshot: by the rules of sizing, and by the checks of sites and site servers."""

from __future__ import annotations

from dataclasses import replace

from itmsctl.sites import limits as sites
from itmsctl.sites.findings import SiteFinding, worst_first
from itmsctl.sites.lints import lint
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rulebook import rules
from itmsctl.sizing.snapshot import Snapshot

# `site check` knows one management server. Where there are several, rules look at each.
_OF_ONE_SERVER = frozenset({"task-servers-few", *(f"{service}-servers-max" for service in sites.SERVERS_MAX)})


def judged(snapshot: Snapshot, numbers: Numbers) -> list[SiteFinding]:
    """Return every finding, the worst first."""
    found = [finding for rule in rules() for finding in rule.findings(snapshot, numbers)]
    if snapshot.estate is not None:
        several = len(snapshot.servers) > 1
        estate = replace(snapshot.estate, limits=limits_of(numbers))
        found += [one for one in lint(estate) if not (several and one.id in _OF_ONE_SERVER)]
    return worst_first(found)


def limits_of(numbers: Numbers) -> sites.Limits:
    """Return the figures of `site check` as these numbers say them, an administrator's own among them."""

    def limit(standing: sites.Limit, table: str, metric: str) -> sites.Limit:
        return replace(standing, value=numbers.whole(table, metric))

    return sites.Limits(
        servers_max={
            service: limit(one, "management_limits", f"limit.{service}_servers.max")
            for service, one in sites.SERVERS_MAX.items()
        },
        computers_per_server_max={
            service: limit(one, f"{service}_limits", "limit.computers.max")
            for service, one in sites.COMPUTERS_PER_SERVER_MAX.items()
        },
        pxe_sessions_max=limit(sites.PXE_SESSIONS_MAX, "boot_limits", "limit.pxe_sessions.max"),
        desktop_sessions=(
            numbers.whole("site_server_os", "desktop_sessions.min"),
            numbers.whole("site_server_os", "desktop_sessions.max"),
        ),
        server_os_from=limit(sites.SERVER_OS_FROM, "site_server_os", "task.server_above"),
        task_server_step=limit(sites.TASK_SERVER_STEP, "task_servers", "step.normal"),
    )
