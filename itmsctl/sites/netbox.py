"""Sites and prefixes as NetBox writes them to CSV, and as it reads them.

NetBox names a column in three ways: by field, as its import form takes it (`physical_address`), by label, as "export
current view" writes it (`Physical Address`), and until 4.1 a prefix has a `site`, from 4.2 on a `scope_type` and a
`scope`. A file of any of these loads as it is. What has no place here is dropped, and reported by the reader.
A table may also say the fields that NetBox has no column for, under their own names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itmsctl.errors import FieldError, InputError
from itmsctl.sites.kinds import SITE, SUBNET
from itmsctl.values.addresses import of_range, prefix
from itmsctl.values.kind import Field, Kind, Type
from itmsctl.values.names import check_name
from itmsctl.values.types import meaning

NETBOX_SITE = ("name", "status", "region", "facility", "time_zone", "description")


def _own(kind: Kind, known: tuple[str, ...]) -> Mapping[str, Field]:
    """Return the fields of a noun that NetBox has no column for; lists and references do not stand in its tables."""
    apart = {Type.LIST, Type.MAP, Type.REF}
    return {field.name: field for field in kind.admin_fields if field.type not in apart and field.name not in known}


SITE_OWN = _own(SITE, NETBOX_SITE)
SUBNET_OWN = _own(SUBNET, ("status", "description"))

# Header (lower case, `_` for a blank) -> the name under which `site_of` and `subnets_of_row` know it.
SITE_HEADERS: Mapping[str, str] = {name: name for name in (*NETBOX_SITE, *SITE_OWN)}
PREFIX_HEADERS: Mapping[str, str] = {
    "prefix": "prefix",
    "prefix_(flat)": "prefix_flat",
    "prefix_flat": "prefix_flat",
    "vrf": "vrf",
    "site": "site",
    "scope_type": "scope_type",
    "scope": "scope",
    "scope_name": "scope",
    "scope_id": "scope_id",
    "status": "status",
    "description": "description",
    **{name: name for name in ("start_address", "end_address", "mask")},
    **{name: name for name in SUBNET_OWN},
}
SITE_REQUIRED = ("name",)
SITE_ALIASES: Mapping[str, str] = {"site": "name", "site_name": "name", "timezone": "time_zone"}
PREFIX_ALIASES: Mapping[str, str] = {
    "subnet": "prefix", "network": "prefix", "cidr": "prefix", "name": "prefix", "location__name": "site",
    "status__name": "status", "netmask": "mask", "subnet_mask": "mask", "range_start": "start_address",
    "range_end": "end_address", "first_address": "start_address", "last_address": "end_address", "range": "prefix",
    "ip_range": "prefix",
}  # fmt: skip
# What NetBox, and directories of places, write beside: it has no place here, and is named when it is left out.
SITE_FOREIGN = frozenset(
    {
        "group", "site_group", "tenant", "tenant_group", "asn", "asns", "asn_count", "physical_address",
        "shipping_address", "latitude", "longitude", "comments", "contacts", "contact_name", "contact_phone",
        "contact_email", "tags", "owner", "owner_group", "address", "address2", "city", "state", "country", "zip",
        "postal_code", "manager", "manager_username", "currency", "phone", "fax", "parent", "company", "notes",
    }
)  # fmt: skip
PREFIX_FOREIGN = frozenset(
    {
        "depth", "children", "utilization", "tenant", "tenant_group", "region", "site_group", "location", "vlan_group",
        "vlan_site", "vlan", "role", "is_pool", "pool", "is_a_pool", "mark_utilized", "marked_utilized",
        "mark_as_utilized", "comments", "tags", "contacts", "owner", "owner_group", "aggregate", "family",
        "rir", "scope_object",
    }
)  # fmt: skip
# Columns that carry what is derived here, so that dropping them loses nothing.
IGNORED = frozenset({"id", "slug", "url", "created", "last_updated", "display", "actions"})

SITE_EXPORT = ("name", "slug", "status", "region", "facility", "time_zone", "description")
PREFIX_EXPORT = ("prefix", "site", "status", "description")  # NetBox until 4.1
PREFIX_EXPORT_SCOPED = (
    "prefix",
    "scope_type",
    "scope_name",
    "status",
    "description",
)  # from the version that names scopes

_EMPTY = frozenset({"", "-", "\N{EM DASH}", "\N{EN DASH}"})
_SITE_SCOPES = frozenset({"dcim.site", "dcim > site", "dcim | site", "site"})


@dataclass(frozen=True)
class LoadedSite:
    """A row of sites: our fields. Empty ones were not given."""

    name: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class LoadedSubnet:
    """A row of prefixes. `site` may be empty; where `site_is_guess` the row does not say that it names a site.

    `note` says what of the row could not be kept.
    """

    cidr: str
    site: str
    fields: Mapping[str, Any]
    site_is_guess: bool = False
    note: str = ""


def site_of(row: Mapping[str, str]) -> LoadedSite:
    """Read a row of sites.

    Raises FieldError where it has no usable name.
    """
    try:
        name = check_name(_cell(row, "name"), "site name")
    except InputError as error:
        raise _bad("name", error.message, error.hint) from None
    fields = {key: _cell(row, key) for key in ("region", "facility", "time_zone", "description") if _cell(row, key)}
    return LoadedSite(name, {**fields, **_status(row), **_said(row, SITE_OWN)})


def subnets_of_row(row: Mapping[str, str]) -> list[LoadedSubnet]:
    """Read a row of prefixes: a prefix, or a range of addresses, which is the prefixes that hold exactly these.

    Raises FieldError, with the column in its details, for what is neither, a VRF that is not the global one, and a site
    that is given as a number of NetBox's database.
    """
    found = _prefixes(row)
    vrf = _cell(row, "vrf")
    if vrf and vrf.casefold() != "global":
        what = f"`{found[0]}` is in VRF `{vrf}`"
        raise _bad("vrf", what, "addresses of a VRF may repeat; only the global table is kept")
    fields: dict[str, Any] = {**_status(row), **_said(row, SUBNET_OWN)}
    if _cell(row, "description"):
        fields["description"] = _cell(row, "description")
    site, is_guess, note = _site(row)
    return [LoadedSubnet(cidr, site, fields, is_guess, note) for cidr in found]


def _prefixes(row: Mapping[str, str]) -> list[str]:
    # NetBox 3 draws the depth of nested prefixes with dots, and some versions export nothing but these.
    text = _cell(row, "prefix").lstrip("\N{BULLET} \N{NO-BREAK SPACE}") or _cell(row, "prefix_flat")
    first, last, mask = (_cell(row, name) for name in ("start_address", "end_address", "mask"))
    if not text and first and last:
        text = f"{first.partition('/')[0]}-{last.partition('/')[0]}"
    elif text and mask and "/" not in text:
        text = f"{text}/{mask.lstrip('/')}"
    if not text:
        raise _bad("prefix", "the row has no prefix", "export the column `Prefix (Flat)` where `Prefix` has dots only")
    try:
        several = of_range(text)
        return several or [prefix(text).text]
    except InputError as error:
        raise _bad("prefix", error.message, error.hint) from None


def _site(row: Mapping[str, str]) -> tuple[str, bool, str]:
    """Return the site, whether that is a guess, and what of the scope is lost."""
    site, scope, kind = _cell(row, "site"), _cell(row, "scope"), _cell(row, "scope_type").casefold()
    if site:
        return site, False, ""
    if kind and kind not in _SITE_SCOPES:
        return "", False, f"scope {kind} `{scope or _cell(row, 'scope_id')}` is no site: loaded without one"
    if scope:
        return scope, not kind, ""
    if _cell(row, "scope_id"):
        raise _bad(
            "scope_id",
            f"site number {_cell(row, 'scope_id')} is NetBox's own",
            "export the column `Scope`, which names it",
        )
    return "", False, ""


def _status(row: Mapping[str, str]) -> dict[str, str]:
    """Return the status as NetBox's forms write it: labels (`Active`) are the same words, capitalised."""
    status = _cell(row, "status").casefold().replace(" ", "-")
    return {"status": status} if status else {}


