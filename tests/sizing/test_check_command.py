"""`sizing check` as a user meets it, on both databases: what counts, what is ignored, and how it is said."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import FrozenClock, Run


@pytest.fixture
def flawed(ok: Run) -> Run:
    """One management server with an error, two warnings and two notes."""
    words = ["--endpoints", "12000", "--database", "on-box", "--agent-interval", "1h", "--autoshrink"]
    ok("management-server", "add", "hq", *words, "--virtual")
    return ok


def ids(run: Run, *words: str) -> tuple[int, list[str]]:
    result = run("sizing", "check", *words, "-o", "json")
    return result.code, [finding["id"] for finding in result.json]


def test_an_empty_cmdb_is_in_order(run: Run) -> None:
    result = run("sizing", "check", "-o", "json")
    assert (result.code, result.json) == (0, [])
    assert result.err == "0 errors, 0 warnings, 0 notes, 0 ignored\n"


def test_what_shows_and_what_counts(run: Run, flawed: Run) -> None:
    everything = ["SZ-209", "no-task-server", "SZ-213", "SZ-301", "SZ-216", "SZ-308"]
    code, found = ids(run)
    assert (code, sorted(found)) == (20, sorted(everything))
    assert ids(run, "--severity", "error") == (20, ["SZ-209"])
    assert run("sizing", "check").err.endswith("1 error, 3 warnings, 2 notes, 0 ignored\n")
    flawed("management-server", "set", "hq", "--database", "off-box", "--no-autoshrink", "--agent-interval", "3h")
    code, found = ids(run, "--ignore", "no-task-server", "--until", "2026-12-31", "--reason", "soon")
    assert (code, found) == (0, ["SZ-216", "SZ-308"])
    assert ids(run, "--severity", "info") == (20, ["SZ-216", "SZ-308"])
    assert ids(run, "--severity", "warning") == (0, [])
    assert run("sizing", "check", "--severity", "bad").code == 2


def test_a_finding_says_all_of_itself(flawed: Run, run: Run) -> None:
    (finding,) = [one for one in run("sizing", "check", "-o", "json").json if one["id"] == "SZ-213"]
    assert finding == {
        "id": "SZ-213",
        "name": "SZ-213",
        "severity": "warning",
        "object": "hq",
        "what": "the database of `hq` shrinks by itself",
        "why": "it loads processors and disks, and what shrinks and grows again is fragmented",
        "source": "DB-4",
        "fix": "itmsctl management-server set hq --no-autoshrink",
    }
    flawed(*finding["fix"].split()[1:])
    assert "SZ-213" not in ids(run)[1]
    rows = run("sizing", "check", "-o", "csv").out.splitlines()
    assert rows[0].split(",")[:3] == ["severity", "id", "object"]


def test_ignored_until_its_day(run: Run, flawed: Run, clock: FrozenClock) -> None:
    words = ("--ignore", "sz-213:hq", "--until", "2026-01-06", "--reason", "new disks are ordered")
    dry = run("sizing", "check", *words, "--dry-run")
    assert dry.err.endswith("2 warnings, 2 notes, 1 ignored\n")
    assert flawed("sizing", "ignored", "-o", "json").json == []
    assert "SZ-213" not in ids(run, *words)[1]
    (listed,) = flawed("sizing", "ignored", "-o", "json").json
    assert (listed["name"], listed["until"], listed["state"], listed["why"]) == (
        "SZ-213:hq", "2026-01-06", "in use", "new disks are ordered",
    )  # fmt: skip
    assert "new disks are ordered" in flawed("history", "sizing-exception", "SZ-213:hq", "-o", "json").out
    clock.forward(days=1)  # its last day
    assert "SZ-213" not in ids(run)[1]
    clock.forward(days=1)
    late = run("sizing", "check", "-o", "json")
    (finding,) = [one for one in late.json if one["id"] == "SZ-213"]
    assert finding["why"].endswith("it was ignored until 2026-01-06: new disks are ordered")
    assert "`SZ-213:hq` was ignored until 2026-01-06: it counts again" in late.err
    assert flawed("sizing", "ignored", "-o", "json").json[0]["state"] == "expired"
    again = ids(run, *words[:3], "2027-01-01", "--reason", "still ordered")[1]
    assert "SZ-213" not in again
    assert "SZ-213" in ids(run, "--unignore", "SZ-213:hq")[1]
    assert flawed("sizing", "ignored", "-o", "json").json == []


REFUSED: list[tuple[list[str], int]] = [
    (["--ignore", "SZ-213"], 2),
    (["--ignore", "SZ-213", "--until", "2026-12-31"], 2),
    (["--ignore", "SZ-213", "--reason", "x"], 2),
    (["--until", "2026-12-31"], 2),
    (["--ignore", "SZ-999", "--until", "2026-12-31", "--reason", "x"], 3),
    (["--ignore", "SZ-213", "--until", "soon", "--reason", "x"], 3),
    (["--unignore", "SZ-213"], 5),
]


def test_what_is_refused(run: Run) -> None:
    for words, code in REFUSED:
        result = run("sizing", "check", *words)
        assert result.code == code, (words, result.err)
        assert "try: " in result.err


def test_hostile_names_stay_text(run: Run, ok: Run) -> None:
    name = 'x\'; rm -rf "$HOME" `id`'
    ok("management-server", "add", name, "--autoshrink")
    (finding,) = [one for one in run("sizing", "check", "-o", "json").json if one["id"] == "SZ-213"]
    assert finding["object"] == name
    assert shlex.split(finding["fix"])[3] == name


def test_an_administrators_numbers(run: Run, ok: Run, tmp_path: Path) -> None:
    ok("management-server", "add", "hq", "--endpoints", "60")
    rules = tmp_path / "mine.yaml"
    rules.write_text("management_limits:\n  values:\n    limit.computers.max: 50\n")
    assert "SZ-101" in ids(run, "--rules", str(rules))[1]
    assert "SZ-101" not in ids(run)[1]
    rules.write_text("management_limits:\n  values:\n    limit.computer.max: 50\n")
    assert run("sizing", "check", "--rules", str(rules)).code == 3


FLAWS = [
    "management-server add top --endpoints 40 --serves-agents --replication 3d --consoles 90",
    "management-server add hq --endpoints 12000 --parent top --cores 4 --ram-gb 4 --database-cores 2"
    " --database-ram-gb 8 --database-memory-gb 7 --raid data=5 --raid os=10 --iops data=10 --iops log=700"
    " --autogrow-pct 90 --autoshrink"
    " --other-databases --collation Klingon --agent-interval 10m --task-interval 1m --delta-membership 30s"
    " --complete-membership 7d --policy-membership 1h",
    "management-server add small --endpoints 900 --parent top --database on-box --cores 2 --ram-gb 4",
    "gateway add edge --leads-to hq --zone lan --virtual --cores 1 --ram-gb 2 --disk-gb 10 --nics 1",
    "computer add s1",
    "server add s1 --service task --service package --desktop-os --max-sessions 90 --cores 1 --ram-gb 1 --disk-gb 10",
]
PLACEHOLDER = re.compile(r"\b[A-Z][A-Z-]{3,}\b")


def test_what_mends_a_finding_mends_it(run: Run, ok: Run) -> None:
    for words in FLAWS:
        ok(*shlex.split(words))
    before = run("sizing", "check", "-o", "json").json
    mended = set()
    for finding in before:
        words = shlex.split(finding["fix"])[1:]
        if finding["severity"] != "info" and not PLACEHOLDER.search(finding["fix"]) and words[1] == "set":
            ok(*words)
            mended.add((finding["id"], finding["object"]))
    assert len(mended) >= 20, mended
    left = {(finding["id"], finding["object"]) for finding in run("sizing", "check", "-o", "json").json}
    assert mended & left == set()
