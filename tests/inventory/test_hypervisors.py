"""The virtual machines of a hypervisor are resources, related to their host and to the computer inside them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from itmsctl.cmdb.store import Store
from itmsctl.inventory.service.hypervisors import relate_virtual_machines
from itmsctl.inventory.told import Told
from itmsctl.resources.service.computers import COMPUTERS
from tests.conftest import START, Run

UUIDS = ("4c4c4544-0001-3510-8052-b4c04f4b4d31", "4c4c4544-0002-3510-8052-b4c04f4b4d32")


def tell(store: Store, host: str, *rows: dict[str, Any]) -> None:
    told = Told("gatherer", START - timedelta(days=1), {"virtual_machines": list(rows)})
    store.write(lambda unit: relate_virtual_machines(unit, [(COMPUTERS.get(unit, host).id, told)]))


def related(ok: Run) -> list[tuple[str, str, str]]:
    rows = ok("association", "list", "-o", "json").json
    return [(row["subject"], row["type"], row["object"]) for row in rows]


def test_machines_are_known_by_uuid_and_related_to_host_and_guest(ok: Run, store: Store) -> None:
    for name, uuid in (("hv1", ()), ("hv2", ()), ("web", ("--uuid", UUIDS[0]))):
        ok("computer", "add", name, *uuid)
    row = {"name": "web-vm", "uuid": UUIDS[0].upper(), "hypervisor": "kvm", "state": "shut off", "cpus": 4}
    tell(
        store, "hv1", row | {"memory_mib": 2048}, {"name": "pod", "uuid": UUIDS[1], "type": "container"},
        {"name": "no-uuid"}, {"name": "junk", "uuid": "0" * 32}, {"name": "\x1b[2J", "uuid": UUIDS[1]},
        {"name": "big", "uuid": UUIDS[1], "cpus": 1 << 40},
    )  # fmt: skip
    assert related(ok) == [("web-vm", "guest", "web"), ("web-vm", "runs-on", "hv1")]
    shown = ok("virtual-machine", "show", "web-vm").json
    assert (shown["state"], shown["cpus"], shown["memory_mb"]) == ("stopped", 4, 2048)
    tell(store, "hv2", row | {"name": "renamed", "state": "running"})  # it moved: the same machine
    assert related(ok) == [("web-vm", "guest", "web"), ("web-vm", "runs-on", "hv2")]
    assert ok("virtual-machine", "list", "-o", "name").out == "web-vm\n"
    ok("association", "remove", "web-vm", "runs-on", "hv2")
    ok("association", "add", "web-vm", "runs-on", "hv1")
    tell(store, "hv2", row, {"name": "web-vm", "uuid": UUIDS[1]})
    assert ("web-vm", "runs-on", "hv1") in related(ok), "what a person said stays"
    assert ok("virtual-machine", "list", "-o", "name").out == f"web-vm\nweb-vm@{UUIDS[1][:8]}\n"
    assert (
        ok("computer", "list", "--where", "associations(subject = 'web-vm' and type = 'guest')", "-o", "name").out
        == "web\n"
    )
    ok("audit", "verify")
