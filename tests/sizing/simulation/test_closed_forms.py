"""Ten small cases whose outcome is reckoned by hand, and what must not be asked."""

from __future__ import annotations

import pytest

from itmsctl.errors import InputError
from itmsctl.sizing.simulation.design import Design, Node, NodeKind, Source
from itmsctl.sizing.simulation.outcome import NodeDay, Verdict
from itmsctl.sizing.simulation.pulses import At, Every
from itmsctl.sizing.simulation.running import run

HOUR = 3600.0
NS = Node("ns", NodeKind.SERVER)
SIX_PM = 18 * HOUR


def day(*sources: Source, node: Node = NS, **more: float) -> NodeDay:
    return run(Design([node], sources, **more)).nodes[0]


def test_1_the_worked_example_of_the_guide() -> None:
    # 5,000 computers, hourly, 3 kbit: 5000 x 24 = 120,000 requests, x 3 = 360,000 kbit a day; 120000 / 86400 a second.
    found = day(Source("configuration", 5000, Every(HOUR), ["ns"], kbit=3))
    assert (found.requests, found.kbit) == (pytest.approx(120_000), pytest.approx(360_000))
    assert found.requests_peak.mean == pytest.approx(120_000 / 86_400)
    assert found.kbit_peak.mean == pytest.approx(360_000 / 86_400)
    half = day(Source("configuration", 5000, Every(2 * HOUR), ["ns"], kbit=3))
    assert (half.requests, half.kbit) == (pytest.approx(60_000), pytest.approx(180_000))


def test_2_all_at_once_falls_into_one_window() -> None:
    # 1,200 computers at 18:00, 5 requests and 100 kbit each: in the minute from 18:00, 6000 / 60 = 100 requests and
    # 120000 / 60 = 2,000 kbit a second. Nothing is left to chance: the peak is the mean.
    found = day(Source("full", 1200, At([SIX_PM]), ["ns"], requests=5, kbit=100))
    assert (found.requests_peak.mean, found.kbit_peak.mean) == (pytest.approx(100), pytest.approx(2000))
    assert found.requests_peak.value == pytest.approx(found.requests_peak.mean)
    assert found.requests_peak.at_s == SIX_PM


def test_3_spread_over_two_hours() -> None:
    # The same over 7,200 s: 6000 / 7200 = 0.8333 requests a second, and 120 whole minutes of 50 computers.
    found = day(Source("full", 1200, At([SIX_PM], 2 * HOUR), ["ns"], requests=5, kbit=100))
    assert found.requests_peak.mean == pytest.approx(6000 / 7200)
    series = found.series
    assert [i for i, rate in enumerate(series.requests_s) if rate > 1e-9] == list(range(18 * 60, 20 * 60))
    # What comes by chance: 10 computers a minute with deviation sqrt(10) = 3.2; of 120 minutes the busiest is some
    # 2.5 deviations up: 10 + 2.5 x 3.2 + (2.5 x 2.5 - 1) / 6 = 18.8 computers, within the scatter of 1.
    assert found.requests_peak.value * 60 / 5 == pytest.approx(18.8, abs=1.0)


def test_4_a_link_that_queues() -> None:
    # 300 computers of 2,400 kbit at 18:00 on 2,000 kbit/s: 720000 / 2000 = 360 s, so the last one waits 6 minutes.
    link, full = Node("link", NodeKind.LINK, kbit_s=2000), Source("full", 300, At([SIX_PM]), ["link", "ns"], 10, 2400)
    found, server = run(Design([link, NS], [full])).nodes
    assert (found.waiting.requests, found.waiting.at_s) == (pytest.approx(3000), SIX_PM)
    assert found.waiting.longest_wait_s == pytest.approx(360)
    assert found.waiting.drained_s == pytest.approx(SIX_PM + 360)
    assert found.kbit_peak.mean == pytest.approx(12_000)  # what is offered: 720000 / 60
    assert found.verdict is Verdict.BREAK
    # The server sees what the link lets through: 2,000 kbit/s for 360 s, 3000 / 360 requests a second.
    assert server.kbit_peak.value == pytest.approx(2000)
    assert server.requests_peak.value == pytest.approx(3000 / 360)
    assert (server.requests, server.kbit) == (pytest.approx(3000), pytest.approx(720_000))


def test_5_a_queue_while_more_arrives() -> None:
    # 900 requests at 10:00 on a server of 2 requests/s that gets 1 request/s all day long: the queue of 900 shrinks by
    # 1 a second, so it is gone after 900 s; the first of them wait least, the last of the 900 wait 450 s.
    server = Node("ns", NodeKind.SERVER, requests_s=2)
    found = day(Source("config", 3600, Every(HOUR), ["ns"]), Source("burst", 900, At([10 * HOUR]), ["ns"]), node=server)
    assert found.waiting.requests == pytest.approx(900)
    assert found.waiting.longest_wait_s == pytest.approx(450)
    assert found.waiting.drained_s == pytest.approx(10 * HOUR + 900)
    # 200 s later 900 + 200 - 400 wait
    assert found.queue_at(10 * HOUR + 200) == pytest.approx(700)


