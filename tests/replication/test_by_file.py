"""A child that no network reaches: cards and files of batches, lost, cut, changed, and brought twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Result, Run


@pytest.fixture
def mine(ok: Run, bare_run: Run, tmp_path: Path) -> Run:
    """Return how the child is called, which is linked by cards with the server of `ok`."""

    def run(*words: str) -> Result:
        return bare_run("--db", str(tmp_path / "mine.sqlite"), *words)

    ok("hierarchy", "init", "head")
    head = tmp_path / "head.card"
    head.write_text(ok("hierarchy", "card").out)
    joined = run("hierarchy", "join", str(head), "--name", "mine")
    (tmp_path / "mine.card").write_text(joined.out)
    ok("hierarchy", "add-child", "mine", "--card", str(tmp_path / "mine.card"))
    return run


def _exported(ok: Run, tmp_path: Path, name: str, *more: str) -> Path:
    ok("replication", "export", "--to", "mine", "--out", str(tmp_path / name), *more)
    return tmp_path / name


def test_files_go_both_ways_and_what_arrived_is_known_from_what_comes_back(ok: Run, mine: Run, tmp_path: Path) -> None:
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    down = _exported(ok, tmp_path, "down")
    assert "0 records" not in mine("replication", "import", str(down)).err
    assert mine("filter", "show", "linux").json["where"] == "os_family = 'linux'"
    again = mine("replication", "import", str(down))
    assert (again.code, "1 of them taken in before, 0 records applied" in again.err) == (0, True)
    waiting = {row["way"]: row["waiting"] for row in ok("hierarchy", "status", "-o", "json").json}
    assert waiting == {"sends": 1}, "nobody has said yet that it arrived"
    mine("computer", "add", "pc1", "--serial", "PC1-SERIAL")
    assert mine("replication", "export", "--to", "head", "--out", str(tmp_path / "up")).code == 0
    ok("replication", "import", str(tmp_path / "up"))
    assert ok("computer", "show", "pc1").code == 0
    waiting = {row["way"]: row["waiting"] for row in ok("hierarchy", "status", "-o", "json").json}
    assert waiting == {"sends": 0, "takes": 0}


def test_a_file_that_was_cut_or_changed_is_refused_and_the_whole_one_taken(ok: Run, mine: Run, tmp_path: Path) -> None:
    data = _exported(ok, tmp_path, "down").read_bytes()
    changed = bytearray(data)
    changed[-20] ^= 1
    for name, wrong in (("changed", bytes(changed)), ("cut", data[:-30]), ("head", data[:100]), ("none", b"x" * 99)):
        (tmp_path / name).write_bytes(wrong)
        refused = mine("replication", "import", str(tmp_path / name))
        assert (refused.code, "REPL-DAMAGED" in refused.err) == (14, True), name
    assert mine("replication", "import", str(tmp_path / "down")).code == 0
    assert mine("audit", "verify").code == 0


def test_a_file_that_never_arrived_is_noticed_and_healed(ok: Run, mine: Run, tmp_path: Path) -> None:
    mine("replication", "import", str(_exported(ok, tmp_path, "first")))
    lost = _exported(ok, tmp_path, "lost").read_bytes()
    (tmp_path / "behind").write_bytes(_exported(ok, tmp_path, "third").read_bytes()[len(lost) :])
    refused = mine("replication", "import", str(tmp_path / "behind"))
    assert (refused.code, "REPL-GAP" in refused.err, "--complete" in refused.err) == (6, True, True)
    whole = _exported(ok, tmp_path, "whole", "--complete")
    assert mine("replication", "import", str(whole)).code == 0


def test_a_file_of_a_stranger_is_refused(ok: Run, mine: Run, bare_run: Run, tmp_path: Path) -> None:
    down = str(_exported(ok, tmp_path, "down"))
    other = bare_run("--db", str(tmp_path / "other.sqlite"), "hierarchy", "init", "other")
    assert other.code == 0
    strange = bare_run("--db", str(tmp_path / "other.sqlite"), "replication", "import", down)
    assert (strange.code, "REPL-UNKNOWN-PEER" in strange.err) == (14, True)
    assert mine("hierarchy", "leave", "--yes").code == 0
    left = mine("replication", "import", down)
    assert (left.code, "REPL-UNKNOWN-PEER" in left.err) == (14, True)


def test_a_file_of_several_batches_twice_does_no_harm_and_one_before_it_is_a_replay(
    ok: Run, mine: Run, tmp_path: Path
) -> None:
    older = _exported(ok, tmp_path, "older")
    both = _exported(ok, tmp_path, "both")
    assert mine("replication", "import", str(both)).code == 0
    again = mine("replication", "import", str(both))
    assert (again.code, "2 batches of head, 2 of them taken in before" in again.err) == (0, True), again.err
    refused = mine("replication", "import", str(older))
    assert (refused.code, "REPL-REPLAY" in refused.err) == (14, True)


def test_what_a_file_brought_does_not_go_again_over_the_link(ok: Run, bare_run: Run, tmp_path: Path) -> None:
    url = str(tmp_path / "mine.sqlite")
    ok("hierarchy", "init", "head")
    ok("hierarchy", "add-child", "mine", "--db", url)
    for name in ("first", "second", "third"):
        ok("filter", "add", name, "--where", "os_family = 'linux'")
        ok("replication", "export", "--to", "mine", "--out", str(tmp_path / name))
    assert bare_run("--db", url, "replication", "import", str(tmp_path / "second")).code == 0
    run = ok("replication", "run", "-o", "json").json[0]
    assert (run["state"], run["mode"], run["records"]) == ("sent", "differential", 1), "the third only"
    assert bare_run("--db", url, "filter", "show", "third").code == 0
    assert {row["waiting"] for row in ok("hierarchy", "status", "-o", "json").json} == {0}


def test_who_leaves_tells_it_by_a_file(ok: Run, run: Run, mine: Run, tmp_path: Path) -> None:
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    mine("replication", "import", str(_exported(ok, tmp_path, "down")))
    taken = tmp_path / "taken"
    taken.write_text("mine")
    assert run("hierarchy", "leave", "mine", "--out", str(taken), "--yes").code == 6
    assert {row["name"]: row["state"] for row in ok("hierarchy", "show", "-o", "json").json}["mine"] == "joined"
    said = ok("hierarchy", "leave", "mine", "--out", str(tmp_path / "goodbye"), "--yes").err
    assert "was not told" not in said
    assert mine("filter", "set", "linux", "--description", "ours").code == 9
    assert mine("replication", "import", str(tmp_path / "goodbye")).code == 0
    assert {row["name"]: row["state"] for row in mine("hierarchy", "show", "-o", "json").json}["head"] == "left"
    assert mine("filter", "set", "linux", "--description", "ours").code == 0
    assert mine("replication", "import", str(tmp_path / "goodbye")).code == 14, "who left is not believed any more"