def _said(row: Mapping[str, str], own: Mapping[str, Field]) -> dict[str, Any]:
    """Return what a row says of the fields that NetBox has no column for."""
    found: dict[str, Any] = {}
    for name, field in own.items():
        text = _cell(row, name)
        try:
            found |= {name: meaning(field.type).value(text)} if text else {}
        except InputError as error:
            raise _bad(name, error.message, field.help) from None
    return found


def is_filled(cell: str) -> bool:
    """Return whether a cell says something: NetBox draws what is empty as a dash."""
    return cell.strip() not in _EMPTY


def _cell(row: Mapping[str, str], key: str) -> str:
    text = (row.get(key) or "").strip()
    return text if is_filled(text) else ""


def _bad(column: str, what: str, hint: str) -> FieldError:
    return FieldError(what, hint=hint, details={"column": column})


def slug(name: str) -> str:
    """Return the short name that NetBox requires of a site: ASCII letters, digits and hyphens, at most 100."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-")[:100] or "site"


def site_row(name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a site as a row of SITE_EXPORT and SITE_OWN; NetBox requires a status."""
    return {
        **{own: fields.get(own) for own in SITE_OWN},
        "name": name,
        "slug": slug(name),
        "status": fields.get("status") or "active",
        **{key: fields.get(key) or "" for key in ("region", "facility", "time_zone", "description")},
    }


def prefix_row(cidr: str, site: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a subnet as a row that serves PREFIX_EXPORT, PREFIX_EXPORT_SCOPED and SUBNET_OWN."""
    return {
        **{own: fields.get(own) for own in SUBNET_OWN},
        "prefix": cidr,
        "site": site,
        "scope_type": "dcim.site" if site else "",
        "scope_name": site,
        "status": fields.get("status") or "active",
        "description": fields.get("description") or "",
    }
