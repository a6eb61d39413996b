"""The database server: hardware, volumes, size and its growth, memory, upkeep (SIZE-2, 7; DB-2, 3, 6, 8, 9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from itmsctl.sizing.line import Line, by_metric, computed, of_table, of_tables, tidy
from itmsctl.sizing.numbers import Cell, Numbers, PrintedTable
from itmsctl.sizing.request import Request

ROLE = "database"
_KB_PER_MB = 1000
_UPKEEP = (
    "database_autogrow",
    "database_memory",
    "database_disk",
    "database_maintenance",
    "database_tenancy",
    "database_failover",
    "collations",
)


def lines(numbers: Numbers, request: Request) -> Iterator[Line]:
    """Yield the lines of the database, on a server of its own or on the same machine (4-7)."""
    alone = by_metric(of_table(numbers.table("database_hardware"), request.each))
    same = by_metric(of_table(numbers.table("on_box_hardware"), request.each))
    on_box = request.on_box and same["supported"].value is True
    yield _hosting(numbers, request, same["supported"])
    if not on_box:
        yield from alone.values()
        yield from _volumes(numbers, alone)
    yield from (replace(line, role="on_box") for line in same.values())
    yield from of_tables(numbers, "on_box")
    yield from of_table(numbers.table("sql_versions"), request.each)
    yield from _memory(numbers, same if on_box else alone)
    yield from _sizes(numbers, request)
    yield from of_tables(numbers, *_UPKEEP)


def _hosting(numbers: Numbers, request: Request, supported: Line) -> Line:
    if request.on_box and supported.value is True:
        return replace(
            supported, role=ROLE, metric="hosting", value="on_box", why=str(numbers.cell("on_box", "caveat").value)
        )
    limit = numbers.cell("on_box", "limit.computers.max")
    why = f"on the same machine it carries {limit.number:,.0f} computers at most, and slower"
    return computed(ROLE, "hosting", "off_box", "4-9", why, limit)


def _volumes(numbers: Numbers, hardware: Mapping[str, Line]) -> Iterator[Line]:
    """Yield how many volumes there are, and how many hard disks each of them takes."""
    mounts = [name.partition(".")[2] for name in hardware if name.startswith("mount.")]
    first = hardware["mount.os"]
    yield replace(
        first, metric="volumes", value=len(mounts), unit="volumes", why="one for each core for high performance"
    )
    slow, fast = (numbers.cell("database_disk", f"hdd_iops.{end}") for end in ("min", "max"))
    for use in mounts:
        iops = hardware[f"iops.{use}"]
        if isinstance(iops.value, (int, float)):
            for end, each in (("min", fast), ("max", slow)):
                why = f"{iops.value} IOPS by disks of {each.number:g} each, before redundancy"
                yield replace(
                    iops, metric=f"hdds.{use}.{end}", value=-int(-iops.value // each.number), unit="disks", why=why
                )


def _memory(numbers: Numbers, hardware: Mapping[str, Line]) -> Iterator[Line]:
    """Yield the most that the database may take: memory less what the system needs (DB-6)."""
    ram = hardware["ram_gb"]
    if not isinstance(ram.value, (int, float)):
        return
    for end, other in (("min", "max"), ("max", "min")):
        left = numbers.cell("database_memory", f"leave_for_os_gb.{other}")
        why = f"{ram.value} GB less {left.number:g} for the operating system"
        value = max(0, ram.value - left.number)
        line = replace(ram, metric=f"max_server_memory_gb.{end}", value=value, why=why)
        yield replace(line, role=ROLE, source=f"{left.source}; {ram.source}", conflicts=ram.conflicts)


def _sizes(numbers: Numbers, request: Request) -> Iterator[Line]:
    """Yield the size of the database and its log now and in years to come, and by how much it grows at once."""
    told = False
    for year in range(request.years + 1):
        for line in _size(numbers, request, year):
            if line.role != "advice" or not told:
                yield line
            told = told or line.role == "advice"
    estimate = size_mb(numbers, request.endpoints_in(request.years), "max")
    source, computers = _cells(numbers, "max")
    yield computed(
        ROLE, "preallocate_mb", estimate, source, "before installation, for the last of these years", computers
    )
    now = size_mb(numbers, request.each, "max")
    for end in ("min", "max"):
        share = numbers.cell("database_autogrow", f"increment_pct.{end}")
        why = f"{share.number:g} % of {now:,.0f} MB; compare with the growth seen in pre-production"
        yield computed(ROLE, f"autogrow_mb.{end}", round(now * share.number / 100), share.source, why, share, computers)


def _size(numbers: Numbers, request: Request, year: int) -> Iterator[Line]:
    endpoints = request.endpoints_in(year)
    at = f".year_{year}" if year else ""
    if year:
        why = f"{request.each:,} and {request.growth_pct:g} % a year"
        yield computed(ROLE, f"endpoints{at}", endpoints, "input", why)
    for end in ("min", "max"):
        source, each = _cells(numbers, end)
        empty = numbers.number("database_size", "empty_mb")
        why = f"{empty:g} MB and {each.number:g} KB for each of {endpoints:,} computers"
        yield computed(ROLE, f"size_mb{at}.{end}", size_mb(numbers, endpoints, end), source, why, each)
    if year:
        yield from _later_band(numbers.table("database_hardware"), endpoints, at)


def _later_band(table: PrintedTable, endpoints: int, at: str) -> Iterator[Line]:
    """Yield the band and the log volume of a later year; advice where no row stands above."""
    if table.limit is not None and endpoints > table.limit:
        year = at.rpartition("_")[2]
        said = f"{endpoints:,} computers in year {year}: above {table.limit:,} more management servers are needed"
        yield computed("advice", f"endpoints{at}", said, table.source, "no row stands above it (SIZE-3)")
        return
    found = by_metric(of_table(table, endpoints))
    logs = found["capacity_gb.logs"]
    yield replace(logs, metric=f"capacity_gb.logs{at}")
    yield replace(logs, metric=f"band{at}", value=logs.band, unit="", conflicts=found["cores"].conflicts, why="")


def size_mb(numbers: Numbers, endpoints: int, end: str) -> float:
    """Return the size of a database in MB: empty, and so much for each computer (DB-2)."""
    each = numbers.number("database_size", f"per_computer_kb.{end}")
    return tidy(numbers.number("database_size", "empty_mb") + endpoints * each / _KB_PER_MB)


def _cells(numbers: Numbers, end: str) -> tuple[str, Cell]:
    cell = numbers.cell("database_size", f"per_computer_kb.{end}")
    return cell.source, cell
