"""`computer import` and `export`: every bad row named in one pass, one transaction, twice is once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itmsctl.cmdb.store import Store
from itmsctl.resources import record
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.importing import ImportOptions, Summary, import_table
from itmsctl.resources.service.listing import stream
from itmsctl.resources.service.selection import ComputerSelection
from itmsctl.resources.service.tables import ComputerTable
from tests.conftest import Run

FILE = """name,address,port,user,os_family,serial,uuid,mac,tags
pc1,10.0.0.1;10.0.0.2,22,root,linux,S1,4c4c4544-0042-3510-8052-b4c04f4d3331,00:1b:21:00:00:01,env=prod;tier=web
pc2,h2.example,,,windows,Default string,,,
pc3,,,,,,,,
"""
BAD = """name,address,port,tags
good1,10.0.0.1,22,
bad1,10.0.0.300,22,
bad2,10.0.0.2,99999,
,10.0.0.3,22,
good1,10.0.0.4,22,
bad3,10.0.0.5,22,a b=c
ragged,10.0.0.6
good2,10.0.0.7,22,env=prod
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def make(text: str | bytes, name: str = "in.csv") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return make


def _counts(text: str) -> tuple[int, int, int, int]:
    found = json.loads(text)
    return found["created"], found["updated"], found["unchanged"], found["rejected"]


def test_import_twice_is_once(ok: Run, write: Callable[..., str]) -> None:
    path = write(FILE)
    assert _counts(ok("computer", "import", path, "--json").out) == (3, 0, 0, 0)
    again = ok("computer", "import", path, "--json")
    assert _counts(again.out) == (0, 0, 3, 0)
    assert again.err.startswith("0 changed")
    assert len(ok("audit", "list", "-o", "json").json) == 1
    shown = ok("computer", "show", "pc1").json
    assert (shown["address"], shown["tags"]) == (["10.0.0.1", "10.0.0.2"], {"env": "prod", "tier": "web"})


def test_columns_that_are_there_are_applied_and_the_others_left(ok: Run, write: Callable[..., str]) -> None:
    ok("computer", "import", write(FILE))
    ok("computer", "set", "pc1", "--description", "kept")
    result = ok("computer", "import", write("name,port,tags\nPC1,2222,env=test\npc2,,\n"), "-v", "--json")
    assert _counts(result.out) == (0, 1, 1, 0)
    assert "port 22 -> 2222" in result.err
    shown = ok("computer", "show", "pc1").json
    assert (shown["name"], shown["port"], shown["tags"], shown["description"]) == ("pc1", 2222, {"env": "test"}, "kept")
    assert (shown["serial"], shown["user"], shown["revision"]) == (["S1"], "root", 3)


def test_every_bad_row_is_named_and_nothing_is_applied(
    run: Run, ok: Run, write: Callable[..., str], tmp_path: Path
) -> None:
    rejects = tmp_path / "bad.csv"
    path = write(BAD)
    result = run("computer", "import", path, "--rejects", str(rejects))
    assert result.code == 3
    said = result.err.splitlines()
    assert [line.split(" ")[0].removeprefix(path) for line in said[:6]] == [
        ":3:address", ":4:port", ":5:name", ":6:name", ":7:tags", ":8",
    ]  # fmt: skip
    assert "6 rows rejected; nothing was imported" in said[6]
    assert ok("computer", "list", "-o", "name").out == ""
    assert rejects.read_text().splitlines()[0] == "name,address,port,tags,_reason"
    assert len(rejects.read_text().splitlines()) == 7
    assert rejects.stat().st_mode & 0o777 == 0o600


def test_skip_imports_the_good_rows_and_the_mended_rejects_follow(
    run: Run, ok: Run, write: Callable[..., str], tmp_path: Path
) -> None:
    rejects = tmp_path / "bad.csv"
    result = run("computer", "import", write(BAD), "--on-error", "skip", "--rejects", str(rejects), "--json")
    assert (result.code, _counts(result.out)) == (7, (2, 0, 0, 6))
    assert ok("computer", "list", "-o", "name").out == "good1\ngood2\n"
    mended = rejects.read_text().replace("10.0.0.300", "10.0.0.30").replace("99999", "999")
    lines = mended.splitlines()[:3]
    assert _counts(ok("computer", "import", write("\n".join(lines) + "\n", "mended.csv"), "--json").out) == (2, 0, 0, 0)
    assert ok("computer", "show", "bad1").json["address"] == ["10.0.0.30"]


def test_skip_with_nothing_good_is_a_failure(run: Run, write: Callable[..., str]) -> None:
    assert run("computer", "import", write("name,port\na,0\nb,0\n"), "--on-error", "skip").code == 8


def test_abort_stops_at_the_first(run: Run, ok: Run, write: Callable[..., str]) -> None:
    result = run("computer", "import", write(BAD), "--on-error", "abort")
    assert result.code == 3
    assert len([line for line in result.err.splitlines() if line.startswith("/")]) == 1
    assert ok("computer", "list", "-o", "name").out == ""


