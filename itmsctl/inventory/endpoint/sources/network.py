"""The network: interfaces, addresses, ports, names."""

from __future__ import annotations

from itmsctl.inventory.endpoint.feed import Feed

NETWORK = (
    Feed(
        ("network_interfaces",),
        ("/sys/class/net/*", "/proc/net/vlan/config"),
        look="network.interfaces",
    ),
    Feed(
        ("interface_addresses",),
        ("netlink",),
        look="network.addresses",
    ),
    Feed(
        ("routes",),
        ("netlink",),
        look="network.routes",
    ),
    Feed(
        ("arp_neighbours",),
        ("netlink",),
        look="network.neighbours",
    ),
    Feed(
        ("dns_settings",),
        ("/etc/resolv.conf", "/etc/hosts"),
        look="protection.dns_settings",
    ),
    Feed(
        ("listening_ports",),
        ("/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6", "/proc/[0-9]*/fd/*"),
        look="listening",
    ),
    Feed(
        ("firewall", "firewall_rules"),
        ("/etc/ufw/ufw.conf", "/etc/default/ufw", "/etc/firewalld/firewalld.conf"),
        (("nft", "--stateless", "--json", "list", "ruleset"), ("iptables-save",), ("ip6tables-save",)),
        look="protection.firewall",
        needs_root=True,
    ),
    Feed(
        ("network_shares",),
        ("/etc/exports", "/etc/exports.d/*.exports", "/etc/samba/smb.conf"),
        parser="exports",
        is_optional=True,
    ),
)
"""Sources; of one class the first that says something of a column counts."""
