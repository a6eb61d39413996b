"""`megasasctl`, `mpt-status -n -s`, `tw_cli`: arrays and disks behind older RAID controllers."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import decimal_size, filled, lines, size
from itmsctl.inventory.parser import Parser, Rows

_MEGA = re.compile(
    r"(?P<location>a\d+e\d+s\d+)\s+(?P<maker>\S+) (?P<model>\S.*?)\s+"
    r"(?P<size>\d{1,9}[MGT]iB)\s+(?P<array>a\d+d\d+)?\s*(?P<state>\w+)"
)
_MEGA_ARRAY = re.compile(r"(?P<name>a\d+d\d+)\s+(?P<size>\d{1,9}[MGT]iB) RAID (?P<level>\d+)\s+\S+\s+(?P<state>\w+)")
_MPT = re.compile(
    r"ioc:(?P<ioc>\d+) phys_id:(?P<id>\d+) .*?vendor:(?P<maker>\S+) +product_id:(?P<model>.*?)"
    r" +revision:(?P<firmware>\S+) +size\(GB\):(?P<size>\d{1,9}) +state: (?P<state>\w+)"
)
_MPT_ARRAY = re.compile(
    r"ioc:(?P<ioc>\d+) vol_id:(?P<id>\d+) .*?raidlevel:RAID-(?P<level>\w+) "
    r".*?size\(GB\):(?P<size>\d{1,9}) state: (?P<state>\w+)"
)
_TW = re.compile(
    r"/c(?P<controller>\d+)/(?P<port>p\d+) (?P<key>Model|Serial|Capacity|Firmware Version) = (?P<value>.*)"
)
_TW_PORT = re.compile(
    r"(?P<port>p\d+)\s+(?P<state>\S+)\s+(?P<array>u\d+|-)\s+(?P<size>[\d.]{1,12} [MGT]B)\s+\d+\s+(?P<serial>\S+)"
)
_TW_KEYS = {"Model": "model", "Serial": "serial", "Firmware Version": "firmware"}


def raid_disks(text: str) -> Rows:
    """Return disks, whichever tool listed them."""
    rows: Rows = []
    by_port: dict[str, dict[str, object]] = {}
    for line in lines(text):
        plain = line.strip()[:500]
        if one := _MEGA.fullmatch(plain):
            rows += filled(
                {
                    "controller": one["location"].partition("e")[0],
                    "location": one["location"],
                    "raid_array": one["array"],
                    "manufacturer": one["maker"],
                    "model": one["model"],
                    "size_bytes": size(one["size"]),
                    "state": one["state"],
                }
            )
        elif one := _MPT.match(plain):
            rows += filled(
                {
                    "controller": f"ioc {one['ioc']}",
                    "location": one["id"],
                    "manufacturer": one["maker"],
                    "model": one["model"].strip(),
                    "firmware": one["firmware"],
                    "size_bytes": int(one["size"]) * 1_000_000_000,
                    "state": one["state"].lower(),
                }
            )
        # 3ware says each part of a disk in a line of its own; what they have in common is the port.
        elif one := _TW.fullmatch(plain):
            row = by_port.setdefault(one["port"], {"controller": f"3ware {one['controller']}", "location": one["port"]})
            row |= (
                {_TW_KEYS[one["key"]]: one["value"]}
                if one["key"] in _TW_KEYS
                else {"size_bytes": decimal_size(one["value"])}
            )
        elif one := _TW_PORT.fullmatch(plain):
            row = by_port.setdefault(one["port"], {"controller": "3ware", "location": one["port"]})
            row |= {"state": one["state"], "serial": one["serial"], "size_bytes": decimal_size(one["size"])}
            row |= {"raid_array": one["array"]} if one["array"] != "-" else {}
    return [*rows, *by_port.values()]


def raid_arrays(text: str) -> Rows:
    """Return arrays."""
    rows: Rows = []
    for line in lines(text):
        plain = line.strip()[:500]
        if one := _MEGA_ARRAY.fullmatch(plain):
            rows += filled(
                {
                    "name": one["name"],
                    "controller": "megaraid",
                    "level": one["level"],
                    "size_bytes": size(one["size"]),
                    "state": one["state"],
                }
            )
        elif one := _MPT_ARRAY.match(plain):
            rows += filled(
                {
                    "name": f"ioc {one['ioc']} volume {one['id']}",
                    "controller": "mpt",
                    "level": one["level"],
                    "size_bytes": int(one["size"]) * 1_000_000_000,
                    "state": one["state"].lower(),
                }
            )
    return rows


PARSER = Parser("megasasctl; mpt-status -n -s; tw_cli", {"raid_disks": raid_disks, "raid_arrays": raid_arrays})
