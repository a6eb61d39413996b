"""What hardware lacks against the rows of its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, number_at
from itmsctl.sizing.snapshot import DesignGateway, DesignManagementServer, DesignSiteServer, Snapshot
from itmsctl.values.untrusted import shell_arg

_SAID = {"cores": "cores", "ram_gb": "GB", "disk_gb": "GB of disk", "nics": "network adapters"}
# The cells of the table of each service that say the least of a metric; disks do not matter to task servers (TASK-8).
_CELLS: Mapping[str, Mapping[str, str]] = {
    "task": {"cores": "cores", "ram_gb": "ram_gb"},
    "package": {"cores": "cores", "ram_gb": "ram_gb.min", "disk_gb": "disk_gb.min"},
    "boot": {"cores": "cores", "ram_gb": "ram_gb", "disk_gb": "disk_gb.min"},
}


def small_servers(service: str, snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Yield the site servers that are too small for one service; what fixes one does for all of its services."""
    for server in snapshot.hosting(service):
        short = too_small(server, _wanted(server, service, numbers))
        if short:
            rows = [_wanted(server, other, numbers) for other in server.services & _CELLS.keys()]
            mends = {metric: max(row.get(metric) or 0 for row in rows) for metric in short}
            yield Hit(
                server.name,
                f"{service} server `{server.name}` carries {server.computers.get(service, 0):,} computers; "
                f"{said(short)} are advised",
                f"itmsctl server set {shell_arg(server.name)} {options(mends)}",
            )


def _wanted(server: DesignSiteServer, service: str, numbers: Numbers) -> dict[str, float | None]:
    computers = server.computers.get(service, 0)
    return {
        metric: number_at(numbers, f"{service}_hardware", computers, cell) for metric, cell in _CELLS[service].items()
    }


def too_small(
    machine: DesignSiteServer | DesignGateway | DesignManagementServer, wanted: Mapping[str, float | None]
) -> dict[str, float]:
    """Return what is advised of each metric that is stated and is less; what is not stated is not judged."""
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
    """Return the options that record what is advised: `--cores 4 --ram-gb 8`."""
    return " ".join(f"--{metric.replace('_', '-')} {value:g}" for metric, value in short.items())
