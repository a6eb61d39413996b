"""The specification's own copy of the planning guide's tables, as cells: the path of each, and where it must come back.

This knows nothing of the product's numbers. Every leaf of a table must be named below or be passed over on purpose, so
that no cell can be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

COPY = Path(__file__).parent.parent / "data" / "sizing.yaml"
GUIDE: dict[str, Any] = yaml.safe_load(COPY.read_bytes())

# What stands in tables and is no cell: names, notes, how a cell was printed, and flags that belong to their neighbour.
PASSED = re.compile(
    r"(.*\.)?(band|title|source|disk_note|applies_to|holds\.\d+|footnote|printed|says|constraints\.\d+|\w+_or_more|"
    r"ram_or_more|version_min_as_printed|id|what|formula)|endpoints\.(min|max|below|above)|cpu_cache|cpu|on_box_note"
)
SQL_VOLUMES = {"os": "os", "sql": "data", "sql_db": "data", "logs": "logs", "tempdb": "temp"}
NS_VOLUMES = {"os": "os", "smp": "platform", "package_handling": "packages"}
_HARDWARE = {
    "cpu_cache.l2_mb": "l2_mb",
    "network.ports": "network.ports",
    "network.speed": "network.speed",
    "network.load_balanced": "network.load_balanced",
    "cpu.cores": "cores",
    "cpu.ghz": "ghz",
    "cpu.cores_min": "cores.min",
    "cpu.cores_max": "cores.max",
    "os": "os",
    "purpose": "purpose",
    "supported": "supported",
    "disk_gb": "disk_gb",
    "disk_gb.min": "disk_gb.min",
    "disk_gb.max": "disk_gb.max",
    "ram_gb": "ram_gb",
    "ram_gb.min": "ram_gb.min",
    "ram_gb.max": "ram_gb.max",
    "ram_gb_parent": "ram_gb.parent",
    "capacity_gb.os_sql": "capacity_gb.os",
    "capacity_gb.db": "capacity_gb.data",
    "capacity_gb.logs": "capacity_gb.logs",
    "capacity_gb.temp": "capacity_gb.temp",
    "capacity_gb.os_smp": "capacity_gb.os",
    "capacity_gb.packages": "capacity_gb.packages",
    "capacity_gb.packages_tb": "capacity_tb.packages",
}


@dataclass(frozen=True)
class Cell:
    """A printed cell, and the role and metric by which it must come back."""

    path: str
    role: str
    metric: str
    value: Any
    or_more: bool


@dataclass(frozen=True)
class Row:
    """One row of a table: the counts that it is for, and its cells, those of every row too."""

    table: str
    band: str | None
    low: int
    high: int | None
    cells: tuple[Cell, ...]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every leaf below a value, by its path."""
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        yield path, value
        return
    for key, one in inner:
        yield from leaves(one, f"{path}.{key}" if path else str(key))


def cells(node: Any, role: str, names: Mapping[str, str], volumes: Mapping[str, str] | None = None) -> Iterator[Cell]:
    """Yield the cells of a row or a table. Raises KeyError for a leaf that is neither named nor passed over."""
    for path, value in leaves(node):
        if re.match(r"volumes\.\d+\.(mount|iops)$", path):
            number, what = path.split(".")[1:]
            use = (volumes or {})[node["volumes"][int(number)]["holds"][0]]
            yield Cell(path, role, f"{what}.{use}", value, or_more=False)
        elif path in names:
            yield Cell(path, role, names[path], value, _or_more(node, path))
        elif not PASSED.fullmatch(path):
            raise KeyError(path)


def _or_more(node: Any, path: str) -> bool:
    *above, last = path.split(".")
    for key in above:
        node = node[int(key) if isinstance(node, list) else key]
    if isinstance(node, list):
        return False
    flags = (f"{last}_or_more", "ram_or_more" if last == "ram_gb" else "")
    return any(bool(node.get(flag)) for flag in flags)


def rows(
    table: Mapping[str, Any], role: str, names: Mapping[str, str], volumes: Mapping[str, str] | None = None
) -> list[Row]:
    """Return the rows of a banded table."""
    shared = {key: value for key, value in table.items() if key != "bands"}
    common = tuple(cells(shared, role, names, volumes))
    found = []
    for band in table["bands"]:
        ends = band["endpoints"]
        low = ends["above"] + 1 if ends.get("above") else ends.get("min") or 1
        high = ends["below"] - 1 if "below" in ends else ends["max"]
        own = {key: value for key, value in band.items() if key != "endpoints"}
        if own.get("cpu", ...) is None:  # one empty cell is printed for all of the processor
            own["cpu"] = {"cores_min": None, "cores_max": None}
        found.append(Row(table["source"], band.get("band"), low, high, (*common, *cells(own, role, names, volumes))))
    return found


