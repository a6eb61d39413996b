"""`itmsctl schedule` and `itmsctl window`, as they are typed."""

from __future__ import annotations

import json

import pytest

from itmsctl.cli import root
from itmsctl.values.kind import Group, House, Room
from tests.conftest import Run


def test_a_schedule_is_added_once_shown_and_changed(run: Run, ok: Run) -> None:
    add = ("schedule", "add", "patches", "--monthly", "First mon 18:00", "--timezone", "Europe/Rome")
    assert ok(*add).err == "patches: created\n"
    assert ok(*add).err == "patches: unchanged\n"
    other = run(*add[:3], "--daily", "18:00")
    assert (other.code, "a different schedule" in other.err) == (6, True)
    shown = ok("schedule", "show", "patches", "-o", "json").json
    assert (shown["when"], shown["missed"], shown["overlap"]) == ("monthly first monday 18:00", "queue-one", "skip")
    assert [due["due"][:16] for due in shown["next"][:2]] == ["2026-01-05T17:00", "2026-02-02T17:00"]
    ok("schedule", "set", "patches", "--cron", "0 18 * * mon", "--overlap", "replace")
    shown = ok("schedule", "show", "patches", "-o", "json").json
    assert (shown["when"], shown["monthly"], shown["overlap"]) == ("cron 0 18 * * mon", None, "replace")
    ok("schedule", "set", "patches", "--unset", "overlap", "--unset", "timezone", "--description", "x")
    shown = ok("schedule", "show", "patches", "-o", "json").json
    assert (shown["overlap"], shown["time_zone"], shown["description"]) == ("skip", "server", "x")
    assert ok("schedule", "remove", "patches", "--yes").err == "patches: removed\n"
    assert ok("audit", "verify").code == 0


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ((), 3, "no option says it"),
        (("--daily", "18:00", "--cron", "0 0 * * *"), 3, "--daily and --cron contradict"),
        (("--daily", "25:00"), 3, "--daily 18:00"),
        (("--rrule", "FREQ=DAILY;COUNT=1000000000"), 3, "from 1 to 10000"),
        (("--daily", "18:00", "--timezone", "Berlin"), 3, "did you mean `Europe/Berlin`?"),
        (("--daily", "18:00", "--timezone", "../etc/passwd"), 3, "is not a time zone"),
        (("--daily", "18:00", "--missed", "queue"), 3, "did you mean `queue-one`?"),
        (("--every", "soon"), 3, "is not a duration"),
    ],
)
def test_a_bad_schedule_is_refused(run: Run, options: tuple[str, ...], code: int, said: str) -> None:
    result = run("schedule", "add", "x", *options)
    assert (result.code, said in result.err, result.out) == (code, True, "")
    assert run("schedule", "list", "-o", "json").json == []


def test_a_set_that_leaves_no_time_is_refused(run: Run, ok: Run) -> None:
    ok("schedule", "add", "x", "--daily", "18:00")
    assert run("schedule", "set", "x", "--unset", "daily").code == 3
    assert run("schedule", "set", "x", "--start", "2026-01-01").code == 3
    assert ok("schedule", "show", "x", "-o", "json").json["daily"] == "18:00"


def test_an_interval_and_a_rule_begin_when_they_are_added(ok: Run) -> None:
    rome = {"TZ": "Europe/Rome"}
    ok("schedule", "add", "hourly", "--every", "90m", env=rome)
    ok("schedule", "add", "other", "--rrule", "FREQ=DAILY;INTERVAL=2;BYHOUR=7", env=rome)
    ok("schedule", "add", "own", "--rrule", "DTSTART:20260102T060000 RRULE:FREQ=DAILY", env=rome)
    starts = {row["name"]: row["start"] for row in ok("schedule", "list", "-o", "json", env=rome).json}
    assert starts == {"hourly": "2026-01-05T09:00:00Z", "other": "2026-01-05T00:00:00", "own": None}
    assert ok("schedule", "add", "hourly", "--every", "90m", env=rome).err == "hourly: unchanged\n"
    ok("schedule", "set", "hourly", "--description", "x", env=rome)
    ok("schedule", "set", "own", "--every", "1d", env=rome)
    starts = {row["name"]: row["start"] for row in ok("schedule", "list", "-o", "json", env=rome).json}
    assert starts["hourly"] == starts["own"] == "2026-01-05T09:00:00Z"


