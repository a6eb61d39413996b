"""Batches, rings, gates and limits, by tables and properties; ring sizes by a chi-square."""

from __future__ import annotations

import math
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import InputError, UsageError
from itmsctl.tasks import waves
from itmsctl.tasks.options import RunOptions, wait_s
from itmsctl.tasks.waves import Amount, Gate, Shown, batch_of, batches, halted_by, ring_of, rings

GUIDS = [str(uuid.uuid5(uuid.NAMESPACE_OID, str(n))) for n in range(20_000)]


@pytest.mark.parametrize(
    ("text", "total", "sizes"),
    [
        ("1,5,25%,100%", 40, [1, 5, 10, 24]),
        ("1,5,25%,100%", 4, [1, 3]),
        ("10", 25, [10, 10, 5]),
        ("50%", 5, [3, 2]),
        ("100%", 7, [7]),
        ("1%", 3, [1, 1, 1]),
        ("3", 0, []),
    ],
)
def test_batches(text: str, total: int, sizes: list[int]) -> None:
    found = batch_of(batches(text), total)
    assert [found.count(n) for n in range(len(sizes))] == sizes
    assert found == sorted(found)


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "101%", "0%", "1,", "1;2", "1.5", "nan%", "1e9%"])
def test_what_is_no_batch(text: str) -> None:
    with pytest.raises(InputError):
        batches(text)


@pytest.mark.parametrize(
    ("text", "said"), [("5,10", "shares"), ("10%,5%", "further"), ("10%,10%", "further"), ("", "no ")]
)
def test_what_is_no_ring(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        rings(text)


def test_rings_end_with_everybody() -> None:
    assert rings("1%,10%") == (Amount(1, True), Amount(10, True), Amount(100, True))


def test_the_ring_of_a_computer_depends_on_nobody_else() -> None:
    shares = rings("1%,10%,50%,100%")
    alone = {guid: ring_of(guid, "seed", shares) for guid in GUIDS[:500]}
    options = RunOptions(rings="1%,10%,50%,100%", seed="seed")
    for company in (GUIDS[:500], GUIDS[:499], GUIDS[:3000], GUIDS[250:500]):
        for guid, (wave, _) in zip(company, options.cut(company), strict=True):
            assert alone.get(guid, wave) == wave


def test_sizes_of_rings_pass_a_chi_square() -> None:
    shares = rings("1%,10%,50%,100%")
    for seed in ("a", "b", "2026-patch", ""):
        seen = [0] * 4
        for guid in GUIDS:
            seen[ring_of(guid, seed, shares)] += 1
        expected = [len(GUIDS) * share for share in (0.01, 0.09, 0.40, 0.50)]
        chi = sum((s - e) ** 2 / e for s, e in zip(seen, expected, strict=True))
        assert chi < 16.27, (seed, seen)  # three degrees of freedom, one in a thousand


def test_two_seeds_have_different_canaries() -> None:
    shares = rings("1%,100%")
    first, second = ({g for g in GUIDS if ring_of(g, seed, shares) == 0} for seed in ("one", "two"))
    overlap = len(first & second)
    assert overlap <= 3 * math.ceil(len(GUIDS) * 0.01 * 0.01) + 6
    assert len(first) > 100
    assert len(second) > 100


@given(st.uuids(), st.text(max_size=20))
def test_rings_are_nested(guid: uuid.UUID, seed: str) -> None:
    point = waves.fraction(seed, str(guid))
    assert 0 <= point < 1
    for text in ("1%,10%,100%", "5%,10%,20%,100%"):
        shares = rings(text)
        ring = ring_of(str(guid), seed, shares)
        assert point * 100 < shares[ring].number
        assert ring == 0 or point * 100 >= shares[ring - 1].number


GATES = [
    (Gate(), Shown("ring 1", 3, 0), ""),
    (Gate(), Shown("ring 1", 3, 1), "3 of 4 computers succeeded, 100% are wanted"),
    (Gate(0.75), Shown("ring 1", 3, 1), ""),
    (Gate(0.76), Shown("ring 1", 3, 1), "76%"),
    (Gate(), Shown("ring 1", 0, 0), "none of its computers came to an end"),
    (Gate(None), Shown("ring 1", 0, 9), ""),
    (Gate(None, 0, "x"), Shown("ring 1", 9, 0, ("web1", "web2")), "2 computers are not healthy \\(x\\): web1, web2"),
    (Gate(1.0), Shown("ring 1", 2, 0, tuple("abcdefg")), "and 2 more"),
]


@pytest.mark.parametrize(("gate", "shown", "said"), GATES)
def test_gates(gate: Gate, shown: Shown, said: str) -> None:
    import re

    found = halted_by(gate, shown)
    assert re.search(said, found) if said else found == ""


@pytest.mark.parametrize(
    ("text", "total", "limit"), [("1", 9, 1), ("10%", 9, 1), ("10%", 100, 10), ("34%", 3, 2), (None, 5, None)]
)
def test_limits_of_failures(text: str | None, total: int, limit: int | None) -> None:
    assert RunOptions(max_fail=text).failures_allowed(total) == limit


def test_options_that_do_not_go_together() -> None:
    for wrong in ({"batch": "1", "rings": "1%"}, {"soak_s": 5.0}, {"health": "true"}, {"gate_success": 0.5}):
        with pytest.raises(UsageError):
            RunOptions(**wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        RunOptions(batch="1", gate_success=1.5)
    kept = RunOptions(batch="1,5", max_fail="3", waits=True, deadline_s=60.0)
    assert RunOptions.from_dict(kept.as_dict()) == kept
    assert RunOptions().as_dict() == {}


def test_absent_computers_are_asked_less_and_less_often() -> None:
    assert [wait_s(n) for n in range(6)] == [60, 120, 240, 480, 900, 900]
    assert wait_s(10**9) == 900


@pytest.mark.parametrize(
    ("share", "total", "wanted"),
    [(8.8, 375, 33), (0.1, 1000, 1), (0.7, 1000, 7), (8.8, 376, 34), (100, 3, 3), (1, 3, 1)],
)
def test_a_share_is_rounded_up_once_and_not_for_how_numbers_are_kept(share: float, total: int, wanted: int) -> None:
    assert Amount(share, True).of(total) == wanted
