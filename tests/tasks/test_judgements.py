"""The pure parts: steps, the guard, tallies, owners, answers of markers, streams as text."""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import InputError, SizeGuardError
from itmsctl.tasks import guard
from itmsctl.tasks.answers import is_late, state_after_ask, told, why_unknown
from itmsctl.tasks.concurrency import capped
from itmsctl.tasks.guard import Radius
from itmsctl.tasks.numbers import run_name, run_number
from itmsctl.tasks.owner import RunOwner, is_dead, parse
from itmsctl.tasks.service.processes import start_of, this_process
from itmsctl.tasks.states import State
from itmsctl.tasks.step import Step, environment_of, marker_of
from itmsctl.tasks.streams import Streams, for_people, text_of
from itmsctl.tasks.tally import Tally, sentence
from itmsctl.transports.outcome import Captured, CommandOutcome, HostFacts, check_marker
from itmsctl.transports.outcome import RemoteState as Answer

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


# --- tallies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ended", "status"),
    [
        ([], 0),
        ([(State.SUCCEEDED, None)], 0),
        ([(State.SUCCEEDED, None), (State.FAILED, None)], 7),
        ([(State.SUCCEEDED, None), (State.UNREACHABLE, "REFUSED")], 7),
        ([(State.FAILED, None), (State.TIMED_OUT, "TIME-LIMIT")], 8),
        ([(State.UNREACHABLE, "REFUSED")], 8),
        ([(State.SUCCEEDED, None), (State.UNKNOWN, "LINK-LOST"), (State.FAILED, None)], 10),
        ([(State.SUCCEEDED, None), (State.UNREACHABLE, "HOST-KEY-CHANGED"), (State.UNKNOWN, "LINK-LOST")], 12),
        ([(State.UNREACHABLE, "WRONG-HOST")], 12),
        ([(State.SUCCEEDED, None), (State.CANCELLED, None), (State.QUEUED, None)], 0),
    ],
)
def test_the_exit_status_follows_the_worst(ended: list[tuple[State, str | None]], status: int) -> None:
    tally = Tally()
    for state, reason in ended:
        tally.add(state, reason)
    assert (tally.exit_status, tally.computers) == (status, len(ended))


def test_counts_in_words() -> None:
    assert sentence({"ok": 297, "changed": 0, "failed": 2}) == "297 ok, 2 failed"
    assert sentence({}) == "nothing to do"


# --- the guard --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("radius", "destructive", "reasons"),
    [
        (Radius(1000, {}), False, 0),
        (Radius(1001, {}), False, 1),
        (Radius(2, {"rome": (2, 4)}), True, 0),
        (Radius(3, {"rome": (3, 4)}), True, 1),
        (Radius(3, {"rome": (3, 4)}), False, 0),
        (Radius(1, {"rome": (1, 1)}), True, 0),
        (Radius(1, {}, ("db1",)), True, 1),
        (Radius(1, {}, ("db1",)), False, 0),
        (Radius(1002, {"rome": (3, 4), "oslo": (2, 3)}, ("db1",)), True, 4),
    ],
)
def test_the_guard(radius: Radius, destructive: bool, reasons: int) -> None:
    assert len(guard.reasons(radius, guard_max=1000, destructive=destructive)) == reasons
    if reasons:
        with pytest.raises(SizeGuardError) as caught:
            guard.check("t", radius, None, guard_max=1000, destructive=destructive)
        assert f"--confirm t:{radius.computers}" in caught.value.hint
    guard.check("t", radius, f"t:{radius.computers}", guard_max=1000, destructive=destructive)


# --- steps ------------------------------------------------------------------------------------------------------------


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), st.text(st.characters(codec="utf-8"))))
def test_a_parameter_is_a_variable_with_its_very_value(given_: dict[str, str]) -> None:
    wanted = {k: v for k, v in given_.items() if "\0" not in v}
    assert environment_of(wanted) == {f"ITMS_{k.upper()}": v for k, v in wanted.items()}


