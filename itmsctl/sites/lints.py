"""Findings about sites and site servers: what does not work, may hurt, or is worth knowing, and what fixes it."""

from __future__ import annotations

from itmsctl.sites import computer_lints, load_lints, placement_lints
from itmsctl.sites.findings import SiteFinding, worst_first
from itmsctl.sites.overlaps import gap_findings, overlaps
from itmsctl.sites.snapshot import CountedEstate

# Every id of a finding about sites; `assignment-drift` needs the rows.
IDS = (
    "assignment-drift",
    "boot-across-router",
    "boot-server-load",
    "boot-server-per-subnet",
    "boot-servers-max",
    "computers-without-address",
    "computers-without-subnet",
    "constrained-without-site",
    "desktop-sessions",
    "management-in-site",
    "no-boot-server",
    "no-sites",
    "no-task-server",
    "package-server-load",
    "package-servers-max",
    "pxe-sessions",
    "server-os-advised",
    "server-os-unfit",
    "site-unfed",
    "site-without-package-server",
    "site-without-task-server",
    "subnet-gap",
    "subnet-in-other-site",
    "subnet-twice",
    "subnet-without-site",
    "task-server-load",
    "task-servers-few",
    "task-servers-max",
)


def lint(snapshot: CountedEstate) -> list[SiteFinding]:
    """Return every finding of a snapshot, the worst first."""
    lints = (*placement_lints.LINTS, *load_lints.LINTS, *computer_lints.LINTS)
    found = [finding for one in lints for finding in one(snapshot)]
    index = snapshot.estate.index
    return worst_first([*found, *overlaps(index), *gap_findings(index)])
