"""`baseline`: made of a computer, compared, looked at; asked in filters; forgotten when it changes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import START, FrozenClock, Run
from tests.inventory.telling import tell


def file(path: str, digest: str, size: int = 10) -> dict[str, object]:
    return {"path": path, "name": path.rpartition("/")[2], "sha256": digest, "size_bytes": size, "owner": "root"}


GOLDEN = [file("/usr/bin/a", "1"), file("/usr/bin/b", "2"), file("/tmp/noise", "3")]
TOLD = {
    "golden": GOLDEN,
    "same": [*GOLDEN[:2], file("/tmp/other", "9")],
    "worse": [file("/usr/bin/a", "x"), file("/usr/bin/evil\x1b[31m", "7")],
}
ALL = ("golden", "same", "worse", "silent")


@pytest.fixture
def fleet(ok: Run, store: Store, clock: FrozenClock) -> Store:
    for name in ALL:
        ok("computer", "add", name)
    clock.forward(days=1)
    tell(store, START, {name: {"files": rows} for name, rows in TOLD.items()})
    ok("baseline", "make", "web", "--from", "golden", "--include", "/usr/bin/*")
    return store


def test_it_is_made_of_a_computer(ok: Run, fleet: Store) -> None:
    shown = ok("baseline", "show", "web", "-o", "json").json
    assert (shown["data_class"], shown["rows"], shown["reference"]) == ("files", 2, "golden")
    assert shown["columns"] == ["sha256", "size_bytes"]
    assert ok("baseline", "items", "web", "-o", "json").json == [
        {"item": "/usr/bin/a", "values": {"sha256": "1", "size_bytes": 10}},
        {"item": "/usr/bin/b", "values": {"sha256": "2", "size_bytes": 10}},
    ]


def test_computers_are_compared(ok: Run, fleet: Store) -> None:
    found = ok("baseline", "compare", "web", "-o", "json").json
    told = {row["computer"]: (row["state"], row["changed"], row["missing"], row["extra"]) for row in found}
    assert told == {
        "golden": ("compliant", 0, 0, 0),
        "same": ("compliant", 0, 0, 0),
        "worse": ("deviating", 1, 1, 1),
        "silent": ("unknown", None, None, None),
    }
    rows = ok("baseline", "deviations", "web", "-o", "json").json
    assert [(r["item"], r["deviation"], r["column"], r["expected"], r["found"]) for r in rows] == [
        ("/usr/bin/a", "changed", "sha256", "1", "x"),
        ("/usr/bin/b", "missing", None, None, None),
        ("/usr/bin/evil\x1b[31m", "extra", None, None, None),
    ]
    assert "\x1b[31m" not in ok("baseline", "deviations", "web", "-o", "table").out
    by_item = ok("baseline", "deviations", "web", "--by", "item", "-o", "json").json
    assert {(r["item"], r["computers"], r["first"]) for r in by_item} >= {("/usr/bin/a", 1, "worse")}
    listed = ok("baseline", "list", "-o", "json").json[0]
    assert (listed["compliant"], listed["deviating"], listed["unknown"]) == (2, 1, 1)
    assert listed["compliance"] == pytest.approx(2 / 3)
    assert ok("computer", "show", "worse", "-o", "json").json["baselines"][0]["state"] == "deviating"


def test_some_are_compared_and_a_check_says_so(ok: Run, run: Run, fleet: Store) -> None:
    assert run("baseline", "compare", "web", "same", "--check").code == 0
    assert run("baseline", "compare", "web", "same", "worse", "--check").code == 20
    assert run("baseline", "compare", "web", "--where", "name = 'silent'", "--check").code == 20
    assert run("baseline", "compare", "nowhere").code == 5
    ok("baseline", "compare", "web", "golden", "--dry-run")
    results = "SELECT computer FROM v_baseline_result ORDER BY computer"
    assert [r["computer"] for r in ok("report", "run", "--sql", results, "-o", "json").json] == [
        "same", "silent", "worse",
    ]  # fmt: skip


def test_what_was_found_is_replaced_and_filters_follow(ok: Run, fleet: Store, store: Store, clock: FrozenClock) -> None:
    ok("filter", "add", "off", "--where", "baselines(name = 'web' and state = 'deviating')")
    ok("target", "add", "off", "--filter", "off")
    ok("baseline", "compare", "web")
    ok("membership", "update")
    members = ("target", "members", "off", "-o", "name")
    assert ok(*members).out.split() == ["worse"]
    clock.forward(days=1)
    tell(store, START + timedelta(days=1), {"worse": {"files": GOLDEN}, "same": {"files": []}})
    ok("baseline", "compare", "web")
    ok("membership", "update")
    assert ok(*members).out.split() == ["same"]
    ok("baseline", "set", "web", "--allow-extra")
    assert ok("baseline", "deviations", "web", "-o", "json").json == []
    ok("membership", "update")
    assert ok(*members).out.split() == []


def test_one_goes_with_what_it_found(ok: Run, fleet: Store) -> None:
    ok("baseline", "compare", "web")
    ok("computer", "remove", "worse", "--yes")
    assert ok("baseline", "list", "-o", "json").json[0]["deviating"] == 0
    ok("baseline", "remove", "web", "--yes")
    assert ok("report", "run", "--sql", "SELECT * FROM v_baseline_result", "-o", "json").json == []


def test_made_again(ok: Run, run: Run, fleet: Store) -> None:
    assert run("baseline", "make", "web", "--from", "worse", "--include", "/usr/bin/*").code == 6
    ok("baseline", "make", "web", "--from", "worse", "--include", "/usr/bin/*", "--again")
    assert ok("baseline", "show", "web", "-o", "json").json["reference"] == "worse"


def test_it_travels_as_a_document(ok: Run, run: Run, fleet: Store, tmp_path: Path) -> None:
    document = tmp_path / "web.yaml"
    document.write_text(ok("export", "baseline", "-o", "yaml").out, encoding="utf-8")
    ok("baseline", "remove", "web", "--yes")
    ok("apply", "-f", str(document))
    assert ok("baseline", "compare", "web", "same", "-o", "json").json[0]["state"] == "compliant"


def test_what_is_refused(run: Run, fleet: Store) -> None:
    refused = {
        "make x --from silent": (5, "never collected"),
        "make x --from nobody": (5, "nobody"),
        "make x --from golden --class hardware": (3, "one row"),
        "make x --from golden --class filez": (5, "filez"),
        "make x --from golden --column sha": (3, "no column `sha`"),
        "make x --from golden --column path": (3, "is the key"),
        "make x --from golden --include /nowhere/*": (3, "no row"),
        "add x --rows {}": (3, "no key"),
        "deviations web --by moon": (2, "moon"),
    }
    for words, (status, said) in refused.items():
        result = run("baseline", *words.split())
        assert (result.code, said in result.err) == (status, True), (words, result.err)