@pytest.mark.parametrize("name", ["", "1a", "a-b", "a b", "a=b", "é", "a" * 65, "LD_PRELOAD\n"])
def test_names_that_are_no_parameter(name: str) -> None:
    with pytest.raises(InputError):
        environment_of({name: "x"})


def test_a_parameter_never_reaches_a_variable_of_the_system() -> None:
    assert list(environment_of({"path": "x", "LD_PRELOAD": "y"})) == [
        "ITMS_PATH", "ITMS_LD_PRELOAD",
    ]  # fmt: skip


def test_a_step_comes_back_as_it_was_kept() -> None:
    step = Step("t", "script", "echo 'ö'\n", "bash", {"ITMS_A": "1"}, "root", 7.5, True, True)
    assert Step.from_dict(step.as_dict()) == step


def test_a_marker_can_name_a_folder() -> None:
    guid = "295b8eac-a8be-4f7d-9901-905f52c3446b"
    assert check_marker(marker_of(guid, guid, 12)) == f"{guid}.{guid}.12"


@pytest.mark.parametrize(("text", "number"), [("R-12", 12), ("r-1", 1), ("7", 7)])
def test_run_numbers(text: str, number: int) -> None:
    assert run_number(text) == number
    assert run_number(run_name(number)) == number


@pytest.mark.parametrize("text", ["", "R-", "R-0", "R-01", "-1", "R--1", "R-1x", "1" * 30])
def test_what_is_no_run_number(text: str) -> None:
    with pytest.raises(InputError):
        run_number(text)


# --- owners -----------------------------------------------------------------------------------------------------------

ME = RunOwner("here", "boot2", 50, 500)


@pytest.mark.parametrize(
    ("owner", "start", "lease", "dead"),
    [
        (None, None, None, True),
        (RunOwner("here", "boot2", 9, 90), 90, NOW - timedelta(days=1), False),  # it lives, however late its lease
        (RunOwner("here", "boot2", 9, 90), None, NOW + timedelta(days=1), True),  # it is gone, however long its lease
        (RunOwner("here", "boot2", 9, 90), 91, NOW + timedelta(days=1), True),  # another process has its number
        (RunOwner("here", "boot1", 9, 90), 90, NOW + timedelta(days=1), True),  # the machine was booted
        (RunOwner("there", "boot9", 9, 90), None, NOW + timedelta(seconds=1), False),
        (RunOwner("there", "boot9", 9, 90), 90, NOW - timedelta(seconds=1), True),
    ],
)
def test_when_a_driver_is_dead(owner: RunOwner | None, start: int | None, lease: datetime | None, dead: bool) -> None:
    assert is_dead(owner, ME, start_of_pid=start, lease_until=lease, now=NOW) is dead


def test_this_process_is_known_by_its_start() -> None:
    me = this_process()
    assert (me.pid, me.start) == (os.getpid(), start_of(os.getpid()))
    assert parse(str(me)) == me
    assert parse("nonsense") is None
    assert start_of(2**22 + 1) is None


