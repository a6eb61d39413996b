"""A site's time zone and status are checked wherever they enter, and `doctor` names those stored by other ways."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import available_timezones

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.errors import InputError
from itmsctl.values import windows_zones
from itmsctl.values.zones import zone
from tests.conftest import Run

BAD = [
    ("time_zone", "Mars/Base", "`Mars/Base` is not a time zone", "such as Europe/Rome"),
    ("time_zone", "Tokyo Standard Time", "`Tokyo Standard Time` is not a time zone", "did you mean `Asia/Tokyo`?"),
    ("time_zone", "W. Europe Daylight Time", "not a time zone", "did you mean `Europe/Berlin`?"),
    ("time_zone", "europe/rome", "not a time zone", "did you mean `Europe/Rome`?"),
    ("status", "bogus", "`bogus` is no value", "one of planned, staging, active"),
    ("status", "activ", "`activ` is no value", "did you mean `active`?"),
]


@pytest.mark.parametrize(("field", "value", "what", "hint"), BAD)
def test_what_is_none_is_refused_by_every_way_in(
    run: Run, ok: Run, tmp_path: Path, field: str, value: str, what: str, hint: str
) -> None:
    flag, document = f"--{field.replace('_', '-')}", tmp_path / "site.yaml"
    document.write_text(f"kind: site\nname: rome\nspec:\n  {field}: {value}\n")
    ok("site", "add", "there")
    for argv in (
        ("site", "add", "rome", flag, value),
        ("site", "set", "there", flag, value),
        ("site", "import", "-"),
        ("apply", "-f", str(document), "--yes"),
    ):
        refused = run(*argv, stdin=f"name,{field}\nrome,{value}\n")
        assert (refused.code, what in refused.err, hint in refused.err) == (3, True, True), refused.err
        assert argv[1] != "import" or f"-:2:{field} " in refused.err
    assert ok("site", "list", "-o", "name").out == "there\n"
    assert ok("site", "show", "there").json[field] is None


def test_a_subnet_knows_its_own_words(run: Run, ok: Run) -> None:
    assert run("subnet", "add", "10.0.0.0/8", "--status", "weird").code == 3
    ok("subnet", "add", "10.0.0.0/8", "--status", "container")
    ok("subnet", "import", "-", stdin="Prefix,Status\n10.1.0.0/16,Reserved\n")
    assert ok("subnet", "show", "10.1.0.0/16").json["status"] == "reserved"


def test_a_computer_is_refused_in_the_same_words(run: Run) -> None:
    refused = run("computer", "add", "pc1", "--time-zone", "Tokyo Standard Time")
    assert (refused.code, "did you mean `Asia/Tokyo`?" in refused.err) == (3, True)


def test_doctor_names_what_is_stored(ok: Run, run: Run, store: Store) -> None:
    for name in ("tokyo", "osaka", "fine"):
        ok("site", "add", name, "--time-zone", "Asia/Tokyo", "--status", "active")
    ok("computer", "add", "pc1", "--time-zone", "Asia/Tokyo")

    def found() -> list[tuple[str, str]]:
        rows = run("doctor", "-o", "json").json
        return [(row["severity"], row["what"]) for row in rows if row["id"] == "STORED-VALUES"]

    assert [severity for severity, _ in found()] == ["ok"]
    with store.engine.begin() as connection:  # as by hand, or by a program that did not check
        connection.execute(sa.text("UPDATE site SET time_zone = 'Tokyo Standard Time' WHERE name <> 'fine'"))
        connection.execute(sa.text("UPDATE site SET status = 'bogus' WHERE name = 'fine'"))
        connection.execute(sa.text("UPDATE computer SET time_zone = 'Mars/Base'"))
    assert sorted(found()) == [
        ("warning", "status of site `fine`: `bogus` is no value for `--status` of a site"),
        ("warning", "time_zone of computer `pc1`: `Mars/Base` is not a time zone"),
        ("warning", "time_zone of site `osaka`, `tokyo`: `Tokyo Standard Time` is not a time zone"),
    ]
    ok("site", "set", "tokyo", "--region", "Kanto")  # what is wrong beside it does not keep others from being changed


def test_every_zone_of_windows_leads_to_one_that_is_known() -> None:
    stems = [entry.split(" = ")[0].strip() for entry in windows_zones._NAMES.replace("\n", " ").split(";")]
    assert len(stems) > 130
    for stem in stems:
        assert windows_zones.iana_name(f"{stem} Standard Time") in available_timezones(), stem
    assert windows_zones.iana_name("Pacific Standard Time (Mexico)") == "America/Tijuana"
    assert windows_zones.iana_name("Standard Time") == ""
    with pytest.raises(InputError) as caught:
        zone("E. South America Standard Time")
    assert caught.value.hint == "did you mean `America/Sao_Paulo`?"
