"""Values that may identify a computer, their normal forms, and those that never identify (PLAT-10, AGENT-27).

A hardware UUID, machine id, serial number, MAC address or FQDN is a *claim*: firmware ships placeholders, clones share
machine ids, docks lend their MAC to whoever sits before them. Junk is recorded, so that people see it, and ignored, so
that two computers are never taken for one. A value that several computers carry identifies none of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from itmsctl.errors import InputError
from itmsctl.values.lean import dataclass

KINDS = ("uuid", "machine_id", "serial", "mac", "fqdn")
# Those by which an import takes a row for a computer that is known under another name. A machine id is cloned with the
# disk, a MAC moves with the card, an FQDN with the name: they describe, and are not enough to say who somebody is.
TELLING = ("uuid", "serial")
MAX_LENGTH = 255

_NOTHING = "0 .:-_"
_PLACEHOLDER = "a placeholder that makers leave in"
_HEX32 = re.compile(r"[0-9a-f]{32}")
_MAC = re.compile(r"[0-9a-f]{12}|[0-9a-f]{16}")
_SHORT_MAC = re.compile(r"[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_DROPPED = str.maketrans("", "", "{}-: .")


class Identity(NamedTuple):
    """One value: its kind, the text as recorded, the key by which equal ones are found, and whether it is junk."""

    kind: str
    value: str
    key: str
    junk: bool


def identity(kind: str, text: str) -> Identity:
    """Read a value of a kind.

    A placeholder is junk, not an error: it is what the firmware says. Raises InputError for what is neither.
    """
    bare = text if text.isalnum() else " ".join(text.split())
    if not bare or len(bare) > MAX_LENGTH or not bare.isprintable():
        raise InputError(f"`{text[:60]}` is no {kind}", why="it is empty, too long, or holds control characters")
    folded = bare.casefold()
    if folded in _PLACEHOLDERS:
        return Identity(kind, bare, folded, True)
    value, key = _READERS[kind](bare, folded)
    return Identity(kind, value, key, not key.strip(_NOTHING) or _JUNK[kind](key) != "")


def junk_reason(kind: str, key: str) -> str:
    """Say why a value never identifies; empty for one that may."""
    if key in _PLACEHOLDERS or not key.strip(_NOTHING):
        return _PLACEHOLDER
    return _JUNK[kind](key)


# --- hardware UUIDs ---------------------------------------------------------------------------------------------------


def _uuid(bare: str, folded: str) -> tuple[str, str]:
    digits = folded.removeprefix("urn:uuid:").translate(_DROPPED)
    if not _HEX32.fullmatch(digits):
        raise InputError(f"`{bare[:60]}` is no UUID", hint="write it as 4c4c4544-0042-3510-8052-b4c04f4d3332")
    swapped = swap(digits)
    return hyphened(digits), hyphened(min(digits, swapped))


def swap(digits: str) -> str:
    """Return the 32 digits of a UUID with its first three fields in the other byte order.

    SMBIOS 2.6 says little-endian, older firmware and some tools read it the other way: one computer, two texts. The key
    of a UUID is the smaller of the two, so both texts meet there.
    """
    d = digits
    return d[6:8] + d[4:6] + d[2:4] + d[0:2] + d[10:12] + d[8:10] + d[14:16] + d[12:14] + d[16:]


def hyphened(digits: str) -> str:
    """Write 32 digits as 8-4-4-4-12."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _junk_uuid(key: str) -> str:
    digits = key.replace("-", "")
    if digits.count(digits[0]) == 32:
        return "one digit over and over"
    return "a UUID that a maker gave to whole series" if digits in _UUIDS else ""


def _both(*uuids: str) -> frozenset[str]:
    plain = [u.replace("-", "") for u in uuids]
    return frozenset(plain) | frozenset(swap(p) for p in plain)


