"""How what another tool says becomes rows of ours: for each column, whence its value is taken and what it means.

The functions here take a value of any kind, since strangers write what they like, and return None for what says
nothing.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from itmsctl.inventory import captured
from itmsctl.inventory.captured import filled
from itmsctl.inventory.parser import Rows
from itmsctl.values.addresses import to_bytes
from itmsctl.values.untrusted import without_secrets

Found = Mapping[str, Any]
"""One thing as another tool tells it."""

Means = Callable[[Any], Any]

_LONGEST = 65536
_NOTHING = frozenset({"N/A", "n/a", "N/a"})
_YES = frozenset({"1", "true", "yes", "on", "enabled", "active"})
_NO = frozenset({"0", "false", "no", "off", "disabled", "inactive"})
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:[.,][0-9]{1,12})?")


@dataclass(frozen=True)
class Take:
    """Whence a column is taken: the first of these properties that says something, and what its value means."""

    names: tuple[str, ...]
    means: Means


def take(*names: str, means: Means | None = None) -> Take:
    """Return whence a column is taken; without `means` it is text, and words that makers leave in say nothing."""
    return Take(names, means or worded)


def taken(found: Iterable[Found], takes: Mapping[str, Take], *needed: str) -> Rows:
    """Return a row for each thing found; none for one that says nothing of `needed`."""
    rows: Rows = []
    for one in found:
        rows += filled({column: first_of(one, how) for column, how in takes.items()}, *needed)
    return rows


def first_of(one: Found, how: Take) -> Any:
    """Return what the first property that says something means."""
    for name in how.names:
        said = one.get(name)
        value = None if said is None else how.means(said)
        if value not in (None, "", [], {}):
            return value
    return None


def told_apart(rows: Rows, column: str = "name") -> Rows:
    """Return rows whose names are their own: the second of a name is `NAME #2`."""
    seen: dict[Any, int] = {}
    for row in rows:
        name = row.get(column)
        if name is not None:
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                row[column] = f"{name} #{seen[name]}"
    return rows


def numbered(rows: Rows, column: str = "name") -> Rows:
    """Return rows with an `index` among those that share a name, from 0."""
    seen: dict[Any, int] = {}
    for row in rows:
        name = row.get(column)
        row["index"] = seen.get(name, 0)
        seen[name] = row["index"] + 1
    return rows


# --- what a value means -----------------------------------------------------------------------------------------------


def plain(value: Any) -> str | None:
    """Return a text as it was said, without blanks around it; of a number its text."""
    if type(value) is str:
        text = value.strip()
        return text[:_LONGEST] if text and text not in _NOTHING else None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and abs(value) >= 2**63:
        return None
    return str(value)


def worded(value: Any) -> str | None:
    """Return a text that says something: no `To Be Filled By O.E.M.`, no zeros alone."""
    text = plain(value)
    return captured.said(text) if text and len(text) < 4096 else text


def masked(value: Any) -> str | None:
    """Return a text without the passwords of addresses in it: of a command line, of a variable."""
    text = plain(value)
    return without_secrets(text) if text else None


def small(value: Any) -> str | None:
    """Return a text in small letters."""
    text = worded(value)
    return text.lower() if text else None


def real(value: Any) -> float | None:
    """Return a number, also written as text with its unit behind it."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        found = _NUMBER.match(value.strip())
        return float(found[0].replace(",", ".")) if found else None
    if isinstance(value, (int, float)) and abs(value) < 2**63:
        return float(value) if math.isfinite(value) else None
    return None


def number(value: Any) -> int | None:
    """Return a whole number that fits 64 bits, also written as text with its unit behind it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < 2**63 else None
    found = real(value)
    return round(found) if found is not None and abs(found) < 2**63 else None


def count(value: Any) -> int | None:
    """Return a whole number that counts or measures: more than zero."""
    found = number(value)
    return found if found and found > 0 else None


def times(factor: float, value: Any) -> int | None:
    """Return a number of bytes, or of what else, from a number of another unit; none for zero."""
    found = real(value)
    scaled = found * factor if found is not None else 0
    return round(scaled) if 0 < scaled < 2**63 else None


def mib_as_bytes(value: Any) -> int | None:
    """Return bytes from a number of MiB."""
    return times(1 << 20, value)


def mb_as_bytes(value: Any) -> int | None:
    """Return bytes from a number of megabytes, as makers of disks count."""
    return times(1_000_000, value)


def bytes_as_mib(value: Any) -> int | None:
    """Return MiB from a number of bytes."""
    return times(1 / (1 << 20), value)


def truth(value: Any) -> bool | None:
    """Return whether a value says yes; None for what says neither."""
    if isinstance(value, bool):
        return value
    text = (plain(value) or "").lower()
    return True if text in _YES else False if text in _NO else None


def yes(value: Any) -> bool | None:
    """Return True where a value says yes, else nothing."""
    return True if truth(value) else None


def mac_of(value: Any) -> str | None:
    """Return a MAC address in one form."""
    return captured.mac(plain(value))


def address_of(value: Any) -> str | None:
    """Return an IP address; the unspecified ones are none."""
    return captured.address(plain(value))


def guid_of(value: Any) -> str | None:
    """Return a GUID in one form; one of nothing but one digit is none."""
    text = plain(value)
    try:
        found = str(uuid.UUID(text)) if text and len(text) < 64 else None
    except ValueError:
        return None
    return found if found and len(set(found) - {"-"}) > 1 else None


def texts(value: Any, *, apart: str = "") -> list[str]:
    """Return a list of texts: of a list its members, of a text its parts, of another value itself."""
    if isinstance(value, str) and apart:
        value = value.split(apart)
    members = value if isinstance(value, list) else [value]
    return [text for text in map(plain, members) if text]


def slashed(value: Any) -> list[str]:
    """Return the parts of a text between slashes."""
    return texts(value, apart="/")


def listed(value: Any) -> list[str]:
    """Return the parts of a text between commas."""
    return texts(value, apart=",")


def address_and_prefix(address: Any, mask: Any) -> tuple[str | None, int | None]:
    """Return an address and how long its network's prefix is; the mask is that of version 4 or 6, or a length."""
    return address_of(address), prefix_length(mask) or None


def prefix_length(mask: Any) -> int | None:
    """Return how many bits a mask of either version has; of a number, or one in text, that number."""
    text = plain(mask)
    if text is None:
        return None
    if text.isascii() and text.isdecimal():
        return int(text) if len(text) < 4 and int(text) <= 128 else None
    if ":" not in text:
        return captured.mask_length(text)
    known = captured.address(text)
    bits = f"{int.from_bytes(to_bytes(known)):0128b}" if known else ""
    return bits.count("1") if bits and "01" not in bits else None
