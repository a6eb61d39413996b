"""`server add` looks at what inventory knows of a computer: surely too small is refused, unknown is said (NS-10)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.sites.fitness import LEAST, HostingFacts, shortcomings, unknown
from itmsctl.sizing.rule import number_at
from itmsctl.sizing.service.numbers import printed
from tests.conftest import Run
from tests.inventory.telling import tell

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
BIG = HostingFacts("Windows Server 2022", 8, 16, 500, (10, 0), (4, 8, 1))


@pytest.mark.parametrize(
    ("services", "family", "facts", "lacking"),
    [
        ({"package"}, "linux", BIG, []),
        ({"package"}, "linux", HostingFacts(), []),
        ({"package"}, "linux", HostingFacts(cores=1), ["table 4-4"]),
        ({"package"}, "linux", HostingFacts(ram_gb=1.9), []),
        ({"package", "boot"}, "windows", HostingFacts(ram_gb=3), ["table 4-5"]),
        ({"package"}, "linux", HostingFacts(cores=1, ram_gb=1, disk_gb=20), ["table 4-4"] * 3),
        ({"task"}, "windows", HostingFacts("Microsoft Windows XP Professional"), ["TASK-7"]),
        ({"task"}, "windows", HostingFacts(iis=(6, 0), dotnet=(4, 5)), ["TASK-7", "TASK-7"]),
        ({"task"}, "windows", HostingFacts(disk_gb=1, iis=(7, 0), dotnet=(4, 5, 1)), []),
        ({"monitor"}, "windows", HostingFacts(cores=1), []),
    ],
)
def test_what_a_computer_lacks(services: set[str], family: str, facts: HostingFacts, lacking: list[str]) -> None:
    assert [one.rule for one in shortcomings(services, family, facts)] == lacking


def test_what_is_not_known_is_named() -> None:
    assert unknown({"package"}, "", HostingFacts(cores=2)) == ["operating system", "memory", "disk"]
    assert unknown({"task"}, "windows", HostingFacts(cores=2, ram_gb=2)) == ["IIS", ".NET"]
    assert unknown({"package"}, "linux", BIG) == []


def test_inventory_decides_and_a_person_may_say_otherwise(ok: Run, run: Run, store: Store) -> None:
    for name in ("small", "large", "dark"):
        ok("computer", "add", name, "--os-family", "linux")
    disk = {"mount_point": "/", "size_bytes": 200 << 30}
    tell(store, AT, {
        "small": {"hardware": [{"cores": 1, "memory_mib": 1024}], "filesystems": [disk]},
        "large": {"hardware": [{"cores": 4, "memory_mib": 3900}], "filesystems": [disk]},
    })  # fmt: skip
    refused = run("server", "add", "small", "--service", "package")
    assert refused.code == 6
    assert "1 cores, 2 are the least (table 4-4)" in refused.err
    assert run("server", "show", "small").code == 5
    assert ok("server", "add", "large", "--service", "package").err == "large: created\n"
    assert "not known of it: cores, memory, disk" in ok("server", "add", "dark", "--service", "package").err
    assert ok("server", "add", "small", "--service", "package", "--unfit").err == "small: created\n"


def test_the_least_is_the_smallest_row_of_the_planning_tables() -> None:
    numbers = printed()
    cells = {"package": {"ram_gb": "ram_gb.min", "disk_gb": "disk_gb.min"}, "boot": {"disk_gb": "disk_gb.min"}}
    for service, least in LEAST.items():
        for metric, value in least.items():
            cell = cells.get(service, {}).get(metric, metric)
            assert number_at(numbers, f"{service}_hardware", 10, cell) == value, (service, metric)
