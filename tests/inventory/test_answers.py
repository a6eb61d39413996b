"""An endpoint's answer is read line by line: what is not as it should be hurts the class that it is about."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itmsctl.inventory.answer import LONGEST_LINE, MOST_ROWS, AnswerRead, read_answer
from itmsctl.inventory.service.spool import Spool
from tests.inventory.answers import HEAD, TOKEN, answered, ended, line

ASKED = ("bios", "software", "swap")


def read(data: bytes) -> AnswerRead:
    spool = Spool()
    for at in range(0, len(data), 1000):
        spool.feed(data[at : at + 1000])
    return read_answer(spool.lines(), TOKEN, ASKED)


def whole(name: str, *rows: Any, **more: Any) -> dict[str, Any]:
    return {"class": name, "state": "whole", "digest": "d", "rows": list(rows)} | more


def test_a_whole_answer_is_sound() -> None:
    answer = read(answered(whole("bios", {"vendor": "X"}), {"class": "swap", "state": "unread", "why": "no\x1b /proc"}))
    assert (answer.sound, answer.faulty, answer.system) == (True, "", "linux")
    assert {name: (one.state, one.rows, one.faulty) for name, one in answer.classes.items()} == {
        "bios": ("whole", 1, ""), "swap": ("unread", 0, ""),
    }  # fmt: skip
    assert answer.classes["swap"].why == "no\x1b /proc"  # shown by `term`, kept as it is


def test_a_large_class_comes_in_parts() -> None:
    parts = [whole("software", {"name": str(n)}, part=n, more=True) for n in range(3)]
    answer = read(answered(*parts, whole("software", {"name": "last"}, part=3)))
    one = answer.classes["software"]
    assert (answer.sound, one.complete, one.rows, len(one.places), one.digest) == (True, True, 4, 4, "d")


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (lambda data: data[: data.rindex(b'{"lines"')], "its last line is missing"),
        (lambda data: b"", "it did not begin"),
        (lambda data: data.replace(b"vendor", b"Vendor"), "it was changed on the way"),
        (lambda data: data + b"x\n", "something follows its last line"),
        (lambda data: data.replace(TOKEN.encode(), b"0" * 32), "it answers another question than ours"),
        (lambda data: ended([line(HEAD), b"\xff\xfe\x00\n"]), "a line is no object of JSON"),
        (lambda data: ended([line(HEAD), b"[" * 100_000 + b"\n"]), "a line is no object of JSON"),
        (lambda data: ended([line(HEAD), b'{"a":' + b"9" * 9000 + b"}\n"]), "a line is no object of JSON"),
        (lambda data: answered(whole("tpm")), "a line is of a class that was not asked for"),
        (lambda data: ended([line(HEAD), b"x" * (LONGEST_LINE + 10) + b"\n"]), "a line is too long"),
        (lambda data: b"".join(data.splitlines(keepends=True)[::2]), "lines of it were lost"),
    ],
)
def test_what_is_not_as_it_was_sent_is_not_sound(spoilt: Any, why: str) -> None:
    answer = read(spoilt(answered(whole("bios", {"vendor": "X"}))))
    assert (answer.sound, answer.faulty) == (False, why)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([whole("bios"), whole("bios")], "it was answered twice"),
        ([whole("bios", part=1)], "a part of it was lost"),
        ([whole("bios", more=True)], "its last part is missing"),
        ([whole("bios", more=True), whole("bios", part=1) | {"state": "delta"}], "its state is none"),
        ([whole("bios") | {"state": "gone"}], "its state is none"),
        ([whole("bios") | {"rows": {"a": 1}}], "its rows are no list"),
    ],
)
def test_a_class_that_is_not_as_it_should_be_hurts_itself_alone(lines: list[dict[str, Any]], why: str) -> None:
    answer = read(answered(*lines, whole("software", {"name": "a"})))
    assert (answer.sound, answer.classes["bios"].faulty) == (True, why)
    assert (answer.classes["software"].faulty, answer.classes["software"].rows) == ("", 1)


def test_a_million_rows_are_too_many_and_never_in_memory_at_once() -> None:
    part = [{"name": "x" * 10}] * 20_000
    lines = [whole("software", *part, part=n, more=True) for n in range(50)]
    answer = read(answered(*lines, whole("software", part=50), whole("bios", {"vendor": "X"})))
    assert answer.classes["software"].faulty == f"it has more than {MOST_ROWS:,} rows"
    assert answer.classes["bios"].faulty == ""


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_bytes_make_it_fail_and_none_that_differ_pass_for_sound(data: st.DataObject) -> None:
    good = answered(whole("bios", {"vendor": "X"}), whole("software", {"name": "a"}, {"name": "b"}))
    at = data.draw(st.integers(0, len(good)))
    cut = data.draw(st.integers(0, 40))
    put = data.draw(st.binary(max_size=40))
    bad = good[:at] + put + good[at + cut :]
    answer = read(bad)
    if answer.sound:
        assert bad[: bad.rindex(b'{"lines"')] == good[: good.rindex(b'{"lines"')]
