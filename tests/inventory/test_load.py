"""`inventory load`: each file told of, each content once, computers recognised or added, on both engines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Result, Run
from tests.inventory.made_files import aged, facts, put, uuid_of, xml


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def files_of(result: Result) -> dict[str, dict[str, Any]]:
    """Return what was said of each file, by its name."""
    return {Path(row["file"]).name: row for row in result.lines if row["type"] == "file"}


def summary_of(result: Result) -> dict[str, Any]:
    last = result.lines[-1]
    assert last.pop("type") == "summary"
    return dict(last)


def names(ok: Run) -> list[str]:
    return ok("computer", "list", "-o", "name").out.split()


def test_a_file_of_a_new_computer(ok: Run, inbox: Path) -> None:
    path = put(inbox, "pc1.json", facts("pc1", of=1))
    result = ok("inventory", "load", str(path))
    assert result.lines[0] == {
        "type": "file", "file": str(path), "computer": "pc1", "state": "loaded", "why": None, "hint": None,
        "computers": 1, "added": 1, "moved_to": None,
    }  # fmt: skip
    assert summary_of(result) == {
        "files": 1, "loaded": 1, "duplicate": 0, "quarantined": 0, "waiting": 0, "added": 1,
    }  # fmt: skip
    shown = ok("computer", "show", "pc1").json
    assert (shown["os_family"], shown["serial"], shown["uuid"]) == ("linux", ["SER00001"], [uuid_of(1)])
    assert shown["address"] == ["10.1.2.3"]
    assert shown["revision"] == 1  # added and filled at once
    assert {row["field"] for row in shown["told"] if row["in_use"]} == {
        "address",
        "fqdn",
        "os_family",
        "serial",
        "uuid",
    }


def test_each_content_is_loaded_once(ok: Run, inbox: Path) -> None:
    put(inbox, "a.json", facts("pc1", of=1))
    put(inbox, "b.json", facts("pc1", of=1))
    first = ok("inventory", "load", str(inbox))
    assert [row["state"] for row in files_of(first).values()] == ["loaded", "duplicate"]
    again = ok("inventory", "load", str(inbox), "-v")
    assert [row["state"] for row in files_of(again).values()] == ["duplicate", "duplicate"]
    assert {row["computer"] for row in files_of(again).values()} == {"pc1"}
    counts = ok("event", "status", "-o", "json").json
    assert (counts["loaded"], counts["repeated"]) == (1, 3)


def test_a_computer_is_recognised_by_its_keys_whatever_it_is_called(ok: Run, inbox: Path) -> None:
    ok("computer", "add", "old-name", "--uuid", uuid_of(1))
    ok("computer", "add", "asset-2", "--serial", "ser00002")
    ok("computer", "add", "pc3")
    put(inbox, "1.json", facts("reimaged", of=1))
    put(inbox, "2.json", facts("other", of=2))
    put(inbox, "3.json", facts("PC3"))
    result = ok("inventory", "load", str(inbox))
    assert [row["computer"] for row in files_of(result).values()] == ["old-name", "asset-2", "pc3"]
    assert names(ok) == ["asset-2", "old-name", "pc3"]
    told = ok("computer", "show", "old-name").json["told"]
    assert ("name", "reimaged", False) in {(row["field"], str(row["value"]), row["in_use"]) for row in told}


def test_only_known_ones(run: Run, ok: Run, inbox: Path) -> None:
    ok("computer", "add", "pc1")
    put(inbox, "1.json", facts("pc1"))
    put(inbox, "2.json", facts("pc2", of=2))
    result = run("inventory", "load", str(inbox), "--known-only", "--in-place")
    assert result.code == 7
    assert [row["state"] for row in files_of(result).values()] == ["loaded", "quarantined"]
    assert "`pc2` would be new" in files_of(result)["2.json"]["why"]
    assert names(ok) == ["pc1"]
    ok("inventory", "load", str(inbox))  # a bad file is looked at again: what was wrong may be so no more
    assert names(ok) == ["pc1", "pc2"]


def test_a_bad_file_of_a_folder_is_put_aside_with_its_reason_and_the_next_is_loaded(
    run: Run, ok: Run, inbox: Path
) -> None:
    put(inbox, "1-bad.json", b'{"this": "is nothing that is known"}', age_s=9000)
    put(inbox, "2-good.json", facts("pc1", of=1))
    result = run("inventory", "load", str(inbox))
    assert result.code == 7
    said = files_of(result)
    assert [row["state"] for row in said.values()] == ["quarantined", "loaded"]
    moved = Path(said["1-bad.json"]["moved_to"])
    assert moved.parent == inbox / "quarantine"
    assert moved.read_bytes() == b'{"this": "is nothing that is known"}'
    reason = json.loads(moved.with_name(moved.name + ".reason.json").read_text())
    assert (reason["file"], reason["why"]) == ("1-bad.json", said["1-bad.json"]["why"])
    assert moved.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in inbox.iterdir()) == ["2-good.json", "quarantine"]
    assert ok("inventory", "load", str(inbox)).lines[-1]["files"] == 1


def test_a_bad_file_that_was_named_stays(run: Run, inbox: Path) -> None:
    path = put(inbox, "bad.xml", b"<REQUEST><CONTENT>")
    result = run("inventory", "load", str(path))
    assert result.code == 7
    assert (result.lines[0]["state"], result.lines[0]["moved_to"]) == ("quarantined", None)
    assert path.exists()
    assert not (inbox / "quarantine").exists()


def test_a_source_that_is_not_there(run: Run, inbox: Path) -> None:
    assert run("inventory", "load", str(inbox / "none.json")).code == 5
    assert run("inventory", "load", str(inbox), "--format", "glpu").code == 5
    assert run("inventory", "load").code == 2
    assert run("inventory", "load", "-", "-").code == 2
    assert run("inventory", "load", str(inbox)).lines[-1]["files"] == 0


def test_standard_input_and_a_dry_run(ok: Run) -> None:
    text = facts("pc1", of=1).decode()
    tried = ok("inventory", "load", "-", "--dry-run", stdin=text)
    assert (tried.lines[0]["file"], tried.lines[0]["state"]) == ("-", "loaded")
    assert "nothing was written" in tried.err
    assert names(ok) == []
    assert ok("inventory", "load", "-", stdin=text).lines[0]["computer"] == "pc1"
    assert names(ok) == ["pc1"]


def test_a_dry_run_moves_nothing(run: Run, inbox: Path) -> None:
    put(inbox, "bad.json", b"{}")
    assert run("inventory", "load", str(inbox), "--dry-run").code == 7
    assert [path.name for path in inbox.iterdir()] == ["bad.json"]


def test_what_is_stored_can_be_taken_out_of_the_folder(run: Run, inbox: Path) -> None:
    put(inbox, "a.json", facts("pc1", of=1))
    put(inbox, "sub/b.json", facts("pc2", of=2))
    put(inbox, "bad.json", b"[")
    assert run("inventory", "load", str(inbox), "--remove").code == 7
    left = sorted(path.name for path in inbox.rglob("*") if path.is_file())
    assert [name for name in left if "reason" not in name] == [left[0]]
    assert left[0].endswith(".json")
    assert (inbox / "quarantine" / left[0]).read_bytes() == b"["


def test_files_that_are_still_written_wait(run: Run, ok: Run, inbox: Path) -> None:
    whole = facts("pc1", of=1)
    put(inbox, "upload.json.part", whole)
    put(inbox, ".hidden.json", whole)
    half = put(inbox, "half.json", whole[:-20], age_s=30)
    result = ok("event", "load", str(inbox))
    assert {name: row["state"] for name, row in files_of(result).items()} == {"half.json": "waiting"}
    assert half.exists()
    half.write_bytes(whole)
    aged(half, 1)
    assert files_of(ok("event", "load", str(inbox)))["half.json"]["state"] == "loaded"
    put(inbox, "old.json", whole[:-20], age_s=700)
    late = run("event", "load", str(inbox))
    assert files_of(late)["old.json"]["state"] == "quarantined"


def test_a_cut_file_is_looked_at_three_times_at_most(run: Run, ok: Run, inbox: Path) -> None:
    put(inbox, "cut.xml", xml("pc1")[:-9], age_s=1)
    states = []
    for _ in range(3):
        states += [row["state"] for row in files_of(run("event", "load", str(inbox))).values()]
    assert states == ["waiting", "waiting", "quarantined"]
    assert ok("event", "status", "-o", "json").json["quarantined"] == 1


def test_a_wait_of_seconds_is_waited_for(run: Run, inbox: Path) -> None:
    put(inbox, "cut.json", facts("pc1")[:-3], age_s=2)
    put(inbox, "good.json", facts("pc2", of=2), age_s=1)
    result = run("inventory", "load", str(inbox))
    assert result.code == 7
    assert {name: row["state"] for name, row in files_of(result).items()} == {
        "good.json": "loaded", "cut.json": "quarantined",
    }  # fmt: skip


def test_two_computers_of_one_name_are_told_apart(ok: Run, inbox: Path) -> None:
    for n in range(3):
        put(inbox, f"{n}.json", facts("localhost", of=n, networking={"hostname": "localhost"}), age_s=100 - n)
    ok("inventory", "load", str(inbox))
    assert names(ok) == ["localhost", "localhost@SER00001", "localhost@SER00002"]
    put(inbox, "again.json", facts("localhost", of=2, networking={"hostname": "localhost"}, uptime="1 day"))
    assert files_of(ok("inventory", "load", str(inbox)))["again.json"]["computer"] == "localhost@SER00002"


def test_a_thousand_computers_with_one_placeholder_and_one_dock_stay_a_thousand(ok: Run, inbox: Path) -> None:
    dock = {"eth0": {"mac": "00:50:b6:12:34:56", "ip": "10.1.2.3"}}
    for n in range(1000):
        said = facts(
            f"pc{n}",
            dmi={"product": {"name": "P", "serial_number": "Default string"}},
            networking={"hostname": f"pc{n}", "interfaces": dock, "mac": "00:50:b6:12:34:56"},
        )
        put(inbox, f"{n}.json", said)
    assert summary_of(ok("inventory", "load", str(inbox)))["added"] == 1000
    for path in inbox.iterdir():
        path.write_bytes(path.read_bytes() + b"\n")
    again = summary_of(ok("inventory", "load", str(inbox)))
    assert (again["added"], again["files"]) == (0, 1000)
    assert len(names(ok)) == 1000


def test_words_are_no_list_of_hosts(run: Run, ok: Run, inbox: Path) -> None:
    put(inbox, "notes.txt", b"hello\n")
    put(inbox, "null.json", b"null")
    put(inbox, "hosts", b"web1\nweb2\n")
    put(inbox, "list.txt", b"db1 ansible_host=10.1.2.3\n")
    result = run("inventory", "load", str(inbox))
    assert {name: row["state"] for name, row in files_of(result).items()} == {
        "notes.txt": "quarantined", "null.json": "quarantined", "hosts": "loaded", "list.txt": "loaded",
    }  # fmt: skip
    assert names(ok) == ["db1", "web1", "web2"]
    assert files_of(result)["hosts"]["computers"] == 2
    assert ok("computer", "show", "db1").json["address"] == ["10.1.2.3"]


def test_a_table_for_people(ok: Run, inbox: Path) -> None:
    put(inbox, "1.json", facts("pc1", of=1))
    shown = ok("inventory", "load", str(inbox), terminal=True)
    assert "loaded" in shown.out
    assert "1 file: 1 loaded; 1 computer added" in shown.err
