"""Worst cases, tickles and growth: the printed figures of the guide, and sums reckoned by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import InputError
from itmsctl.sizing.simulation.delays import (
    Package,
    Patching,
    Retry,
    package_arrival,
    patch_latency,
    pickup,
    transfer_min,
)
from itmsctl.sizing.simulation.growth import Adding, growth
from itmsctl.sizing.simulation.tickles import task_traffic


@pytest.mark.parametrize(("request_min", "delta", "total"), [(60, 15, 75), (60, 5, 65), (240, 5, 245), (120, 15, 135)])
def test_policy_pickup_is_request_and_delta_update(request_min: float, delta: float, total: float) -> None:
    assert pickup("ns", "printed", request_min, delta, "5-4").minutes == total  # POL-6, C-08


def test_the_printed_waits_before_asking_again() -> None:
    # sizing.yaml, package_delivery_in_hierarchy.retry: N from 0, the limit on the single wait
    assert Retry().first(11) == [3, 6, 12, 24, 48, 96, 192, 384, 768, 1440, 1440]


@pytest.mark.parametrize(
    ("minutes", "found"), [(0, (0, 0)), (1, (1, 3)), (3, (1, 3)), (3.1, (2, 9)), (100, (6, 189)), (1534, (10, 2973))]
)
def test_how_often_is_asked_until_it_is_there(minutes: float, found: tuple[int, float]) -> None:
    # sums of the waits: 3, 9, 21, 45, 93, 189, 381, 765, 1533, 2973
    assert Retry().until(minutes) == found


@given(st.floats(0.001, 1e6))
def test_asking_again_ends_soon_after(minutes: float) -> None:
    _, asked = Retry().until(minutes)
    assert minutes <= asked <= max(3, 2 * minutes + 3, minutes + 1440)


def test_package_arrival_by_stages() -> None:
    # 100 MB = 800,000 kbit: 13.33 min at 1,000 kbit/s, 1.333 min at 10,000 kbit/s; created at 8,000 kbit/s in 1.667.
    # 75 + 1440 + 75 = 1590 are waits. Stage 8: ready 75 + 13.33 = 88.33 after replication; asked again at 93.
    found = package_arrival("rome", "printed", Package(100, 8000, 10_000, 1000, 75, 75, 1440))
    assert [step.stage for step in found.steps] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert sum(found.steps[i].minutes for i in (1, 3, 4)) == 1590
    by_size = 100 / 60 + 800_000 / 10_000 / 60 + 800_000 / 1000 / 60
    assert found.minutes == pytest.approx(1590 + by_size + 93 - (75 + 800 / 60))
    assert "5 waits" in found.steps[7].what


def test_transfer() -> None:
    assert transfer_min(75, 10_000) == pytest.approx(1)
    assert transfer_min(75, None) == 0


def test_patch_latency_names_its_items() -> None:
    # 24 h + 1 h + 24 h + 4 h + 5 min + 1 h + 10 min + 24 h + 2 h + 4 h
    patching = Patching(1440, 60, 240, 5, 60, 10, 1440, 1440, 120)
    found = patch_latency("child", "as set", patching)
    assert found.minutes == 1440 + 60 + 1440 + 240 + 5 + 60 + 10 + 1440 + 120 + 240
    assert found.minutes > 48 * 60  # PATCH-21: not aligned, in a hierarchy
    alone = patch_latency("one", "windows ignored", Patching(1440, 60, 240, 5, 60, 10, None, None))
    assert alone.minutes == 1440 + 60 + 240 + 5 + 60 + 10 + 240
    assert not alone.note


def test_tickles_and_polls() -> None:
    # TASK-25: 15,000 clients that poll every 30 min: 30,000 polls an hour; 3 task servers: 10,000 each; they ask every
    # 15 min: 4 an hour each; at most one tickle every 5 min to each: 12 an hour.
    found = task_traffic(3, 15_000, 1800, 900, 300)
    assert (found.polls, found.polls_each, found.updates, found.tickles) == (30_000, 10_000, 12, 36)


def test_the_management_server_answers_where_there_is_no_task_server() -> None:
    found = task_traffic(0, 100, 1800, 300, 300)
    assert (found.polls_each, found.updates, found.tickles) == (200, 0, 0)


@pytest.mark.parametrize(
    "wrong", [(-1, 1, 1, 1, 1), (1, -1, 1, 1, 1), (1, 1, 0, 1, 1), (1, 1, 1, 0, 1), (1, 1, 1, 1, 0)]
)
def test_tickles_of_nonsense(wrong: tuple[int, int, float, float, float]) -> None:
    with pytest.raises(InputError):
        task_traffic(*wrong)


def test_growth() -> None:
    # 500 computers: 300 + 375 = 675 to 800 MB (C-11). A full inventory of 20 kB a week, 52 times: 500 x 20 x 52 / 1000
    # = 520 MB a year, 4 in a month: 40 MB.
    found = growth("ns", 500, [Adding("full", 500, 20, 4, 52), Adding("nothing", 500, 0, 9, 9)],
                   empty_mb=300, least_mb_each=0.75, most_mb_each=1)  # fmt: skip
    assert (found.least_mb, found.most_mb, found.month_mb, found.year_mb) == (675, 800, 40, 520)
    assert found.by_source == [("full", 520)]
    # 10 % a year: 50 MB of new computers, and 5 % more runs in the mean of the year
    more = growth("ns", 500, [Adding("full", 500, 20, 4, 52)], empty_mb=300, least_mb_each=0.75, most_mb_each=1,
                  growth_pct_year=10)  # fmt: skip
    assert more.year_mb == pytest.approx(520 * 1.05 + 50)
