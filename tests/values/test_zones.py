"""Time zones by name, and that of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from itmsctl.errors import InputError
from itmsctl.values.zones import is_zone, server_zone, unknown_zone, zone


@pytest.mark.parametrize("name", ["Europe/Rome", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])
def test_a_zone_is_known(name: str) -> None:
    assert zone(name).key == name


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("europe/rome", "did you mean `Europe/Rome`?"),
        ("Rome", "did you mean `Europe/Rome`?"),
        ("buenos aires", "did you mean `America/"),
        ("Europe/Rmoe", "did you mean `Europe/Rome`?"),
        ("", "an IANA name"),
        ("right/UTC", ""),
        ("posix/Europe/Rome", ""),
        ("localtime", ""),
        ("../../etc/passwd", ""),
        ("/etc/localtime", ""),
        ("Europe", ""),
        ("Europe/Rome\n", ""),
        ("x" * 5000, ""),
    ],
)
def test_what_is_no_zone_offers_what_is_near(name: str, hint: str) -> None:
    assert not is_zone(name)
    with pytest.raises(InputError) as caught:
        zone(name)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("environment", "link", "text", "wanted"),
    [
        ({"TZ": "Europe/Rome"}, "Asia/Tokyo", None, "Europe/Rome"),
        ({"TZ": ":Europe/Rome"}, None, None, "Europe/Rome"),
        ({"TZ": ""}, "Asia/Tokyo", None, "UTC"),
        ({"TZ": ":/usr/share/zoneinfo/Europe/Rome"}, "Asia/Tokyo", None, "Europe/Rome"),
        ({"TZ": ":/etc/localtime"}, "Asia/Tokyo", "Europe/Oslo", "Asia/Tokyo"),
        ({"TZ": "Nonsense/Zone"}, "Asia/Tokyo", None, "Asia/Tokyo"),
        ({"TZ": "CET-1CEST,M3.5.0,M10.5.0/3"}, "Asia/Tokyo", None, "Asia/Tokyo"),
        ({}, "Asia/Tokyo", "Europe/Oslo", "Asia/Tokyo"),
        ({}, None, "Europe/Oslo\n", "Europe/Oslo"),
        ({}, None, "nonsense", "UTC"),
        ({}, None, None, "UTC"),
    ],
)
def test_the_zone_of_a_machine(
    tmp_path: Path, environment: dict[str, str], link: str | None, text: str | None, wanted: str
) -> None:
    (tmp_path / "etc").mkdir()
    if link:
        (tmp_path / "etc/localtime").symlink_to(f"../usr/share/zoneinfo/{link}")
    if text:
        (tmp_path / "etc/timezone").write_text(text)
    assert server_zone(environment, tmp_path) == wanted


@pytest.mark.parametrize(
    ("text", "passed_over"),
    [
        ("Nonsense/Zone", True), ("CET-1CEST,M3.5.0,M10.5.0/3", True), ("/etc/nowhere", True), ("Europe/Rome", False),
        (":Europe/Rome", False), (":/etc/localtime", False), ("/usr/share/zoneinfo/Asia/Tokyo", False), ("", False),
        (":", False),
    ],
)  # fmt: skip
def test_what_tz_says_and_nobody_knows_is_passed_over_and_can_be_told(
    tmp_path: Path, text: str, passed_over: bool
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/localtime").symlink_to("../usr/share/zoneinfo/Asia/Tokyo")
    assert unknown_zone({"TZ": text}, tmp_path) == (text if passed_over else "")
    assert unknown_zone({}, tmp_path) == ""


@pytest.mark.parametrize(
    ("word", "zones"),
    [
        ("CEST", ["Europe/Berlin"]), ("cest", ["Europe/Berlin"]), ("EEST", ["Europe/Kyiv"]), ("BST", ["Europe/London"]),
        ("EDT", ["America/New_York"]), ("PST", ["America/Los_Angeles"]), ("JST", ["Asia/Tokyo"]),
        ("AEDT", ["Australia/Sydney"]), ("WEST", ["Europe/Lisbon"]), ("IST", ["Asia/Kolkata", "Asia/Jerusalem"]),
        ("CST", ["America/Chicago", "Asia/Shanghai"]),
    ],
)  # fmt: skip
def test_an_abbreviation_leads_to_zones_whose_clocks_bear_it(word: str, zones: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        zone(word)
    assert caught.value.hint.startswith("did you mean " + " or ".join(f"`{name}`" for name in zones))
