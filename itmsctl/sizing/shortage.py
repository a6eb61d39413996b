"""What hardware lacks against a row of a table."""

from __future__ import annotations

from collections.abc import Mapping

from itmsctl.sizing.snapshot import Gateway, SiteServer

_SAID = {"cores": "cores", "ram_gb": "GB", "disk_gb": "GB of disk", "nics": "network adapters"}


def too_small(machine: SiteServer | Gateway, wanted: Mapping[str, float | None]) -> dict[str, float]:
    """Answer what is advised of each metric that is stated and is less; what is not stated is not judged."""
    found = {}
    for metric, least in wanted.items():
        have = getattr(machine, metric)
        if have is not None and least is not None and have < least:
            found[metric] = least
    return found


def said(short: Mapping[str, float]) -> str:
    """Say what is advised: `4 cores, 8 GB`."""
    return ", ".join(f"{value:g} {_SAID[metric]}" for metric, value in short.items())


def options(short: Mapping[str, float]) -> str:
    """Answer the options that record what is advised: `--cores 4 --ram-gb 8`."""
    return " ".join(f"--{metric.replace('_', '-')} {value:g}" for metric, value in short.items())
