"""Answers in the short form, and those that hold what tools print: read by the controller, believed in nothing."""

from __future__ import annotations

from typing import Any

import pytest

from itmsctl.inventory.answer import AnswerRead, read_answer
from itmsctl.inventory.endpoint.brief import same_digest
from itmsctl.inventory.service.harvest import HarvestPart
from itmsctl.inventory.service.spool import Spool
from tests.inventory.answers import TOKEN, answered

ASKED = ("bios", "operating_system", "software", "swap")
HELD = {"bios": "b" * 32, "software": "s" * 32, "swap": "w" * 32}


def read(data: bytes) -> tuple[AnswerRead, Spool]:
    spool = Spool()
    spool.feed(data)
    return read_answer(spool.lines(), TOKEN, ASKED, HELD), spool


def test_what_did_not_change_is_told_together() -> None:
    rest = {name: digest for name, digest in HELD.items() if name != "swap"}
    lines = [
        {
            "class": "swap",
            "state": "delta",
            "digest": "d",
            "base": HELD["swap"],
            "added": [],
            "changed": [],
            "removed": [],
        },
        {"unread": {"needs root": ["operating_system"]}},
        {"others": "same", "digest": same_digest(rest)},
    ]
    answer, _ = read(answered(*lines))
    assert answer.sound, answer.faulty
    assert {name: (one.state, one.digest, one.why) for name, one in answer.classes.items()} == {
        "swap": ("delta", "d", ""), "operating_system": ("unread", "", "needs root"),
        "bios": ("same", HELD["bios"], ""), "software": ("same", HELD["software"], ""),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"others": "same", "digest": "0" * 32}, "what it calls the same is not what is held"),
        ({"others": "same"}, "what it calls the same is not what is held"),
        ({"others": [], "digest": same_digest(HELD)}, "what it calls the same is not what is held"),
        ({"unread": {"why": ["tpm"]}}, "a line is of a class that was not asked for"),
        ({"unread": {"why": "bios"}}, "what it calls the same is not what is held"),
        ({"unread": []}, "what it calls the same is not what is held"),
    ],
)
def test_a_short_answer_that_does_not_hold_is_not_sound(line: dict[str, Any], why: str) -> None:
    answer, _ = read(answered(line))
    assert (answer.sound, answer.faulty) == (False, why)


def test_what_tools_print_is_read_here_and_put_together() -> None:
    one = {"class": "operating_system", "state": "whole"}
    release, kernel = 'NAME="Debian"\nID=debian\n', "Linux host 6.1.0 #1 SMP x86_64 GNU/Linux\n"
    answer, spool = read(
        answered(
            one | {"part": 0, "more": True, "parser": "os_release", "text": release},
            one | {"part": 1, "more": True, "parser": "uname", "text": kernel},
            one | {"part": 2, "more": True, "parser": "no_such", "text": kernel},
            one | {"part": 3, "rows": []},
        )
    )
    assert answer.sound, answer.faulty
    rows, removed = HarvestPart(spool, answer.classes["operating_system"]).load()
    assert removed == []
    assert [(row["id"], row["kernel_version"], row["architecture"]) for row in rows] == [("debian", "6.1.0", "x86_64")]


MISFORMED = (
    {"class": "swap", "state": "whole", "part": 0, "more": True, "parser": "own:json", "text": "[1]"},
    {"class": "swap", "state": "whole", "part": 1, "more": True, "parser": "own:json", "text": '{"device": "/a"}'},
    {"class": "swap", "state": "whole", "part": 2, "rows": []},
)
WHY = "what it tells is not json: it is no object of JSON, and no list of them"


def test_what_makes_no_rows_is_unread_and_no_class_without_rows() -> None:
    answer, _ = read(
        answered(*MISFORMED, {"class": "bios", "state": "whole", "digest": "d", "rows": [{"vendor": "X"}]})
    )
    assert answer.sound, answer.faulty
    assert {name: (one.state, one.why, one.faulty) for name, one in answer.classes.items()} == {
        "swap": ("unread", WHY, ""), "bios": ("whole", "", ""),
    }  # fmt: skip


def test_what_was_perhaps_spoilt_on_its_way_is_asked_again() -> None:
    answer, _ = read(answered(*MISFORMED).rsplit(b"\n", 2)[0] + b"\n")
    assert not answer.sound
    assert (answer.classes["swap"].state, answer.classes["swap"].faulty) == ("whole", WHY)
