"""What the room `discovery` offers."""

from __future__ import annotations

from itmsctl.values.kind import Field, Group, Kind, Link, Type
from itmsctl.values.replicated import item

GROUPS = (
    Group(
        "discovery",
        "Find out what is in networks: devices, printers, computers.",
        "discovery_app",
        "commands.discovery",
        part="know",
    ),
    Group(
        "discovery-profile",
        "Say how networks are looked at: methods, ports, credentials, pace.",
        "discovery_profile_app",
        "commands.discovery_profile",
        part="know",
    ),
)

DISCOVERY_PROFILE = Kind(
    name="discovery-profile",
    table="discovery_profile",
    help="How networks are looked at: the protocols that are spoken to devices, and how fast (DISC-2).",
    shelf="itmsctl.discovery.service.profiles:DISCOVERY_PROFILES",
    replication=item("ports", "snmp_port", "credentials", "timeout_s", "retries", "rate", "parallel"),
    fields=(
        Field("methods", "Method: ping, tcp, snmp, dns, arp. Default: all.", Type.LIST, option="method"),
        Field("ports", "TCP port that is tried. Default: seven usual ones.", Type.LIST, option="port"),
        Field("snmp_port", "UDP port of SNMP. Default: 161.", Type.INT),
        Field(
            "credentials",
            "Credential of SNMP: a community, or a user of version 3.",
            Type.LIST,
            ref="credential",
            option="credential",
            link=Link("discovery_profile_credential", "profile_id", "credential_id"),
        ),
        Field("timeout_s", "Wait this long for an answer. Default: 1s.", Type.DURATION, option="timeout"),
        Field("retries", "How often a question is asked again. Default: 1.", Type.INT),
        Field("rate", "Addresses begun a second, at most. Default: 100.", Type.REAL),
        Field("parallel", "Addresses looked at at once. Default: 64.", Type.INT),
        Field("description", "What people should know about it."),
    ),
)

KINDS = (DISCOVERY_PROFILE,)

HOOKS = {
    "task_kind:discovery": "itmsctl.discovery.action:ACTION",
    "server_function:discovery": "itmsctl.discovery.service.serving:serve",
}
