"""The tables of hardware: machines, volumes, settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from itmsctl.sizing.brief import number, short, spoken
from itmsctl.sizing.line import Line
from itmsctl.sizing.numbers import Value

Lines = Mapping[str, Line]

_MACHINES = (
    ("management", "Management server"),
    ("database", "Database server"),
    ("on_box", "Management server with its database"),
    ("task", "Task server"),
    ("package", "Package server"),
    ("boot", "Network boot server"),
    ("gateway", "Internet gateway"),
)
_VOLUMES = (
    ("os", "System"),
    ("platform", "Platform"),
    ("packages", "Packages"),
    ("data", "Data"),
    ("logs", "Log"),
    ("temp", "Temporary"),
)
_SETTINGS = (
    ("agent_config_h", "Agents ask for their configuration every"),
    ("full_inventory", "Full inventory"),
    ("delta_inventory", "Delta inventory"),
    ("full_membership_update", "Complete update of memberships"),
    ("delta_membership_update_min", "Delta update of memberships every"),
    ("task_service_update_min", "Task servers ask for tasks every"),
)


@dataclass(frozen=True)
class Machine:
    """A row of hardware: what it is, how many, and what each has."""

    name: str
    count: str
    cores: str
    memory: str
    disk: str
    system: str
    note: str
    source: str
    conflicts: Sequence[str]


@dataclass(frozen=True)
class Volume:
    """A volume of a machine."""

    machine: str
    use: str
    mount: str
    iops: str
    size: str
    source: str


@dataclass(frozen=True)
class Setting:
    """A setting of the band."""

    name: str
    value: str
    source: str
    conflicts: Sequence[str]


def machines(by_role: Mapping[str, Lines]) -> list[Machine]:
    """Return the hardware of every role that is there; either two machines or one with the database on it."""
    together = _said(by_role.get("database", {}), "hosting") == "on box"
    alone = ("management", "database")
    found = []
    for role, name in _MACHINES:
        lines = by_role.get(role, {})
        wanted = role not in ("on_box", *alone) or (role == "on_box") == together
        if wanted and (role == "on_box" or "count" in lines or role == "database"):
            found.append(_machine(name, lines, _count(by_role, role)))
    return found


def _machine(name: str, lines: Lines, count: Value) -> Machine:
    cores = _range(lines, "cores")
    shown = [lines[metric] for metric in ("cores", "cores.min", "ram_gb", "ram_gb.min", "disk_gb") if metric in lines]
    clock = _said(lines, "ghz")
    with_consoles = "ram_gb.with_consoles" in lines
    return Machine(
        name,
        number(count),
        f"{cores}, {clock}" if clock else cores,
        _range(lines, "ram_gb.with_consoles" if with_consoles else "ram_gb"),
        _range(lines, "disk_gb"),
        _said(lines, "os"),
        "with console sessions" if with_consoles else _each(lines),
        ", ".join(dict.fromkeys(short(line.source) for line in shown)),
        _conflicts(shown),
    )


def _count(by_role: Mapping[str, Lines], role: str) -> Value:
    """Return how many there are: databases as many as management servers."""
    line = by_role.get(role, {}).get("count") or by_role["management"]["count"]
    return line.value


def _each(lines: Lines) -> str:
    each = lines.get("computers")
    return f"{number(each.value)} computers each" if each is not None else ""


def volumes(by_role: Mapping[str, Lines]) -> Iterator[Volume]:
    """Yield the volumes of management and database servers, where they have a figure."""
    last = ""
    for role, machine in _MACHINES[:2]:
        lines = by_role.get(role, {})
        for use, name in _VOLUMES:
            iops, size = lines.get(f"iops.{use}"), lines.get(f"capacity_gb.{use}")
            if (iops or size) and any(line is not None and line.value is not None for line in (iops, size)):
                source = (iops or size or Line("", "", None)).source
                shown, last = "" if machine == last else machine, machine
                yield Volume(
                    shown,
                    name,
                    _said(lines, f"mount.{use}"),
                    _amount(iops),
                    _said(lines, f"capacity_gb.{use}"),
                    short(source),
                )


def settings(lines: Lines) -> list[Setting]:
    """Return the settings of the band."""
    return [
        Setting(name, spoken(lines[metric]), lines[metric].source, _conflicts([lines[metric]]))
        for metric, name in _SETTINGS
        if metric in lines
    ]


def _said(lines: Lines, metric: str) -> str:
    line = lines.get(metric)
    return "" if line is None or line.value is None else spoken(line)


def _amount(line: Line | None) -> str:
    return "" if line is None or line.value is None else number(line.value)


def _range(lines: Lines, metric: str) -> str:
    """Return a figure, or the two ends of a range."""
    low, high = lines.get(f"{metric}.min"), lines.get(f"{metric}.max")
    if low is None or high is None:
        return _said(lines, metric)
    return spoken(high) if low.value == high.value else f"{number(low.value)} to {spoken(high)}"


def _conflicts(lines: Sequence[Line]) -> list[str]:
    return sorted({one for line in lines for one in line.conflicts})
