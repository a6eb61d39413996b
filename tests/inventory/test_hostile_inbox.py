"""A hostile inbox (HE4..HE6, HE8, HE14, F19): each bad file is put aside with its reason, the next good one loaded."""

from __future__ import annotations

import gzip
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from tests.conftest import Run
from tests.inventory.made_files import facts, put, uuid_of, xml
from tests.inventory.test_load import files_of, inbox, names, summary_of

__all__ = ["inbox"]

DEEP = 100_000
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]><REQUEST><CONTENT><HARDWARE><NAME>&c;</NAME></HARDWARE></CONTENT>"
    "<QUERY>INVENTORY</QUERY></REQUEST>"
)
OUTSIDE = '<!DOCTYPE z [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
HOSTILE: dict[str, bytes] = {
    "bomb.xml": BOMB.encode(),
    "outside.xml": (OUTSIDE + "<REQUEST><CONTENT><HARDWARE><NAME>&x;</NAME></HARDWARE></CONTENT></REQUEST>").encode(),
    "dtd.xml": b'<!DOCTYPE REQUEST SYSTEM "http://127.0.0.1/x.dtd"><REQUEST><CONTENT/></REQUEST>',
    "deep.xml": b"<REQUEST><CONTENT>" + b"<A>" * DEEP + b"</A>" * DEEP + b"</CONTENT></REQUEST>",
    "deep.json": b"[" * DEEP + b"]" * DEEP,
    "deeper.json": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "twice.xml": b'<REQUEST a="1" a="2"><CONTENT/></REQUEST>',
    "bytes.xml": b"<REQUEST><CONTENT><HARDWARE><NAME>\xff\xfe</NAME></HARDWARE></CONTENT></REQUEST>",
    "control.xml": b"<REQUEST><CONTENT><HARDWARE><NAME>a\x01b</NAME></HARDWARE></CONTENT></REQUEST>",
    "packed.xml.gz": gzip.compress(xml("pc9")),
    "empty.json": b"",
    "zeros.json": b"\0" * 4096,
    "numbers.json": b'{"facterversion": ' + b"9" * 100_000 + b"}",
    "list.json": b"[1, 2, 3]",
    "null.json": b"null",
    "prose.txt": b"Dear administrator, please find attached the inventory.",
    "cut.json": facts("pc8", of=8)[:-40],
    "cut.xml": xml("pc8")[:-40],
}


def rows(store: Store, sql: str) -> list[tuple[object, ...]]:
    with store.read() as reader:
        return [tuple(row) for row in reader.connection.execute(sa.text(sql))]


def test_every_bad_file_is_put_aside_and_every_good_one_between_is_loaded(run: Run, ok: Run, inbox: Path) -> None:
    for number, (name, data) in enumerate(HOSTILE.items()):
        put(inbox, name, data, age_s=9000 - 10 * number)
        put(inbox, f"good-{number}.json", facts(f"pc{number}", of=number), age_s=8995 - 10 * number)
    result = run("inventory", "load", str(inbox))
    assert result.code == 7
    said = files_of(result)
    assert {name for name, row in said.items() if row["state"] == "quarantined"} == set(HOSTILE)
    assert [name for name in HOSTILE if not said[name]["why"] or not said[name]["moved_to"]] == []
    assert summary_of(result)["loaded"] == len(HOSTILE)
    assert len(names(ok)) == len(HOSTILE)
    assert "root:" not in result.out  # of /etc/passwd
    kept = {path.name for path in (inbox / "quarantine").iterdir()}
    assert len(kept) == 2 * len(HOSTILE)
    for name, data in HOSTILE.items():
        assert Path(said[name]["moved_to"]).read_bytes() == data
    assert ok("inventory", "load", str(inbox)).lines[-1]["quarantined"] == 0
    ok("db", "check")
    ok("audit", "verify")


@pytest.fixture
def stay() -> Iterator[None]:
    here = os.open(".", os.O_RDONLY)
    yield
    os.fchdir(here)
    os.close(here)