def test_the_first_twenty_are_shown_all_are_in_the_file(
    run: Run, write: Callable[..., str], environment: dict[str, str]
) -> None:
    rows = "".join(f"pc{n},0\n" for n in range(50))
    result = run("computer", "import", write("name,port\n" + rows, "many.csv"))
    assert len([line for line in result.err.splitlines() if "is no port" in line]) == 20
    (rejects,) = Path(environment["XDG_STATE_HOME"], "itmsctl", "rejects").iterdir()
    assert str(rejects) in result.err
    assert len(rejects.read_text().splitlines()) == 51


def test_what_the_database_objects_to_is_named_in_the_same_pass(run: Run, ok: Run, write: Callable[..., str]) -> None:
    ok("computer", "add", "pc1", "--serial", "S1")
    ok("computer", "add", "pc2", "--serial", "S2")
    text = "name,serial,port\nnew,S1,\nbad,,0\n\uff50\uff43\uff12,,\nfine,S9,\n"
    result = run("computer", "import", write(text))
    assert result.code == 3
    assert ":2:serial `S1` is the serial of computer `pc1`" in result.err
    assert ":3:port" in result.err
    assert ":4:name reads like the computer `pc2`" in result.err
    assert ok("computer", "list", "-o", "name").out == "pc1\npc2\n"
    skipped = run("computer", "import", write(text), "--on-error", "skip", "--json")
    assert (skipped.code, _counts(skipped.out)) == (7, (1, 0, 0, 3))
    shared = ok("computer", "import", write("name,serial\nnew,S1\n"), "--shared", "--json")
    assert _counts(shared.out) == (1, 0, 0, 0)
    # Now two carry it: it identifies nobody, so a third is a computer of its own.
    assert _counts(ok("computer", "import", write("name,serial\nthird,S1\n"), "--json").out) == (1, 0, 0, 0)


def test_a_name_twice_in_a_file_and_names_that_read_alike(run: Run, write: Callable[..., str]) -> None:
    result = run("computer", "import", write("name\npc1\nPC1\n\u0440\u04411\n"))
    assert ":3:name the name stands in line 2 too" in result.err
    assert ":4:name the name reads like that of line 2" in result.err


def test_dry_run_counts_and_writes_nothing_anywhere(
    run: Run, ok: Run, write: Callable[..., str], environment: dict[str, str]
) -> None:
    result = ok("computer", "import", write(FILE), "--dry-run", "--json")
    assert _counts(result.out) == (3, 0, 0, 0)
    assert ok("computer", "list", "-o", "name").out == ""
    assert run("computer", "import", write(BAD), "--dry-run").code == 3
    assert not Path(environment["XDG_STATE_HOME"], "itmsctl", "rejects").exists()


def test_ndjson_and_standard_input(ok: Run) -> None:
    rows = [
        {"name": "pc1", "address": ["10.0.0.1"], "port": 22, "tags": {"note": "a;b=c", "on": True}},
        {"name": "pc2", "address": "10.0.0.2;10.0.0.3", "tags": "env=prod"},
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    assert _counts(ok("computer", "import", "-", "--json", stdin=text).out) == (2, 0, 0, 0)
    assert ok("computer", "show", "pc1").json["tags"] == {"note": "a;b=c", "on": "true"}
    assert ok("computer", "show", "pc2").json["address"] == ["10.0.0.2", "10.0.0.3"]
    # null empties, absent leaves alone
    ok("computer", "import", "-", stdin='{"name": "pc1", "tags": null}\n')
    shown = ok("computer", "show", "pc1").json
    assert (shown["tags"], shown["port"]) == ({}, 22)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"address,port\n10.0.0.1,22\n", "`name` is missing"),
        (b"name,adress\npc1,10.0.0.1\n", "did you mean `address`?"),
        (b"name,Name\npc1,pc1\n", "twice"),
        (b"name\npc\x001\n", "NUL"),
        (b'name\n"pc1\n', "quote"),
        (b"name,description\npc1," + b"x" * 200_000 + b"\n", "128 KiB"),
        (b"name\npc\xff1\n", "UTF-8"),
        (b'[{"name": "pc1"}]', "array"),
        (b'{"name": "pc1", "name": "pc2"}\n', "name"),
    ],
)
def test_odd_files_are_refused_with_their_reason(
    run: Run, ok: Run, write: Callable[..., str], data: bytes, said: str
) -> None:
    result = run("computer", "import", write(data))
    assert result.code == 3
    assert said in result.err
    assert ok("computer", "list", "-o", "name").out == ""


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfname;address;tags\r\npc1;10.0.0.1;env=prod\r\n",
        b"NAME\tAddress\tTags\npc1\t10.0.0.1\tenv=prod\n",
        b'"name","address","tags"\n\n"pc1","10.0.0.1","env=prod"\n',
        b"id,name,revision,address,tags,last_seen,site\nx,pc1,7,10.0.0.1,env=prod,,rome\n",
    ],
)
def test_what_spreadsheets_and_listings_write_is_read(ok: Run, write: Callable[..., str], data: bytes) -> None:
    ok("computer", "import", write(data))
    shown = ok("computer", "show", "pc1").json
    assert (shown["address"], shown["tags"]) == (["10.0.0.1"], {"env": "prod"})


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    assert run("computer", "import", str(tmp_path / "none.csv")).code == 3


