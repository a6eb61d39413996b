"""A snapshot simulated: who asks whom when, worst cases as set, and proposals that pass their own check."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from itmsctl.errors import FieldError, InputError
from itmsctl.sizing.service.numbers import printed
from itmsctl.sizing.service.simulating import Options, Simulation, propose, simulate
from itmsctl.sizing.simulation.assumed import assuming
from itmsctl.sizing.simulation.outcome import Verdict
from itmsctl.sizing.snapshot import (
    DesignManagementServer,
    DesignSite,
    DesignSiteServer,
    DesignTask,
    DesignWindow,
    Snapshot,
)
from tests.sizing.simulation.designs import LONDON, MONDAY, NOW, OSLO, ROME, company, policy, schedule

HOUR = 3600.0
DAY = Options("2026-11-30")
HQ = "management-server/hq"


def run(snapshot: Snapshot, *assume: str, options: Options = DAY) -> Simulation:
    return simulate(snapshot, assuming(printed(), assume), options)


def test_agents_of_all_sites_ask_the_management_server() -> None:
    # 1,500 computers in the band of 1,000 to 5,000: hourly 3 kbit, daily 22.5 kbit, and without a task server their
    # polls too, every 30 min, 2 kbit. Requests 1500 x (24 + 1 + 48), kbit 1500 x (24 x 3 + 22.5 + 48 x 2).
    found = run(company((ROME, OSLO)))
    hq = found.run.node(HQ)
    assert (hq.requests, hq.kbit) == (pytest.approx(1500 * 73), pytest.approx(1500 * 190.5))
    link = found.run.node("link/oslo")
    assert (link.requests, link.kbit) == (pytest.approx(300 * 73), pytest.approx(300 * 190.5))
    assert found.run.node("link/rome").requests == 0  # the server stands there


def test_the_interval_that_is_set_counts() -> None:
    found = run(company((ROME,), hq={"agent_interval_s": 2 * HOUR}))
    assert found.run.node(HQ).requests == pytest.approx(1200 * (12 + 1 + 48))
    assert [d.minutes for d in found.delays if d.subject == "hq" and d.id == "policy-pickup"] == [125]


def test_task_servers_take_the_polls_and_ask_for_themselves() -> None:
    server = DesignSiteServer("ts", frozenset({"task"}), frozenset({"oslo"}))
    found = run(company((ROME, OSLO), site_servers=(server,)))
    # oslo: 48 polls of each of 300; hq: 25 of all, 48 of rome's, and one update every 5 minutes
    assert found.run.node("site-server/ts").requests == pytest.approx(300 * 48)
    assert found.run.node(HQ).requests == pytest.approx(1500 * 25 + 1200 * 48 + 288)
    (_, traffic), *_ = found.task_traffic
    assert (traffic.polls, traffic.updates, traffic.tickles) == (3000, 12, 12)


def test_a_full_inventory_crosses_the_link_and_waits() -> None:
    # 300 x 2,400 kbit = 720,000 kbit on 4,000 kbit/s: 180 s
    link = run(company((ROME, OSLO), policy("full", "full-inventory", MONDAY, (ROME, OSLO)))).run.node("link/oslo")
    assert link.verdict is Verdict.BREAK
    assert link.waiting.at_s == 18 * HOUR
    assert link.waiting.longest_wait_s == pytest.approx(180, rel=0.01)


def test_each_computers_own_clock_makes_a_peak_of_its_own() -> None:
    own = schedule("computer", weekly="monday 18:00")
    sites = (DesignSite("rome", 600, time_zone="Europe/Rome"), DesignSite("london", 600, time_zone="Europe/London"))
    one, other = (run(company(sites, policy("full", "full-inventory", when, sites))) for when in (own, MONDAY))
    # 600 x 10 requests within a minute in each zone, an hour apart; 1,200 x 10 where the server's clock counts
    assert one.run.node(HQ).requests_peak.mean == pytest.approx(100, rel=0.02)
    assert other.run.node(HQ).requests_peak.mean == pytest.approx(200, rel=0.02)
    assert one.run.node(HQ).requests == pytest.approx(other.run.node(HQ).requests)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-30", 24)])
def test_days_on_which_clocks_change(day: str, hours: int) -> None:
    found = run(company((ROME,)), options=Options(day))
    assert found.day.length_s == hours * HOUR
    assert found.run.node(HQ).requests == pytest.approx(1200 * 73 * hours / 24)


def test_what_was_spread_from_the_day_before_is_there() -> None:
    nightly = schedule(daily="23:00")
    snapshot = company((ROME,), policy("scan", "delta-inventory", nightly, (ROME,), splay_s=4 * HOUR))
    # every day has a whole run of 3 requests each: 3 hours of the last and 1 hour of its own
    assert run(snapshot).run.node(HQ).requests == pytest.approx(1200 * (73 + 3))


def test_a_task_is_fetched_run_and_reported() -> None:
    server = DesignSiteServer("ts", frozenset({"task"}), frozenset({"oslo"}))
    tasks = policy("clean", "task", MONDAY, (OSLO,))
    calm, busy = (run(company((ROME, OSLO), *p, site_servers=(server,))) for p in ((), (tasks,)))
    for name, more in (("site-server/ts", 600), ("link/oslo", 300), (HQ, 300)):
        # to the task server each computer's fetch and status; from there the status alone
        assert busy.run.node(name).requests - calm.run.node(name).requests == pytest.approx(more)
    peak = busy.run.node(HQ).requests_peak
    assert 18 * HOUR < peak.at_s < 18 * HOUR + 90  # it runs 30 to 90 s


def test_a_package_server_takes_downloads_off_the_link() -> None:
    package = DesignSiteServer("ps", frozenset({"package"}), frozenset({"oslo"}))
    patches = policy("patches", "patch", MONDAY, (OSLO,), splay_s=8 * HOUR)
    far, near = (run(company((ROME, OSLO), patches, site_servers=s)) for s in ((), (package,)))
    # 300 x 400,000 kbit x 6/8 of them today, or one copy of 400,000 kbit
    assert far.run.node("link/oslo").kbit > 300 * 400_000 * 0.7
    assert near.run.node("link/oslo").kbit == pytest.approx(400_000 + 300 * (80 * 0.75 + 190.5), rel=0.05)
    assert near.run.node("site-server/ps").kbit > 300 * 400_000 * 0.7


def test_a_child_replicates_to_its_parent() -> None:
    sites = (DesignSite("a", 100, link_kbit=8000), DesignSite("b", 200))
    servers = (
        DesignManagementServer("child", computers=100, site="a", sites=("a",), parent="top"),
        DesignManagementServer("top", computers=200, site="b", sites=("b",)),
    )
    found = run(Snapshot(NOW, "UTC", 300, servers, sites))
    # 100 computers x 20 kbit a day, across the child's link; two arrivals: printed, and as set 120 + 2 x 65
    assert found.run.node("link/a").kbit == pytest.approx(2000)
    assert found.run.node("management-server/top").kbit == pytest.approx(200 * 190.5 + 2000)
    arrival = next(d for d in found.delays if d.id == "package-arrival" and d.subject == "child")
    assert sum(arrival.steps[i].minutes for i in (1, 3, 4)) == 65 + 1440 + 65
    late = {d.subject: d.minutes for d in found.delays if d.id == "patch-latency"}
    assert late["child"] - late["top"] == 1440


def test_printed_worst_cases_stand_beside_those_as_set() -> None:
    found = [(d.reading, d.minutes) for d in run(company((ROME,))).delays if d.id == "policy-pickup"]
    assert found == [("as printed", 75), ("delta update of 6-2", 65), ("as set", 65)]


def test_the_wait_for_a_window_is_the_gap_between_two() -> None:
    window = DesignWindow("sunday", "maintenance", schedule(weekly="sunday 02:00"), 4 * HOUR, everywhere=True)
    late = next(d for d in run(company((ROME,), windows=(window,))).delays if d.id == "patch-latency")
    assert late.reading == "window sunday"
    assert next(step.minutes for step in late.steps if "window begins" in step.what) == 7 * 1440 - 240


def test_growth_counts_a_year_of_runs() -> None:
    (found,) = run(company((ROME,), policy("full", "full-inventory", MONDAY, (ROME,)))).growth
    # 52 Mondays in 365 days from a Thursday, 20 kB each; 4 of them in 30 days
    assert found.year_mb == pytest.approx(1200 * 20 * 52 / 1000)
    assert found.month_mb == pytest.approx(1200 * 20 * 4 / 1000)
    assert (found.least_mb, found.most_mb) == (300 + 900, 300 + 1200)


# --- the day ----------------------------------------------------------------------------------------------------------


def test_without_a_day_the_busiest_is_taken() -> None:
    snapshot = company(
        (ROME,),
        policy("full", "full-inventory", MONDAY, (ROME,)),
        policy("clean", "task", schedule(daily="03:00"), (ROME,)),
    )
    assert run(snapshot, options=Options()).day.date.isoformat() == "2026-11-30"
    assert run(company((ROME,)), options=Options()).day.date.isoformat() == "2026-11-27"  # nothing scheduled: tomorrow


@pytest.mark.parametrize("day", ["monday", "2026-02-30", "1969-01-01", "9999-12-31", ""])
def test_days_that_are_none(day: str) -> None:
    with pytest.raises(InputError):
        run(company((ROME,)), options=Options(day))


# --- edges ------------------------------------------------------------------------------------------------------------


def test_an_empty_cmdb_is_simulated() -> None:
    found = run(Snapshot(NOW))
    assert [node.name for node in found.nodes] == ["management-server/management server"]
    assert found.nodes[0].requests == 0
    assert propose(found).proposals == []


def test_a_server_that_names_a_count_and_no_site() -> None:
    planned = DesignManagementServer("hq", computers=5000, computers_from="planned")
    full = policy("full", "full-inventory", MONDAY, ())
    found = run(Snapshot(NOW, "Europe/Rome", 0, (planned,), policies=(full,)))
    assert found.run.node(HQ).requests == pytest.approx(5000 * (73 + 10))


def test_two_managers_share_a_site() -> None:
    servers = tuple(DesignManagementServer(n, computers=600, sites=("rome",), site="rome") for n in ("a", "b"))
    found = run(Snapshot(NOW, "Europe/Rome", 1200, servers, (ROME,)))
    assert [node.requests for node in found.nodes[:2]] == [pytest.approx(600 * 73)] * 2


def test_what_is_left_out_is_said() -> None:
    lonely, event = (
        DesignSite("lonely", 7),
        replace(policy("on join", "task", MONDAY, ()), schedule=None, event="joined"),
    )
    servers = tuple(DesignManagementServer(n, computers=600, sites=("rome",)) for n in ("a", "b"))
    found = run(Snapshot(NOW, "Europe/Rome", 1207, servers, (lonely, ROME), policies=(event,)))
    assert [one.what for one in found.left_out] == ["policy on join", "site lonely"]


@pytest.mark.parametrize(("kind", "more"), [("membership-update", 0), ("purge", 0), ("command", 2)])
def test_what_runs_on_the_server_asks_nothing_of_computers(kind: str, more: int) -> None:
    care = policy("care", "task", MONDAY, (ROME,), tasks=(DesignTask("care", kind),))
    found = run(company((ROME,), care))
    assert found.run.node(HQ).requests == pytest.approx(1200 * (73 + more))
    assert [one.what for one in found.left_out] == ([] if more else ["policy care"])


def test_disabled_policies_do_nothing() -> None:
    off = replace(policy("full", "full-inventory", MONDAY, (ROME,)), enabled=False)
    assert run(company((ROME,), off)).run.node(HQ).requests == pytest.approx(1200 * 73)


@pytest.mark.parametrize(
    "said",
    [
        "full_inventory.kbits=1",
        "full_inventory.kbit=0",
        "full_inventory.kbit=x",
        "full_inventory.kbit=nan",
        "full_inventory.kbit",
        "task.db_kb=-1",
        "=",
        "",
    ],
)
def test_assumptions_that_are_none(said: str) -> None:
    with pytest.raises(FieldError):
        assuming(printed(), [said])


def test_assumptions_are_taken() -> None:
    full = policy("full", "full-inventory", MONDAY, (ROME,))
    assert run(company((ROME,), full), "full_inventory.requests=4").run.node(HQ).requests == pytest.approx(1200 * 77)
    numbers = assuming(printed(), ["task.db_kb=0"])
    assert numbers.cell("simulation", "task.db_kb").source == "--assume"


# --- proposals --------------------------------------------------------------------------------------------------------

SITES = (ROME, OSLO, LONDON)
PROPOSED: list[tuple[str, tuple[Any, ...]]] = [
    ("a full inventory at once", (policy("full", "full-inventory", MONDAY, SITES),)),
    ("two that collide", (policy("full", "full-inventory", MONDAY, SITES),
                          policy("delta", "delta-inventory", MONDAY, SITES))),
    ("names that a shell reads", (policy("it's $(all)", "full-inventory", MONDAY, SITES),)),
    ("spread already, but too little", (policy("full", "full-inventory", MONDAY, SITES, splay_s=120.0),)),
]  # fmt: skip


@pytest.mark.parametrize("policies", [p for _, p in PROPOSED], ids=[name for name, _ in PROPOSED])
def test_a_proposal_passes_its_own_check(policies: tuple[Any, ...]) -> None:
    snapshot = company(SITES, *policies)
    first = run(snapshot)
    assert first.broken
    found = propose(first)
    assert found.proposals
    assert all(one.carries for one in found.proposals)
    # simulated once more, from the snapshot that it answers: nothing breaks
    assert list(run(found.snapshot).broken) == []
    assert list(found.run.broken) == []


def test_a_proposal_is_the_smallest_of_its_steps() -> None:
    snapshot = company(SITES, policy("full", "full-inventory", MONDAY, SITES))
    (found,) = propose(run(snapshot)).proposals
    # oslo: 300 x 2,400 kbit on 4,000 kbit/s take 180 s, so 5 minutes are 60 % of the link on average and less than all
    # with what comes by chance; hq: 2,100 x 10 requests on 100/s take 210 s, so 5 minutes are 70 %.
    assert (found.kind, found.subject, found.after_s) == ("splay", "full", 300)
    assert found.command == "itmsctl policy set full --splay 5m"


def test_policies_that_do_no_harm_are_left_alone() -> None:
    snapshot = company(
        SITES,
        policy("full", "full-inventory", MONDAY, SITES),
        policy("clean", "task", schedule(daily="03:00"), (OSLO,)),
    )
    assert [one.subject for one in propose(run(snapshot)).proposals] == ["full"]


def test_a_command_is_quoted_for_the_shell() -> None:
    (found,) = propose(run(company(SITES, policy("it's $(all)", "full-inventory", MONDAY, SITES)))).proposals
    assert found.command.startswith("""itmsctl policy set 'it'"'"'s $(all)' --splay """)


def test_what_no_spread_mends_needs_more() -> None:
    thin = DesignSite("thin", 300, link_kbit=64)
    snapshot = company((ROME, thin), policy("full", "full-inventory", MONDAY, (ROME, thin)))
    found = propose(run(snapshot))
    # 300 x 2,400 kbit in a day are 8.3 kbit/s on average, but two at once in a minute are 80: no spread fixes it
    last = found.proposals[-1]
    assert (last.kind, last.subject, last.carries) == ("capacity", "link/thin", False)
    assert last.command.startswith("itmsctl site set thin --link-kbit ")
    assert [node.name for node in found.run.broken] == ["link/thin"]


def test_downloads_that_fill_a_link_want_a_package_server() -> None:
    snapshot = company((ROME, OSLO), policy("office", "delivery", MONDAY, (OSLO,), payload_kbit=8_000_000.0))
    assert "itmsctl server add COMPUTER --service package --site oslo" in [
        one.command for one in propose(run(snapshot)).proposals
    ]


def test_agents_that_ask_too_often_are_told_to_ask_less() -> None:
    task = DesignSiteServer("ts", frozenset({"task"}), frozenset({"big"}))
    snapshot = company((DesignSite("big", 35_000),), hq={"agent_interval_s": 300.0}, site_servers=(task,))
    found = propose(run(snapshot))
    assert [one.command for one in found.proposals] == ["itmsctl management-server set hq --agent-interval 1h"]
    assert list(run(found.snapshot).broken) == []


def test_nothing_breaks_nothing_is_proposed() -> None:
    found = run(company((ROME,)))
    assert propose(found).proposals == []