@pytest.mark.usefixtures("stay")
def test_links_pipes_and_sockets_are_not_opened(run: Run, inbox: Path, tmp_path: Path) -> None:
    outside = put(tmp_path, "outside.json", facts("pc1", of=1))
    (inbox / "link.json").symlink_to(outside)
    (inbox / "dangling.json").symlink_to(tmp_path / "nowhere")
    (inbox / "folder").symlink_to(tmp_path)
    os.mkfifo(inbox / "pipe.json")
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(inbox)
        listening.bind("socket.json")
    put(inbox, "good.json", facts("pc2", of=2))
    result = run("inventory", "load", str(inbox))
    said = {name: (row["state"], row["why"]) for name, row in files_of(result).items()}
    assert said.pop("good.json")[0] == "loaded"
    assert set(said) == {"link.json", "dangling.json", "folder", "pipe.json", "socket.json"}
    assert {state for state, _ in said.values()} == {"quarantined"}
    assert "a pipe" in said["pipe.json"][1]
    assert outside.exists()
    assert (tmp_path / "nowhere").exists() is False


def test_a_quarantine_that_is_a_link_leads_nowhere(run: Run, inbox: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (inbox / "quarantine").symlink_to(elsewhere)
    put(inbox, "bad.json", b"{}")
    put(inbox, "good.json", facts("pc1", of=1))
    result = run("inventory", "load", str(inbox))
    said = files_of(result)
    assert said["bad.json"]["state"] == "quarantined"
    assert "stays where it is" in said["bad.json"]["why"]
    assert said["good.json"]["state"] == "loaded"
    assert (inbox / "bad.json").exists()
    assert list(elsewhere.iterdir()) == []


def test_a_folder_that_nobody_may_write_into_is_left_as_it_is(run: Run, inbox: Path) -> None:
    put(inbox, "bad.json", b"{}")
    put(inbox, "good.json", facts("pc1", of=1))
    inbox.chmod(0o555)
    result = run("inventory", "load", str(inbox))
    assert result.code == 7
    said = files_of(result)
    assert said["bad.json"]["state"] == "quarantined"
    assert "it stays where it is: the folder is read-only" in said["bad.json"]["why"]
    assert said["good.json"]["state"] == "loaded"
    assert sorted(path.name for path in inbox.iterdir()) == ["bad.json", "good.json"]
    again = files_of(run("inventory", "load", "--remove", str(inbox)))
    assert again["good.json"]["state"] == "duplicate"
    assert "it stays where it is: the folder is read-only" in again["good.json"]["why"]
    assert (inbox / "good.json").exists()


SQL = "'; DROP TABLE computer;--"
NAMES = (
    SQL,
    "100%_a",
    "[/x]",
    "ok\x1b]0;pwn\x07\x1b[2J",
    "=cmd|' /C calc'!A0",
    "..",
    "a/../../b",
    "{{7*7}}",
    "$(id)",
    "é" * 200,
)


def test_what_files_say_is_data(run: Run, ok: Run, store: Store, inbox: Path) -> None:
    before = rows(store, "SELECT count(*) FROM site")
    for number, text in enumerate(NAMES):
        said = facts(text, of=number, dmi={"manufacturer": text, "product": {"serial_number": text}})
        put(inbox, f"{number}.json", said, age_s=9000 - number)
    put(inbox, "good.json", facts("pc1", of=99), age_s=1)
    result = run("inventory", "load", str(inbox), terminal=True)
    assert "\x1b]0" not in result.out
    assert "\x1b[2J" not in result.out + result.err
    loaded = names(ok)
    assert "pc1" in loaded
    assert SQL in ok("computer", "list", "-o", "name").out
    assert rows(store, "SELECT count(*) FROM site") == before
    assert ok("computer", "show", SQL).json["serial"] == [SQL]
    assert ok("computer", "list", "--where", "name like '100\\%\\_a%'", "-o", "name").code == 0
    bad = {
        name for name, row in files_of(run("inventory", "load", str(inbox))).items() if row["state"] == "quarantined"
    }
    assert bad == set()  # what could not be a name was put aside the first time
    ok("db", "check")


def test_names_of_files_are_data_too(run: Run, inbox: Path) -> None:
    for number, name in enumerate(("-rf", "a\nb", "\x1b[2Jx", "CON", "x" * 200, "é.json", "a b;c")):
        put(inbox, name, b"nothing %d" % number)
    put(inbox, b"\xff\xfe.json".decode("utf-8", "surrogateescape"), facts("pc1", of=1))
    result = run("inventory", "load", str(inbox))
    assert result.code == 7
    assert summary_of(result) | {"files": 0} == {
        "files": 0, "loaded": 1, "duplicate": 0, "quarantined": 7, "waiting": 0, "added": 1,
    }  # fmt: skip
    assert len(list((inbox / "quarantine").iterdir())) == 14
    table = run("inventory", "load", str(inbox), terminal=True)
    assert "\x1b[2J" not in table.out


def test_who_claims_to_be_another(run: Run, ok: Run, inbox: Path) -> None:
    ok("computer", "add", "a", "--serial", "SER00001")
    ok("computer", "add", "b", "--uuid", uuid_of(2))
    before = ok("computer", "show", "a").json
    dmi = {"product": {"serial_number": "SER00001", "uuid": uuid_of(2)}}
    put(inbox, "1.json", facts("c", dmi=dmi))
    result = run("inventory", "load", str(inbox))
    row = files_of(result)["1.json"]
    assert row["state"] == "quarantined"
    assert (
        row["why"] == f"its values are those of several computers: uuid `{uuid_of(2)}` of `b`, serial `SER00001` of `a`"
    )
    assert row["hint"] == "if they are one: itmsctl computer merge b a"
    assert ok("computer", "show", "a").json == before


def test_one_that_cannot_be_stored_does_not_take_the_others_with_it(
    run: Run, ok: Run, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from itmsctl.inventory.service import file_storing

    stored = file_storing.store_told

    def poisoned(unit: object, pairs: list[tuple[int, object]]) -> object:
        if any(told.classes["identification"][0].get("host_name") == "poison" for _, told in pairs):  # type: ignore[attr-defined]
            raise ValueError("a value that no database takes")
        return stored(unit, pairs)  # type: ignore[arg-type]

    monkeypatch.setattr(file_storing, "store_told", poisoned)
    for number, name in enumerate(("pc1", "poison", "pc2")):
        put(inbox, f"{number}.json", facts(name, of=number))
    result = run("inventory", "load", str(inbox))
    assert [row["state"] for row in files_of(result).values()] == ["loaded", "quarantined", "loaded"]
    assert "a value that no database takes" in files_of(result)["1.json"]["why"]
    assert names(ok) == ["pc1", "pc2"]


def test_truncated_at_every_place_it_never_crashes(run: Run, ok: Run, inbox: Path) -> None:
    for whole, form in ((facts("pc1", of=1), "json"), (xml("pc2", serial="S2"), "xml")):
        for at in range(0, len(whole) - 1, 29):
            put(inbox, f"{form}-{at:05}.{form}", whole[:at], age_s=9000)
    result = run("inventory", "load", str(inbox))
    assert result.code == 7
    assert {row["state"] for row in files_of(result).values()} == {"quarantined"}
    assert names(ok) == []
    put(inbox, "whole.json", facts("pc1", of=1))
    assert summary_of(ok("inventory", "load", str(inbox)))["loaded"] == 1


def test_what_is_told_of_a_bad_file_is_one_line(run: Run, inbox: Path) -> None:
    put(inbox, "bad.json", json.dumps({"a\nb\x1b[2J": 1}).encode())
    result = run("inventory", "load", str(inbox))
    assert len(result.out.splitlines()) == 2
    assert "\x1b" not in result.out