def test_6_sessions_of_a_desktop() -> None:
    # 10 sessions of 2 s each serve 5 requests a second; 240 computers within 60 s ask 4 a second: 80 % of it, tight.
    desktop = Node("pc", NodeKind.SITE_SERVER, sessions=10, session_s=2)
    found = day(Source("task", 240, At([HOUR], 60), ["pc"]), node=desktop)
    assert found.requests_peak.limit == pytest.approx(5)
    assert (found.requests_peak.utilisation, found.verdict) == (pytest.approx(0.8), Verdict.TIGHT)


def test_7_two_zones_are_two_peaks() -> None:
    # 600 computers at 18:00 in each of two zones an hour apart: two peaks of 600 / 60, not one of 1200 / 60.
    found = day(Source("rome", 600, At([17 * HOUR]), ["ns"]), Source("london", 600, At([18 * HOUR]), ["ns"]))
    assert (found.requests_peak.mean, found.requests_peak.at_s) == (pytest.approx(10), 17 * HOUR)
    assert found.requests == pytest.approx(1200)


def test_8_a_run_that_lasts_past_midnight() -> None:
    # From 23:00 over 4 hours: 1 of 4 hours today. Yesterday's run, begun at -1 h, brings the other 3: together all.
    once = Source("patch", 400, At([23 * HOUR], 4 * HOUR), ["ns"])
    assert day(once).requests == pytest.approx(100)
    nightly = Source("patch", 400, At([-HOUR, 23 * HOUR], 4 * HOUR), ["ns"])
    assert day(nightly).requests == pytest.approx(400)


@pytest.mark.parametrize(("day_s", "requests"), [(23 * HOUR, 2300), (24 * HOUR, 2400), (25 * HOUR, 2500)])
def test_9_days_of_23_and_25_hours(day_s: float, requests: float) -> None:
    # 100 computers, hourly
    found = day(Source("configuration", 100, Every(HOUR), ["ns"]), day_s=day_s)
    assert found.requests == pytest.approx(requests)
    assert len(found.series.requests_s) == day_s / 60


def test_10_a_transfer_that_takes_its_time() -> None:
    # 8,000 kbit at a pace of 80 kbit/s last 100 s: 3 computers at once offer 240 kbit/s for 100 s, not 24,000 kbit in
    # one second; a link of 240 kbit/s carries it without a queue.
    link = Node("link", NodeKind.LINK, kbit_s=240)
    found = day(Source("package", 3, At([HOUR]), ["link"], 1, 8000, pace_kbit_s=80), node=link)
    assert found.kbit_peak.mean == pytest.approx(240)
    assert (found.kbit, found.waiting.requests) == (pytest.approx(24_000), 0)
    assert found.verdict is Verdict.TIGHT


# --- edges ------------------------------------------------------------------------------------------------------------


def test_nobody_asks_nothing() -> None:
    found = day(Source("configuration", 0, Every(HOUR), ["ns"]))
    assert (found.requests, found.kbit, found.requests_peak.value) == (0, 0, 0)
    assert (found.verdict, found.waiting.requests, set(found.series.requests_s)) == (Verdict.OK, 0, {0.0})


def test_a_server_that_never_catches_up() -> None:
    server = Node("ns", NodeKind.SERVER, requests_s=1)
    found = day(Source("configuration", 7200, Every(HOUR), ["ns"]), node=server)
    assert found.verdict is Verdict.BREAK
    assert found.waiting.drained_s > 86_400


def test_what_is_due_at_both_ends_of_a_minute_counts_once() -> None:
    found = day(Source("often", 60, At([HOUR + 60 * n for n in range(100)]), ["ns"]))
    assert found.requests_peak.mean == pytest.approx(1)


def test_a_short_wait_is_none() -> None:
    assert day(Source("s", 50, At([HOUR]), ["ns"]), node=Node("ns", NodeKind.SERVER, requests_s=100)).busy == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: Every(0),
        lambda: Every(-1),
        lambda: At([0], -1),
        lambda: Node("n", NodeKind.LINK, kbit_s=0),
        lambda: Node("n", NodeKind.LINK, sessions=5, session_s=0),
        lambda: Source("s", -1, Every(1), ["ns"]),
        lambda: Source("s", 1, Every(1), ["ns"], kbit=0),
        lambda: Source("s", float("nan"), Every(1), ["ns"]),
        lambda: Design([NS, NS], []),
        lambda: Design([NS], [Source("s", 1, Every(1), ["elsewhere"])]),
        lambda: Design([NS], [], resolution_s=0),
        lambda: Design(
            [NS, Node("b", NodeKind.LINK)],
            [Source("s", 1, Every(1), ["ns", "b"]), Source("t", 1, Every(1), ["b", "ns"])],
        ),
    ],
)
def test_what_is_refused(make: object) -> None:
    with pytest.raises(InputError):
        make()  # type: ignore[operator]