# --- answers of markers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "reason", "uptime_s", "idempotent", "state"),
    [
        (Answer.SUCCEEDED, "", 60.0, False, State.SUCCEEDED),
        (Answer.FAILED, "", None, False, State.FAILED),
        (Answer.TIMED_OUT, "TIME-LIMIT", None, False, State.TIMED_OUT),
        (Answer.RUNNING, "", 9e9, True, State.UNKNOWN),
        (Answer.NEVER_STARTED, "", None, False, State.QUEUED),
        (Answer.NEVER_STARTED, "MARKER-ABSENT", 3600.0, False, State.QUEUED),
        (Answer.NEVER_STARTED, "MARKER-ABSENT", 10.0, False, State.FAILED),  # booted after the claim
        (Answer.NEVER_STARTED, "MARKER-ABSENT", None, False, State.FAILED),  # nobody knows when it was booted
        (Answer.NEVER_STARTED, "MARKER-ABSENT", 10.0, True, State.QUEUED),
        (Answer.FAILED, "PROCESS-GONE", 9e9, False, State.FAILED),
        (Answer.FAILED, "PROCESS-GONE", 9e9, True, State.QUEUED),
        (Answer.FAILED, "COMPUTER-RESTARTED", 10.0, False, State.FAILED),
        (Answer.FAILED, "COMPUTER-RESTARTED", 10.0, True, State.QUEUED),
        (Answer.CANCELLED, "KILLED", None, True, State.CANCELLED),
        (Answer.UNKNOWN, "LINK-LOST", 9e9, True, State.UNKNOWN),
        (Answer.UNREACHABLE, "REFUSED", None, True, State.UNKNOWN),
    ],
)
def test_what_an_answer_means(
    answer: Answer, reason: str, uptime_s: float | None, idempotent: bool, state: State
) -> None:
    outcome = CommandOutcome(answer, "m", reason=reason, host=HostFacts(uptime_s=uptime_s))
    claimed = NOW - timedelta(minutes=5)
    found = state_after_ask(outcome, claimed_at=claimed, now=NOW, idempotent=idempotent)
    assert found is state
    if found is State.UNKNOWN:
        assert all(why_unknown(CommandOutcome(answer, "m", reason=reason or "X", message="why")))
    elif found is State.FAILED:
        explained = told(outcome, found)
        assert explained.state is Answer.FAILED
        assert explained.reason == ("COMPUTER-RESTARTED" if reason == "MARKER-ABSENT" and uptime_s else reason)


@pytest.mark.parametrize(("age_s", "late"), [(None, False), (10.0, False), (25.0, False), (25.5, True)])
def test_what_runs_is_late_only_where_its_age_is_known(age_s: float | None, late: bool) -> None:
    assert is_late(CommandOutcome(Answer.RUNNING, "m", age_s=age_s), 10.0) is late


# --- streams ----------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_bytes_come_back_from_their_text(data: bytes) -> None:
    text, encoding = text_of(Captured(data, b"", len(data)))
    assert (text.encode() if encoding == "utf-8" else base64.b64decode(text)) == data


@given(st.text(min_size=30, alphabet="aé€😀"), st.integers(4, 20), st.integers(4, 20))
def test_a_character_torn_by_the_cut_does_not_count(text: str, head: int, tail: int) -> None:
    data = text.encode()
    stream = Captured(data[:head], data[-tail:], len(data) + 1000)
    shown, encoding = text_of(stream)
    assert encoding == "utf-8"
    assert len(shown.encode()) >= head + tail - 6
    assert b"bytes left out" in for_people(stream)


def test_the_first_line_says_something() -> None:
    assert Streams(Captured(b"\n  \nhello\nx", b"", 12)).first_line() == "hello"
    assert Streams(Captured(), Captured(b"oops\n", b"", 5)).first_line() == "oops"
    assert Streams(Captured(b"\xff\n", b"", 2)).first_line() == "\udcff"
    assert Streams().first_line() == ""


@pytest.mark.parametrize(("wanted", "files", "given_"), [(32, 1024, 32), (200, 64, 8), (5, 8, 1), (1, 1, 1)])
def test_open_files_cap_the_workers(wanted: int, files: int, given_: int) -> None:
    workers, warning = capped(wanted, files)
    assert (workers, bool(warning)) == (given_, given_ < wanted)


@pytest.mark.parametrize("wanted", [0, -1, 513])
def test_a_number_of_workers_that_makes_no_sense(wanted: int) -> None:
    with pytest.raises(InputError):
        capped(wanted, 1024)


def test_whether_the_first_line_is_all() -> None:
    assert not Streams(Captured(b"one\n\n  \n", b"", 8)).has_more()
    assert not Streams(Captured(), Captured(b"oops\n", b"", 5)).has_more()
    assert not Streams().has_more()
    assert Streams(Captured(b"one\ntwo\n", b"", 8)).has_more()
    assert Streams(Captured(b"one\n", b"", 4), Captured(b"oops\n", b"", 5)).has_more()
    assert Streams(Captured(b"one\n", b"", 400)).has_more()
    assert Streams(Captured(b"x" * 5000, b"", 5000)).has_more()
