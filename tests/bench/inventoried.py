"""Computers as their inventories tell of them: ten classes of one row, 300 of software, 40 rows of nine other classes.

Software is picked from 20,000 products: half of what a computer has is on nearly all of them, the rest on few.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from itmsctl.inventory.told import Told

PRODUCTS, COMMON = 20_000, 190
SOFTWARE, OTHERS, SINGLE = 300, 40, 10
WORDS = ("lib", "python3-", "gcc-", "perl-", "fonts-", "ruby-", "golang-", "node-", "linux-", "x11-")
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


class Estate:
    """Tells of computers by their number; the same number always tells the same."""

    def __init__(self, seed: int = 1) -> None:
        dice = random.Random(seed)
        self.products = [_product(n, dice) for n in range(PRODUCTS)]

    def told(self, number: int, *, changed: bool = False, at: datetime = BEGIN) -> Told:
        """Return what a computer tells, as text of JSON read anew; `changed` differs in four of its rows."""
        classes = self._classes(number)
        if changed:
            for row in classes["software"][:300:100]:
                row["status"] = "hold"
            classes["filesystems"][0]["type"] = "xfs"
        return Told("gatherer", at, json.loads(json.dumps(classes)))

    def batches(self, count: int, size: int, **how: Any) -> Iterator[list[tuple[int, Told]]]:
        """Yield the reports of computers with their numbers, batch by batch."""
        for begin in range(0, count, size):
            yield [(n, self.told(n, **how)) for n in range(begin, min(count, begin + size))]

    def _classes(self, n: int) -> dict[str, list[dict[str, Any]]]:
        dice = random.Random(n)
        rare = sorted({int(PRODUCTS * dice.random() ** 3) for _ in range(400)} - set(range(200)))
        picked = [*dice.sample(range(200), COMMON), *dice.sample(rare, SOFTWARE - COMMON)]
        moments = [_moment(n, k) for k in range(40)]
        software = [
            {
                **self.products[p],
                "status": "install ok installed",
                "installed_at": moments[p % 40],
                "is_manual": p % 7 == 0,
            }
            for p in sorted(picked)
        ]
        return {"software": software, **_singles(n), **_others(n)}


def _product(n: int, dice: random.Random) -> dict[str, Any]:
    name = f"{dice.choice(WORDS)}{dice.randrange(10**6):06}-{n}"
    return {
        "name": name,
        "version": f"{dice.randrange(9)}.{dice.randrange(30)}.{dice.randrange(99)}-{dice.randrange(9)}+deb12u{n % 5}",
        "architecture": dice.choice(("amd64", "all")),
        "source": "dpkg",
        "publisher": f"Maintainers of {name[:12]} <team-{n % 800}@lists.example.org>",
        "summary": f"{name} gives programs and files for {dice.choice(WORDS)} number {n}, common to all",
        "section": dice.choice(("libs", "python", "admin", "net", "utils", "devel")),
        "source_package": name.rpartition("-")[0],
        "size_bytes": dice.randrange(10_000, 90_000_000),
        "url": f"https://www.example.org/{name}",
    }


def _moment(n: int, k: int) -> str:
    return (BEGIN - timedelta(days=n % 700, seconds=k * 97 + n % 5000)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _singles(n: int) -> dict[str, list[dict[str, Any]]]:
    guid = f"4c4c4544-0042-3510-8054-{n:012x}"
    return {
        "identification": [{"host_name": f"pc-{n:06}", "fqdn": f"pc-{n:06}.example.org", "domain": "example.org",
                            "serial": f"SN{n:08}", "uuid": guid, "machine_id": f"{n:032x}"}],
        "hardware": [{"manufacturer": "Dell Inc.", "model": f"Latitude {5400 + n % 9 * 10}", "chassis_type": "Notebook",
                      "chassis_serial": f"SN{n:08}", "board_manufacturer": "Dell Inc.", "board_serial": f"/SN{n:08}/X/",
                      "architecture": "x86_64", "processors": 1, "cores": 4 + n % 3 * 2,
                      "threads": 8, "memory_mib": 16384}],
        "operating_system": [{"name": "Debian GNU/Linux", "full_name": "Debian GNU/Linux 12 (bookworm)", "id": "debian",
                              "version": "12", "architecture": "x86_64", "kernel_name": "Linux",
                              "kernel_version": f"6.1.0-{18 + n % 9}-amd64", "installed_at": _moment(n, 0),
                              "booted_at": _moment(n, 5), "uptime_s": 1000 + n, "time_zone": "Europe/Rome",
                              "locale": "it_IT.UTF-8", "init": "systemd"}],
        "bios": [{"manufacturer": "Dell Inc.", "version": f"1.{n % 40}.0", "released_on": "2025-11-03", "type": "uefi",
                  "secure_boot": "on", "smbios_version": "3.2"}],
        "tpm": [{"manufacturer": "STM", "version": "2.0", "firmware": "1.769", "is_enabled": True}],
        "dns_settings": [{"servers": ["10.0.0.53", "10.1.0.53"], "search": ["example.org"], "hosts_file_lines": 9}],
        "last_logon": [{"user": f"user{n % 3000}", "at": _moment(n, 9), "primary_user": f"user{n % 3000}"}],
        "management_controller": [{"type": "BMC", "manufacturer": "Dell", "firmware": "7.10", "vlan": "12",
                                   "ip_address": f"10.9.{n // 250 % 250}.{n % 250}",
                                   "mac_address": f"d0:94:66:{n:06x}"}],
        "update_state": [{"reboot_required": n % 9 == 0, "automatic": "yes", "refreshed_at": _moment(n, 3),
                          "pending": n % 40}],
        "virtual_guest": [{"is_virtual": False}],
    }  # fmt: skip


def _others(n: int) -> dict[str, list[dict[str, Any]]]:
    net = f"10.{n // 62500}.{n // 250 % 250}"
    return {
        "filesystems": [
            {"mount_point": m, "device": f"/dev/nvme0n1p{k}", "type": "ext4", "size_bytes": 10**11 + k,
             "used_bytes": 10**10 + n, "free_bytes": 9 * 10**10 - n, "options": ["rw", "relatime"], "is_remote": False}
            for k, m in enumerate(("/", "/boot", "/home", "/var", "/srv"))
        ],
        "partitions": [
            {"name": f"nvme0n1p{k}", "disk": "nvme0n1", "number": k, "size_bytes": 10**11 + k, "type": "linux",
             "uuid": f"{n:08x}-{k:04x}", "file_system": "ext4"}
            for k in range(5)
        ],
        "network_interfaces": [
            {"name": name, "type": "ethernet", "mac_address": f"00:1b:21:{k:02x}:{n >> 8 & 255:02x}:{n & 255:02x}",
             "mtu": 1500,
             "state": "up", "speed_mbps": 1000, "driver": "e1000e", "dns_servers": ["10.0.0.53"], "is_dhcp": True}
            for k, name in enumerate(("eno1", "wlp2s0", "docker0"))
        ],
        "interface_addresses": [
            {"interface": "eno1", "address": address, "prefix_length": 24, "scope": "global"}
            for address in (f"{net}.{n % 250 + 1}", f"192.168.{n % 250}.7", f"2001:db8::{n + 1:x}", f"fe80::{n + 1:x}")
        ],
        "routes": [
            {"destination": to, "gateway": f"{net}.254", "interface": "eno1", "metric": 100, "protocol": "dhcp"}
            for to in ("0.0.0.0/0", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
        ],
        "local_users": [
            {"name": name, "uid": str(1000 + k), "gid": "100", "full_name": f"{name} of {n}", "home": f"/home/{name}",
             "shell": "/bin/bash", "is_admin": k == 0, "source": "files"}
            for k, name in enumerate(("root", "backup", "www-data", "postgres", f"user{n % 3000}", "sshd"))
        ],
        "memory_modules": [
            {"slot": f"DIMM {k}", "size_mib": 4096, "type": "DDR4", "form_factor": "SODIMM", "speed_mhz": 3200,
             "manufacturer": "Samsung", "part_number": "M471A5244CB0", "serial": f"{n:06X}{k}"}
            for k in range(4)
        ],
        "disks": [
            {"name": f"nvme{k}n1", "manufacturer": "Samsung", "model": "PM991a", "serial": f"S{n:07}{k}",
             "firmware": "25302039", "size_bytes": 512110190592, "type": "ssd", "interface": "nvme"}
            for k in range(2)
        ],
        "services": [
            {"name": f"{name}.service", "description": f"The {name} daemon", "manager": "systemd", "state": "running",
             "start_mode": "enabled", "pid": 400 + n % 3000}
            for name in ("ssh", "cron", "systemd-journald", "dbus", "rsyslog", "chrony", "unattended-upgrades")
        ],
    }  # fmt: skip
