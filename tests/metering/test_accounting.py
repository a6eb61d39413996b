"""Process accounting: what the kernel writes is read as `dump-acct` does, and only what is new the next time."""

from __future__ import annotations

import struct
import subprocess
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.metering.accounting import SIZE, ended_processes, is_accounting
from itmsctl.metering.answer import NamedProgram, NotAnAnswerError, askable, programs_named, usage_answer
from itmsctl.metering.reading import read_usage

BEGAN = 1_767_600_000


def record(
    name: str, *, flags: int = 0, began: int = BEGAN, ticks: float = 150, uid: int = 7, big: bool = False
) -> bytes:
    form = (">" if big else "<") + "BBHIIIIIIf8H16s"
    head = (flags, 3 | (0x80 if big else 0), 0, 0, uid, uid, 100, 1, began, ticks)
    return struct.pack(form, *head, *range(8), name.encode()[:15])


def answer(data: bytes, *more: str, mark: str = "ab", begin: int = 0) -> bytes:
    lines = ["ITMS-USAGE 1 t 1767700000 50 49", f"part accounting {mark} {begin} {len(data)} hex /var/log/pacct"]
    lines += [data.hex(), f"done {mark}", *more, "user 7 ann", "end t", ""]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("big", [False, True])
def test_a_record_says_who_ran_what_and_how_long(big: bool) -> None:
    data = record("firefox", big=big) + record("sh", flags=1, big=big) + b"\0" * SIZE + b"short"
    first, second = ended_processes(data)
    assert (first.name, first.seconds, first.uid, first.process, first.ran_nothing) == ("firefox", 1.5, 7, 100, False)
    assert first.began == datetime.fromtimestamp(BEGAN, UTC)
    assert (second.name, second.ran_nothing) == ("sh", True)
    assert is_accounting(data)
    assert not is_accounting(b"\0" * SIZE)


@given(st.binary(max_size=1024))
def test_any_bytes_are_read_without_a_crash(data: bytes) -> None:
    for one in ended_processes(data):
        assert one.seconds >= 0
        assert one.ended >= one.began


AT = datetime.fromtimestamp(BEGAN + 3600, UTC)


def test_what_a_reading_left_says_where_to_read_on_and_what_is_ours() -> None:
    data = record("firefox") + record("sh", flags=1)
    found = read_usage(usage_answer(answer(data), "t"), {}, {}, AT)
    assert [(e.event, e.file, e.user) for e in found.events] == [
        ("start", "firefox", "ann"),
        ("stop", "firefox", "ann"),
    ]
    assert found.positions["accounting"] == ["ab", 128]
    assert found.positions["own"] == [[[50, 49], 1767700000]]
    ours = {"own": [[[1], BEGAN]]}  # our shell had number 1, the parent of all
    assert read_usage(usage_answer(answer(data), "t"), ours, {}, AT).events == ()


def test_what_was_counted_already_is_passed_over_where_a_log_lost_its_place() -> None:
    data = record("old", began=BEGAN - 100) + record("new")
    held = {"ended_at": datetime.fromtimestamp(BEGAN, UTC).isoformat(), "accounting": ["gone", 64]}
    found = read_usage(usage_answer(answer(data, "lost accounting"), "t"), held, {}, AT)
    assert {event.file for event in found.events} == {"new"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "begin"),
        (b"ITMS-USAGE 1 other 1\nend other\n", "begin"),
        (b"ITMS-USAGE 1 t 1\n", "cut off"),
        (b"ITMS-USAGE 1 t 1\npart x\ndone x\nend t\n", "says not what"),
        (answer(b"x").replace(b" hex ", b" gzip64 "), "decoded"),
        (answer(b"x").replace(b" 0 1 hex", b" -1 1 hex"), "says not what"),
        (b"ITMS-USAGE 1 t 1\n" + b"user 1 a\n" * 30_000 + b"end t\n", "lines"),
    ],
)
def test_a_broken_answer_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(NotAnAnswerError, match=why):
        usage_answer(data, "t")


def test_a_bomb_is_not_unpacked() -> None:
    packed = subprocess.run(
        ["sh", "-c", "head -c 100000000 /dev/zero | gzip -c | base64"], capture_output=True, check=True
    ).stdout
    data = b"ITMS-USAGE 1 t 1\npart accounting ab 0 64 gzip64 f\n" + packed + b"done ab\nend t\n"
    with pytest.raises(NotAnAnswerError, match="longer than 8 MiB"):
        usage_answer(data, "t")


def test_names_are_asked_only_where_a_script_may_hold_them() -> None:
    assert askable(iter(["ls", "ls", "a b", "$(reboot)", "/usr/bin/x", "/etc/../x;", "-rf"])) == ["ls", "/usr/bin/x"]
    told = programs_named(
        b"ITMS-PROGRAMS 1 t\nfile ls /usr/bin/ls\npackage /bin/ls coreutils\nversion coreutils 9.1\nend t\n", "t"
    )
    assert told == {"ls": NamedProgram("/usr/bin/ls", "coreutils", "9.1")}
