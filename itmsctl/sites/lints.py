"""Findings about sites and site servers: what does not work, may hurt, or is worth knowing, and what mends it."""

from __future__ import annotations

from itmsctl.sites import load_lints, placement_lints
from itmsctl.sites.findings import Finding, worst_first
from itmsctl.sites.overlaps import gap_findings, overlaps
from itmsctl.sites.snapshot import Snapshot


def lint(snapshot: Snapshot) -> list[Finding]:
    """Answer every finding of a snapshot, the worst first."""
    lints = (*placement_lints.LINTS, *load_lints.LINTS)
    found = [finding for one in lints for finding in one(snapshot)]
    index = snapshot.estate.index
    return worst_first([*found, *overlaps(index), *gap_findings(index)])