def test_an_existing_rejects_file_is_not_overwritten(run: Run, write: Callable[..., str], tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("precious")
    assert run("computer", "import", write(BAD), "--rejects", str(mine)).code == 11
    assert mine.read_text() == "precious"


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_an_export_imports_as_it_was(ok: Run, tmp_path: Path, form: str) -> None:
    rows = [
        {"name": "=pc1", "address": ["10.0.0.1", "fe80::1%eth0"], "user": "EX\\adm",
         "serial": ["00123", "1E+05", "a;b"]},
        {"name": "pc2", "tags": {"note": "a;b=c", "f": "=1+1", "e": ""}, "description": "-1\n'quoted', \"so\""},
        {"name": "pc3@rome", "uuid": "4c4c4544-0042-3510-8052-b4c04f4d3332", "fqdn": "pc3.example", "port": 22,
         "mac": "00:1b:21:00:00:01", "machine_id": "1" * 31 + "2", "management_address": "m.example",
         "description": "'=x"},
    ]  # fmt: skip
    ok("computer", "import", "-", stdin="".join(json.dumps(row) + "\n" for row in rows))
    out = tmp_path / "export"
    ok("computer", "export", "-o", form, "--out", str(out))
    before = _documents(ok)
    assert _counts(ok("computer", "import", str(out), "--json").out) == (0, 0, 3, 0)
    for name in ("=pc1", "pc2", "pc3@rome"):
        ok("computer", "remove", name, "--yes")
    assert _counts(ok("computer", "import", str(out), "--json").out) == (3, 0, 0, 0)
    assert _documents(ok) == before
    assert ok("computer", "export", "-o", form).out == out.read_text()


def _documents(ok: Run) -> list[dict[str, Any]]:
    rows = ok("computer", "list", "-o", "json").json
    return [{k: v for k, v in row.items() if k not in {"id", "revision"}} for row in rows]


_text = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
_rows = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["pc1", "PC2", "=3", "日本", "a b", "x@rome", "p;q", "[j"])},
        optional={
            "address": st.lists(st.sampled_from(["10.0.0.1", "2001:DB8::1", "h.example", "10.0.0.2"]), max_size=3),
            "serial": st.lists(st.sampled_from(["0", "A1", "a1", "x;y", "[1", "Default string"]), max_size=3),
            "port": st.none() | st.integers(1, 65535),
            "os_family": st.none() | st.sampled_from(["linux", "Windows"]),
            "description": st.none() | _text,
            "tags": st.dictionaries(st.sampled_from(["env", "a:b", "ü"]), _text, max_size=3),
        },
    ),
    max_size=6,
    unique_by=lambda row: row["name"].casefold(),
)


def _import(store: Store, tmp_path: Path, rows: list[dict[str, Any]]) -> Summary:
    path = tmp_path / "rows.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return import_table(store, ComputerTable(ImportOptions(shared=True)), path, say=lambda text: None)


def _state(store: Store) -> dict[str, Any]:
    return {doc.name: doc.fields for doc in stream(store.read, ComputerSelection())}


def _clear(store: Store) -> None:
    for name in list(_state(store)):
        store.write(lambda unit, name=name: COMPUTERS.remove(unit, name))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(_rows, _rows)
def test_importing_twice_changes_nothing_and_equals_adding(
    store: Store, tmp_path: Path, first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    _clear(store)
    if first:
        _import(store, tmp_path, first)
    imported = _state(store)
    for row in first:
        fields = {key: value for key, value in row.items() if key != "name"}
        again = store.write(lambda unit, row=row, fields=fields: COMPUTERS.add(unit, row["name"], fields))
        assert again.action == "unchanged"
    _clear(store)
    for row in first:
        fields = {key: value for key, value in row.items() if key != "name"}
        store.write(lambda unit, row=row, fields=fields: COMPUTERS.add(unit, row["name"], fields))
    assert _state(store) == imported
    if second:
        _import(store, tmp_path, second)
        after = _state(store)
        assert _import(store, tmp_path, second).changed == 0
        assert _state(store) == after
        for row in second:
            checked = record.checked({key: value for key, value in row.items() if key != "name"})
            stored = next(fields for name, fields in after.items() if name.casefold() == row["name"].casefold())
            assert {key: stored[key] for key in checked} == checked
