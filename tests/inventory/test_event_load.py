"""`event load`: NSE of stand-alone packages, each once, of the computer whose GUID they bear."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Run
from tests.inventory.made_files import put
from tests.inventory.test_load import files_of, inbox, names

__all__ = ["inbox"]

GUID_A, GUID_B = "740184d3-f507-47a9-b170-8bf2f81e099c", "840184d3-f507-47a9-b170-8bf2f81e099c"


def nse(name: str, guid: str, serial: str, *, at: str = "20260105080000.000+0000", bash: str = "5.2") -> bytes:
    """Return an event with one class of one row and one of many."""
    return f"""<?xml version='1.0'?><message><time>{at}</time><body><inventory>
    <resources><resource ref="0" name="{name}" guid="{{{guid.upper()}}}"/></resources>
    <inventoryClass name="software"><data><resource resourceRef="0">
      <row name="bash" version="{bash}" source="dpkg"/><row name="tar" version="1.34" source="dpkg"/>
    </resource></data></inventoryClass>
    <inventoryClass name="identification"><data><resource resourceRef="0">
      <row host_name="{name}" serial="{serial}"/></resource></data></inventoryClass>
    </inventory></body></message>""".encode()


def bash_of(ok: Run, name: str) -> list[str]:
    shown = ok("computer", "show", name, "--class", "software", "-o", "json").json
    return [row["version"] for row in shown["rows"] if row["name"] == "bash"]


def test_an_event_is_of_the_computer_whose_guid_it_bears(ok: Run, inbox: Path) -> None:
    put(inbox, "1.nse", nse("pc1", GUID_A, "SER-A"))
    ok("event", "load", str(inbox))
    assert ok("computer", "show", "pc1").json["id"] == GUID_A
    put(inbox, "2.nse", nse("renamed", GUID_A, "NEW-BOARD", at="20260105083000.000+0000", bash="5.3"))
    assert files_of(ok("event", "load", str(inbox), "--remove"))["2.nse"]["computer"] == "pc1"
    assert (names(ok), bash_of(ok, "pc1")) == (["pc1"], ["5.3"])
    assert list(inbox.iterdir()) == []


def test_an_older_event_that_comes_late_turns_nothing_back(ok: Run, inbox: Path) -> None:
    put(inbox, "b.nse", nse("pc1", GUID_A, "SER-A", at="20260105083000.000+0000", bash="5.3"), age_s=200)
    put(inbox, "a.nse", nse("pc1", GUID_A, "SER-A", at="20260104080000.000+0000", bash="5.1"), age_s=100)
    put(inbox, "c.nse", nse("pc1", GUID_A, "SER-A", at="20260105083000.000+0000", bash="5.3") + b"\n", age_s=50)
    said = files_of(ok("event", "load", str(inbox)))
    assert {name: row["state"] for name, row in said.items()} == {
        "b.nse": "loaded", "a.nse": "duplicate", "c.nse": "duplicate",
    }  # fmt: skip
    assert said["c.nse"]["why"] == "nothing of it is newer than what is held"
    assert bash_of(ok, "pc1") == ["5.3"]
    counts = ok("event", "status", "-o", "json").json
    assert (counts["loaded"], counts["duplicate"], counts["repeated"]) == (1, 2, 2)


def test_who_claims_the_guid_of_another_is_put_aside(run: Run, ok: Run, inbox: Path) -> None:
    put(inbox, "a.nse", nse("a", GUID_A, "SER-A"))
    put(inbox, "b.nse", nse("b", GUID_B, "SER-B"))
    ok("event", "load", str(inbox), "--remove")
    before = ok("computer", "show", "a").json
    put(inbox, "stolen.nse", nse("b", GUID_A, "SER-B", bash="6.6.6"))
    result = run("event", "load", str(inbox))
    assert result.code == 7
    row = files_of(result)["stolen.nse"]
    assert row["state"] == "quarantined"
    assert row["why"] == "its GUID is that of `a`, its serial `SER-B` that of `b`"
    assert (ok("computer", "show", "a").json, bash_of(ok, "a")) == (before, ["5.2"])


def test_the_guid_of_a_computer_that_was_removed_or_merged(run: Run, ok: Run, inbox: Path) -> None:
    put(inbox, "a.nse", nse("a", GUID_A, "SER-A"))
    put(inbox, "b.nse", nse("b", GUID_B, "SER-B"))
    ok("event", "load", str(inbox), "--remove")
    ok("computer", "merge", "a", "b", "--yes")
    put(inbox, "b2.nse", nse("b", GUID_B, "SER-B", at="20260105083000.000+0000"))
    assert files_of(ok("event", "load", str(inbox), "--remove"))["b2.nse"]["computer"] == "a"
    ok("computer", "remove", "a", "--yes")
    put(inbox, "a3.nse", nse("a", GUID_A, "SER-A", at="20260105084000.000+0000"))
    result = run("event", "load", str(inbox))
    assert result.code == 7
    assert files_of(result)["a3.nse"]["why"] == f"the computer of its GUID {GUID_A} was removed"
    assert names(ok) == []
