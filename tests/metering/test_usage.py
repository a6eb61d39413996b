"""Events that files tell become use: summed, asked, shown; once each; only what policies name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from itmsctl.inventory.formats import usage as usage_format
from itmsctl.inventory.service import file_loading
from itmsctl.inventory.service.file_loading import FileLoader
from tests.conftest import FrozenClock, Run
from tests.metering.conftest import ROWS, Load, event


def usage(ok: Run, *argv: str) -> dict[tuple[str, str], dict]:
    rows = ok("metering", "usage", *argv, "-o", "json").json
    return {(row["computer"], row["program"]): row for row in rows}


def test_events_are_summed(metered: Run) -> None:
    found = usage(metered)
    firefox = found["pc1", "firefox"]
    assert (firefox["starts"], firefox["minutes"], firefox["peak"], firefox["last_user"]) == (2, 120.0, 2, "ann")
    assert firefox["last_used"] == "2026-01-04T09:30:00.000000Z"
    assert found["pc1", "sol"]["violations"] == 1
    denied = found["pc2", "sol"]
    assert (denied["denials"], denied["violations"], denied["last_used"]) == (1, 0, None)
    assert found["pc2", "firefox"]["minutes"] == 0
    by_program = metered("metering", "usage", "--by", "program", "-o", "json").json
    assert [(r["program"], r["computers"], r["users"]) for r in by_program] == [("firefox", 2, 2), ("sol", 2, 2)]
    by_user = {r["user"]: r for r in metered("metering", "usage", "--by", "user", "-o", "json").json}
    assert (by_user["ann"]["programs"], by_user["ann"]["minutes"], by_user["bob"]["denials"]) == (2, 120.0, 1)
    by_day = metered("metering", "usage", "--by", "day", "-o", "json").json
    assert [(r["day"], r["computers"], r["starts"]) for r in by_day] == [("2026-01-04", 2, 4)]


def test_a_stop_after_midnight_counts_on_both_days(metered: Run, load: Load) -> None:
    load(event("pc2", "stop", "2026-01-05T00:30:00Z", "firefox.exe", "bob", 20, seconds=3600))
    rows = metered("metering", "usage", "--by", "day", "--program", "firefox.exe", "pc2", "-o", "json").json
    assert [(r["day"], r["minutes"]) for r in rows] == [("2026-01-05", 30.0), ("2026-01-04", 30.0)]
    assert usage(metered, "pc2", "--program", "fire*")["pc2", "firefox"]["minutes"] == 60


def test_filters_ask_for_it_and_what_was_never_metered_matches_nothing(metered: Run) -> None:
    def names(where: str) -> list[str]:
        return metered("computer", "list", "--where", where, "-o", "name").out.split()

    assert names("usage(program = 'firefox' and last_used < now() - interval '20 hours')") == ["pc1"]
    assert names("not usage(program = 'sol' and violations > 0)") == ["pc2"]
    assert names("usage(version < '116' and minutes >= 120)") == ["pc1"]
    assert names("not usage(program = 'gimp')") == ["pc1", "pc2"]


def test_a_content_counts_once_and_more_adds_up(metered: Run, load: Load, ok: Run, tmp_path: Path) -> None:
    load(*(event(*row) for row in ROWS))
    assert usage(metered)["pc1", "firefox"]["starts"] == 2
    load(event("pc1", "start", "12:00:00", "firefox.exe", "eve", 99))
    firefox = usage(metered)["pc1", "firefox"]
    assert (firefox["starts"], firefox["last_user"], firefox["minutes"]) == (3, "eve", 120.0)


def test_a_file_whose_loader_was_killed_is_taken_up_without_counting_twice(
    metered: Run, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [event(f"pc{1 + n // 10}", "start", "12:00:00", f"p{n % 10}", "x", n) for n in range(20)]
    (tmp_path / "many.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setattr(usage_format, "_AT_ONCE", 4)
    monkeypatch.setattr(file_loading, "ROWS", 4)
    stored, real = [], FileLoader._stored

    def killed(self: FileLoader, batch: object) -> object:
        if len(stored) == 2:
            for file in self._kept.values():
                file.close()
            raise KeyboardInterrupt
        stored.append(batch)
        return real(self, batch)

    monkeypatch.setattr(FileLoader, "_stored", killed)
    assert run("inventory", "load", str(tmp_path / "many.ndjson")).code == 130
    begun = {name: row["starts"] for name, row in usage(metered).items() if name[1].startswith("p")}
    assert 0 < len(begun) < 20
    monkeypatch.setattr(FileLoader, "_stored", real)
    metered("inventory", "load", str(tmp_path / "many.ndjson"))
    found = {name: row["starts"] for name, row in usage(metered).items() if name[1].startswith("p")}
    assert (len(found), set(found.values())) == (20, {1})


def test_only_what_policies_name_is_kept(ok: Run, load: Load, tmp_path: Path) -> None:
    for name in ("pc1", "pc2"):
        ok("computer", "add", name)
    ok("metering-policy", "add", "browsers", "--file", "fire*", "--version", "<116", "--detail", "full")
    ok("filter", "add", "second", "--where", "name = 'pc2'")
    ok("metering-policy", "add", "pc2-games", "--action", "deny", "--product", "SOL", "--target", "second")
    ok("membership", "update")
    load(*(event(*row) for row in ROWS), event("pc1", "start", "12:00:00", "firefox", "x", 5, version="120"))
    assert set(usage(ok)) == {("pc1", "firefox"), ("pc2", "firefox"), ("pc2", "sol")}
    (tmp_path / "other.ndjson").write_text(json.dumps(event("pc1", "start", "13:00:00", "vim", "x", 5)) + "\n")
    said = ok("inventory", "load", str(tmp_path / "other.ndjson")).lines[0]
    assert (said["state"], said["why"]) == ("loaded", "events: 0 kept, 1 of programs that no policy names")
    events = ok("metering", "events", "-o", "json").json
    assert [(e["computer"], e["event"]) for e in events] == [
        ("pc2", "start"), ("pc1", "stop"), ("pc1", "stop"), ("pc1", "start"), ("pc1", "start"),
    ]  # fmt: skip
    assert events[1]["seconds"] == 3600


def test_it_is_shown_with_computers_and_policies(metered: Run) -> None:
    shown = metered("computer", "show", "pc1", "-o", "json").json
    assert [(r["program"], r["starts"]) for r in shown["usage"]] == [("firefox", 2), ("sol", 1)]
    assert "usage" not in metered("computer", "show", "pc3", "-o", "json").json
    caught = metered("metering-policy", "show", "games", "-o", "json").json["caught"]
    assert [(r["program"], r["computers"], r["violations"]) for r in caught] == [("sol", 2, 1)]


def test_it_is_purged(metered: Run, clock: FrozenClock) -> None:
    clock.forward(days=400)
    metered("db", "purge", "--metering", "1y", "--yes")
    assert usage(metered) == {}
    assert metered("metering", "usage", "--by", "day").out == ""
    told = metered("db", "maintain", "--only", "leftovers", "-o", "json").out
    assert "metered programs" in told
    assert metered("report", "run", "--sql", "SELECT count(*) AS n FROM v_usage", "-o", "json").json[0]["n"] == 0


def test_hostile_events_hurt_nobody_else(ok: Run, run: Run, load: Load, tmp_path: Path) -> None:
    for name in ("pc1", "pc2"):
        ok("computer", "add", name)
    ok("metering-policy", "add", "all", "--file", "*")
    load(
        event("pc1", "start", "9998-01-01T00:00:00Z", "late", "x", 1),
        event("pc1", "start", "1980-01-01T00:00:00Z", "early", "x", 1),
        event("pc1", "stop", "08:00:00", "long", "x", 1, seconds=1e17),
        event("pc1", "start", "08:00:00", "\x1b[31m\0evil'; DROP TABLE resource; --", "=cmd()", 1),
        event("pc2", "start", "08:00:00", "good", "x", 1),
        *(event("pc1", "start", "09:00:00", f"p{n}", "x", n) for n in range(2100)),
    )
    found = usage(ok)
    assert ("pc2", "good") in found
    assert not {("pc1", "late"), ("pc1", "early")} & found.keys()
    assert found["pc1", "long"]["minutes"] == 0
    assert len(found) == 2001
    assert "\x1b[31m" not in ok("metering", "usage", "-o", "table").out


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"event": "start", "at": "soon", "program": "a", "computer": "pc1"}', "does not say when"),
        ('{"event": "dance", "at": "2026-01-04T08:00:00Z", "program": "a", "computer": "pc1"}', "`dance` is no event"),
        ('{"event": "start", "at": "2026-01-04T08:00:00Z", "program": "a"}\n{"event": 1}', "no event"),
    ],
)
def test_a_bad_file_is_put_aside_with_its_reason(run: Run, ok: Run, tmp_path: Path, text: str, why: str) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "a.ndjson").write_text(text + "\n")
    done = run("event", "load", str(inbox), "--settle", "0s")
    assert done.code == 7, done.err
    kept = [json.loads(file.read_text()) for file in (inbox / "quarantine").glob("*.reason.json")]
    assert why in kept[0]["why"]


CSV = """Event;Time;File Name;User;Computer;Run Time
start;2026-01-04T08:00:00Z;"C:\\Program Files\\App;x\\app.exe";ann;pc1;
stop;2026-01-04T09:00:00Z;"C:\\Program Files\\App;x\\app.exe";ann;pc1;3600
"""
NSE = """<?xml version='1.0'?><message><from><resource name="pc1" guid="{740184D3-F507-47A9-B170-8BF2F81E099C}"/></from>
<body><metering><event type="start" at="2026-01-04T08:00:00Z" path="C:\\App\\app.exe" user="ann" pid="4"/>
<event type="stop" at="2026-01-04T09:00:00Z" path="C:\\App\\app.exe" user="ann" pid="4"/></metering></body></message>"""


@pytest.mark.parametrize(("name", "text"), [("a.csv", CSV), ("a.nse", NSE)])
def test_csv_and_events_in_xml_are_read(ok: Run, tmp_path: Path, name: str, text: str) -> None:
    ok("metering-policy", "add", "all", "--file", "*")
    (tmp_path / name).write_text(text)
    ok("event", "load", str(tmp_path / name))
    row = usage(ok)["pc1", "app"]
    assert (row["starts"], row["minutes"], row["last_user"]) == (1, 60.0, "ann")
    assert row["path"].endswith("app.exe")


def test_a_merge_hands_the_use_over(metered: Run) -> None:
    metered("computer", "add", "pc4")
    metered("computer", "merge", "pc4", "pc1", "--yes")
    assert usage(metered)["pc4", "firefox"]["starts"] == 2