def row_for(table: list[Row], endpoints: int) -> Row:
    """Return the row of a count: an upper edge belongs to the lower band, what lies between takes the next row up."""
    return next((row for row in table if row.high is None or endpoints <= row.high), table[-1])


_SETTINGS = {name: name for name in GUIDE["settings_by_band"]["bands"][0] if name != "endpoints"}
_VERSIONS = {"architecture": "architecture"} | {n: n for n in ("version_min", "on_box_allowed", "off_box_recommended")}
_H = GUIDE["hardware"]

DATABASE = rows(_H["sql_server"], "database", _HARDWARE, SQL_VOLUMES)
MANAGEMENT = rows(_H["notification_server"], "management", _HARDWARE, NS_VOLUMES)
TASK = rows(_H["task_server"], "task", _HARDWARE)
PACKAGE = rows(_H["package_server"], "package", _HARDWARE)
BOOT = rows(_H["network_boot_server"], "boot", _HARDWARE)
ON_BOX = rows({k: _H["on_box_sql"][k] for k in ("source", "bands")}, "on_box", _HARDWARE)
VERSIONS = rows(GUIDE["sql_versions"], "database", _VERSIONS)
AGENT = rows(GUIDE["agent"]["config_interval_by_band"], "agent", {"interval_h": "config_interval_h"})
SETTINGS = rows({k: v for k, v in GUIDE["settings_by_band"].items() if k != "further_advice"}, "settings", _SETTINGS)

SERVERS = {"task": TASK, "package": PACKAGE, "boot": BOOT}
WHOLE = [DATABASE, MANAGEMENT, ON_BOX, VERSIONS, AGENT, SETTINGS]

GATEWAY = tuple(
    cells(
        _H["internet_gateway"],
        "gateway",
        {
            "cpu.cores": "cores",
            "disk_gb": "disk_gb",
            "ram_gb": "ram_gb",
            "nics.count": "nics",
            "nics.gbit_each": "nic_gbit",
            "capacity.endpoints.min": "ceiling.endpoints.min",
            "capacity.endpoints.max": "ceiling.endpoints.max",
            "capacity.concurrent_connections": "ceiling.concurrent",
            "redundancy.gateways_min": "count.min",
            **{f"redundancy.purpose.{n}": f"purpose.{n}" for n in range(3)},
            "redundancy.one_gateway_serves_many_ns": "serves_many_management_servers",
            "redundancy.works_with_hierarchy": "works_with_hierarchy",
            "virtualisation.recommended": "virtual.recommended",
            "virtualisation.scalability_loss_pct_max": "virtual.loss_pct.max",
            "placement.zone": "zone",
            "placement.between_firewalls": "between_firewalls",
        },
    )
)
_SERVER_COUNTS = {
    "package_servers": "package_servers",
    "task_servers": "task_servers",
    "network_boot_servers": "boot_servers",
}
_ROLES = {"package_server": "package", "task_server": "task", "network_boot_server": "boot"}
_COUNTS: dict[str, tuple[str, str]] = {
    "managed_computers_per_ns.min": ("management", "limit.computers.min"),
    "managed_computers_per_ns.max": ("management", "limit.computers.max"),
    **{
        f"{name}_per_ns.{end}": ("management", f"limit.{ours}.{end}")
        for name, ours in _SERVER_COUNTS.items()
        for end in ("min", "max")
    },
    **{
        f"managed_computers_per_{name}.{end}": (role, f"limit.computers.{end}")
        for name, role in _ROLES.items()
        for end in ("min", "max")
    },
    "concurrent_pxe_sessions_per_network_boot_server.max": ("boot", "limit.pxe_sessions.max"),
    "concurrent_console_sessions_per_ns.max": ("console", "limit.sessions.max"),
    "concurrent_console_sessions_per_ns.managers": ("console", "limit.managers.max"),
    "concurrent_console_sessions_per_ns.asset_managers": ("console", "limit.asset_managers.max"),
    "cem_agents_per_internet_gateway.max": ("gateway", "limit.agents.max"),
    "cem_agents_per_internet_gateway.concurrent": ("gateway", "limit.concurrent.max"),
}
COUNTS = [
    Cell(path, *_COUNTS[path], value, or_more=False)
    for path, value in leaves(GUIDE["max_counts"]["counts"])
    if not path.endswith("footnote")
]


def counts_to_try() -> list[int]:
    """Return counts inside, at and beside every edge of every table, up to the largest that a table knows."""
    top = GUIDE["max_counts"]["counts"]["managed_computers_per_ns"]["max"]
    found = {1, top}
    for table in (*WHOLE, *SERVERS.values()):
        for row in table:
            high = row.high or top
            found |= {row.low - 1, row.low, row.low + 1, (row.low + high) // 2, high - 1, high, high + 1}
    return sorted(count for count in found if 1 <= count <= top)
