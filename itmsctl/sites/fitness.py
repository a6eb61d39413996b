"""Which site services an operating system can host (SITE-15, NS-10): they want Windows, packages run on Linux too."""

from __future__ import annotations

from collections.abc import Collection

from itmsctl.sites.estate import PACKAGE


def unfit(services: Collection[str], os_family: str) -> frozenset[str]:
    """Return the services that a computer of this family cannot host; none where its family is not known."""
    if os_family in {"", "windows"}:
        return frozenset()
    return frozenset(services) - ({PACKAGE} if os_family == "linux" else set())


def hosts_nothing(services: Collection[str], os_family: str) -> bool:
    """Return whether a computer of this family can host none of these services."""
    return bool(services) and unfit(services, os_family) == frozenset(services)
