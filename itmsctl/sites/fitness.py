"""Whether a computer can host site services (SITE-15, TASK-7, NS-10): its system, its size, what must be on it.

Only what is known of the computer itself is judged: what an administrator states of a server is a plan, which findings
of `sizing lint` are for. What is not known is no refusal, and is said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from itmsctl.sites.estate import BOOT, PACKAGE, TASK

# The rows of the smallest band of tables 4-3 to 4-5; disks do not matter to task servers (TASK-8).
LEAST: Mapping[str, Mapping[str, float]] = {
    TASK: {"cores": 2, "ram_gb": 2},
    PACKAGE: {"cores": 2, "ram_gb": 2, "disk_gb": 100},
    BOOT: {"cores": 1, "ram_gb": 4, "disk_gb": 100},
}
TABLES = {TASK: "4-3", PACKAGE: "4-4", BOOT: "4-5"}
SIZES = {"cores": "cores", "ram_gb": "memory", "disk_gb": "disk"}
_UNITS = {"cores": " cores", "ram_gb": " GB of memory", "disk_gb": " GB of disk"}
# A machine of 2 GB tells of a little less: its firmware and graphics keep some.
_TOLERANCE = 0.9
DOTNET = (4, 5, 1)
IIS = (7,)
_NO_TASKS = ("xp", "2003")  # TASK-7


@dataclass(frozen=True, slots=True)
class HostingFacts:
    """What inventory knows of a computer; None is unknown. `os_name` is such as `Windows Server 2022`."""

    os_name: str | None = None
    cores: float | None = None
    ram_gb: float | None = None
    disk_gb: float | None = None
    iis: tuple[int, ...] | None = None
    dotnet: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """What a service needs and a computer surely has not."""

    service: str
    what: str
    rule: str


def unfit(services: Collection[str], os_family: str) -> frozenset[str]:
    """Return the services that a computer of this family cannot host; none where its family is not known."""
    if os_family in {"", "windows"}:
        return frozenset()
    return frozenset(services) - ({PACKAGE} if os_family == "linux" else set())


def hosts_nothing(services: Collection[str], os_family: str) -> bool:
    """Return whether a computer of this family can host none of these services."""
    return bool(services) and unfit(services, os_family) == frozenset(services)


def shortcomings(services: Collection[str], os_family: str, facts: HostingFacts) -> Iterator[Shortcoming]:
    """Yield what a computer surely lacks for each of these services."""
    for service, least in LEAST.items():
        if service not in services:
            continue
        for metric, wanted in least.items():
            have = getattr(facts, metric)
            if have is not None and have < wanted * (1 if metric == "cores" else _TOLERANCE):
                what = f"{have:.3g}{_UNITS[metric]}, {wanted:g} are the least"
                yield Shortcoming(service, what, f"table {TABLES[service]}")
    if TASK in services:
        yield from _for_tasks(os_family, facts)


def _for_tasks(os_family: str, facts: HostingFacts) -> Iterator[Shortcoming]:
    name = (facts.os_name or "").casefold()
    old = next((word for word in _NO_TASKS if word in name.split()), None)
    if os_family == "windows" and old is not None:
        yield Shortcoming(TASK, f"{facts.os_name}, which the task service no longer runs on", "TASK-7")
    if facts.iis is not None and facts.iis < IIS:
        yield Shortcoming(TASK, f"IIS {_version(facts.iis)}, 7.0 is the least", "TASK-7")
    if facts.dotnet is not None and facts.dotnet < DOTNET:
        yield Shortcoming(TASK, f".NET {_version(facts.dotnet)}, 4.5.1 is the least", "TASK-7")


def unknown(services: Collection[str], os_family: str, facts: HostingFacts) -> list[str]:
    """Return what decides about these services and is not known: `memory`, `disk`, `.NET` ..."""
    wanted = {metric for service in services for metric in LEAST.get(service, ())}
    found = [] if os_family else ["operating system"]
    found += [said for metric, said in SIZES.items() if metric in wanted and getattr(facts, metric) is None]
    if TASK in services:
        found += [said for said, value in (("IIS", facts.iis), (".NET", facts.dotnet)) if value is None]
    return found


def _version(parts: tuple[int, ...]) -> str:
    return ".".join(map(str, parts)) if parts else "absent"
