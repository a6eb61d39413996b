"""What is past, never comes or never ends is told when it is saved, and `explain` says when something begins."""

from __future__ import annotations

import pytest

from itmsctl.errors import InputError
from itmsctl.schedules.cron import read_cron
from itmsctl.tasks.waves import FAILURES, amount
from tests.conftest import Run

WINDOW = ("--type", "maintenance", "--target", "all", "--duration")
BLOCKOUT = ("--type", "blockout", "--target", "all", "--duration")


@pytest.mark.parametrize(("when", "said"), [
    (("--at", "2020-01-01T00:00"), "is past: it is never due again"),
    (("--at", "1990-01-01T00:00"), "is past: it is never due again"),
    (("--daily", "18:00", "--not-after", "2025-12-31"), "is past: it is never due again"),
    (("--rrule", "DTSTART:20200101T180000 RRULE:FREQ=DAILY;COUNT=3"), "is past: it is never due again"),
    (("--rrule", "FREQ=DAILY;UNTIL=20251231T000000Z"), "is past: it is never due again"),
    (("--daily", "18:00", "--not-before", "2026-02-01T19:00", "--not-after", "2026-02-02T17:00"),
     "never comes within its bounds"),
    (("--at", "2026-01-05T23:00", "--timezone", "Pacific/Kiritimati"), ""),  # it is 23:00 there
    (("--at", "2026-01-04T22:00", "--timezone", "computer"), ""),  # in Niue it is yet to come
    (("--at", "2026-01-04T20:00", "--timezone", "computer"), "is past: it is never due again"),
    (("--at", "2050-01-01T00:00"), ""),
    (("--daily", "18:00", "--not-before", "2045-01-01"), ""),
    (("--every", "1h", "--start", "2045-01-01"), ""),
    (("--rrule", "DTSTART:20450101T180000 RRULE:FREQ=DAILY"), ""),
    (("--cron", "0 0 29 2 *"), ""),
    (("--asap",), ""),
    (("--on", "backup-arrived"), ""),
    (("--daily", "18:00"), ""),
])  # fmt: skip
def test_schedules(ok: Run, when: tuple[str, ...], said: str) -> None:
    err = ok("schedule", "add", "s", *when).err
    assert ("warning: " in err, said in err) == (bool(said), True), err


@pytest.mark.parametrize(("argv", "said"), [
    ((*WINDOW, "1h", "--at", "2026-01-05T07:30"), "is past: it is never due again; what waits for it"),
    ((*WINDOW, "2h", "--at", "2026-01-05T07:30"), ""),  # it is open now
    ((*BLOCKOUT, "1h", "--at", "2026-01-05T07:30"), "is past"),
    ((*BLOCKOUT, "50h", "--cron", "45 0 * * *"), "never ends: nobody is ever contacted"),
    ((*BLOCKOUT, "1h", "--every", "1h"), "never ends"),
    ((*WINDOW, "24h", "--daily", "00:00", "--timezone", "utc"), "is always open"),
    ((*BLOCKOUT, "59m", "--every", "1h"), ""),
    ((*BLOCKOUT, "30h", "--weekly", "monday,tuesday,thursday 08:00"), ""),
    ((*BLOCKOUT, "30h", "--rrule", "FREQ=DAILY;COUNT=5"), ""),
])  # fmt: skip
def test_windows(ok: Run, argv: tuple[str, ...], said: str) -> None:
    err = ok("window", "add", "w", *argv).err
    assert ("warning: " in err, said in err) == (bool(said), True), err
    assert "warning" not in ok("window", "set", "w", "--disabled").err


def test_a_set_that_makes_it_past_is_told_too(ok: Run) -> None:
    assert "warning" not in ok("schedule", "add", "s", "--daily", "18:00").err
    assert "is past" in ok("schedule", "set", "s", "--at", "2020-01-01").err
    assert "warning" not in ok("schedule", "set", "s", "--daily", "19:00").err


def test_a_policy_whose_schedule_is_past_is_told_and_explained(ok: Run) -> None:
    ok("computer", "add", "web1", "--address", "127.0.0.1")
    ok("task", "add", "t", "--command", "true")
    ok("schedule", "add", "past", "--at", "2020-01-01T00:00")
    ok("schedule", "add", "far", "--at", "2028-01-01T00:00", "--timezone", "utc")
    added = ok("policy", "add", "p", "--task", "t", "--target", "all", "--schedule", "past", "--transport", "local")
    assert "schedule `past`" in added.err
    assert "is past" in added.err
    assert "is past: it is never due again" in ok("policy", "explain", "p").out
    assert "warning" not in ok("policy", "set", "p", "--schedule", "far").err
    assert "is due at 2028-01-01 00:00 UTC" in ok("policy", "explain", "p").out


@pytest.mark.parametrize(("when", "between", "said"), [
    (("--rrule", "FREQ=DAILY;BYHOUR=18;BYMINUTE=0"), ("2025-06-01", "2025-12-01"), "it begins on 2026-01-05 18:00 UTC"),
    (("--daily", "18:00", "--not-before", "2027-01-01"), ("2026-06-01", "2026-12-01"), "it begins on 2027-01-01 18:00"),
    (("--cron", "0 0 29 2 *"), ("2026-06-01", "2026-12-01"), "it is due next on 2028-02-29 00:00 UTC"),
    (("--at", "2026-02-01T00:00"), ("2026-06-01", "2026-12-01"), "it is never due after that"),
])  # fmt: skip
def test_explain_says_when_it_begins(ok: Run, when: tuple[str, ...], between: tuple[str, str], said: str) -> None:
    ok("schedule", "add", "s", *when, "--timezone", "utc")
    result = ok("schedule", "explain", "s", "--between", *between)
    assert said in result.err


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "said"), [
    ("0 0 30 2 *", "never comes"), ("0 0 31 4,6 *", "never comes"), ("0 0 32 2 *", "not a cron expression"),
    ("0 0 1 13 *", "not a cron expression"), ("0 0 0 2 *", "not a cron expression"),
])  # fmt: skip
def test_a_date_that_never_comes_is_no_wrong_field(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_cron(text)


def test_hints() -> None:
    with pytest.raises(InputError) as found:
        read_cron("@reboot")
    assert "--asap" in str(found.value.hint)
    for text in ("0", "0%"):
        with pytest.raises(InputError) as found:
            amount(text, FAILURES)
        assert "1 is the strictest" in str(found.value.hint)
    with pytest.raises(InputError) as found:
        amount("0", "size of a batch")
    assert "strictest" not in str(found.value.hint)