_UUIDS = _both(
    "03000200-0400-0500-0006-000700080009",
    "00020003-0004-0005-0006-000700080009",
    "12345678-1234-5678-90ab-cddeefaabbcc",
    "12345678-1234-1234-1234-123456789012",
    "11111111-2222-3333-4444-555555555555",
    "01234567-89ab-cdef-0123-456789abcdef",
    "10000000-0000-0000-0000-000000000000",
    "feefeefe-efee-feef-eefe-effeefeefeef",
    "fefefefe-fefe-fefe-fefe-fefefefefefe",
    "deadbeef-dead-beef-dead-beefdeadbeef",
    "fffefffe-fffe-fffe-fffe-fffefffefffe",
)

# --- machine ids, serial numbers --------------------------------------------------------------------------------------


def _machine_id(bare: str, folded: str) -> tuple[str, str]:
    digits = folded.translate(_DROPPED)
    if not _HEX32.fullmatch(digits):
        raise InputError(f"`{bare[:60]}` is no machine id", hint="32 hexadecimal digits: cat /etc/machine-id")
    return digits, digits


def _serial(bare: str, folded: str) -> tuple[str, str]:
    return bare, folded


# 15 digits become 1.23457E+14 in a spreadsheet, and 3-5 the 5th of March: what is left stands for many numbers.
# Compiled when the first is looked at: a list of computers looks at none.
_CUT = (
    r"\d[.,]\d+e[+-]?\d+|\de\+\d+"
    r"|\d{1,2}[-. /](jan|feb|mar|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)\.?([-. /]\d{2,4})?"
    r"|(jan|feb|mar|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[-. /]+\d{2,4}"
    r"|\d{1,2}[/.]\d{1,2}[/.](\d{2}|\d{4})|(19|20)\d\d-\d\d-\d\d( 00:00:00)?"
)


def is_cut(key: str) -> bool:
    """Return whether a serial number (its key) is what a spreadsheet makes of a long number or of one like a date."""
    return re.fullmatch(_CUT, key) is not None


def _junk_serial(key: str) -> str:
    if is_cut(key):
        return "cut by a spreadsheet, or taken for a date"
    return _PLACEHOLDER if key in _SERIALS or key.count(key[0]) == len(key) else ""


def _junk_machine_id(key: str) -> str:
    return "one digit over and over" if key.count(key[0]) == len(key) else ""


_PLACEHOLDERS = frozenset(
    {
        "default string", "default_string", "default", "to be filled by o.e.m.", "to be filled by o.e.m",
        "to be filled by oem", "tbd by oem", "o.e.m.", "o.e.m", "oem", "system serial number", "system product name",
        "system version", "system manufacturer", "chassis serial number", "base board serial number", "serial number",
        "serial", "serialnumber", "sn", "none", "(none)", "<none>", "null", "nil", "nan", "n/a", "na", "not available",
        "not applicable", "not specified", "not settable", "not present", "not provided", "not defined", "not set",
        "unspecified", "undefined", "unknown", "invalid", "empty", "blank", "uninitialized", "filled by oem", "xxxx",
        "no serial", "no asset tag", "no asset information", "asset tag", "asset-1234567890", "chassis asset tag",
        "vmware", "vmware, inc.", "vmware virtual platform", "virtualbox", "innotek gmbh", "oracle corporation", "qemu",
        "bochs", "xen", "parallels", "virtual machine", "microsoft corporation", "standard", "test", "sample", "dummy",
        "eval", "evaluation", "prototype", "board", "system", "ssn", "type2 - board serial number", "oem_serial",
    }
)  # fmt: skip
_SERIALS = frozenset(
    {
        "123456789", "1234567890", "0123456789", "12345678", "1234567", "123456", "12345", "1234", "123", "012345678",
        "01234567890123456789", "987654321", "9876543210", "abcdefgh", "abc123", "ff", "-1", "1", "2", "3", "4",
        "5", "6", "7", "8", "9", "10", "01", "00000001", "000000001", "0000000001", "1234567890abcdef",
        "invalid entry length",
    }
)  # fmt: skip

# --- MAC addresses ----------------------------------------------------------------------------------------------------


def _mac(bare: str, folded: str) -> tuple[str, str]:
    if _SHORT_MAC.fullmatch(folded):  # BSD and Solaris leave out leading zeros
        folded = "".join(f"{group:0>2}" for group in folded.split(":"))
    digits = folded.translate(_DROPPED)
    if not _MAC.fullmatch(digits):
        raise InputError(f"`{bare[:60]}` is no MAC address", hint="write it as 00:1b:21:3c:4d:5e")
    text = ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))
    return text, text


