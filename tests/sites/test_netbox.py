"""Rows as NetBox writes them."""
# ruff: noqa: E501 - rows of files are as wide as the files are

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.documents.rows import Columns, TableRow, read_rows
from itmsctl.documents.write import write_csv
from itmsctl.errors import FieldError
from itmsctl.sites import netbox
from itmsctl.sites.netbox import LoadedSite, LoadedSubnet, site_of, slug, subnets_of_row


def rows(text: str, columns: Columns) -> tuple[list[TableRow], list[str]]:
    with read_rows(io.BytesIO(text.encode()), columns) as table:
        found = [row for row in table if isinstance(row, TableRow)]
        return found, list(table.dropped)


SITES = Columns(netbox.SITE_HEADERS, netbox.SITE_REQUIRED, netbox.IGNORED, extra_allowed=True)
PREFIXES = Columns(netbox.PREFIX_HEADERS, (), netbox.IGNORED, extra_allowed=True)

# The columns of the import form, and of "export current view" with every column chosen.
SITE_FORM = """\
name,slug,status,region,group,tenant,facility,time_zone,description,physical_address,shipping_address,latitude,longitude,comments,tags
Turin HQ,turin-hq,active,Europe,,,TO1,Europe/Rome,"Head office, via Roma","Via Roma 1\r\n10121 Torino",,45.07,7.68,,
Lab,lab,planned,,,,,,,,,,,,
"""
SITE_VIEW = """\
ID,Name,Slug,Status,Facility,Region,Group,Tenant,Tenant Group,ASNs,ASN Count,Time Zone,Description,Physical Address,Shipping Address,Latitude,Longitude,Comments,Contacts,Tags,Created,Last Updated
1,Turin HQ,turin-hq,Active,TO1,Europe,,,,,0,Europe/Rome,"Head office, via Roma",Via Roma 1,,45.07,7.68,,,,2026-01-01,2026-01-01
2,Lab,lab,Planned,,,,,,,0,,,,,,,,,,2026-01-01,2026-01-01
"""
EXPECTED_SITES = [
    LoadedSite(
        "Turin HQ",
        {"region": "Europe", "facility": "TO1", "time_zone": "Europe/Rome", "description": "Head office, via Roma", "status": "active"},
    ),
    LoadedSite("Lab", {"status": "planned"}),
]  # fmt: skip


@pytest.mark.parametrize("text", [SITE_FORM, SITE_VIEW], ids=["form", "view"])
def test_sites(text: str) -> None:
    found, dropped = rows(text, SITES)
    assert [site_of(row.values) for row in found] == EXPECTED_SITES
    assert "physical_address" in [name.lower().replace(" ", "_") for name in dropped]
    assert not {"slug", "Slug", "ID"} & set(dropped)


PREFIX_FILES = {
    "form until 4.1": "prefix,vrf,tenant,site,vlan_group,vlan,status,role,is_pool,mark_utilized,description,comments,tags\n"
    "10.1.0.0/16,,,Turin HQ,,10,active,,true,false,users,,\n2001:db8::/48,,,,,,container,,,,,,\n",
    "view until 4.1": "Prefix,Status,Children,VRF,Utilization,Tenant,Site,VLAN,Role,Description\n"
    "10.1.0.0/16,Active,0,Global,3%,—,Turin HQ,10,,users\n2001:db8::/48,Container,1,Global,,,—,,,\n",
    "form with scope names": "prefix,vrf,status,scope_type,scope_name,description\n"
    "10.1.0.0/16,,active,dcim.site,Turin HQ,users\n2001:db8::/48,,container,,,\n",
    "view with scopes": "ID,Prefix,Prefix (Flat),Status,Depth,VRF,Scope Type,Scope,VLAN Group,VLAN,Description\n"
    "1,10.1.0.0/16,10.1.0.0/16,Active,0,,dcim.site,Turin HQ,,,users\n2,• 2001:db8::/48,2001:db8::/48,Container,1,,,,,,\n",
    "view whose prefixes are dots": "Prefix,Prefix (Flat),Status,Site,Description\n"
    "10.1.0.0/16,10.1.0.0/16,Active,Turin HQ,users\n••,2001:db8::/48,Container,,\n",
}  # fmt: skip


