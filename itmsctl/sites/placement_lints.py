"""Lints of where site servers stand: what no server reaches, and what does not work where it stands."""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.estate import BOOT, PACKAGE, TASK
from itmsctl.sites.findings import SiteFinding, SiteSeverity
from itmsctl.sites.fitness import unfit
from itmsctl.sites.snapshot import CountedEstate
from itmsctl.values.untrusted import shell_arg


def no_sites(snapshot: CountedEstate) -> Iterator[SiteFinding]:
    """Check SITE-7: without sites every server is offered to every agent."""
    if snapshot.estate.servers and not snapshot.estate.sites:
        yield SiteFinding(
            "no-sites",
            SiteSeverity.WARNING,
            "estate",
            "site servers exist and no sites",
            "every server is offered to every agent, across any link",
            "SITE-7",
            "itmsctl site add NAME && itmsctl subnet add CIDR --site NAME",
        )


def shared_with_management(snapshot: CountedEstate) -> Iterator[SiteFinding]:
    """Check SITE-14: task servers beside the management server are used only where site management forces it."""
    loose = snapshot.management_sites - snapshot.forced_sites
    for server in snapshot.estate.hosting(TASK):
        for site in sorted(loose & snapshot.estate.server_places[server.guid].sites.keys()):
            yield SiteFinding(
                "management-in-site",
                SiteSeverity.WARNING,
                server.name,
                f"task server `{server.name}` and the management server share site `{site}`",
                "computers may use the management server instead unless site management forces them",
                "SITE-14",
                f"itmsctl site set {shell_arg(site)} --force-task-servers",
            )


def unfit_system(snapshot: CountedEstate) -> Iterator[SiteFinding]:
    """Check SITE-15, NS-10: site services run on Windows; the package service on Linux too."""
    for server in snapshot.estate.servers:
        family = snapshot.os_families.get(server.guid, "")
        cannot = unfit(server.services, family)
        if not cannot:
            continue
        name, services = shell_arg(server.name), ", ".join(sorted(cannot))
        can_keep = PACKAGE in server.services and family == "linux"
        yield SiteFinding(
            "server-os-unfit",
            SiteSeverity.WARNING,
            server.name,
            f"`{server.name}` runs {family} and is to host {services}",
            "site services want Windows; the package service runs on Linux too",
            "SITE-15",
            f"itmsctl server set {shell_arg(name)} --service package"
            if can_keep
            else f"itmsctl server remove {shell_arg(name)}",
        )


def no_task_server(snapshot: CountedEstate) -> Iterator[SiteFinding]:
    """Check SITE-22: agents get their tasks from a task server."""
    if snapshot.total and not snapshot.estate.hosting(TASK):
        yield SiteFinding(
            "no-task-server",
            SiteSeverity.WARNING,
            "estate",
            f"{snapshot.total} computers and no task server",
            "at least one is expected; agents must not turn to a hierarchy parent for tasks",
            "SITE-22",
            "itmsctl server add COMPUTER --service task",
        )


def unfed_sites(snapshot: CountedEstate) -> Iterator[SiteFinding]:
    """Check PKG-9, C-23: constrained package servers need an unconstrained one in their site; PKG-7: and a site."""
    estate = snapshot.estate
    unfed: dict[str, list[str]] = {}
    for server in filter(lambda s: s.is_constrained_package_server, estate.servers):
        sites = estate.server_places[server.guid].sites
        for site in sites:
            if site not in estate.fed_sites:
                unfed.setdefault(site, []).append(server.name)
        if not sites:
            yield SiteFinding(
                "constrained-without-site",
                SiteSeverity.ERROR,
                server.name,
                f"constrained package server `{server.name}` is in no site",
                "a constrained server works only inside its sites",
                "PKG-7",
                f"itmsctl server set {shell_arg(server.name)} --site SITE",
            )
    for site, names in sorted(unfed.items()):
        yield SiteFinding(
            "site-unfed",
            SiteSeverity.ERROR,
            site,
            f"site `{site}` has only constrained package servers: {', '.join(f'`{name}`' for name in names)}",
            "they do not function without an unconstrained one in the site",
            "PKG-9",
            f"itmsctl server set {shell_arg(names[0])} --no-constrained",
        )


def boot_reach(snapshot: CountedEstate) -> Iterator[SiteFinding]:
    """Check NBS-4: routers block PXE broadcasts; NBS-7: a boot server in each subnet is possible and not
    recommended.
    """
    estate = snapshot.estate
    hosts = estate.hosting(BOOT)
    if not hosts:
        return
    with_boot = {subnet.range for server in hosts for subnet in estate.server_places[server.guid].subnets}
    sites_with_boot = {site for server in hosts for site in estate.server_places[server.guid].sites}
    # One that is divided is judged by its parts: the longest prefix decides where a computer boots.
    leaves = [subnet for subnet in estate.index.subnets if not estate.index.children_of(subnet)]
    for subnet in leaves:
        if subnet.range in with_boot or subnet.boot_relay:
            continue
        reachable = subnet.site in sites_with_boot
        yield SiteFinding(
            "boot-across-router" if reachable else "no-boot-server",
            SiteSeverity.INFO if reachable else SiteSeverity.WARNING,
            subnet.name,
            f"no boot server in `{subnet.name}`" + ("" if reachable else " nor in its site"),
            "routers block PXE broadcasts: DHCP forced mode or an IP helper must forward them (NBS-5, NBS-6)",
            "NBS-4",
            f"itmsctl subnet set {subnet.name} --boot-relay ip-helper",
        )
    by_site: dict[str, list[bool]] = {}
    for subnet in leaves:
        by_site.setdefault(subnet.site, []).append(subnet.range in with_boot)
    for site, covered in sorted(by_site.items()):
        if site and len(covered) > 1 and all(covered):
            yield SiteFinding(
                "boot-server-per-subnet",
                SiteSeverity.INFO,
                site,
                f"every subnet of site `{site}` has a boot server of its own",
                "possible and not recommended, for its overhead; large simultaneous imaging can justify it",
                "NBS-7",
                f"itmsctl server list --service boot --site {shell_arg(site)}",
            )


def unserved_sites(snapshot: CountedEstate) -> Iterator[SiteFinding]:
    """Check SITE-6, SITE-23: a site with computers and no working server of a service that exists sends them
    elsewhere.
    """
    estate = snapshot.estate
    for service in (PACKAGE, TASK):
        hosts = estate.hosting(service)
        served = {site for server in hosts for site in estate.server_places[server.guid].sites}
        for site in sorted(estate.sites - served) if hosts else ():
            computers = snapshot.computers_by_site.get(site, 0)
            if computers:
                yield SiteFinding(
                    f"site-without-{service}-server",
                    SiteSeverity.INFO,
                    site,
                    f"site `{site}` has {computers} computers and no {service} server",
                    "they use the management server; services may be placed selectively (SITE-23)",
                    "SITE-6",
                    f"itmsctl server add COMPUTER --service {service} --site {shell_arg(site)}",
                )


LINTS = (no_sites, shared_with_management, unfit_system, no_task_server, unfed_sites, boot_reach, unserved_sites)