def _junk_mac(key: str) -> str:
    first = int(key[:2], 16)
    if key == "ff:ff:ff:ff:ff:ff" or first & 1:
        return "a broadcast or group address"
    if key in _SHARED_MACS:
        return _SHARED_MACS[key]
    # KVM gives 52:54:00 to the cards of its guests and keeps it with them; every other such address may be random.
    if first & 2 and not key.startswith("52:54:00"):
        return "locally administered: random, or a virtual switch of this computer alone"
    return "an adapter or dock that moves between computers" if key[:8] in _ADAPTERS else ""


# The real cards of guests of VMware (00:50:56, 00:0c:29), Hyper-V (00:15:5d) and Xen (00:16:3e) do identify; what these
# programs put on every *host* alike does not.
_SHARED_MACS: Mapping[str, str] = {
    "00:50:56:c0:00:01": "VMware's virtual switch, the same on every host",
    "00:50:56:c0:00:02": "VMware's virtual switch, the same on every host",
    "00:50:56:c0:00:08": "VMware's virtual switch, the same on every host",
    "52:54:00:12:34:56": "the first card of every QEMU guest that was given none",
    "00:05:9a:3c:78:00": "a VPN adapter, the same on every computer",
    "00:05:9a:3c:7a:00": "a VPN adapter, the same on every computer",
    "00:53:45:00:00:00": "a dial-up adapter, the same on every computer",
    "50:50:54:50:30:30": "a dial-up adapter, the same on every computer",
    "00:00:00:00:00:00:00:e0": "a tunnel adapter, the same on every computer",
}
_ADAPTERS = frozenset(
    {
        "00:05:1b", "00:0e:c6", "00:13:3b", "00:24:9b", "00:50:b6", "00:e0:4c", "3c:18:a0", "8c:ae:4c", "9c:eb:e8",
        "a0:ce:c8",
    }
)  # fmt: skip

# --- host names -------------------------------------------------------------------------------------------------------


def _fqdn(bare: str, folded: str) -> tuple[str, str]:
    name = folded.rstrip(".")
    labels = name.encode("idna").decode("ascii").split(".") if not name.isascii() and _idna(name) else name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise InputError(f"`{bare[:60]}` is no host name", hint="write it as pc1.example.com")
    return name, ".".join(labels)


def _idna(name: str) -> bool:
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True


def _junk_fqdn(key: str) -> str:
    if "." not in key:
        return "no domain: many computers bear such a name"
    if key.split(".")[0] in {"localhost", "localhost4", "localhost6"} or key.endswith((".localdomain", ".localhost")):
        return "a name that every computer bears"
    if key.replace(".", "").isdigit():
        return "an IP address"
    return ""


_READERS: Mapping[str, Callable[[str, str], tuple[str, str]]] = {
    "uuid": _uuid,
    "machine_id": _machine_id,
    "serial": _serial,
    "mac": _mac,
    "fqdn": _fqdn,
}

_JUNK: Mapping[str, Callable[[str], str]] = {
    "uuid": _junk_uuid,
    "machine_id": _junk_machine_id,
    "serial": _junk_serial,
    "mac": _junk_mac,
    "fqdn": _junk_fqdn,
}

# --- whose is it ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class Bearer:
    """The one computer that a set of values points to, and the value that tells."""

    computer: int
    by: Identity


def bearers(values: Iterable[Identity], carriers: Mapping[tuple[str, str], frozenset[int]]) -> list[Bearer]:
    """Return the computers that these values point to, each with its first telling value.

    Only telling kinds count, never junk, and never a value that several computers carry: it identifies none of them.
    None: a computer not seen before. Several: the values contradict each other, and nothing may be concluded.
    """
    found: dict[int, Bearer] = {}
    for value in values:
        if value.junk or value.kind not in TELLING:
            continue
        having = carriers.get((value.kind, value.key), frozenset())
        if len(having) == 1:
            (computer,) = having
            found.setdefault(computer, Bearer(computer, value))
    return list(found.values())
