"""Tables in NetBox's columns through the command line: its exports load, ours come back unchanged (Must show 11)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

DATA = Path(__file__).parent / "data"
SITES, PREFIXES = str(DATA / "netbox_sites.csv"), str(DATA / "netbox_prefixes.csv")


def summary(ok: Run, noun: str, *argv: str, **options: Any) -> tuple[int, int, int, int]:
    found = ok(noun, "import", *argv, "--json", **options).json
    return found["created"], found["updated"], found["unchanged"], found["rejected"]


def fields(ok: Run, noun: str, *names: str) -> list[list[Any]]:
    return [[row[name] for name in ("name", *names)] for row in ok(noun, "list", "-o", "json").json]


def test_an_export_of_netbox_loads_as_it_is(ok: Run) -> None:
    first = ok("site", "import", SITES)
    assert first.err.count("ignored") == 1
    assert "physical_address" in first.err
    assert fields(ok, "site", "status", "facility", "region", "time_zone", "description") == [
        ["Oslo", "active", None, "Europe", "Europe/Oslo", None],
        ["Turin HQ", "active", "TO1", "Europe > Italy", "Europe/Rome", "Head office, via Roma"],
        ["Åre", "planned", None, None, None, None],
    ]
    second = ok("subnet", "import", PREFIXES)
    assert "line 7: `198.51.100.0/24`: scope dcim > region `Europe` is no site: loaded without one" in second.err
    assert fields(ok, "subnet", "site", "parent", "depth", "status", "description") == [
        ["10.0.0.0/8", None, None, 0, "container", "all of it"],
        ["10.1.0.0/16", "Turin HQ", "10.0.0.0/8", 1, "active", "users"],
        ["10.1.7.0/24", "Turin HQ", "10.1.0.0/16", 2, "reserved", None],
        ["10.2.0.0/16", "Oslo", "10.0.0.0/8", 1, "active", None],
        ["198.51.100.0/24", None, None, 0, "active", None],
        ["2001:db8:1::/48", "Turin HQ", None, 0, "active", None],
    ]
    assert summary(ok, "site", SITES) == (0, 0, 3, 0)
    assert summary(ok, "subnet", PREFIXES) == (0, 0, 6, 0)
    assert ok("site", "check", "--ignore", "subnet-without-site", "-o", "json").code == 0


@pytest.mark.parametrize("form", [("-o", "csv"), ("-o", "ndjson"), ("--scoped", "-o", "csv")], ids=" ".join)
def test_our_export_comes_back_unchanged(ok: Run, tmp_path: Path, form: tuple[str, ...]) -> None:
    ok("site", "import", SITES)
    ok("subnet", "import", PREFIXES)
    # no status, and traps of a spreadsheet
    ok("site", "add", "=1+1", "--description", '@SUM(A1)\nsecond line; "quoted"')
    ok("subnet", "add", "10.9.0.0/16", "--site", "=1+1")
    before = ok("site", "list", "-o", "json").out, ok("subnet", "list", "-o", "json").out
    of_sites = ok("site", "export", *(word for word in form if word != "--scoped")).out
    prefixes = tmp_path / "prefixes"
    assert "7 subnets written" in ok("subnet", "export", *form, "--out", str(prefixes)).err
    assert prefixes.stat().st_mode & 0o777 == 0o600
    assert summary(ok, "site", "-", stdin=of_sites) == (0, 0, 4, 0)
    assert summary(ok, "subnet", str(prefixes)) == (0, 0, 7, 0)
    assert (ok("site", "list", "-o", "json").out, ok("subnet", "list", "-o", "json").out) == before


BAD = """prefix,site,status
10.1.0.0/16,rome,active
10.2.0.1/16,rome,active
10.3.0.0/16,nowhere,active
10.1.0.0/16,rome,active
10.4.0.0/16,rome
10.5.0.0/16,,active
"""


def test_every_bad_row_is_named_in_one_pass(run: Run, ok: Run, tmp_path: Path) -> None:
    ok("site", "add", "rome")
    path = tmp_path / "bad.csv"
    path.write_text(BAD)
    refused = run("subnet", "import", str(path), "--rejects", str(tmp_path / "r1.csv"))
    assert refused.code == 3
    for line, words in ((3, "did you mean 10.2.0.0/16?"), (4, "no site `nowhere`"), (5, "line 2 too"), (6, "2 cells")):
        assert any(f":{line}" in said and words in said for said in refused.err.splitlines()), (line, refused.err)
    assert ok("subnet", "list", "-o", "json").json == []
    partly = run("subnet", "import", str(path), "--on-error", "skip", "--rejects", str(tmp_path / "r2.csv"))
    assert (partly.code, "2 created" in partly.err, "4 rejected" in partly.err) == (7, True, True)
    assert ok("subnet", "list", "-o", "name").out == "10.1.0.0/16\n10.5.0.0/16\n"
    aborted = run("subnet", "import", str(path), "--on-error", "abort", "--rejects", str(tmp_path / "r3.csv"))
    assert (aborted.code, "1 row rejected" in aborted.err) == (3, True)


def test_rejects_are_mended_and_read_again(run: Run, ok: Run, tmp_path: Path) -> None:
    ok("site", "add", "rome")
    path, rejects = tmp_path / "bad.csv", tmp_path / "rejects.csv"
    path.write_text(BAD)
    run("subnet", "import", str(path), "--on-error", "skip", "--rejects", str(rejects))
    assert rejects.read_text().splitlines()[0] == "prefix,site,status,_reason"
    ok("site", "add", "nowhere")
    again = run("subnet", "import", str(rejects), "--on-error", "skip", "--rejects", str(tmp_path / "r2.csv"))
    assert "1 created" in again.err
    assert "10.3.0.0/16" in ok("subnet", "list", "--site", "nowhere", "-o", "name").out


def test_a_dry_run_writes_nothing(ok: Run) -> None:
    said = ok("site", "import", SITES, "--dry-run").err
    assert "3 created" in said
    assert "dry run, nothing was written" in said
    assert ok("site", "list", "-o", "json").json == []


def test_an_import_moves_computers(ok: Run) -> None:
    ok("computer", "add", "pc1", "--address", "10.1.7.9", "--address", "2001:db8:1::9")
    ok("site", "import", SITES)
    ok("subnet", "import", PREFIXES)
    assert ok("computer", "show", "pc1").json["subnet"] == ["10.1.7.0/24", "2001:db8:1::/48"]
    ok("subnet", "import", "-", stdin="prefix,site\n10.1.7.8/29,Oslo\n")
    assert ok("computer", "show", "pc1").json["site"] == ["Oslo", "Turin HQ"]


def test_what_netbox_nests_is_refused_by_name(run: Run) -> None:
    result = run("site", "import", "-", stdin='{"name": "x", "status": {"value": "active"}}\n')
    assert (result.code, ":1:status a text is expected here" in result.err) == (3, True)
