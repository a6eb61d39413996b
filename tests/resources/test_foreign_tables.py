"""Tables as other tools and spreadsheets write them: what each import understands, refuses and says of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Result, Run

REAL = Path(__file__).parents[3] / "shared" / "real" / "csv" / "snipe-it"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def to_file(data: str | bytes, name: str = "t.csv") -> str:
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return str(path)

    return to_file


def _counts(result: Result) -> tuple[int, int, int, int]:
    found = json.loads(result.out)
    return found["created"], found["updated"], found["unchanged"], found["rejected"]


PDQ = "Computer Name,IP Address,MAC Address,O/S,Serial Number,Asset Tag\nPC1,10.20.0.7,00-1B-21-00-00-02,10,XYZ,A7\n"


def test_unknown_columns_are_named_all_at_once_with_what_to_type(run: Run, ok: Run, write: Callable[..., str]) -> None:
    path = write(PDQ)
    refused = run("computer", "import", path)
    assert refused.code == 3
    assert ":1: unknown columns `O/S`, `Asset Tag`" in refused.err
    assert "--map O/S=FIELD" in refused.err
    assert "--ignore-unknown" in refused.err
    ignored = ok("computer", "import", path, "--ignore-unknown", "--dry-run")
    assert "columns without a place here, ignored: O/S, Asset Tag" in ignored.err
    ok("computer", "import", path, "--map", "O/S=description", "--map", "Asset Tag=")
    shown = ok("computer", "show", "PC1").json
    assert [shown[name] for name in ("address", "mac", "serial", "description")] == [
        ["10.20.0.7"], ["00:1b:21:00:00:02"], ["XYZ"], "10",
    ]  # fmt: skip
    assert _counts(ok("computer", "import", path, "--map", "asset-tag=serial", "--map", "serial number=",
                      "--ignore-unknown", "--json")) == (0, 1, 0, 0)  # fmt: skip
    assert ok("computer", "show", "PC1").json["serial"] == ["A7"]


def test_a_file_holds_what_is_mapped(ok: Run, run: Run, write: Callable[..., str]) -> None:
    kept = write("# for cron\nO/S=description\n\nAsset Tag=\n", "pdq.map")
    assert _counts(ok("computer", "import", write(PDQ), "--map", f"@{kept}", "--json")) == (1, 0, 0, 0)
    assert run("computer", "import", write(PDQ), "--map", "@/no/such").code == 5


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (("--map", "O/S=serail"), 2, "did you mean `serial`?"),
        (("--map", "O/S"), 2, "HEADER=FIELD"),
        (("--map", "=serial"), 2, "HEADER=FIELD"),
        (("--map", "Owner=description", "--ignore-unknown"), 3, "the column `Owner` of --map is missing"),
        (("--map", "Asset Tag=tags", "--map", "Admin Password=tags.x"), 2, "looks like a secret"),
        (("--empty", "never"), 2, "keep or clear"),
    ],
)
def test_what_is_told_wrong_is_refused(
    run: Run, write: Callable[..., str], flags: tuple[str, ...], code: int, words: str
) -> None:
    refused = run("computer", "import", write(PDQ), *flags)
    assert (refused.code, words in refused.err) == (code, True), refused.err


def test_an_alias_never_takes_the_place_of_the_name_itself(run: Run, write: Callable[..., str]) -> None:
    refused = run("computer", "import", write("name,hostname\na,b\n"))
    assert "unknown column `hostname`" in refused.err
    both = run("computer", "import", write("hostname,computer name\na,b\n"))
    assert "unknown columns `hostname`, `computer name`" in both.err


def test_sites_and_subnets_follow_the_same_rule(run: Run, ok: Run) -> None:
    for noun, text in (("site", "name,colour\nrome,red\n"), ("subnet", "prefix,colour\n10.0.0.0/8,red\n")):
        refused = run(noun, "import", "-", stdin=text)
        assert (refused.code, "unknown column `colour`" in refused.err) == (3, True)
        ignored = ok(noun, "import", "-", "--ignore-unknown", stdin=text)
        assert "ignored: colour" in ignored.err
        ok(noun, "import", "-", "--map", "Colour=description", stdin=text)
    assert ok("site", "show", "rome").json["description"] == "red"
    assert ok("subnet", "show", "10.0.0.0/8").json["description"] == "red"
    known = ok("site", "import", "-", stdin="name,Tenant,Physical Address\noslo,t,there\n")
    assert "ignored: Tenant, Physical Address" in known.err  # NetBox's own columns need no flag
    missing = run("subnet", "import", "-", stdin="Site,Status\nrome,active\n")
    assert (missing.code, "the column `prefix` is missing" in missing.err) == (3, True)
    ok("subnet", "import", "-", stdin="Name;Site\n10.1.0.0/16;rome\n")  # as directories list their subnets
    assert ok("subnet", "show", "10.1.0.0/16").json["site"] == "rome"


def test_lines_of_json_follow_the_same_rule(run: Run, ok: Run) -> None:
    text = '{"Hostname":"pc1","IP Address":"10.0.0.1","Owner":"x","Floor":3}\n'
    refused = run("computer", "import", "-", stdin=text)
    assert "unknown columns `Owner`, `Floor`" in refused.err
    ok("computer", "import", "-", "--map", "Owner=description", "--ignore-unknown", stdin=text)
    shown = ok("computer", "show", "pc1").json
    assert (shown["address"], shown["description"]) == (["10.0.0.1"], "x")


def test_columns_that_follow_from_others_are_said(ok: Run) -> None:
    said = ok("computer", "import", "-", stdin="name,site,last_seen\npc1,rome,\n").err
    assert "ignored: site, last_seen; a site follows from the subnet of the address" in said


LEFTOVERS = [
    pytest.param("name,serial\na,1\n,\n, ,\n,,,,\nb,2\n", id="rows of separators"),
    pytest.param("name,serial,,\na,1,,\nb,2\n", id="columns without name or value"),
    pytest.param("name;serial;\na;1;\nb;2;\n", id="a separator at the end"),
    pytest.param("name,,serial\na,,1\nb,,2\n", id="in the middle"),
    pytest.param("name,serial\na,1,,\nb,2,\n", id="cells too many, all empty"),
    pytest.param('#TYPE System.Object\r\n"name","serial"\r\n"a","1"\r\n"b","2"\r\n', id="#TYPE"),
    pytest.param("sep=;\nname;serial\na;1\nb;2\n", id="sep="),
    pytest.param('"sep=|"\r\nname|serial\r\na|1\r\nb|2\r\n', id="sep= in quotes, and CRLF"),
]


@pytest.mark.parametrize("text", LEFTOVERS)
def test_leftovers_of_spreadsheets_stop_nothing(ok: Run, text: str) -> None:
    assert _counts(ok("computer", "import", "-", "--json", stdin=text)) == (2, 0, 0, 0)
    assert ok("computer", "show", "b").json["serial"] == ["2"]


@pytest.mark.parametrize(
    ("data", "words", "hint"),
    [
        (b"name,serial,\na,1,x\n", "column 3 holds `x` and has no name in the header", ""),
        (b"name,description\na,M\xfcller\n", "byte 0xfc at 4 is not UTF-8", "iconv -f WINDOWS-1252 -t UTF-8 "),
        (b"name,Stra\xdfe\na,b\n", "byte 0xdf", "iconv -f WINDOWS-1252 -t UTF-8 "),
        (b"PK\x03\x04\x14\0\x06\0", "an archive, damaged or cut off, and no workbook", ""),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", "of the old kind (.xls)", "save it as .xlsx or as `CSV UTF-8`"),
        ('"Nom";"Série"\n"a";"b"\n'.encode(), "unknown columns `Nom`, `Série`; the column `name` is missing", "--map"),
    ],
)
def test_what_cannot_be_read_says_what_mends_it(
    run: Run, write: Callable[..., str], data: bytes, words: str, hint: str
) -> None:
    refused = run("computer", "import", write(data))
    assert (refused.code, words in refused.err, hint in refused.err) == (3, True, True), refused.err


def test_empty_cells_follow_one_rule_in_every_import(run: Run, ok: Run) -> None:
    ok("site", "add", "rome", "--region", "Lazio", "--description", "d", "--status", "planned")
    ok("subnet", "add", "10.0.0.0/8", "--site", "rome", "--description", "d")
    ok("computer", "add", "pc1", "--serial", "S1", "--description", "d", "--tag", "env=prod", "--port", "2222")
    tables = {
        "site": ("rome", "name,region,description,status\nrome,,,\n", ("region", "description", "status")),
        "subnet": ("10.0.0.0/8", "prefix,site,description\n10.0.0.0/8,,\n", ("site", "description")),
        "computer": ("pc1", "name,serial,description,tags,port\npc1,,,,\n", ("serial", "description", "tags", "port")),
    }
    for noun, (name, text, fields) in tables.items():
        before = ok(noun, "show", name).json
        kept = ok(noun, "import", "-", stdin=text)
        assert "1 unchanged" in kept.err
        assert "--empty clear" in kept.err
        assert ok(noun, "show", name).json == before
        assert "values emptied" in ok(noun, "import", "-", "--empty", "clear", "--dry-run", stdin=text).err
        cleared = run(noun, "import", "-", "--empty", "clear", "--json", stdin=text)
        assert json.loads(cleared.out)["emptied"] == len(fields)
        shown = ok(noun, "show", name).json
        assert not any(shown[field] for field in fields)
        assert "emptied" not in ok(noun, "import", "-", "--empty", "clear", stdin=text).err


def test_null_of_json_says_that_a_field_is_empty_in_every_import(ok: Run) -> None:
    ok("site", "add", "rome", "--region", "Lazio", "--description", "d")
    ok("subnet", "add", "10.0.0.0/8", "--site", "rome", "--description", "d")
    ok("computer", "add", "pc1", "--serial", "S1", "--description", "d")
    for noun, name, text in (
        ("site", "rome", '{"name":"rome","region":null,"description":""}'),
        ("subnet", "10.0.0.0/8", '{"prefix":"10.0.0.0/8","site":null,"description":""}'),
        ("computer", "pc1", '{"name":"pc1","serial":null,"description":""}'),
    ):
        assert "1 value emptied" in ok(noun, "import", "-", stdin=text + "\n").err
        shown = ok(noun, "show", name).json
        assert (shown["description"], any(shown.get(field) for field in ("region", "site", "serial"))) == ("d", False)


def test_serials_that_a_spreadsheet_cut_are_said_and_identify_nobody(run: Run, ok: Run) -> None:
    cut = ("1.23457E+14", "05-Mar", "6,37702E+15", "03/05/2024", "Mar-05", "2024-03-05")
    text = "name,serial\n" + "".join(f'pc{n},"{value}"\nsame{n},"{value}"\n' for n, value in enumerate(cut))
    said = ok("computer", "import", "-", stdin=text)
    assert "12 serials look cut by a spreadsheet, or taken for a date (line 2: 1.23457E+14)" in said.err
    assert ok("computer", "show", "same0").json["serial"] == ["1.23457E+14"]
    assert "serial `05-Mar` looks cut" in ok("computer", "add", "typed", "--serial", "05-Mar").err
    assert "looks cut" in ok("computer", "set", "typed", "--add-serial", "6.37702E+15").err
    assert "looks cut" not in ok("computer", "set", "typed", "--add-serial", "S77").err
    whole = ok("computer", "import", "-", stdin="name,serial\nq1,0001234\nq2,1E10\nq3,PF-3E10\nq4,5CG1234MAR\n").err
    assert "cut" not in whole
    assert run("computer", "import", "-", stdin="name,serial\nq5,1E10\n").code == 3  # a whole one identifies


def test_a_list_for_a_spreadsheet_comes_back_as_it_was(ok: Run) -> None:
    ok("computer", "add", "pc1", "--description", "+49 30 1234")
    ok("computer", "add", "=1+1", "--description", "'quoted")
    listed = ok("computer", "list", "--fields", "name,description", "-o", "csv").out
    assert "'+49 30 1234" in listed
    assert _counts(ok("computer", "import", "-", "--json", stdin=listed)) == (0, 0, 2, 0)
    assert _counts(ok("computer", "import", "-", "--no-from-export", "--json", stdin=listed)) == (1, 1, 0, 0)


@pytest.mark.parametrize("name", ["assets-sample-BAD.csv", "assets-sample-BLANKS.csv"])
def test_real_tables_with_old_line_ends_are_read(run: Run, ok: Run, name: str) -> None:
    argv = ("--map", "Asset Tag=serial", "--map", "Serial=", "--map", "item Name=name", "--encoding", "mac_roman")
    taken = run("computer", "import", str(REAL / name), *argv, "--ignore-unknown", "--on-error", "skip", "--json")
    assert taken.code in {0, 7}, taken.err
    assert json.loads(taken.out)["created"] > 10
    assert ok("computer", "list", "--limit", "1", "-o", "json").json[0]["serial"]


def test_real_tables_of_places_and_parts_load_with_the_flags_that_are_named(run: Run, ok: Run) -> None:
    places = run("site", "import", str(REAL / "locations-sample.csv"), "--on-error", "skip", "--json")
    assert json.loads(places.out)["created"] > 5
    refused = run("computer", "import", str(REAL / "components-sample.csv"))
    assert refused.err.count("unknown columns") == 1
    assert "--map 'Item Name=FIELD'" in refused.err
    parts = run("computer", "import", str(REAL / "components-sample.csv"), "--map", "Item Name=name",
                "--ignore-unknown", "--on-error", "skip", "--json")  # fmt: skip
    assert json.loads(parts.out)["created"] > 0


def test_a_no_in_the_place_of_a_yes_empties_nothing(ok: Run) -> None:
    ok("site", "add", "rome", "--management-server")
    turned = ok("site", "import", "-", "-o", "json", stdin="name,management_server\nrome,false\n")
    assert (turned.json["updated"], turned.json["emptied"], "emptied" in turned.err) == (1, 0, False)