@pytest.mark.parametrize("text", PREFIX_FILES.values(), ids=PREFIX_FILES)
def test_prefixes(text: str) -> None:
    found, _ = rows(text, PREFIXES)
    assert [subnets_of_row(row.values)[0] for row in found] == [
        LoadedSubnet("10.1.0.0/16", "Turin HQ", {"status": "active", "description": "users"}),
        LoadedSubnet("2001:db8::/48", "", {"status": "container"}),
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"prefix": "10.0.0.0/8", "scope": "HQ"}, LoadedSubnet("10.0.0.0/8", "HQ", {}, site_is_guess=True)),
        ({"prefix": "10.0.0.0/8", "scope_type": "Site", "scope": "HQ"}, LoadedSubnet("10.0.0.0/8", "HQ", {})),
        ({"prefix": "10.0.0.0/8", "scope_type": "DCIM > site", "scope": "HQ"}, LoadedSubnet("10.0.0.0/8", "HQ", {})),
        (
            {"prefix": "10.0.0.0/8", "scope_type": "dcim.region", "scope": "Europe"},
            LoadedSubnet("10.0.0.0/8", "", {}, note="scope dcim.region `Europe` is no site: loaded without one"),
        ),
    ],
)
def test_scopes(row: dict[str, str], expected: LoadedSubnet) -> None:
    assert subnets_of_row(row)[0] == expected


@pytest.mark.parametrize(
    ("row", "column", "words", "hint"),
    [
        ({"prefix": "10.0.0.0/8", "vrf": "blue"}, "vrf", "VRF `blue`", "only the global table"),
        ({"prefix": "10.0.0.1/8"}, "prefix", "not a prefix", "did you mean 10.0.0.0/8?"),
        ({"prefix": "••"}, "prefix", "no prefix", "Prefix (Flat)"),
        ({}, "prefix", "no prefix", ""),
        ({"prefix": "10.0.0.0/8", "scope_type": "dcim.site", "scope_id": "7"}, "scope_id", "site number 7", "`Scope`"),
    ],
)
def test_refused_per_row(row: dict[str, str], column: str, words: str, hint: str) -> None:
    with pytest.raises(FieldError) as caught:
        subnets_of_row(row)
    assert words in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.details == {"column": column}


@pytest.mark.parametrize("name", ["", "—", "-rf", "a\x1b[2J"])
def test_bad_site_names(name: str) -> None:
    with pytest.raises(FieldError) as caught:
        site_of({"name": name})
    assert caught.value.details == {"column": "name"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Turin HQ", "turin-hq"),
        ("São Paulo (BR)", "sao-paulo-br"),
        ("日本", "site"),
        ("a" * 200, "a" * 100),
        ("x_y", "x_y"),
    ],
)
def test_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)


@given(
    NAMES,
    st.dictionaries(st.sampled_from(["region", "facility", "time_zone", "description"]), NAMES),
    st.sampled_from(["active", "planned"]),
)
def test_sites_out_and_in(name: str, fields: dict[str, str], status: str) -> None:
    stream = io.StringIO()
    write_csv([netbox.site_row(name, fields | {"status": status})], stream, netbox.SITE_EXPORT)
    ((row,), dropped) = rows(stream.getvalue(), SITES)
    loaded = site_of(row.values)
    assert loaded.fields == fields | {"status": status}
    assert loaded == site_of({"name": name, **fields, "status": status})
    assert dropped == []


@given(st.one_of(st.just(""), NAMES), st.sampled_from([netbox.PREFIX_EXPORT, netbox.PREFIX_EXPORT_SCOPED]))
def test_prefixes_out_and_in(site: str, columns: tuple[str, ...]) -> None:
    stream = io.StringIO()
    write_csv([netbox.prefix_row("10.0.0.0/8", site, {"description": "=x"})], stream, columns, raw=True)
    ((row,), dropped) = rows(stream.getvalue(), PREFIXES)
    assert subnets_of_row(row.values)[0] == LoadedSubnet("10.0.0.0/8", site, {"status": "active", "description": "=x"})
    assert dropped == []
