"""A neighbour that is unlinked: what came from it is one's own, both ends know, and it can be linked again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.conftest import FrozenClock, Result, Run


class Rome:
    """A child beside `head`, which is the CMDB of the test."""

    def __init__(self, bare_run: Run, db: Path) -> None:
        self.bare_run, self.db = bare_run, str(db)

    def __call__(self, *words: str, code: int = 0) -> Result:
        result = self.bare_run("--db", self.db, *words)
        assert result.code == code, (words, result.err)
        return result


def _linked(ok: Run, bare_run: Run, tmp_path: Path) -> Rome:
    rome = Rome(bare_run, tmp_path / "rome.sqlite")
    ok("hierarchy", "init", "head")
    ok("hierarchy", "add-child", "rome", "--db", rome.db)
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    ok("filter", "add", "windows", "--where", "os_family = 'windows'")
    ok("replication-rule", "add", "for-rome", "--direction", "down", "--kind", "items", "--to", "rome")
    rome("computer", "add", "pc1", "--serial", "PC1-SERIAL")
    rome("replication", "run")
    ok("replication", "run")
    rome("filter", "set", "linux", "--description", "ours", code=9)
    return rome


def test_what_came_from_a_parent_that_was_left_is_ones_own(
    ok: Run, run: Run, bare_run: Run, tmp_path: Path, environment: dict[str, str]
) -> None:
    rome = _linked(ok, bare_run, tmp_path)
    assert run("computer", "set", "pc1", "--description", "ours").code == 9
    said = rome("hierarchy", "leave", "--yes").err
    assert "unlinked, its key is revoked here" in said
    assert "was not told" not in said
    rome("filter", "set", "linux", "--description", "ours")
    rome("filter", "remove", "windows", "--yes")
    rows = rome("hierarchy", "origin", "filter/linux", "-o", "json").json
    assert {row["from"] for row in rows} == {"here"}
    # the other side knows: the link is gone there too, and what came up is its own
    shown = {row["name"]: row for row in ok("hierarchy", "show", "-o", "json").json}
    assert (shown["rome"]["state"], shown["rome"]["key"]) == ("left", "")
    ok("computer", "set", "pc1", "--description", "head's")
    assert ok("replication-rule", "show", "for-rome", "-o", "json").json["enabled"] is False
    assert ok("replication", "run", "--json").json == []
    assert ok("hierarchy", "leave", "rome", "--yes").err == "rome: unchanged, it left before\n"
    lying = (Path(environment["XDG_STATE_HOME"]) / "itmsctl" / "replication").rglob("*")
    assert [file for file in lying if file.is_file()] == []
    for at in (ok, rome):
        at("audit", "verify")
        at("db", "check")


def test_who_is_linked_again_gets_everything_and_says_what_is_lost(ok: Run, bare_run: Run, tmp_path: Path) -> None:
    rome = _linked(ok, bare_run, tmp_path)
    ok("hierarchy", "leave", "rome", "--yes")
    rome("filter", "set", "linux", "--description", "ours")
    rome("filter", "remove", "windows", "--yes")
    ok("computer", "set", "pc1", "--description", "head's")
    rome("computer", "add", "pc2", "--serial", "PC2-SERIAL")
    ok("hierarchy", "add-child", "rome", "--db", rome.db)
    ok("replication", "run", "configuration-down")
    assert rome("filter", "show", "linux", "-o", "json").json["description"] is None
    rome("filter", "show", "windows")
    lost = [one for one in rome("hierarchy", "conflicts", "--all", "-o", "json").json if one["what"] == "overwritten"]
    assert [(one["name"], one["ours"]["description"]) for one in lost] == [("linux", "ours")]
    rome("filter", "set", "linux", "--description", "ours", code=9)
    rome("replication", "run")
    assert sorted(ok("computer", "list", "-o", "name").out.split()) == ["pc1", "pc2"]
    assert ok("computer", "show", "pc1", "-o", "json").json["description"] is None


def test_one_end_that_left_unheard_begins_again(
    ok: Run, run: Run, bare_run: Run, tmp_path: Path, clock: FrozenClock
) -> None:
    rome = _linked(ok, bare_run, tmp_path)
    with closing(sqlite3.connect(rome.db)) as connection:  # nobody is there any more
        connection.execute("UPDATE peer SET address = ? WHERE name = 'head'", (str(tmp_path / "none.sqlite"),))
        connection.commit()
    assert "head was not told" in rome("hierarchy", "leave", "--yes").err
    clock.forward(hours=1)
    rome("filter", "set", "linux", "--description", "ours")
    assert "REPL-UNKNOWN-PEER" in run("replication", "run", "configuration-down", "--json").json[0]["why"]
    ok("hierarchy", "add-child", "rome", "--db", rome.db)
    assert ok("hierarchy", "add-child", "rome", "--db", rome.db).err.startswith("rome: unchanged")
    ok("replication", "run", "configuration-down")
    assert rome("filter", "show", "linux", "-o", "json").json["description"] is None