def test_explain_says_when_and_why(run: Run, ok: Run) -> None:
    ok("schedule", "add", "night", "--daily", "02:30", "--timezone", "Europe/Berlin")
    spring = ok("schedule", "explain", "night", "--between", "2026-03-29", "2026-03-29T23:59", "-o", "json").json
    assert spring == [
        {
            "name": "night",
            "due": "2026-03-29T01:00:00.000000Z",
            "local": "2026-03-29T03:00:00",
            "zone": "Europe/Berlin",
            "why": "02:30 does not exist in Europe/Berlin on 2026-03-29: fires at 03:00",
        }
    ]
    exact = ("--between", "2026-03-28T01:30:00Z", "2026-03-28T01:30:00Z", "-o", "ndjson")
    assert len(ok("schedule", "explain", "night", *exact).lines) == 1, "both ends count"
    assert run("schedule", "explain", "night", "--between", "2026-03-29", "2026-03-28").code == 3
    assert run("schedule", "explain", "nigth", "--between", "2026-03-29", "2026-03-28").code == 5
    ok("schedule", "add", "often", "--cron", "* * * * *")
    long = ok("schedule", "explain", "often", "--between", "2000-01-01", "2100-01-01", "-o", "ndjson", "-v")
    assert len(long.lines) == 10_000
    assert "only the first 10000 are shown" in long.err
    few = ok("schedule", "explain", "often", "--between", "2000-01-01", "2100-01-01", "--limit", "3", "-o", "ndjson")
    assert (len(few.lines), few.err) == (3, "")


def test_explain_without_a_span_looks_at_the_next_days(ok: Run) -> None:
    ok("computer", "add", "pc1")
    ok("schedule", "add", "night", "--daily", "02:00")
    rows = ok("schedule", "explain", "night", "-o", "json").json
    assert [row["due"][:13] for row in rows] == [f"2026-01-{day:02}T02" for day in range(6, 13)]
    ok("schedule", "add", "far", "--at", "2026-03-01T02:00")
    far = ok("schedule", "explain", "far")
    assert (far.out, "2026-03-01" in far.err) == ("", True)
    ok("window", "add", "w", "--type", "maintenance", "--daily", "02:00", "--duration", "1h", "--target", "all")
    rows = ok("window", "explain", "--computer", "pc1", "-o", "json").json
    assert sum(row["open"] is True for row in rows) == 7


def test_a_zone_that_the_machine_does_not_know_is_told_once(run: Run, ok: Run) -> None:
    ok("schedule", "add", "night", "--daily", "02:00")
    for argv in (("show", "night"), ("explain", "night"), ("list", "--next", "2d")):
        found = ok("schedule", *argv, env={"TZ": "Nonsense/Zone"})
        assert found.err.count("warning: TZ=Nonsense/Zone is not a time zone that this machine knows;") == 1, argv
    quiet = ok("schedule", "show", "night", env={"TZ": "Nonsense/Zone", "ITMSCTL_TIME_ZONE": "Europe/Rome"})
    assert "warning" not in quiet.err


def test_explain_for_a_computer_is_in_its_own_zone(ok: Run) -> None:
    ok("site", "add", "oslo", "--time-zone", "Europe/Oslo")
    ok("subnet", "add", "10.1.0.0/16", "--site", "oslo")
    ok("computer", "add", "pc1", "--address", "10.1.2.3")
    ok("computer", "add", "pc2", "--address", "10.1.2.4", "--time-zone", "America/New_York")
    ok("computer", "add", "pc3")
    ok("schedule", "add", "six", "--daily", "18:00", "--timezone", "computer")
    span = ("--between", "2026-01-05T00:00Z", "2026-01-06T00:00Z", "-o", "json")
    zones = {"pc1": ("Europe/Oslo", "17"), "pc2": ("America/New_York", "23"), "pc3": ("Asia/Tokyo", "09")}
    for name, (zone, hour) in zones.items():
        (row,) = ok("schedule", "explain", "six", "--computer", name, *span, env={"TZ": "Asia/Tokyo"}).json
        assert (row["zone"], row["due"]) == (zone, f"2026-01-05T{hour}:00:00.000000Z")
    plain = ok("schedule", "explain", "six", *span, env={"TZ": "Asia/Tokyo"})
    assert "--computer NAME asks for one" in plain.err
    set_ = ok("schedule", "explain", "six", *span, env={"TZ": "Asia/Tokyo", "ITMSCTL_TIME_ZONE": "UTC"}).json
    assert [row["zone"] for row in set_] == ["UTC"], "the setting wins"


def test_the_next_day_of_all_schedules_in_order(ok: Run) -> None:
    ok("schedule", "add", "evening", "--daily", "18:00", "--timezone", "Europe/Rome")
    ok("schedule", "add", "hourly", "--every", "8h", "--timezone", "utc")
    ok("schedule", "add", "soon", "--asap")
    ok("schedule", "add", "login", "--on", "user logs on")
    rows = ok("schedule", "list", "--next", "24h", "-o", "json").json
    assert [(row["name"], row["due"][5:16]) for row in rows] == [
        ("evening", "01-05T17:00"), ("hourly", "01-05T17:00"), ("hourly", "01-06T01:00"), ("hourly", "01-06T09:00"),
    ]  # fmt: skip
    assert {"local", "zone", "time_zone", "why", "used_by"} <= set(rows[0])


