"""The snapshot: what is planned, else what is counted; whom policies mean; on both databases."""

from __future__ import annotations

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.schedules.timing import INTERVAL, WEEKLY
from itmsctl.sizing.service.snapshots import snapshot
from itmsctl.sizing.snapshot import COUNTED, OF_SITES, PLANNED, Snapshot
from tests.conftest import Run

LOCAL = ("--transport", "local")


@pytest.fixture
def estate(ok: Run) -> Run:
    """Rome has two computers, Oslo one; one is in both and one in none."""
    for site in ("rome", "oslo"):
        ok("site", "add", site)
    ok("subnet", "add", "10.1.0.0/16", "--site", "rome")
    ok("subnet", "add", "10.2.0.0/16", "--site", "oslo")
    ok("computer", "add", "a", "--address", "10.1.0.1")
    ok("computer", "add", "b", "--address", "10.1.0.2", "--address", "10.2.0.2")
    ok("computer", "add", "c", "--address", "192.168.0.1")
    ok("task", "add", "scan", "--command", "true")
    return ok


def seen(store: Store) -> Snapshot:
    with store.read() as reader:
        return snapshot(reader)


def test_an_empty_cmdb(store: Store) -> None:
    found = seen(store)
    assert (found.computers, found.servers, found.sites, found.policies) == (0, (), (), ())


def test_counted(estate: Run, store: Store) -> None:
    estate("management-server", "add", "hq", "--manages", "rome", "--manages", "oslo", "--site", "rome")
    estate("management-server", "add", "far", "--manages", "oslo", "--parent", "hq")
    estate("server", "add", "a", "--service", "package", "--service", "task", "--site", "oslo", "--cores", "4")
    found = seen(store)
    assert found.computers == 3
    assert {site.name: (site.computers, site.planned) for site in found.sites} == {"rome": (2, None), "oslo": (1, None)}
    # one computer is in both of its sites, and is counted once
    assert [(s.name, s.computers, s.computers_from) for s in found.servers] == [("far", 1, COUNTED), ("hq", 2, COUNTED)]
    assert found.children == {"hq": ("far",)}
    (server,) = found.site_servers
    assert (server.sites, server.cores) == (frozenset({"rome", "oslo"}), 4)
    assert server.computers == {"package": 3, "task": 3}
    assert found.hosting_for(found.server["far"], "task") == (server,)
    assert [s.name for s in found.managed_by("oslo")] == ["far", "hq"]
    assert found.estate is not None
    assert found.estate.management_sites == {"rome"}


def test_planned_wins(estate: Run, store: Store) -> None:
    estate("site", "set", "rome", "--endpoints", "1200", "--link-kbit", "20000")
    estate("management-server", "add", "hq", "--manages", "rome", "--manages", "oslo")
    estate("management-server", "add", "lab", "--endpoints", "50", "--agent-interval", "30m", "--iops", "data=600")
    found = seen(store)
    assert found.computers == 1201 + 50  # planned for `lab`, in no site yet
    assert (found.site["rome"].computers, found.site["rome"].counted, found.site["rome"].link_kbit) == (1200, 2, 20000)
    assert [(s.computers, s.computers_from) for s in found.servers] == [(1201, OF_SITES), (50, PLANNED)]
    assert (found.server["lab"].agent_interval_s, found.server["lab"].iops) == (1800, {"data": 600})


def test_a_server_alone_has_everybody(estate: Run, store: Store) -> None:
    estate("management-server", "add", "hq")
    found = seen(store)
    assert found.servers[0].computers == 3
    assert [s.name for s in found.managed_by("rome")] == ["hq"]


def test_policies_and_windows(estate: Run, store: Store) -> None:
    estate("schedule", "add", "weekly", "--weekly", "monday 18:00", "--timezone", "Europe/Rome")
    estate("filter", "add", "romans", "--where", "site = 'rome'")
    words = ["--task", "scan", "--schedule", "weekly", *LOCAL]
    estate("policy", "add", "inventory", *words, "--target", "all", "--workload", "full-inventory", "--splay", "1h")
    estate("policy", "add", "local", *words, "--target", "romans", "--disabled")
    estate("schedule", "add", "often", "--every", "5m")
    estate("task", "add", "update", "--kind", "membership-update", "--arg", "mode=complete")
    estate("policy", "add", "members", "--task", "update", "--schedule", "often", "--target", "all", *LOCAL)
    estate("window", "add", "night", "--type", "maintenance", "--daily", "22:00", "--duration", "4h", "--target", "all")
    found = seen(store)
    inventory, local, members = found.policies
    assert (inventory.computers, inventory.by_site) == (3, {"": 1, "oslo": 1, "rome": 2})
    assert inventory.schedule is not None
    assert (inventory.schedule.timing.way, inventory.schedule.zone) == (WEEKLY, "Europe/Rome")
    assert (inventory.workload, inventory.splay_s) == ("full-inventory", 3600)
    assert (local.computers, local.by_site, local.enabled) == (2, {"oslo": 1, "rome": 2}, False)
    assert [(task.kind, task.arguments) for task in members.tasks] == [("membership-update", {"mode": "complete"})]
    assert members.schedule is not None
    assert members.schedule.timing.way == INTERVAL
    assert [policy.name for policy in found.in_use("full-inventory")] == ["inventory"]
    assert [(w.name, w.everywhere, w.duration_s, w.schedule.zone) for w in found.windows] == [
        ("night", True, 14400, found.server_zone)
    ]


MEANT: dict[str, tuple[int, dict[str, int]]] = {
    "all": (1202, {"": 1, "oslo": 1, "rome": 1200}),
    "romans": (1200, {"oslo": 1, "rome": 1200}),
    "all - romans": (1, {"": 1}),
    "romans & named": (1, {"rome": 1}),  # of planned computers no name is known
    "romans | named": (1200, {"oslo": 1, "rome": 1200}),
    "in-rome": (1200, {"oslo": 1, "rome": 1200}),
    "10.1.x": (1200, {"oslo": 1, "rome": 1200}),
}


def test_whom_targets_mean_in_a_design(estate: Run, store: Store) -> None:
    estate("site", "set", "rome", "--endpoints", "1200")
    estate("filter", "add", "romans", "--where", "site = 'rome'")
    estate("filter", "add", "named", "--where", "name = 'a'")
    estate("filter", "add", "10.1.x", "--where", "subnet = '10.1.0.0/16'")
    estate("target", "add", "in-rome", "--filter", "romans")
    for number, target in enumerate(MEANT):
        estate("policy", "add", f"p{number}", "--task", "scan", "--on", "now", "--target", target, *LOCAL)
    found = seen(store).policies
    assert {policy.target: (policy.computers, policy.by_site) for policy in found} == MEANT
