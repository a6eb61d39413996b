"""What the fields of a computer may hold, and the one form in which each is kept.

Used by `add`, `set` and `import` alike, so that the three agree. An InputError names the field in `details["field"]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from itmsctl.errors import FieldError, InputError
from itmsctl.resources import identity
from itmsctl.resources.identity import Identity
from itmsctl.resources.kinds import COMPUTER, LOCKABLE, OS_FAMILIES
from itmsctl.values.addresses import address_text, is_address, plain_ipv6, to_bytes
from itmsctl.values.kind import Field, Type
from itmsctl.values.names import check_name, did_you_mean, near_or_all
from itmsctl.values.naming import naming
from itmsctl.values.types import meaning
from itmsctl.values.untrusted import storable

MAX_ADDRESSES = 256
MAX_IDENTITIES = 256  # of one kind
MAX_TAGS = 512
MAX_TAG_KEY = 128
MAX_TAG_VALUE = 4096
MAX_TEXT = 4096
MAX_USER = 256

# Fields in the order of documents and exports.
FIELDS = tuple(field.name for field in COMPUTER.admin_fields)
LISTS = frozenset({"address", *identity.KINDS})
IDENTITY_FIELDS = tuple(name for name in FIELDS if name in identity.KINDS)

_TAG_KEY = re.compile(r"""[^\s=!,;()'"<>\[\]{}@-][^\s=!,;()'"<>\[\]{}]*""")
_HOST_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")
_V4 = re.compile(r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}", re.ASCII)
_V4_MAPPED = b"\0" * 10 + b"\xff\xff"
_NOBODY = frozenset({to_bytes("0.0.0.0"), to_bytes("255.255.255.255"), to_bytes("::")})  # noqa: S104 - none is bound


def checked_name(text: str) -> str:
    """Return the name as stored. Raises InputError."""
    if text.isascii() and text.isprintable() and 0 < len(text) < 36 and text[0] not in "-@ " and text[-1] != " ":
        return text  # what nearly every name of 35,000 is
    return check_name(text, "computer name")


class CheckedFields(NamedTuple):
    """Checked fields, and what their addresses and identity values were read as."""

    fields: dict[str, Any]
    addresses: list[tuple[str, bytes | None]]
    identities: list[Identity]


def checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields in the form in which they are kept; none, an empty text, list or map empty a field.

    Raises InputError that names the field.
    """
    return read(fields).fields


def read(fields: Mapping[str, Any]) -> CheckedFields:
    """Return the same, with the rows of addresses and identity values. Raises InputError that names the field."""
    found: dict[str, Any] = {}
    addresses: list[tuple[str, bytes | None]] = []
    identities: list[Identity] = []
    name = ""
    try:
        for name, value in fields.items():
            if not value:
                found[name] = empty(name)
            elif name == "address":
                addresses = _addresses(value)
                found[name] = [text for text, _ in addresses]
            elif name in LISTS:
                values = _identities(name, value)
                found[name] = [i.value for i in values]
                identities += values
            else:
                found[name] = _CHECKS[name](value)
    except InputError as error:
        raise error.about(name) from None
    except KeyError:
        raise FieldError(
            f"a computer has no field `{name}`", hint=did_you_mean(name, FIELDS), details={"field": name}
        ) from None
    return CheckedFields(found, addresses, identities)


def empty(name: str) -> Any:
    """Return the value of a field that holds nothing."""
    value = _EMPTY[name]
    return type(value)() if isinstance(value, list | dict) else value


# --- addresses --------------------------------------------------------------------------------------------------------


def address_row(text: str) -> tuple[str, bytes | None]:
    """Return an address as kept: its one text, and its 16 bytes, none for a host name.

    Raises InputError for what is neither, and for addresses that no computer has.
    """
    text = text.strip()
    if _V4.fullmatch(text):
        data = _V4_MAPPED + bytes(map(int, text.split(".")))
        return _somebodys(text, data)
    if ":" not in text:
        return _host(text), None
    plain = plain_ipv6(text)
    if plain is not None:
        return _somebodys(text, plain)
    try:
        data = to_bytes(text)
    except InputError:
        return _host(text), None
    _, percent, zone = text.strip("[]").partition("%")
    return _somebodys(address_text(data) + percent + zone, data)


def _somebodys(text: str, data: bytes) -> tuple[str, bytes]:
    group = data[0] == 0xFF or (data.startswith(_V4_MAPPED) and 224 <= data[12] < 240)
    if group or data in _NOBODY:
        raise InputError(f"`{text}` is no address of a computer")
    return text, data


def _host(text: str) -> str:
    name = text.rstrip(".")
    labels = name.split(".")
    if not name or len(name) > 253 or not all(_HOST_LABEL.fullmatch(label) for label in labels):
        hint = _host_hint(text)
        raise InputError(f"`{text[:80]}` is neither an IP address nor a host name", hint=hint)
    if labels[-1].isdigit():
        raise InputError(f"`{text}` is not an IP address", why="a host name does not end in digits only")
    return name


def _host_hint(text: str) -> str:
    if re.fullmatch(r"[\w.\-]+:\d+", text, re.ASCII):
        return "the port is a field of its own: --port"
    address, slash, length = text.partition("/")
    if slash and length.isdigit() and is_address(address):
        return f"an address has no prefix length: {address}"
    return "several addresses are separated by `;`" if "," in text or " " in text else ""


def _addresses(value: Any) -> list[tuple[str, bytes | None]]:
    texts = _texts("address", value)
    if len(texts) > MAX_ADDRESSES:
        raise InputError(f"{len(texts)} addresses; {MAX_ADDRESSES} are allowed")
    rows = {}
    for text in texts:
        try:
            row, data = address_row(text)
        except InputError as error:
            raise _of_member(error, "address", value, text) from None
        rows[row] = data
    found = list(rows.items())
    # Among others it is a fact about the computer, and passed over; alone it would be the way there.
    if found and all(_leads_nowhere(*row) for row in found):
        raise _needs_zone(found[0][0])
    return found


def _management_address(value: Any) -> str:
    text, data = address_row(_text(value))
    if _leads_nowhere(text, data):
        raise _needs_zone(text)
    return text


def _leads_nowhere(text: str, data: bytes | None) -> bool:
    """Return whether an address is link-local and names no interface."""
    return data is not None and data[0] == 0xFE and data[1] & 0xC0 == 0x80 and "%" not in text


def _needs_zone(text: str) -> InputError:
    return InputError(
        f"`{text}` is link-local: it leads nowhere without the interface to take",
        hint=f"{text}%eth0, with the interface of this machine",
    )


# --- identities -------------------------------------------------------------------------------------------------------


def identities_of(fields: Mapping[str, Any]) -> list[Identity]:
    """Return the identity values that checked fields hold."""
    return [identity.identity(kind, text) for kind in IDENTITY_FIELDS for text in fields.get(kind) or ()]


def _identities(kind: str, value: Any) -> list[Identity]:
    texts = _texts(kind, value)
    if len(texts) == 1:
        return [identity.identity(kind, texts[0])]
    if len(texts) > MAX_IDENTITIES:
        raise InputError(f"{len(texts)} values; {MAX_IDENTITIES} are allowed")
    found: dict[str, Identity] = {}
    for text in texts:
        try:
            one = identity.identity(kind, text)
        except InputError as error:
            raise _of_member(error, kind, value, text) from None
        found.setdefault(one.key, one)
    return [found[key] for key in sorted(found)]


def _of_member(error: InputError, field: str, value: Any, member: str) -> InputError:
    return error.about(field, *([value.index(member)] if isinstance(value, list) and member in value else []))


# --- tags and the rest ------------------------------------------------------------------------------------------------


def _tags(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise InputError("tags are KEY=VALUE")
    if len(value) > MAX_TAGS:
        raise InputError(f"{len(value)} tags; {MAX_TAGS} are allowed")
    found = {}
    for key, text in value.items():
        try:
            name = _tag_key(str(key))
        except InputError as error:
            raise error.about("tags", str(key), key=True) from None
        with naming("tags", str(key)):
            found[name] = _tag_value(str(key), text)
    return found


def _tag_key(key: str) -> str:
    if len(key) > MAX_TAG_KEY:
        raise InputError(f"the tag `{key[:40]}...` has {len(key)} characters; {MAX_TAG_KEY} are allowed")
    if not _TAG_KEY.fullmatch(key) or not key.isprintable():
        fitting = re.sub(r"[\s=!,;()'\"<>\[\]{}@]+", "_", key).strip("_-")
        raise InputError(
            f"`{key}` cannot be a tag",
            why="a tag holds no space, bracket, quote, or one of = ! , ; < > @",
            hint=f"such as `{fitting}`" if fitting.isprintable() and _TAG_KEY.fullmatch(fitting) else "",
        )
    return key


def is_colon_for_equals(key: str, value: str) -> bool:
    """Return whether a tag looks like `env:prod`, which other tools read as a key and its value; here it is a key."""
    return ":" in key.strip(":") and not value


def _tag_value(key: str, value: Any) -> str:
    if isinstance(value, bool):
        value = "true" if value else "false"
    text = "" if value is None else _text(value)
    if len(text) > MAX_TAG_VALUE:
        raise InputError(f"the value of tag `{key}` has {len(text)} characters; {MAX_TAG_VALUE} are allowed")
    return _line(text, f"the value of tag `{key}`")


def _port(value: Any) -> int:
    number: int = meaning(Type.INT).value(value)
    if not 1 <= number <= 65535:
        raise InputError(f"`{value}` is no port", hint="1 to 65535")
    return number


def _user(value: Any) -> str | None:
    text = _line(_text(value).strip(), "the user")
    if len(text) > MAX_USER or text.startswith("-"):
        raise InputError(f"`{text[:60]}` is no user name")
    return text or None


def _os_family(value: Any) -> str | None:
    text = _text(value).strip().casefold()
    if text and text not in OS_FAMILIES:
        raise InputError(
            f"`{value}` is no family of operating systems",
            hint=near_or_all(text, OS_FAMILIES),
        )
    return text or None


def _locked(value: Any) -> str | None:
    """Return the names of fields, each once, in their usual order."""
    named = {text for text in re.split(r"[\s,;]+", _text(value).strip().casefold().replace("-", "_")) if text}
    for name in sorted(named):
        if name not in LOCKABLE:
            hint = did_you_mean(name, LOCKABLE) or "fields that can be locked: " + ", ".join(LOCKABLE)
            raise InputError(f"`{name[:60]}` is no field that a source fills", hint=hint)
    return ",".join(name for name in LOCKABLE if name in named) or None


def _time_zone(value: Any) -> str | None:
    from itmsctl.values.zones import zone

    text = _text(value).strip()
    return zone(text).key if text else None


def _plain(field: Field, value: Any) -> Any:
    """Return the value of a field that needs no rule but that of its type."""
    if field.type is not Type.TEXT:
        return meaning(field.type).value(value)
    text = _text(value)
    if len(text) > MAX_TEXT:
        raise InputError(f"the {field.name.replace('_', ' ')} has {len(text)} characters; {MAX_TEXT} are allowed")
    if field.choices and text not in field.choices:
        raise InputError(f"`{text}` is no value here", hint=near_or_all(text, field.choices))
    return storable(text) or None


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(f"`{str(value)[:60]}` is not a text")
    return str(value)


def _texts(kind: str, value: Any) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list | tuple):
        raise InputError(f"`{kind}` is a text or a list of texts")
    return [text if isinstance(text, str) else _text(text) for text in value if text is not None and text != ""]


def _line(text: str, what: str) -> str:
    if text.isprintable():
        return text
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise InputError(f"{what} holds a line break or a control character")
    return storable(text)


_RULES: Mapping[str, Callable[[Any], Any]] = {
    "management_address": _management_address,
    "port": _port,
    "user": _user,
    "os_family": _os_family,
    "time_zone": _time_zone,
    "locked": _locked,
    "tags": _tags,
}
_CHECKS = {field.name: _RULES.get(field.name, partial(_plain, field)) for field in COMPUTER.admin_fields}
_EMPTY: Mapping[str, Any] = {field.name: meaning(field.type).empty() for field in COMPUTER.admin_fields}
