"""The one sanitiser (reliability HE1, HE11, HE12, HE14, HE16)."""

from __future__ import annotations

import re
import subprocess

import pyte
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from itmsctl.values.untrusted import csv_cell, from_csv_cell, log_text, shell_arg, storable, term

HOSTILE = "ok\x1b]0;pwn\x07\x1b[2J\x9b31m\u202egnp.exe"
ANY = st.one_of(
    st.text(),
    st.text(st.sampled_from("\x1b[]();?0123456789hlmJHABCDrsuc\\\x07\x9b\x9d\x90\x98\x9c\x0e\x0f\x08\r\v\fab")),
)


def test_hostile_name_reads_as_data() -> None:
    assert term(HOSTILE) == "ok^[]0;pwn^G^[[2J<U+009B>31m<U+202E>gnp.exe"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b"caf\xe9", "caf\\xe9"),
        ("caf\u00e9", "caf\u00e9"),
        (b"\xff\xfe", "\\xff\\xfe"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\rb", "a^Mb"),
        ("\x7f", "^?"),
        ("\x00", "^@"),
        ("\u200b\ufeff\u2028\u2029\ue000\ud800", "<U+200B><U+FEFF><U+2028><U+2029><U+E000><U+D800>"),
        ("\U000e0041", "<U+E0041>"),
        ("[/bold] :smile: [link=x]", "[/bold] :smile: [link=x]"),
        ("日本", "日本"),
        ("", ""),
    ],
)
def test_shown(text: str | bytes, shown: str) -> None:
    assert term(text) == shown


@given(st.one_of(ANY, st.binary()))
@example(HOSTILE)
@example("\x1b")
@example("\x9b")
def test_nothing_that_a_terminal_obeys_is_left(text: str | bytes) -> None:
    shown = term(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", shown)
    shown.encode("utf-8")  # no half characters
    assert term(shown) == shown


@settings(max_examples=300)
@given(ANY)
@example(HOSTILE)
@example("\x1b[?25l\x1b[?1049h\x1b[4h\x1b[31m\x1b]2;t\x07\x1b(0\x0e")
def test_a_terminal_is_left_as_it_was(text: str) -> None:
    screen = pyte.Screen(80, 24)
    stream = pyte.Stream(screen)
    modes, charset = set(screen.mode), screen.charset
    stream.feed(term(text).replace("\n", "\r\n") + "\r\nend")
    assert screen.mode == modes
    assert screen.charset == charset
    assert (screen.title, screen.icon_name) == ("", "")
    assert screen.cursor.attrs == pyte.screens.Cursor(0, 0).attrs
    assert screen.cursor.hidden is False
    assert "end" in screen.display[screen.cursor.y]


@given(ANY)
@example("\n2026-11-22 INFO admin logged in")
@example("a\r\n\u2028\u2029\x85b")
def test_a_log_line_is_one_line(text: str) -> None:
    assert len(log_text(text).splitlines()) <= 1
    assert "\t" not in log_text(text)


@given(st.text())
@example("'=x")
@example("''=x")
@example(" =x")
@example("-5")
@example("-5.")
@example("+1-1")
@example("٣")
@example("-٣")
def test_csv_cell_and_back(value: str) -> None:
    cell = csv_cell(value)
    assert isinstance(cell, str)
    assert from_csv_cell(cell) == value
    bare = cell.lstrip(' "')
    assert not bare.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) or re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", cell)


def test_csv_numbers_stay_numbers() -> None:
    assert [csv_cell(value) for value in (-5, 1.5, None, True, "-5", "+1.5", "")] == [
        -5,
        1.5,
        None,
        True,
        "-5",
        "+1.5",
        "",
    ]


@pytest.mark.parametrize(
    "value",
    ["=HYPERLINK(1)", "+x", "-x", "@SUM", "\tx", "\rx", "\nx", ' "=x', "\uff1dx", "\uff0bx", "\uff0dx", "\uff20x"],
)
def test_csv_formulas_are_defused(value: str) -> None:
    assert csv_cell(value) == "'" + value


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=20))
@example(["$(id)", "`id`", "'", '"', "\\", "a\nb", "-rf", "*", "~", "", "!x", ";", "é"])
def test_a_real_shell_gives_the_words_back(words: list[str]) -> None:
    script = "".join(f"printf '%s\\0' {shell_arg(word)}\n" for word in words)
    out = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True).stdout
    assert out == b"".join(word.encode() + b"\0" for word in words)


def test_no_argument_holds_nul() -> None:
    with pytest.raises(ValueError, match="NUL"):
        shell_arg("a\0b")


@given(st.text())
def test_storable(text: str) -> None:
    stored = storable(text)
    stored.encode("utf-8")
    assert "\0" not in stored
    assert len(stored) == len(text)
    assert storable(stored) == stored


def test_storable_cuts() -> None:
    assert storable("a\0b\ud800") == "a\u2400b\ufffd"
    assert storable("x" * 20, limit=10) == "x" * 10 + "...(cut)"
    assert storable("x" * 10, limit=10) == "x" * 10
