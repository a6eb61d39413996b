"""Resources beyond computers and users, and the levels of the hierarchy that all kinds of resources stand under.

A level gives its fields to every kind below it: they are declared here once.
"""

from __future__ import annotations

from itmsctl.values.kind import Danger, Field, Kind, Owner, Type
from itmsctl.values.lean import dataclass
from itmsctl.values.replicated import resource

DEVICE_STATUSES = ("in-use", "spare", "broken", "retired")
NETWORK_DEVICE_TYPES = (
    "switch", "router", "firewall", "access-point", "wireless-controller", "load-balancer", "gateway", "storage", "ups",
    "power-unit", "management-controller", "phone", "camera", "sensor", "other",
)  # fmt: skip
VM_STATES = ("running", "paused", "suspended", "stopped", "unknown")
CRITICALITIES = ("low", "medium", "high", "critical")


@dataclass(frozen=True, eq=False, repr=False)
class ResourceLevel:
    """A level of the hierarchy of resources (PLAT-13): no resource is of it alone, each of a kind below it."""

    name: str
    help: str
    parent: str = ""
    fields: tuple[Field, ...] = ()


RESOURCE = ResourceLevel(
    "resource",
    "Anything that can be tracked.",
    fields=(Field("description", "What people should know about it."),),
)
DEVICE = ResourceLevel(
    "device",
    "A machine that stands somewhere and may have an address.",
    parent="resource",
    fields=(
        Field("address", "Address: an IP or a host name; the first is the usual one.", Type.LIST),
        Field("mac", "MAC address.", Type.LIST),
        Field("serial", "Serial number."),
        Field("vendor", "Who makes it."),
        Field("model", "Its model, as its maker calls it."),
        Field("firmware", "Version of its firmware or operating system."),
        Field("location", "Where it stands."),
        Field("contact", "Who looks after it."),
        Field("status", "Whether it is in use.", choices=DEVICE_STATUSES),
        *RESOURCE.fields,
        Field("last_seen", "When it last answered.", Type.TIME, Owner.REPORTED),
    ),
)
LEVELS = (RESOURCE, DEVICE)

NETWORK_DEVICE = Kind(
    name="network-device",
    table="resource",
    help="A device of the network: a switch, a router, a firewall.",
    shelf="itmsctl.resources.service.devices:NETWORK_DEVICES",
    danger=Danger.MODERATE,
    typed="network_device",
    parent="device",
    replication=resource(),
    fields=(
        Field("device_type", "What kind of device it is.", choices=NETWORK_DEVICE_TYPES),
        *DEVICE.fields,
        Field("object_id", "SNMP object id of its model, such as 1.3.6.1.4.1.9.1.1208."),
        Field("system_name", "Name that it gives itself (sysName)."),
        Field("system_description", "What it says of itself (sysDescr)."),
    ),
)
PRINTER = Kind(
    name="printer",
    table="resource",
    help="A printer.",
    shelf="itmsctl.resources.service.devices:PRINTERS",
    danger=Danger.MODERATE,
    typed="printer",
    parent="device",
    replication=resource(),
    fields=(
        *DEVICE.fields,
        Field("queue", "Name of its print queue."),
        Field("color", "Whether it prints in color.", Type.BOOL, option="in_color"),
        Field("duplex", "Whether it prints on both sides.", Type.BOOL),
        Field("pages", "Pages that it has printed, by its own counter.", Type.INT),
        Field("object_id", "SNMP object id of its model."),
        Field("system_description", "What it says of itself (sysDescr)."),
    ),
)
VIRTUAL_MACHINE = Kind(
    name="virtual-machine",
    table="resource",
    help="A virtual machine, as its hypervisor knows it.",
    shelf="itmsctl.resources.service.devices:VIRTUAL_MACHINES",
    danger=Danger.MODERATE,
    typed="virtual_machine",
    parent="resource",
    replication=resource(),
    fields=(
        Field("uuid", "UUID that its hypervisor gave it."),
        Field("hypervisor", "What runs it, such as kvm, hyper-v or vmware."),
        Field("state", "What it does.", choices=VM_STATES),
        Field("cpus", "Number of its processors.", Type.INT),
        Field("memory_mb", "Its memory, in MB.", Type.INT),
        Field("guest_os", "Operating system inside it, as its hypervisor knows it."),
        *RESOURCE.fields,
        Field("last_seen", "When it was last found.", Type.TIME, Owner.REPORTED),
    ),
)
APPLICATION = Kind(
    name="application",
    table="resource",
    help="An application that people rely on: what it is, and whose.",
    shelf="itmsctl.resources.service.devices:APPLICATIONS",
    danger=Danger.MODERATE,
    typed="application",
    parent="resource",
    replication=resource(),
    fields=(
        Field("vendor", "Who makes it."),
        Field("product", "Name of the product."),
        Field("version", "Its version."),
        Field("owner", "Who answers for it."),
        Field("criticality", "How much depends on it.", choices=CRITICALITIES),
        Field("url", "Where it is used."),
        *RESOURCE.fields,
    ),
)


def standing(kind: Kind) -> frozenset[str]:
    """Return the name of a kind of resource, and those of all levels above it."""
    parents = {level.name: level.parent for level in LEVELS}
    found, name = {kind.name}, kind.parent
    while name:
        found.add(name)
        name = parents[name]
    return frozenset(found)


BEYOND_COMPUTERS = (NETWORK_DEVICE, PRINTER, VIRTUAL_MACHINE, APPLICATION)
