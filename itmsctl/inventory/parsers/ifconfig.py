"""`ifconfig -a`: interfaces and addresses, in the forms of Linux (old and new), BSD, macOS, Solaris, AIX and HP-UX."""

from __future__ import annotations

import re
from collections.abc import Iterator

from itmsctl.inventory.captured import address, filled, lines, mac, mask_length, whole
from itmsctl.inventory.parser import Parser, Rows
from itmsctl.inventory.parsers.ip_addr import VIRTUAL, type_of

_NEW = re.compile(r"(?P<name>[\w.:-]+): flags=[0-9a-fA-F,]+<(?P<flags>[^>]*)>(?P<rest>.*)")
_OLD = re.compile(r"(?P<name>[\w.:-]+)\s+Link encap:(?P<link>.*)")
_INET = re.compile(r"\binet6? (?:addr: ?)?(?P<address>[0-9a-fA-F.:]+(?:%[\w.]+)?)(?:/(?P<length>\d{1,3}))?")
_PEER = re.compile(r"-->\s*([0-9a-fA-F.:]+)|P-t-P:([0-9.]+)")
_MEMBER = re.compile(r"\bmember: (\S+)")
_MEDIA = re.compile(r"\((?:(\d+)(G?)base[^ )]*)?[^)]*<([a-z]+)-duplex", re.IGNORECASE)
_LINKS = {"ethernet": "ethernet", "local loopback": "loopback", "infiniband": "infiniband"}
_KINDS = (
    ("lo", "loopback"),
    ("bridge", "bridge"),
    ("utun", "tunnel"),
    ("gif", "tunnel"),
    ("stf", "tunnel"),
    ("vlan", "vlan"),
)


class _Interface:
    """What stands of one interface: its head and the lines below it."""

    def __init__(self, name: str, flags: list[str], head: str) -> None:
        self.name = name
        self.flags = flags
        self.lines = [head]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def said(self, word: str) -> str | None:
        """Return what stands behind a word: `mtu 1500`, `MTU:1500`."""
        found = re.search(rf"(?<![\w-]){word}[ :] ?([^\s,]+)", self.text, re.IGNORECASE)
        return found[1] if found else None


def _interfaces(text: str) -> Iterator[_Interface]:
    current: _Interface | None = None
    for line in lines(text):
        new, old = _NEW.match(line), _OLD.match(line)
        if new or old:
            if current:
                yield current
            current = (
                _Interface(new["name"], new["flags"].split(","), new["rest"])
                if new
                else _Interface(old["name"], [], "Link encap:" + old["link"])  # type: ignore[index]  # one of both matched
            )
        elif current and line[:1].isspace():
            current.lines.append(line)
            words = line.split()
            if not current.flags and any(word.upper().startswith("MTU:") for word in words):
                current.flags = [word for word in words if word.isupper()]
    if current:
        yield current


def network_interfaces(text: str) -> Rows:
    """Return interfaces; Solaris tells one twice, once for each family of addresses."""
    rows: dict[str, dict[str, object]] = {}
    for one in _interfaces(text):
        media = _MEDIA.search(one.text)
        status = one.said("status")
        down = "UP" not in one.flags or (status in {"inactive", "no"})
        found = filled(
            {
                "name": one.name,
                "type": _type(one),
                "mac_address": mac(
                    one.said("ether") or one.said("HWaddr") or one.said("lladdr") or one.said("address")
                ),
                "mtu": whole(one.said("mtu")),
                "state": "down" if down else "up",
                "speed_mbps": int(media[1]) * (1000 if media[2] else 1)
                if media and media[1] and len(media[1]) < 9
                else None,
                "duplex": media[3].lower() if media else None,
                "is_dhcp": True if "DHCP" in one.flags else None,
                "is_virtual": True if VIRTUAL.match(one.name) or "VIRTUAL" in one.flags else None,
                "members": _MEMBER.findall(one.text),
                "wifi_ssid": one.said("ssid"),
                "wifi_bssid": mac(one.said("bssid")),
            }
        )
        for row in found:
            rows[one.name] = row | rows.get(one.name, {})
    return list(rows.values())


def _type(one: _Interface) -> str | None:
    if "802.11" in one.text:
        return "wifi"
    if "LOOPBACK" in one.flags:
        return "loopback"
    for start, kind in _KINDS:
        if one.name.startswith(start):
            return kind
    encap = re.match(r"Link encap:(.*?)(?:  |$)", one.lines[0])
    if encap:
        link = encap[1].strip().lower()
        return type_of(one.name, "sit" if "in-ip" in link else "") or _LINKS.get(link.removeprefix("unspec").strip())
    return type_of(one.name, "ether" if one.said("ether") or {"MULTICAST", "BROADCAST"} <= set(one.flags) else "")


def interface_addresses(text: str) -> Rows:
    """Return addresses."""
    rows: Rows = []
    for one in _interfaces(text):
        for line in one.lines:
            found = _INET.search(line)
            if found is None:
                continue
            said = _Interface(one.name, [], line)
            mask = said.said("netmask") or said.said("Mask")
            peer = _PEER.search(line)
            length = whole(found["length"] or said.said("prefixlen"))
            rows += filled(
                {
                    "interface": one.name,
                    "address": address(found["address"]),
                    "prefix_length": mask_length(mask) if length is None else length,
                    "broadcast": address(said.said("broadcast") or said.said("Bcast")),
                    "peer": address(peer[1] or peer[2]) if peer else None,
                    "scope": (said.said("Scope") or "").lower() or None,
                    "is_temporary": True if " temporary" in line else None,
                },
                "address",
            )
    return rows


PARSER = Parser("ifconfig -a", {"network_interfaces": network_interfaces, "interface_addresses": interface_addresses})
