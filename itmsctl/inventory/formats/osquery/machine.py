"""Tables of the computer as a whole, its accounts, its network, and what protects it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.distributions import distribution
from itmsctl.inventory.formats.osquery.table import OsqueryTable, table
from itmsctl.inventory.moments import day_of, since_1970
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.taking import (
    Found,
    address_of,
    bytes_as_mib,
    count,
    guid_of,
    listed,
    mac_of,
    number,
    plain,
    prefix_length,
    small,
    take,
    taken,
    texts,
    truth,
    worded,
)

_DOMAINS = {"1": "loopback", "24": "loopback", "6": "ethernet", "71": "wifi", "131": "tunnel", "23": "ppp", "53": "ppp"}


def _identification(found: Iterable[Found]) -> Rows:
    takes = {
        "host_name": take("hostname", "local_hostname", "computer_name", means=plain),
        "serial": take("hardware_serial"), "uuid": take("uuid", means=guid_of),
    }  # fmt: skip
    rows = taken(found, takes)[-1:]
    for row in rows:
        name, dot, _ = row.get("host_name", "").partition(".")
        if dot:
            row |= {"host_name": name, "fqdn": row["host_name"]}
    return rows


def _hardware(found: Iterable[Found]) -> Rows:
    takes = {
        "manufacturer": take("hardware_vendor"), "model": take("hardware_model"),
        "model_version": take("hardware_version"), "board_manufacturer": take("board_vendor"),
        "board_model": take("board_model"), "board_version": take("board_version"),
        "board_serial": take("board_serial"),
        "architecture": take("cpu_type"), "processors": take("cpu_sockets", means=count),
        "cores": take("cpu_physical_cores", means=count), "threads": take("cpu_logical_cores", means=count),
        "memory_mib": take("physical_memory", means=bytes_as_mib),
    }  # fmt: skip
    return taken(found, takes)[-1:]


def _processors(found: Iterable[Found]) -> Rows:
    rows: Rows = []
    for one in found:
        sockets, cores, threads = (
            count(one.get(f"cpu_{name}")) for name in ("sockets", "physical_cores", "logical_cores")
        )
        row = {
            "model": " ".join((worded(one.get("cpu_brand")) or "").split()),
            "architecture": worded(one.get("cpu_type")),
            "cores": cores // (sockets or 1) if cores else None,
            "threads": threads // (sockets or 1) if threads else None,
        }  # fmt: skip
        rows = [each | {"index": index} for index in range(min(sockets or 1, 1024)) for each in filled(row, "model")]
    return rows


def _operating_system(found: Iterable[Found]) -> Rows:
    for one in list(found)[-1:]:
        name, version = plain(one.get("name")), plain(one.get("version"))
        platform, known = small(one.get("platform")), distribution(plain(one.get("name")))
        short = "macos" if platform == "darwin" else platform
        numbers = [plain(one.get(part)) for part in ("major", "minor", "patch")]
        dotted = ".".join(part for part in numbers if part is not None)
        return filled(
            {
                "name": known.name if known and known.id != "centos" else name,
                "full_name": " ".join(filter(None, (name, version))),
                "id": short if short and short not in {"linux", "rhel"} else known.id if known else short,
                "version": f"{dotted}.{plain(one.get('build'))}"
                if short == "windows" and plain(one.get("build")) and dotted.count(".") == 1
                else _version(version, dotted, short, numbers),
                "release": worded(one.get("codename")) or None,
                "build": worded(one.get("build")),
                "architecture": worded(one.get("arch")),
                "installed_at": since_1970(one.get("install_date")),
            }
        )
    return []


def _version(said: str | None, dotted: str, short: str | None, numbers: list[str | None]) -> str | None:
    """Return the version as the system itself tells it: a 0 behind that osquery adds is none of it."""
    first = (said or "").split(" ")[0]
    if first[:1].isdecimal():
        return first
    kept = [part for part in numbers if part is not None]
    while short != "windows" and len(kept) > 1 and kept[-1] == "0":
        kept.pop()
    return ".".join(kept) or dotted or None


def _kernel(found: Iterable[Found]) -> Rows:
    return taken(found, {"kernel_version": take("version", means=plain)})[-1:]


def _uptime(found: Iterable[Found]) -> Rows:
    return taken(found, {"uptime_s": take("total_seconds", means=number)})[-1:]


def _bios(found: Iterable[Found]) -> Rows:
    takes = {
        "manufacturer": take("vendor"), "version": take("version"), "released_on": take("date", means=day_of),
        "revision": take("revision"), "type": take("firmware_type", means=small),
    }  # fmt: skip
    return taken(found, takes)[-1:]


def _secure_boot(found: Iterable[Found]) -> Rows:
    return taken(found, {"secure_boot": take("secure_boot", means=_enabled)})[-1:]


def _enabled(value: Any) -> str | None:
    is_on = truth(value)
    return None if is_on is None else "enabled" if is_on else "disabled"


def _addresses(found: Iterable[Found]) -> Rows:
    rows: Rows = []
    for one in found:
        mask = plain(one.get("mask"))
        rows += filled(
            {
                "interface": plain(one.get("friendly_name")) or plain(one.get("interface")),
                "address": address_of(one.get("address")), "prefix_length": prefix_length(mask),
                "netmask": mask if mask and "." in mask else None, "broadcast": address_of(one.get("broadcast")),
            },
            "interface", "address",
        )  # fmt: skip
    return rows


def _routes(found: Iterable[Found]) -> Rows:
    rows: Rows = []
    for one in found:
        address, length = plain(one.get("destination")), number(one.get("netmask"))
        if address is None or length is None or not 0 <= length <= 128:
            continue
        zone = address.partition("%")[0]
        rows += filled(
            {
                "destination": f"{zone}/{length}" if "/" not in zone else zone,
                "gateway": plain(one.get("gateway")), "interface": plain(one.get("interface")),
                "metric": number(one.get("metric")), "source": address_of(one.get("source")),
                "mtu": count(one.get("mtu")),
            }
        )  # fmt: skip
    return rows


def _resolvers(found: Iterable[Found]) -> Rows:
    told = list(found)
    servers = [text for one in told if plain(one.get("type")) == "nameserver" for text in texts(one.get("address"))]
    search = [text for one in told if plain(one.get("type")) == "search" for text in texts(one.get("address"))]
    return filled({"servers": servers, "search": search})


def _logons(found: Iterable[Found]) -> Rows:
    takes = {
        "user": take("user", means=plain), "terminal": take("tty", means=plain), "origin": take("host", means=plain),
        "started_at": take("time", means=since_1970), "type": take("type"),
    }  # fmt: skip
    rows = taken(found, takes, "user")
    return [row | {"is_active": True} for row in rows if row.pop("type", "user") in {"user", "active"}]


def _products(found: Iterable[Found]) -> Rows:
    rows: Rows = []
    for one in found:
        if small(one.get("type")) == "antivirus":
            state = small(one.get("state"))
            rows += filled(
                {
                    "name": worded(one.get("name")), "is_enabled": state == "on" if state else None,
                    "is_current": truth(one.get("signatures_up_to_date")),
                },
                "name",
            )  # fmt: skip
    return rows


_INTERFACES = {
    "name": take("friendly_name", "interface", means=plain), "description": take("description"),
    "mac_address": take("mac", means=mac_of), "mtu": take("mtu", means=count),
    "type": take("type", means=lambda value: _DOMAINS.get(plain(value) or "")),
    "speed_mbps": take("link_speed", "speed", means=lambda value: (count(value) or 0) // 1_000_000 or count(value)),
    "manufacturer": take("manufacturer"), "is_dhcp": take("dhcp_enabled", means=truth),
    "dhcp_server": take("dhcp_server", means=address_of), "dns_suffix": take("dns_domain"),
    "dns_servers": take("dns_server_search_order", means=listed),
}  # fmt: skip

MACHINE = {
    "system_info": OsqueryTable(
        frozenset({"hostname", "cpu_brand", "physical_memory"}),
        {"identification": _identification, "hardware": _hardware, "processors": _processors},
    ),
    "os_version": OsqueryTable(frozenset({"name", "version", "platform"}), {"operating_system": _operating_system}),
    "kernel_info": OsqueryTable(frozenset({"version", "arguments"}), {"operating_system": _kernel}),
    "uptime": OsqueryTable(frozenset({"total_seconds"}), {"operating_system": _uptime}),
    "platform_info": OsqueryTable(frozenset({"vendor", "version", "revision"}), {"bios": _bios}),
    "secureboot": OsqueryTable(frozenset({"secure_boot"}), {"bios": _secure_boot}),
    "interface_details": table("network_interfaces", "interface mac mtu", _INTERFACES, "name"),
    "interface_addresses": OsqueryTable(frozenset({"interface", "address", "mask"}),
    {"interface_addresses": _addresses}),
    "routes": OsqueryTable(frozenset({"destination", "netmask", "gateway"}), {"routes": _routes}),
    "dns_resolvers": OsqueryTable(frozenset({"address", "netmask", "options"}), {"dns_settings": _resolvers}),
    "arp_cache": table(
        "arp_neighbours", "address mac interface permanent",
        {
            "address": take("address", means=address_of), "mac_address": take("mac", means=mac_of),
            "interface": take("interface", means=plain),
        },
        "address mac_address",
    ),
    "users": table(
        "local_users", "username directory shell",
        {
            "name": take("username", means=plain), "uid": take("uuid", "uid", means=plain),
            "gid": take("gid", means=plain),
            "full_name": take("description", means=plain), "home": take("directory", means=plain),
            "shell": take("shell", means=plain),
        },
        "name",
    ),
    "groups": table(
        "local_groups", "groupname",
        {
            "name": take("groupname", means=plain), "gid": take("group_sid", "gid", means=plain),
            "description": take("comment"),
        },
        "name",
    ),
    "logged_in_users": OsqueryTable(frozenset({"user", "tty", "host", "time"}), {"logons": _logons}),
    "certificates": table(
        "certificates", "common_name sha1 not_valid_after",
        {
            "store": take("store", "path", means=plain), "fingerprint": take("sha1", means=small),
            "subject": take("subject", "common_name"), "issuer": take("issuer"), "serial": take("serial", means=plain),
            "not_before": take("not_valid_before", means=since_1970),
            "not_after": take("not_valid_after", means=since_1970),
            "key_type": take("key_algorithm"), "key_bits": take("key_strength", means=count),
            "signature_algorithm": take("signing_algorithm"), "is_ca": take("ca", means=truth),
            "is_self_signed": take("self_signed", means=truth),
        },
        "fingerprint",
    ),
    "windows_security_products": OsqueryTable(frozenset({"type", "state", "signatures_up_to_date"}),
    {"antivirus": _products}),
    "shared_resources": table(
        "network_shares", "name path type_name",
        {
            "name": take("name"), "path": take("path", means=plain), "comment": take("description"),
            "type": take("type_name"),
        },
        "name",
    ),
    "system_controls": table(
        "kernel_parameters", "name oid current_value",
        {"name": take("name"), "value": take("current_value", means=plain)}, "name value",
    ),
    "tpm_info": table(
        "tpm", "spec_version manufacturer_version",
        {
            "manufacturer": take("manufacturer_name"), "version": take("spec_version"),
            "firmware": take("manufacturer_version"), "is_enabled": take("enabled", means=truth),
            "is_activated": take("activated", means=truth), "is_owned": take("owned", means=truth),
        },
        "",
    ),
}  # fmt: skip
