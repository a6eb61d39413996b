"""Mappings of columns: saved, used, cloned; what they do with cells and rows; whose word what they say is."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.cmdb import predefined
from itmsctl.cmdb.store import Store
from itmsctl.documents.cell_steps import parse_steps
from itmsctl.documents.rows import Columns, RowProblem, read_rows
from itmsctl.documents.table_mapping import TableMapping
from itmsctl.errors import InputError
from tests.conftest import Result, Run

REAL = Path(__file__).parents[3] / "shared" / "real" / "csv" / "snipe-it"
ADD = (
    "import-mapping", "add", "assets", "--noun", "computer", "--map", "Asset Name=name",
    "--map", "Asset Tag=name,tags.asset_tag", "--map", "IP 1=address", "--map", "IP 2=address", "--map", "OS=os_family",
    "--map", "Bought=tags.bought", "--map", "Owner=", "--value", "os_family:Windows*=windows",
    "--value", "os_family:*=linux", "--transform", "name=short|lower", "--transform", "tags.bought=date:%d.%m.%Y",
    "--constant", "description=an asset", "--only", "Category=Laptop", "--only", "Category=Desktop*",
)  # fmt: skip
TABLE = (
    "Asset Name;Asset Tag;IP 1;IP 2;OS;Bought;Owner;Category\n"
    "PC1.x.example;A1;10.0.0.1;;Windows 11;30.11.2026;jane;Laptop\n"
    ";A2;10.0.0.2;10.0.0.3;Debian;45292;;Desktop PC\n"
    "KB;A3;;;;;;Keyboard\n"
)


UUID = "740184d3-f507-47a9-b170-8bf2f81e099c"


@pytest.fixture
def ready(ok: Run, store: Store) -> Run:
    """Run a command, which has to succeed, on a database with what comes with the program."""
    store.write(predefined.put)
    return ok


def counts(result: Result) -> tuple[int, int, int, int]:
    found = json.loads(result.out)
    return found["created"], found["updated"], found["unchanged"], found["rejected"]


def shown(ok: Run, name: str, *fields: str) -> list[Any]:
    found = ok("computer", "show", name).json
    return [found[field] for field in fields]


def test_a_mapping_is_saved_used_and_used_again(ok: Run, tmp_path: Path) -> None:
    ok(*ADD)
    path = tmp_path / "assets.csv"
    path.write_text(TABLE)
    tried = ok("computer", "import", str(path), "--mapping", "assets", "--dry-run", "--json")
    assert counts(tried) == (2, 0, 0, 0)
    assert ok("computer", "list", "-o", "name").out == ""
    first = ok("computer", "import", str(path), "--mapping", "assets", "--json")
    assert counts(first) == (2, 0, 0, 0)
    assert "1 row not taken: Category says otherwise" in first.err
    assert "columns that the mapping leaves out: Owner" in first.err
    assert shown(ok, "pc1", "address", "os_family", "description", "tags") == [
        ["10.0.0.1"], "windows", "an asset", {"asset_tag": "A1", "bought": "2026-11-30"},
    ]  # fmt: skip
    assert shown(ok, "a2", "address", "os_family", "tags") == [
        ["10.0.0.2", "10.0.0.3"], "linux", {"asset_tag": "A2", "bought": "2024-01-01"},
    ]  # fmt: skip
    again = ok("computer", "import", str(path), "--mapping", "assets", "--json")
    assert counts(again) == (0, 0, 2, 0)
    assert again.err.splitlines()[-1].startswith("0 changed")
    before = len(ok("audit", "list", "-o", "json").json)
    path.write_text(TABLE.replace("10.0.0.1;", "10.0.0.9;"))
    changed = ok("computer", "import", str(path), "--mapping", "assets", "-v", "--json")
    assert counts(changed) == (0, 1, 1, 0)
    assert "address 10.0.0.1 -> 10.0.0.9" in changed.err
    assert len(ok("audit", "list", "-o", "json").json) == before + 1


def test_a_mapping_is_cloned_exported_and_applied(ok: Run, tmp_path: Path) -> None:
    ok(*ADD)
    ok("import-mapping", "clone", "assets", "copied")
    ok("import-mapping", "set", "copied", "--add-map", "Owner=tags.owner", "--priority", "55", "--source", "assets-db")
    out = tmp_path / "all.yaml"
    ok("export", "--out", str(out))
    ok("import-mapping", "remove", "copied", "--yes")
    ok("apply", "-f", str(out))
    found = ok("import-mapping", "show", "copied").json
    assert (found["priority"], found["source"], found["columns"][-1]) == (55, "assets-db", "Owner=tags.owner")
    assert found["columns"][:2] == ["Asset Name=name", "Asset Tag=name,tags.asset_tag"]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--map", "A=serail"), "did you mean `serial`?"),
        (("--map", "A"), "HEADER=FIELD"),
        (("--map", "LAPS Password=description"), "looks like a secret"),
        (("--transform", "name=lowr"), "did you mean `lower`?"),
        (("--transform", "nam=lower"), "did you mean `name`?"),
        (("--transform", "address=before"), "before:/"),
        (("--value", "os_family=x"), "FIELD:VALUE=VALUE"),
        (("--constant", "colour=red"), "no field `colour`"),
        (("--only", "Category"), "HEADER=VALUE"),
        (("--priority", "101"), "0 to 100"),
        (("--encoding", "klingon"), "cp1252"),
        (("--source", "gatherer"), "the name of an inventory"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_saved(run: Run, argv: tuple[str, ...], words: str) -> None:
    refused = run("import-mapping", "add", "m", "--noun", "computer", *argv)
    assert refused.code == 3
    assert words in refused.err


def test_a_mapping_of_another_noun_and_one_that_is_not_there(run: Run, ready: Run) -> None:
    other = run("site", "import", "-", "--mapping", "netbox-devices", stdin="name\nrome\n")
    assert (other.code, "a mapping of tables of computers" in other.err) == (2, True)
    assert run("site", "import", "-", "--mapping", "nobody", stdin="name\nrome\n").code == 5
    clears = run("computer", "import", "-", "--mapping", "netbox-devices", "--empty", "clear", stdin="name\nx\n")
    assert (clears.code, "does not go with" in clears.err) == (2, True)


def test_typed_columns_go_before_saved_ones_and_tags_are_added(ok: Run) -> None:
    ok("computer", "add", "pc1", "--tag", "env=prod")
    ok("computer", "import", "-", "--map", "Tag=tags.asset", stdin="name,Tag\npc1,A7\n")
    assert shown(ok, "pc1", "tags") == [{"env": "prod", "asset": "A7"}]
    ok("import-mapping", "add", "m", "--noun", "computer", "--map", "Tag=tags.asset", "--map", "Note=description")
    ok("computer", "import", "-", "--mapping", "m", "--map", "Note=tags.note", stdin="name,Note\npc1,hello\n")
    assert shown(ok, "pc1", "tags", "description") == [{"env": "prod", "asset": "A7", "note": "hello"}, None]


# --- whose word it is -------------------------------------------------------------------------------------------------


def test_what_a_person_said_a_lock_and_a_better_source_stay_and_the_other_value_is_shown(run: Run, ok: Run) -> None:
    for name, rank in (("weak", "10"), ("strong", "70")):
        ok("import-mapping", "add", name, "--noun", "computer", "--map", "OS=os_family", "--priority", rank)
    ok("computer", "add", "pc1", "--description", "mine")
    table = "name,serial,description,OS,tags\npc1,{0},{0},{1},env={0}\n"
    ok("computer", "import", "-", "--mapping", "strong", stdin=table.format("S", "linux"))
    weak = ok("computer", "import", "-", "--mapping", "weak", "--json", stdin=table.format("W", "windows"))
    assert counts(weak) == (0, 0, 1, 0)
    assert "`pc1`: serial stays S, not W of weak: strong says so, with priority 70" in weak.err
    assert "`pc1`: description stays mine, not W of weak: a person said so" in weak.err
    assert "`pc1`: tags.env stays S, not W of weak" in weak.err
    assert shown(ok, "pc1", "serial", "description", "os_family", "tags") == [["S"], "mine", "linux", {"env": "S"}]
    told = {(row["field"], row["source"]): row for row in ok("computer", "show", "pc1").json["told"]}
    assert (told["serial", "weak"]["value"], told["serial", "weak"]["in_use"]) == (["W"], False)
    assert (told["serial", "strong"]["priority"], told["serial", "strong"]["in_use"]) == (70, True)
    ok("computer", "set", "pc1", "--locked", "serial,tags")
    locked = ok("computer", "import", "-", "--mapping", "strong", "--json", stdin=table.format("N", "linux"))
    assert "serial stays S, not N of strong: it is locked" in locked.err
    assert counts(locked) == (0, 0, 1, 0)
    ok("computer", "set", "pc1", "--unset", "locked")
    ok("computer", "set", "pc1", "--tag", "env=person")
    assert counts(ok("computer", "import", "-", "--mapping", "strong", "--json", stdin=table.format("N", "linux"))) == (
        0, 1, 0, 0,
    )  # fmt: skip
    assert shown(ok, "pc1", "serial", "tags") == [["N"], {"env": "person"}]


def test_an_import_by_a_mapping_ranks_below_inventories_and_fills_what_they_leave(ok: Run, tmp_path: Path) -> None:
    ok("computer", "add", "pc1", "--uuid", UUID)
    (tmp_path / "facts.json").write_text(json.dumps({
        "networking": {"hostname": "pc1", "fqdn": "pc1.x.example"}, "os": {"family": "Debian", "name": "Debian"},
        "kernel": "Linux", "dmi": {"product": {"serial_number": "FACT-1", "uuid": UUID}}, "facterversion": "4.3.0",
    }))  # fmt: skip
    ok("import-mapping", "add", "m", "--noun", "computer")
    ok("computer", "import", "-", "--mapping", "m", stdin="name,serial,address\npc1,IMP-1,10.0.0.1\n")
    assert shown(ok, "pc1", "serial", "address") == [["IMP-1"], ["10.0.0.1"]]
    ok("inventory", "load", str(tmp_path / "facts.json"))
    assert shown(ok, "pc1", "serial", "address") == [["FACT-1"], ["10.0.0.1"]]
    kept = ok("computer", "import", "-", "--mapping", "m", stdin="name,serial,address\npc1,IMP-2,10.0.0.2\n")
    assert "serial stays FACT-1, not IMP-2 of m: facter says so, with priority 60" in kept.err
    assert shown(ok, "pc1", "serial", "address") == [["FACT-1"], ["10.0.0.2"]]


# --- other tools ------------------------------------------------------------------------------------------------------

DEVICES = (
    "Name,Status,Tenant,Site,Role,Manufacturer,Type,IP Address,ID,Platform,Serial number,Asset tag,Tags\n"
    "db1,Active,acme,rome,DB Server,Dell,R740,10.0.0.5/24,7,Ubuntu Linux 22.04,ABC1,A-1,\"prod,db\"\n"
    "sw1,Active,\u2014,rome,Access Switch,Cisco,C9300,10.0.0.6/24,8,IOS,\u2014,,\n"
)  # fmt: skip
DATA = (
    "name,role,device_type,serial,primary_ip4,primary_ip6,platform\n"
    "vm1,Laptop,T14,S9,10.0.0.7/24,2001:db8::7/64,macOS 15\n"
)
AD = (
    '#TYPE Microsoft.ActiveDirectory.Management.ADComputer\r\n'
    '"Description","DistinguishedName","DNSHostName","Enabled","IPv4Address","Name","OperatingSystem","SID"\r\n'
    '"kiosk","CN=PC9,OU=x,DC=ex","PC9.ex.example","True","10.9.0.9","PC9","Windows 11 Pro","S-1-5-21"\r\n'
)  # fmt: skip
LANSWEEPER = (
    "AssetName,Domain,AssetTypename,IPAddress,Mac,Username,Manufacturer,Model,Serialnumber,Lastseen\n"
    "PC4,EX,Windows,10.4.0.4,00:1B:21:00:00:44,jane,Dell,7490,SN4,30/11/2026\n"
)  # fmt: skip
PDQ = (
    "Computer Name,Host Name,IP Address,MAC Address,O/S,Serial Number,Current User\n"
    "PC5,PC5.ex,10.5.0.5,00-1B-21-00-00-55,Windows 10,SN5,EX\\jane\n"
)


@pytest.mark.parametrize(
    ("mapping", "table", "name", "fields", "values"),
    [
        ("netbox-devices", DEVICES, "db1", ("address", "os_family", "device_kind", "serial", "tags"),
         [["10.0.0.5"], "linux", "server", ["ABC1"],
          {"role": "DB Server", "manufacturer": "Dell", "model": "R740", "site": "rome", "status": "Active",
           "asset_tag": "A-1"}]),
        ("netbox-devices", DEVICES, "sw1", ("address", "os_family", "serial"), [["10.0.0.6"], None, []]),
        ("netbox-devices", DATA, "vm1", ("address", "os_family", "device_kind"),
         [["10.0.0.7", "2001:db8::7"], "mac", "laptop"]),
        ("ad-computers", AD, "PC9", ("fqdn", "address", "os_family", "description", "tags"),
         [["pc9.ex.example"], ["10.9.0.9"], "windows", "kiosk", {}]),
        ("lansweeper-assets", LANSWEEPER, "PC4", ("mac", "serial", "os_family", "address"),
         [["00:1b:21:00:00:44"], ["SN4"], "windows", ["10.4.0.4"]]),
        ("pdq-computers", PDQ, "PC5", ("fqdn", "mac", "serial", "os_family"),
         [["pc5.ex"], ["00:1b:21:00:00:55"], ["SN5"], "windows"]),
    ],
)  # fmt: skip
def test_tables_of_other_tools(
    ready: Run, mapping: str, table: str, name: str, fields: tuple[str, ...], values: list[Any]
) -> None:
    ready("computer", "import", "-", "--mapping", mapping, stdin=table)
    assert shown(ready, name, *fields) == values
    assert "jane" not in ready("computer", "list", "-o", "json").out
    again = ready("computer", "import", "-", "--mapping", mapping, stdin=table)
    assert again.err.splitlines()[-1].startswith("0 changed")


def test_real_assets_load_with_the_mapping_that_comes_with_the_program(run: Run, ready: Run) -> None:
    argv = ("--mapping", "snipe-it-assets", "--encoding", "mac_roman", "--on-error", "skip", "--json")
    for name, expected in (("assets-sample-BLANKS.csv", (193, 0, 0, 7)), ("assets-sample-BAD.csv", (0, 0, 193, 7))):
        taken = run("computer", "import", str(REAL / name), *argv)
        assert counts(taken) == expected, taken.err
        assert "columns that the mapping leaves out: Full Name, Email, Username" in taken.err
    assert "@" not in ready("computer", "list", "-o", "json").out


def test_directories_of_places_and_boundaries(ready: Run) -> None:
    ok = ready
    sites = '"Name","ObjectClass","Description"\n"Rome","site","System.String[]"\n'
    ok("site", "import", "-", "--mapping", "ad-sites", stdin=sites)
    subnets = (
        '"DistinguishedName","Location","Name","Site"\n'
        '"CN=10.1.0.0/16","Rome/1","10.1.0.0/16","CN=Rome,CN=Sites,CN=Configuration,DC=ex,DC=com"\n'
    )
    ok("subnet", "import", "-", "--mapping", "ad-subnets", stdin=subnets)
    found = ok("subnet", "show", "10.1.0.0/16").json
    assert (found["site"], found["description"]) == ("Rome", "Rome/1")
    boundaries = "BoundaryType,Value,DisplayName\n3,10.9.0.10-10.9.0.20,VPN\n0,10.2.0.0,x\n2,2001:db8::/64,six\n"
    taken = ok("subnet", "import", "-", "--mapping", "configmgr-boundaries", stdin=boundaries)
    assert "1 row not taken: BoundaryType says otherwise" in taken.err
    assert ok("subnet", "list", "-o", "name").out.split() == [
        "10.1.0.0/16", "10.9.0.10/31", "10.9.0.12/30", "10.9.0.16/30", "10.9.0.20/32", "2001:db8::/64",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "prefixes"),
    [
        ("prefix\n10.0.0.0-10.0.0.255\n", ["10.0.0.0/24"]),
        ("prefix\n10.0.0.10-12\n", ["10.0.0.10/31", "10.0.0.12/32"]),
        ("Start address,End address\n10.0.0.0/24,10.0.1.255/24\n", ["10.0.0.0/23"]),
        ("subnet,mask\n10.0.0.0,255.255.0.0\n", ["10.0.0.0/16"]),
        ("range\n2001:db8::-2001:db8::ffff\n", ["2001:db8::/112"]),
    ],
)
def test_ranges_are_prefixes(ok: Run, table: str, prefixes: list[str]) -> None:
    ok("subnet", "import", "-", stdin=table)
    assert ok("subnet", "list", "-o", "name").out.split() == prefixes
    assert ok("subnet", "import", "-", stdin=table).err.startswith("0 changed")


@pytest.mark.parametrize("text", ["10.0.0.20-10.0.0.10", "10.0.0.1-2001:db8::1", "10.0.0.1-x", "10.0.0.1-300"])
def test_what_is_no_range_is_refused(run: Run, text: str) -> None:
    assert run("subnet", "import", "-", stdin=f"prefix\n{text}\n").code == 3


def test_servers_come_in_as_tables(run: Run, ok: Run) -> None:
    ok("site", "add", "rome")
    ok("computer", "add", "s1", "--os-family", "windows")
    table = "Hostname,Role,Site,cores,constrained,Owner\ns1,task;package,rome,8,yes,jane\n"
    refused = run("server", "import", "-", stdin=table)
    assert "unknown columns `Role`, `Owner`" in refused.err
    argv = ("server", "import", "-", "--map", "Role=services", "--ignore-unknown")
    ok(*argv, stdin=table)
    found = ok("server", "show", "s1").json
    assert [found[name] for name in ("services", "sites", "cores", "constrained")] == [
        ["task", "package"],
        ["rome"],
        8,
        True,
    ]
    assert ok(*argv, stdin=table).err.splitlines()[-1].startswith("0 changed")
    missing = run(*argv, stdin=table.replace("s1", "s2"))
    assert (missing.code, "s2" in missing.err) == (3, True)


# --- messy tables -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("name,serial\na,1\nb,2\n".encode("utf-16"), id="UTF-16"),
        pytest.param("name\tserial\r\na\t1\r\nb\t2\r\n".encode("utf-16-le"), id="UTF-16 without a mark, tabs"),
        pytest.param("name\tserial\na\t1\nb\t2\n".encode("utf-16-be"), id="UTF-16-BE without a mark"),
        pytest.param(b"name,serial\ra,1\rb,2\r", id="CR alone"),
        pytest.param(b"name,serial\na,1\nname,serial\nb,2\n", id="a second header"),
        pytest.param(b"name,serial\n----,------\na,1\nb,2\n", id="a line below the header"),
        pytest.param(b"name,serial\na,1\nb,2\n(2 rows affected)\n,\n", id="a count"),
        pytest.param(b"name,serial\na,1\nb,2\nTotal,3\n", id="a total"),
        pytest.param(b"name,serial\na,1\nb,2\n,,\nGrand Total:,3\n,\n", id="a grand total"),
        pytest.param(b'name,serial,note\na,1,"two\nlines"\nb,2,#N/A\n', id="quoted newlines, a formula that failed"),
    ],
)
def test_leftovers_are_no_rows(ok: Run, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    ok("computer", "import", str(path), "--ignore-unknown")
    assert ok("computer", "list", "-o", "name").out == "a\nb\n"
    assert shown(ok, "b", "serial") == [["2"]]


def test_a_computer_may_be_called_total(ok: Run) -> None:
    ok("computer", "import", "-", stdin="name,address\nTotal,10.0.0.1\nSum,\n")
    assert ok("computer", "list", "-o", "name").out == "Sum\nTotal\n"


def test_another_character_set_has_to_be_said(run: Run, ok: Run, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("name;description\na;Büro €\n".encode("cp1252"))
    refused = run("computer", "import", str(path))
    assert (refused.code, "--encoding cp1252" in refused.err) == (3, True)
    ok("computer", "import", str(path), "--encoding", "cp1252")
    assert shown(ok, "a", "description") == ["Büro €"]
    assert run("computer", "import", str(path), "--encoding", "klingon").code == 3
    path.write_bytes("name\nä\n".encode("utf-16")[:-1])
    assert run("computer", "import", str(path)).code == 3


COLUMNS = Columns.of(
    "name", "serial", "tags", required=("name",), lists=frozenset({"serial"}), maps=frozenset({"tags"})
)
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    table=st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6),
    junk=st.binary(max_size=30),
    separator=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_no_table_crashes_and_every_row_is_a_row_or_a_problem(
    table: list[list[str]], junk: bytes, separator: str, encoding: str
) -> None:
    text = f"Name of it{separator}serial{separator}X\n" + "\n".join(separator.join(row) for row in table)
    mapping = TableMapping.of(
        {"columns": ["Name of it=name", "X=tags.x,serial"], "transforms": ["name=short|lower", "tags.x=before:/"],
         "meanings": ["tags.x:a*=b"], "constants": ["tags.y=z"], "taken": ["X=*"]}
    )  # fmt: skip
    data = text.encode(encoding) + (junk if encoding == "utf-8" else b"")
    with read_rows(io.BytesIO(data), COLUMNS.told(mapping, ignore_unknown=True), name="t") as rows:
        for row in rows:
            assert isinstance(row, RowProblem) or set(row.values) <= {"name", "serial", "tags.x", "tags.y"}


@pytest.mark.parametrize(
    ("steps", "text", "result"),
    [
        ("short|lower", "PC1.Ex.example", ["pc1"]),
        ("short", "10.0.0.1", ["10.0.0.1"]),
        ("rdn", "CN=Ro\\,me,CN=Sites,DC=ex", ["Ro,me"]),
        ("rdn", "rome", ["rome"]),
        ("before:/", "10.0.0.1/24", ["10.0.0.1"]),
        ("after:\\", "EX\\jane", ["jane"]),
        ("split:,|upper", "a, b", ["A", "B"]),
        ("split:,|first", "a, b", ["a"]),
        ("trim|title", " a   b ", ["A B"]),
        ("date:%m/%d/%y", "7/14/15", ["2015-07-14"]),
        ("date:%m/%d/%y,%d.%m.%Y", "14.07.2015", ["2015-07-14"]),
        ("date", "45292.5", ["2024-01-01T12:00:00"]),
    ],
)
def test_steps(steps: str, text: str, result: list[str]) -> None:
    texts = [text]
    for step in parse_steps(steps):
        texts = step.apply(texts)
    assert texts == result


@pytest.mark.parametrize("text", ["1.23E+11", "yesterday", "99999999"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_steps("date")[0].apply([text])
