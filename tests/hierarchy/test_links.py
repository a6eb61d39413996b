"""Servers linked as parent and children over their databases: both ends keep it, and the tree is that of the design."""

from __future__ import annotations

import shutil
from pathlib import Path

from itmsctl.hierarchy.peer import ADVISED_CHILDREN
from tests.conftest import Run


def _rows(run: Run, *words: str) -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in run(*words, "hierarchy", "show", "-o", "json").json}


def test_both_ends_keep_a_link(ok: Run, bare_run: Run, tmp_path: Path) -> None:
    child = str(tmp_path / "rome.sqlite")
    made = ok("hierarchy", "init", "head")
    assert made.err.startswith("head: created, key SHA256:")
    assert ok("hierarchy", "init", "HEAD").err.startswith("head: unchanged")
    assert "linked as a child" in ok("hierarchy", "add-child", "rome", "--db", child).err
    assert ok("hierarchy", "add-child", "rome", "--db", child).err.startswith("rome: unchanged")
    here, there = _rows(ok), _rows(bare_run, "--db", child)
    assert {name: row["relation"] for name, row in here.items()} == {"head": "self", "rome": "child"}
    assert {name: row["relation"] for name, row in there.items()} == {"rome": "self", "head": "parent"}
    assert {name: row["key"] for name, row in here.items()} == {name: row["key"] for name, row in there.items()}
    assert ok("management-server", "show", "rome").json["parent"] == "head"
    assert bare_run("--db", child, "management-server", "show", "rome").json["parent"] == "head"
    assert ok("audit", "verify").code == bare_run("--db", child, "audit", "verify").code == 0
    assert ok("db", "check").code == 0


def test_a_tree_has_no_cycle_and_one_parent(ok: Run, run: Run, bare_run: Run, tmp_path: Path) -> None:
    rome, milan, other = (str(tmp_path / f"{name}.sqlite") for name in ("rome", "milan", "other"))
    ok("hierarchy", "init", "head")
    ok("hierarchy", "add-child", "rome", "--db", rome)
    assert bare_run("--db", rome, "hierarchy", "add-child", "milan", "--db", milan).code == 0
    head = ok("hierarchy", "show", "--json")
    db = next(row["address"] for row in _rows(bare_run, "--db", rome).values() if row["name"] == "head")
    for lower in (rome, milan):
        refused = bare_run("--db", lower, "hierarchy", "add-child", "head", "--db", db)
        assert (refused.code, "HIER-CYCLE" in refused.err) == (9, True)
    bare_run("--db", other, "hierarchy", "init", "other")
    second = bare_run("--db", other, "hierarchy", "add-child", "rome", "--db", rome)
    assert (second.code, "HIER-SECOND-PARENT" in second.err) == (6, True)
    assert run("hierarchy", "add-child", "me", "--db", db).code == 6  # it has another name
    assert ok("hierarchy", "show", "--json").out == head.out


def test_who_leaves_is_not_believed_any_more(ok: Run, bare_run: Run, tmp_path: Path) -> None:
    child = str(tmp_path / "rome.sqlite")
    ok("hierarchy", "init", "head")
    ok("hierarchy", "add-child", "rome", "--db", child)
    assert bare_run("--db", child, "hierarchy", "leave").code == 2  # nobody said yes
    assert bare_run("--db", child, "hierarchy", "leave", "--yes").code == 0
    gone = _rows(bare_run, "--db", child)["head"]
    assert (gone["state"], gone["key"], gone["address"]) == ("left", "", None)
    assert bare_run("--db", child, "management-server", "show", "rome").json["parent"] is None
    assert bare_run("--db", child, "hierarchy", "leave", "--yes").code == 5
    assert ok("hierarchy", "leave", "rome", "--yes").code == 0
    assert "linked as a child" in ok("hierarchy", "add-child", "rome", "--db", child).err


def test_who_is_linked_is_linked_otherwise_only_once_it_left(ok: Run, run: Run, bare_run: Run, tmp_path: Path) -> None:
    child, card = str(tmp_path / "rome.sqlite"), tmp_path / "head.card"
    ok("hierarchy", "init", "head")
    ok("hierarchy", "add-child", "rome", "--db", child)
    card.write_text(ok("hierarchy", "card").out)
    refused = run("hierarchy", "add-peer", "rome", "--db", child)
    assert (refused.code, "hierarchy leave rome" in refused.err) == (6, True)
    assert bare_run("--db", child, "hierarchy", "join", str(card), "--beside").code == 6
    assert {_rows(ok)["rome"]["relation"], _rows(bare_run, "--db", child)["head"]["relation"]} == {"child", "parent"}
    ok("hierarchy", "leave", "rome", "--yes")
    assert "for standalone rules" in ok("hierarchy", "add-peer", "rome", "--db", child).err
    assert _rows(bare_run, "--db", child)["head"]["relation"] == "peer"


def test_a_seventh_child_is_a_warning(ok: Run, tmp_path: Path) -> None:
    ok("hierarchy", "init", "head")
    for number in range(ADVISED_CHILDREN + 1):
        linked = ok("hierarchy", "add-child", f"c{number}", "--db", str(tmp_path / f"{number}.sqlite"))
        assert ("warning: 7 children" in linked.err) == (number == ADVISED_CHILDREN)


def test_who_has_no_name_yet_is_told(run: Run, tmp_path: Path) -> None:
    refused = run("hierarchy", "add-child", "rome", "--db", str(tmp_path / "rome.sqlite"))
    assert (refused.code, "hierarchy init NAME" in refused.err) == (9, True)


def test_a_key_that_is_elsewhere_is_named(ok: Run, run: Run, environment: dict[str, str], tmp_path: Path) -> None:
    ok("hierarchy", "init", "head")
    for file in (Path(environment["XDG_STATE_HOME"]) / "itmsctl" / "identity").iterdir():
        file.unlink()
    refused = run("hierarchy", "add-child", "rome", "--db", str(tmp_path / "rome.sqlite"))
    assert (refused.code, "HIER-KEY-MISSING" in refused.err) == (5, True)


def test_a_copy_links_nobody(bare_run: Run, tmp_path: Path) -> None:
    head, copy, child = (tmp_path / f"{name}.sqlite" for name in ("head", "copy", "rome"))
    assert bare_run("--db", str(head), "hierarchy", "init", "head").code == 0
    shutil.copy(head, copy)
    refused = bare_run("--db", str(copy), "hierarchy", "add-child", "rome", "--db", str(child))
    assert (refused.code, "DB-COPY" in refused.err, child.exists()) == (9, True, False), refused.err
