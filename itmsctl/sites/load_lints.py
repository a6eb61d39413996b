"""Lints of counts: sessions, computers a server, servers an estate."""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.estate import BOOT, MONITOR, TASK
from itmsctl.sites.findings import SiteFinding, SiteSeverity
from itmsctl.sites.limits import task_servers_needed
from itmsctl.sites.snapshot import CountedEstate
from itmsctl.values.untrusted import shell_arg


def desktop_sessions(snapshot: CountedEstate) -> Iterator[SiteFinding]:
    """Check SITE-16, TASK-6: a desktop system lets in 10 or 20 at once, which does for less than 100 computers."""
    limits = snapshot.limits
    low, high = limits.desktop_sessions
    for server in filter(lambda s: s.desktop_os, snapshot.estate.servers):
        fix = f"itmsctl server set {shell_arg(server.name)} --no-desktop-os"
        if server.max_sessions is not None and server.max_sessions > high:
            yield SiteFinding(
                "desktop-sessions",
                SiteSeverity.WARNING,
                server.name,
                f"`{server.name}` has a desktop system and is recorded with {server.max_sessions} sessions",
                f"desktop systems cap concurrent connections at {low} or {high}",
                "SITE-16",
                f"itmsctl server set {shell_arg(server.name)} --max-sessions {high}",
            )
        for service in sorted(server.services - {MONITOR}):
            computers = snapshot.computers_of(server, service)
            if computers >= limits.server_os_from.value:
                yield SiteFinding(
                    "server-os-advised",
                    SiteSeverity.WARNING,
                    server.name,
                    f"`{server.name}` has a desktop system and carries {computers} computers as {service} server",
                    f"from {limits.server_os_from.value} computers on a server system is advised: no cap of sessions",
                    limits.server_os_from.source if service == TASK else "SITE-16",
                    fix,
                )


def pxe_sessions(snapshot: CountedEstate) -> Iterator[SiteFinding]:
    """Check NBS-10, TASK-24, C-10: at most 200 sessions at once on a boot server, and on a task server alike."""
    most = snapshot.limits.pxe_sessions_max
    for server in snapshot.estate.servers:
        roles = sorted(server.services & {BOOT, TASK})
        if roles and server.max_sessions is not None and server.max_sessions > most.value:
            yield SiteFinding(
                "pxe-sessions",
                SiteSeverity.WARNING,
                server.name,
                f"{' and '.join(roles)} server `{server.name}` is recorded with {server.max_sessions} sessions",
                f"{most.value} concurrent PXE sessions are the limit of a server",
                most.source,
                f"itmsctl server set {shell_arg(server.name)} --max-sessions {most.value}",
            )


def too_many_servers(snapshot: CountedEstate) -> Iterator[SiteFinding]:
    """Check SITE-19: counts per management server."""
    for service, limit in snapshot.limits.servers_max.items():
        count = len(snapshot.estate.hosting(service))
        if count > limit.value:
            yield SiteFinding(
                f"{service}-servers-max",
                SiteSeverity.WARNING,
                "estate",
                f"{count} {service} servers",
                f"a management server is tested with {limit.value}",
                limit.source,
                f"itmsctl server list --service {service}",
            )


def too_many_computers(snapshot: CountedEstate) -> Iterator[SiteFinding]:
    """Check PKG-5, TASK-5, NBS-10: computers a server, those of a site shared evenly by its servers."""
    for service, limit in snapshot.limits.computers_per_server_max.items():
        for server in snapshot.estate.hosting(service):
            computers = snapshot.computers_of(server, service)
            if computers > limit.value:
                yield SiteFinding(
                    f"{service}-server-load",
                    SiteSeverity.WARNING,
                    server.name,
                    f"`{server.name}` carries {computers} computers as {service} server",
                    f"{limit.value} are the limit when those of a site share its servers evenly",
                    limit.source,
                    f"itmsctl server add COMPUTER --service {service}",
                )


def task_server_count(snapshot: CountedEstate) -> Iterator[SiteFinding]:
    """Check TASK-3, A-02: one task server for every 15,000 computers begun."""
    step = snapshot.limits.task_server_step.value
    have, need = len(snapshot.estate.hosting(TASK)), task_servers_needed(snapshot.total, step)
    if 0 < have < need:
        yield SiteFinding(
            "task-servers-few",
            SiteSeverity.WARNING,
            "estate",
            f"{have} task servers for {snapshot.total} computers",
            f"{need} are advised: one for every {step:,} begun, for every 10,000 under heavy task use",
            "TASK-3",
            "itmsctl server add COMPUTER --service task",
        )


LINTS = (desktop_sessions, pxe_sessions, too_many_servers, too_many_computers, task_server_count)
