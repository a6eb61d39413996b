"""Equal serial numbers and UUIDs: one rule for a file, however far apart its rows stand, and for `add`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from itmsctl.resources.service import importing
from tests.conftest import Result, Run

UUID = "4c4c4544-0042-3510-8052-b4c04f4d3332"
SWAPPED = "44454c4c-4200-1035-8052-b4c04f4d3332"  # the same in the other byte order


@pytest.fixture(params=[1, 3, 5000])
def batch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Rows are held in batches of this many; what comes must not depend on it."""
    monkeypatch.setattr(importing, "BATCH", request.param)
    return int(request.param)


def _import(run: Run, text: str, *flags: str) -> Result:
    return run("computer", "import", "-", *flags, stdin=text)


def _counts(result: Result) -> tuple[int, int, int, int]:
    found = json.loads(result.out)
    return found["created"], found["updated"], found["unchanged"], found["rejected"]


def test_the_distance_of_rows_does_not_matter(run: Run, ok: Run, batch: int) -> None:
    text = f"name,serial,uuid\na,XA1,\nn1,S1,\nb,xa1,\nn2,S2,{UUID}\nn3,S3,\nc,XA1,\nd,,{SWAPPED}\n"
    refused = _import(run, text)
    assert refused.code == 3
    said = [line for line in refused.err.splitlines() if line.startswith("-:")]
    assert said == [
        "-:4:serial `xa1` is the serial of line 2 too; one computer twice? give --shared where they are several",
        "-:7:serial `XA1` is the serial of line 2 too; one computer twice? give --shared where they are several",
        f"-:8:uuid `{SWAPPED}` is the uuid of line 5 too; one computer twice? give --shared where they are several",
    ]
    assert ok("computer", "list", "-o", "name").out == ""
    assert _counts(_import(run, text, "--on-error", "skip", "--json")) == (4, 0, 0, 3)
    assert _counts(_import(ok, text, "--shared", "--json")) == (3, 0, 4, 0)


def test_all_bad_rows_are_named_in_one_pass(run: Run, ok: Run, batch: int) -> None:
    ok("computer", "add", "known", "--serial", "S9")
    text = "name,serial,port\na,XA1,\nbad,,0\nfine,S5,\nb,XA1,\nrenamed,S9,\n"
    refused = _import(run, text)
    assert [f"-:{n}:" in refused.err for n in (2, 3, 4, 5, 6)] == [False, True, False, True, True]
    assert "`S9` is the serial of computer `known`" in refused.err


def test_what_a_row_takes_away_does_not_depend_on_the_order(run: Run, ok: Run, batch: int) -> None:
    # The CMDB as it was decides: `known` has XA1 when the import begins, before the row that changes it and after.
    ok("computer", "add", "known", "--serial", "XA1")
    rows = ("known,NEW", "n1,S1", "n2,S2", "n3,S3", "a,XA1")
    for order in (rows, rows[::-1]):
        refused = _import(run, "\n".join(["name,serial", *order, ""]))
        assert (refused.code, "`XA1` is the serial of computer `known`" in refused.err) == (3, True)


def test_computers_that_share_a_value_already_are_imported_again(ok: Run, batch: int) -> None:
    text = "name,serial\na,XA1\nn1,S1\nn2,S2\nn3,S3\nb,XA1\n"
    _import(ok, text, "--shared")
    assert _counts(_import(ok, text, "--json")) == (0, 0, 5, 0)
    exported = ok("computer", "export").out
    assert _counts(_import(ok, exported, "--json")) == (0, 0, 5, 0)


def test_junk_and_machine_ids_may_come_as_often_as_they_like(ok: Run) -> None:
    rows = "".join(f"pc{n},Default string,4c4c4544004235108052b4c04f4d3332\n" for n in range(4))
    assert _counts(_import(ok, "name,serial,machine_id\n" + rows, "--json")) == (4, 0, 0, 0)


def test_a_table_of_documents_follows_the_same_rule(run: Run, ok: Run, tmp_path: Path, batch: int) -> None:
    (tmp_path / "pcs.csv").write_text("name,serial\na,XA1\nn1,S1\nn2,S2\nn3,S3\nb,XA1\n")
    plain = "kind: import\nnoun: computer\nfrom: pcs.csv\n"
    (tmp_path / "estate.yaml").write_text(plain)
    refused = run("apply", "-f", str(tmp_path / "estate.yaml"), "--yes")
    assert (refused.code, "`XA1` is the serial of line 2 too" in refused.err) == (3, True)
    (tmp_path / "estate.yaml").write_text(plain + "shared: true\n")
    ok("apply", "-f", str(tmp_path / "estate.yaml"), "--yes")
    assert ok("computer", "list", "-o", "name").out == "a\nb\nn1\nn2\nn3\n"


def test_a_computer_added_with_a_known_identity_is_refused_as_an_imported_one(run: Run, ok: Run) -> None:
    ok("computer", "add", "pc1", "--uuid", UUID, "--serial", "S1")
    for flags in (("--uuid", SWAPPED), ("--serial", "s1")):
        refused = run("computer", "add", "pc 2", *flags)
        assert refused.code == 6
        assert "[IDENTITY-TAKEN]" in refused.err
        assert "of computer `pc1`" in refused.err
        assert "itmsctl computer set pc1 --rename 'pc 2'" in refused.err
        assert "--shared" in refused.err
    assert run("computer", "add", "pc2", "--uuid", UUID, "--dry-run").code == 6
    assert ok("computer", "add", "pc1", "--uuid", UUID, "--serial", "S1").err == "pc1: unchanged\n"
    assert ok("computer", "add", "pc2", "--uuid", UUID, "--shared").err == "pc2: created\n"
    assert ok("computer", "add", "pc2", "--uuid", UUID).err == "pc2: unchanged\n"
    ok("computer", "add", "pc3", "--serial", "Default string")
    ok("computer", "add", "pc4", "--serial", "Default string")