def test_a_window_is_explained_for_a_computer(run: Run, ok: Run) -> None:
    ok("computer", "add", "pc1", "--time-zone", "Europe/Berlin")
    ok("computer", "add", "pc2")
    ok("filter", "add", "berlin", "--where", "time_zone = 'Europe/Berlin'")
    nights = ("--type", "maintenance", "--daily", "02:30", "--duration", "2h", "--timezone", "computer")
    assert ok("window", "add", "nights", *nights, "--target", "filter:berlin").err == "nights: created\n"
    assert ok("window", "add", "nights", *nights, "--target", "berlin").err == "nights: unchanged\n"
    ok(
        "window",
        "add",
        "freeze",
        "--type",
        "blockout",
        "--at",
        "2026-03-29T02:00Z",
        "--duration",
        "30m",
        "--target",
        "all",
    )
    span = ("--between", "2026-03-29", "2026-03-29T12:00", "-o", "json")
    rows = ok("window", "explain", "--computer", "pc1", *span).json
    assert [(row["from"][11:16], row["until"][11:16], row["open"], row["why"]) for row in rows] == [
        ("23:00", "01:00", False, "outside of window nights"),
        ("01:00", "02:00", True, "window nights"),
        ("02:00", "02:30", False, "blockout freeze"),
        ("02:30", "03:00", True, "window nights"),
        ("03:00", "10:00", False, "outside of window nights"),
    ]
    free = ok("window", "explain", "--computer", "pc2", *span).json
    assert [row["open"] for row in free] == [True, False, True]
    assert run("filter", "remove", "berlin").code == 6
    ok("filter", "set", "berlin", "--rename", "b")
    (row,) = [row for row in ok("window", "list", "-o", "json").json if row["name"] == "nights"]
    assert (row["targets"], row["when"], row["duration"], row["enabled"]) == (["b"], "daily 02:30", "2h", True)
    ok("window", "set", "nights", "--disabled")
    assert [row["open"] for row in ok("window", "explain", "--computer", "pc1", *span).json] == [True, False, True]
    ok("window", "set", "nights", "--target", "all", "--duration", "90m", "--enabled")
    assert ok("window", "show", "nights", "-o", "json").json["targets"] == ["all"]
    ok("filter", "remove", "b")
    ok("window", "remove", "nights", "--yes")


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--type", "blockout", "--daily", "02:00", "--target", "all"), 3, "needs `--duration`"),
        (("--type", "blockout", "--daily", "02:00", "--duration", "2h"), 3, "needs `--target`"),
        (("--type", "blockout", "--duration", "2h", "--target", "all"), 3, "give one of --at"),
        (("--type", "blockout", "--daily", "2:00", "--duration", "5", "--target", "all"), 3, "from 1m to 366d"),
        (("--type", "blockout", "--daily", "2:00", "--duration", "1h", "--target", "nope"), 5, "`nope`"),
        (("--type", "blockout", "--daily", "2:00", "--duration", "1h", "--target", "a & b"), 3, "not one name"),
    ],
)
def test_a_bad_window_is_refused(run: Run, options: tuple[str, ...], code: int, said: str) -> None:
    result = run("window", "add", "x", *options)
    assert (result.code, said in result.err) == (code, True), result.err


def test_a_window_is_one_of_maintenance_where_nothing_else_is_said(ok: Run) -> None:
    ok("window", "add", "x", "--daily", "02:00", "--duration", "2h", "--target", "all", "--disabled")
    shown = ok("window", "show", "x").json
    assert (shown["type"], shown["enabled"]) == ("maintenance", False)
    assert ok("window", "set", "x", "--unset", "type").err == "x: unchanged\n"


def test_the_zone_of_a_computer_is_imported_filtered_and_checked(run: Run, ok: Run, tmp_path) -> None:
    table = tmp_path / "computers.csv"
    table.write_text("name,time_zone\npc1,Europe/Oslo\npc2,\npc3,Europe/Olso\n")
    refused = run("computer", "import", str(table))
    assert (refused.code, "`Europe/Olso` is not a time zone" in refused.err) == (3, True), refused.err
    table.write_text("name,time_zone\npc1,Europe/Oslo\npc2,\n")
    ok("computer", "import", str(table))
    assert ok("computer", "list", "--where", "time_zone = 'Europe/Oslo'", "-o", "name").out == "pc1\n"
    assert "Europe/Oslo" in ok("computer", "export").out


def test_a_later_room_adds_a_verb(monkeypatch: pytest.MonkeyPatch) -> None:
    """`VERBS` of a room that does not exist yet: its module is imported only where the group has no such verb."""
    groups = (Group("schedule", "x", "schedule_app", "commands.schedule"),)
    later = Room("later", verbs={"schedule": "tests.schedules.later_room:register"})
    monkeypatch.setattr(root, "house", lambda: House((Room("schedules", groups), later)))
    from tests.schedules import later_room

    for _ in range(2):
        assert list(root.load_group("schedule", "add").commands) == ["add"]
    assert later_room.calls == 0
    for _ in range(2):
        assert list(root.load_group("schedule", "chime").commands) == ["chime"]
        assert list(root.load_group("schedule").commands)[-2:] == ["explain", "chime"]
    monkeypatch.undo()
    assert "chime" not in json.dumps(list(root.load_group("schedule").commands))
