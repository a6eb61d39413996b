"""What arrives is put as its owner has it; nothing else is touched, and nothing is lost unsaid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.rows import change_sets
from itmsctl.errors import NotOwnerError, ReplicatedLockedError
from itmsctl.replication.service import conflicts, opening
from itmsctl.resources.kinds import COMPUTER
from itmsctl.schedules.kinds import SCHEDULE
from itmsctl.sites.kinds import SITE, SUBNET
from itmsctl.targeting.kinds import FILTER
from tests.conftest import FrozenClock
from tests.replication.servers import TestServer

ITEMS = (SCHEDULE, FILTER)


def _daily(at: TestServer, name: str = "nightly", when: str = "03:00") -> str:
    return at.add(SCHEDULE, name, daily=when, time_zone="UTC")


def test_items_come_down_and_come_again_for_nothing(here: TestServer, parent: TestServer) -> None:
    guid = _daily(parent)
    puts = parent.puts(ITEMS)
    first = parent.send(here, puts)
    assert here.all(SCHEDULE)[guid] == parent.all(SCHEDULE)[guid]
    assert first.counts["created"] >= 1
    with here.store.read() as reader:
        before = reader.scalar(_count_change_sets())
    again = parent.send(here, puts)
    assert again.counts == {"unchanged": len(puts)}
    with here.store.read() as reader:
        assert reader.scalar(_count_change_sets()) == before


def test_a_change_and_a_removal_follow(here: TestServer, parent: TestServer) -> None:
    guid = _daily(parent)
    parent.send(here, parent.puts(ITEMS))
    parent.store.write(lambda unit: SCHEDULE.load_shelf().set(unit, "nightly", {"daily": "04:00"}, rename="early"))
    parent.send(here, parent.puts(ITEMS))
    assert here.all(SCHEDULE)[guid] == parent.all(SCHEDULE)[guid]
    gone = {
        "op": "gone",
        "kind": "schedule",
        "guid": guid,
        "name": "early",
        "at": "2026-12-01T00:00:00.000000Z",
        "purge": False,
    }
    assert parent.send(here, [gone]).counts == {"removed": 1}
    assert guid not in here.all(SCHEDULE)
    assert parent.send(here, [gone]).counts == {"gone before": 1}


def test_a_complete_list_takes_away_what_is_there_no_longer(here: TestServer, parent: TestServer) -> None:
    guid = _daily(parent)
    own = _daily(here, "own")
    parent.send(here, parent.puts([SCHEDULE]))
    left = [one for one in parent.all(SCHEDULE) if one != guid]
    parent.send(here, [{"op": "complete", "kind": "schedule", "guids": left}])
    assert guid not in here.all(SCHEDULE)
    assert own in here.all(SCHEDULE)


def test_a_child_edits_only_what_its_parent_opened(here: TestServer, parent: TestServer) -> None:
    guid = _daily(parent)
    parent.send(here, parent.puts(ITEMS))
    with pytest.raises(ReplicatedLockedError) as refused:
        here.set(SCHEDULE, "nightly", time_zone="Europe/Rome")
    assert "parent `head`" in refused.value.message
    assert "hierarchy editable schedule/nightly --field time_zone" in refused.value.hint
    with pytest.raises(ReplicatedLockedError):
        here.store.write(lambda unit: SCHEDULE.load_shelf().remove(unit, "nightly"))
    parent.store.write(lambda unit: opening.open_fields(unit, "schedule/nightly", ["time_zone"]))
    parent.send(here, parent.puts(ITEMS))
    here.set(SCHEDULE, "nightly", time_zone="Europe/Rome")
    with pytest.raises(ReplicatedLockedError):
        here.set(SCHEDULE, "nightly", daily="05:00")
    parent.set(SCHEDULE, "nightly", daily="04:00")
    parent.send(here, parent.puts(ITEMS))  # both survive
    assert here.all(SCHEDULE)[guid] | {"time_zone": "utc"} == parent.all(SCHEDULE)[guid]
    assert here.get(SCHEDULE, "nightly")["time_zone"] == "Europe/Rome"
    parent.store.write(lambda unit: opening.open_fields(unit, "schedule/nightly", ["time_zone"], off=True))
    closed = parent.send(here, parent.puts(ITEMS))
    assert closed.overwritten == [("schedule", "nightly", "time_zone")]
    assert here.all(SCHEDULE)[guid] == parent.all(SCHEDULE)[guid]
    with here.store.read() as reader:
        (said,) = conflicts.listed(reader, every=True)
    assert said.why == "time_zone was Europe/Rome"


def test_a_name_that_clashes_is_the_parents(here: TestServer, parent: TestServer) -> None:
    mine = _daily(here, when="01:00")
    theirs = _daily(parent)
    parent.send(here, parent.puts(ITEMS))
    found = here.all(SCHEDULE)
    assert found[theirs]["name"] == "nightly"
    assert found[mine]["name"] == f"nightly@{mine[:8]}"
    assert found[mine]["daily"] == "01:00"


def test_two_sites_of_one_name_are_one_and_what_names_them_stays(here: TestServer, parent: TestServer) -> None:
    here.add(SITE, "rome")
    here.add(SUBNET, "10.0.0.0/8", site="rome")
    guid = parent.add(SITE, "rome", region="Lazio")
    assert parent.send(here, parent.puts([SITE])).counts["merged"] == 1
    assert here.all(SITE)[guid]["region"] == "Lazio"
    assert here.get(SUBNET, "10.0.0.0/8")["site"] == "rome"


def test_what_cannot_be_put_waits_and_the_rest_goes_on(here: TestServer, parent: TestServer) -> None:
    parent.add(SITE, "rome")
    guid = parent.add(SUBNET, "10.0.0.0/8", site="rome")
    _daily(parent)
    records = parent.puts([SUBNET, SCHEDULE])  # without the site
    applied = parent.send(here, records)
    assert applied.refused[0][:2] == ("subnet", guid)
    assert here.get(SCHEDULE, "nightly")
    with here.store.read() as reader:
        (waits,) = conflicts.listed(reader)
    assert waits.theirs is not None
    assert waits.theirs["site"] == "rome"
    parent.send(here, parent.puts([SITE, SUBNET]))
    with here.store.read() as reader:
        assert conflicts.listed(reader) == []
    assert here.all(SUBNET)[guid]["site"] == "rome"


def test_computers_go_up_and_stay_their_childs(here: TestServer, child: TestServer) -> None:
    guids = {child.add(COMPUTER, f"pc{n}", serial=[f"S{n}X"]) for n in range(30)}
    child.send(here, child.puts([COMPUTER]))
    assert set(here.all(COMPUTER)) == guids
    with pytest.raises(ReplicatedLockedError):
        here.set(COMPUTER, "pc1", description="no")
    child.set(COMPUTER, "pc1", description="yes")
    child.send(here, child.puts([COMPUTER]))
    assert here.get(COMPUTER, "pc1")["description"] == "yes"
    gone = {"op": "gone", "kind": "computer", "guid": min(guids), "name": "x", "at": "2026-12-01T00:00:00.000000Z"}
    assert child.send(here, [gone | {"purge": False}]).counts == {"left": 1}
    assert min(guids) in here.all(COMPUTER)
    assert child.send(here, [gone | {"purge": True}]).counts == {"removed": 1}


FOREIGN: dict[str, Callable[[TestServer, TestServer, TestServer], list[dict[str, object]]]] = {
    "an item": lambda here, child, other: (_daily(child), child.puts([SCHEDULE]))[1],
    "a computer of this server": lambda here, child, other: (here.add(COMPUTER, "mine"), here.puts([COMPUTER]))[1],
    "a computer of another child": lambda here, child, other: (
        other.add(COMPUTER, "theirs"),
        other.send(here, other.puts([COMPUTER])),
        [one | {"owner": child.guid} for one in other.puts([COMPUTER])],
    )[2],
    "a computer that this server is to own": lambda here, child, other: (
        child.add(COMPUTER, "c"),
        [one | {"owner": here.guid} for one in child.puts([COMPUTER])],
    )[1],
}


@pytest.mark.parametrize("case", FOREIGN)
def test_a_child_that_sends_what_is_not_its_own_is_refused_whole(
    here: TestServer, child: TestServer, server: Callable[[str], TestServer], case: str
) -> None:
    other = server("oslo")
    here.link(other, "child")
    bad = FOREIGN[case](here, child, other)
    child.add(COMPUTER, "good")
    good = [one for one in child.puts([COMPUTER]) if one["name"] == "good"]
    before = here.all(COMPUTER), here.all(SCHEDULE)
    with pytest.raises(NotOwnerError) as refused:
        child.send(here, [*good, *bad])
    assert refused.value.exit_status == 14
    assert (here.all(COMPUTER), here.all(SCHEDULE)) == before


def test_one_computer_of_two_children_is_merged_the_same_in_every_order(
    here: TestServer, child: TestServer, server: Callable[[str], TestServer], clock: FrozenClock
) -> None:
    other = server("oslo")
    here.link(other, "child")
    first = child.add(COMPUTER, "laptop", serial=["ABC123X"], description="before")
    child.send(here, child.puts([COMPUTER]))
    clock.forward(seconds=60)
    second = other.add(COMPUTER, "laptop", serial=["ABC123X"], description="after")
    other.send(here, other.puts([COMPUTER]))
    survivor = min(first, second)
    assert {guid: one["description"] for guid, one in here.all(COMPUTER).items()} == {survivor: "after"}
    assert here.get(COMPUTER, "laptop")["name"] == "laptop"
    assert set(other.all(COMPUTER)) == {survivor}
    child.send(here, child.puts([COMPUTER]))  # it is told, not refused
    assert set(child.all(COMPUTER)) == {survivor}
    assert child.puts([COMPUTER]) == []
    with pytest.raises(ReplicatedLockedError):
        child.set(COMPUTER, "laptop", description="mine")
    other.set(COMPUTER, "laptop", description="later")
    other.send(here, other.puts([COMPUTER]))
    assert here.get(COMPUTER, "laptop")["description"] == "later"


def _count_change_sets() -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(change_sets)
