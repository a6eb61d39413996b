"""Membership updates: what each looks at, what it writes, and that the log can answer for the past (MEMB-*)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cmdb import chain
from itmsctl.cmdb.rows import change_sets
from itmsctl.cmdb.store import Store
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.targeting.service import names, roster, update
from itmsctl.targeting.service.filters import FILTERS
from itmsctl.targeting.service.groups import GROUPS, VIEWS
from itmsctl.targeting.service.ledger import MembershipPass
from itmsctl.targeting.service.targets import TARGETS
from tests.conftest import FrozenClock
from tests.targeting.conftest import Holds


def add_filter(store: Store, name: str, **fields: Any) -> None:
    store.write(lambda unit: FILTERS.add(unit, name, fields))


def change(store: Store, name: str, **fields: Any) -> None:
    store.write(lambda unit: COMPUTERS.set(unit, name, fields))


def counts(run: MembershipPass) -> tuple[int, int, int, int, int]:
    return run.filters, run.groups, run.targets, run.added, run.removed


def delta(store: Store) -> tuple[int, int, int, int, int]:
    return counts(store.write(update.delta))


def settled(store: Store) -> None:
    """A complete update after a delta changes nothing (MEMB-12)."""
    run = store.write(update.complete)
    assert (run.added, run.removed) == (0, 0)


def test_members_are_there_when_a_filter_is_added(estate: Store, holds: Holds) -> None:
    add_filter(estate, "linux", where="os_family = 'linux'")
    assert holds("linux") == ["ada", "bob", "cyd"]


def test_members_change_through_updates_alone(estate: Store, holds: Holds) -> None:
    """FILT-6."""
    add_filter(estate, "linux", where="os_family = 'linux'")
    change(estate, "dan", os_family="linux")
    assert holds("linux") == ["ada", "bob", "cyd"]
    assert delta(estate)[3:] == (1, 0)
    assert holds("linux") == ["ada", "bob", "cyd", "dan"]
    settled(estate)


def test_a_second_delta_looks_at_nothing(estate: Store) -> None:
    """MEMB-11."""
    add_filter(estate, "linux", where="os_family = 'linux'")
    estate.write(lambda unit: TARGETS.add(unit, "t", {"filters": ["linux"]}))
    delta(estate)
    assert delta(estate) == (0, 0, 0, 0, 0)


def test_only_filters_whose_inputs_changed_are_looked_at(estate: Store) -> None:
    add_filter(estate, "linux", where="os_family = 'linux'")
    add_filter(estate, "prod", where="tags.env = 'prod'")
    add_filter(estate, "near", where="within(address, '10.0.0.0/8')")
    delta(estate)
    estate.write(lambda unit: unit.touch("tags", [1]))
    assert delta(estate)[0] == 1


def test_what_was_never_tagged_is_found_on_new_computers(estate: Store, holds: Holds) -> None:
    add_filter(estate, "untagged", where="tags.env is null")
    add_filter(estate, "placeless", where="site is null")
    delta(estate)
    estate.write(lambda unit: COMPUTERS.add(unit, "new", {}))
    delta(estate)
    assert "new" in holds("untagged")
    assert "new" in holds("placeless")
    settled(estate)


def test_filters_of_time_are_looked_at_in_every_delta(estate: Store, holds: Holds, clock: FrozenClock) -> None:
    add_filter(estate, "fresh", where="created_at > now() - interval '1 day'")
    assert len(holds("fresh")) == 4
    clock.forward(days=2)
    assert delta(estate) == (1, 0, 0, 0, 4)
    settled(estate)


def test_sql_filters_follow_the_views_that_they_name(estate: Store, holds: Holds) -> None:
    add_filter(estate, "prod", sql="SELECT guid FROM v_tag WHERE key = 'env' AND value = 'prod'")
    assert holds("prod") == ["ada", "bob", "dan"]
    delta(estate)
    estate.write(lambda unit: unit.touch("identities", [1]))
    assert delta(estate)[0] == 0
    change(estate, "cyd", tags={"env": "prod"})
    assert delta(estate) == (1, 0, 0, 1, 0)
    assert holds("prod") == ["ada", "bob", "cyd", "dan"]


def test_unknown_guids_are_passed_over(estate: Store, holds: Holds) -> None:
    query = "SELECT upper(guid) AS guid FROM v_computer UNION SELECT name FROM v_computer UNION SELECT NULL FROM v_tag"
    add_filter(estate, "odd", sql=query)
    assert holds("odd") == ["ada", "bob", "cyd", "dan"]


def test_targets_follow_filters_groups_and_new_computers(estate: Store, holds: Holds) -> None:
    """Check TGT-3, TGT-9."""
    add_filter(estate, "linux", where="os_family = 'linux'")
    estate.write(lambda unit: VIEWS.add(unit, "offices", {}))
    estate.write(lambda unit: GROUPS.add(unit, "italy", {"view": "offices"}))
    estate.write(lambda unit: GROUPS.add(unit, "rome", {"parent": "italy", "where": "tags.env = 'prod'"}))
    estate.write(lambda unit: TARGETS.add(unit, "patch", {"views": ["offices"], "filters": ["linux"]}))
    estate.write(lambda unit: TARGETS.add(unit, "rest", {"views": ["all"], "excludes": ["linux"]}))
    assert (holds("patch", "target"), holds("rest", "target")) == (["ada", "bob"], ["dan"])
    change(estate, "bob", tags={"env": "test"})
    estate.write(lambda unit: COMPUTERS.add(unit, "eve", {"os_family": "mac"}))
    delta(estate)
    assert (holds("patch", "target"), holds("rest", "target")) == (["ada"], ["dan", "eve"])
    settled(estate)


def test_a_saved_filter_makes_its_targets_stale_and_the_next_delta_mends_them(estate: Store, holds: Holds) -> None:
    """Check TGT-3, TGT-4."""
    add_filter(estate, "linux", where="os_family = 'linux'")
    add_filter(estate, "other", where="true")
    for name, filter_name in (("t", "linux"), ("u", "other")):
        fields = {"filters": [filter_name]}
        estate.write(lambda unit, n=name, f=fields: TARGETS.add(unit, n, f))
    delta(estate)
    estate.write(lambda unit: FILTERS.set(unit, "linux", {"where": "os_family = 'windows'"}))
    assert holds("linux") == ["dan"]
    assert holds("t", "target") == ["ada", "bob", "cyd"]
    assert delta(estate) == (0, 0, 1, 1, 3)
    assert holds("t", "target") == ["dan"]


def test_a_description_invalidates_nothing(estate: Store) -> None:
    """Check TGT-3: nothing else."""
    add_filter(estate, "linux", where="os_family = 'linux'")
    estate.write(lambda unit: TARGETS.add(unit, "t", {"filters": ["linux"]}))
    delta(estate)
    estate.write(lambda unit: FILTERS.set(unit, "linux", {"description": "penguins"}))
    estate.write(lambda unit: FILTERS.set(unit, "linux", {}, rename="penguins"))
    assert delta(estate) == (0, 0, 0, 0, 0)


def test_moving_a_group_invalidates_the_targets_that_held_it(estate: Store, holds: Holds) -> None:
    """ORG-5."""
    estate.write(lambda unit: VIEWS.add(unit, "offices", {}))
    for name in ("italy", "norway"):
        estate.write(lambda unit, n=name: GROUPS.add(unit, n, {"view": "offices"}))
    estate.write(lambda unit: GROUPS.add(unit, "rome", {"parent": "italy", "members": ["ada"]}))
    for name in ("italy", "norway"):
        estate.write(lambda unit, n=name: TARGETS.add(unit, f"t-{n}", {"groups": [n]}))
    assert (holds("t-italy", "target"), holds("italy", "group")) == (["ada"], ["ada"])
    estate.write(lambda unit: GROUPS.set(unit, "rome", {"parent": "norway"}))
    delta(estate)
    assert (holds("t-italy", "target"), holds("t-norway", "target")) == ([], ["ada"])
    estate.write(lambda unit: GROUPS.remove(unit, "rome"))
    delta(estate)
    assert holds("t-norway", "target") == []
    settled(estate)


def test_policy_updates_changed_targets_and_what_they_use(estate: Store, holds: Holds) -> None:
    """MEMB-4."""
    add_filter(estate, "linux", where="os_family = 'linux'")
    add_filter(estate, "prod", where="tags.env = 'prod'")
    estate.write(lambda unit: TARGETS.add(unit, "t", {"filters": ["linux"]}))
    delta(estate)
    change(estate, "dan", os_family="linux")
    estate.write(lambda unit: FILTERS.set(unit, "linux", {"where": "os_family in ('linux', 'unix')"}))
    assert counts(estate.write(update.policy))[:3] == (1, 0, 1)
    assert holds("t", "target") == ["ada", "bob", "cyd", "dan"]


def test_departures_are_logged_and_named_in_the_past(estate: Store, holds: Holds, clock: FrozenClock) -> None:
    add_filter(estate, "linux", where="os_family = 'linux'")
    add_filter(estate, "hand", members=["ada", "dan"])
    before = clock()
    clock.forward(hours=1)
    estate.write(lambda unit: COMPUTERS.remove(unit, "ada"))
    clock.forward(hours=1)
    change(estate, "bob", os_family="mac")
    delta(estate)
    assert (holds("linux"), holds("hand")) == (["cyd"], ["dan"])

    def at(moment: Any) -> list[tuple[str, bool]]:
        with estate.read() as reader:
            found = names.find(reader, "linux")
            return [(row["name"], row["gone"]) for row in roster.members_at(reader, {found.id}, moment)]

    assert at(before) == [("ada", True), ("bob", False), ("cyd", False)]
    assert at(before.replace(hour=10, minute=30)) == [("bob", False), ("cyd", False)]
    assert at(clock()) == [("cyd", False)]
    assert at(before.replace(year=2000)) == []
    settled(estate)


def test_every_run_is_listed_with_its_counts(estate: Store, clock: FrozenClock) -> None:
    """MEMB-10."""
    add_filter(estate, "linux", where="os_family = 'linux'")
    clock.forward(minutes=5)
    change(estate, "dan", os_family="linux")
    started = clock()
    estate.write(lambda unit: update.delta(unit, lambda: clock.moment.replace(second=7)))
    with estate.read() as reader:
        latest, *_, first = roster.run_rows(reader, None)
    assert latest == {
        "kind": "delta", "started_at": started, "ended_at": started.replace(second=7), "filters": 1, "groups": 0,
        "targets": 0, "computers": 4, "added": 1, "removed": 0,
    }  # fmt: skip
    assert (first["kind"], first["added"]) == ("definition", 3)


def test_a_merge_hands_over_what_was_put_in_by_hand(estate: Store, holds: Holds) -> None:
    from itmsctl.resources.service.merge import merge

    add_filter(estate, "hand", members=["ada", "cyd"])
    estate.write(lambda unit: TARGETS.add(unit, "t", {"filters": ["hand"]}))
    estate.write(lambda unit: merge(unit, "dan", "ada"))
    delta(estate)
    assert (holds("hand"), holds("t", "target")) == (["cyd", "dan"], ["cyd", "dan"])
    settled(estate)


@pytest.mark.parametrize("count", [1, 150])
def test_many_changes_go_the_whole_way_to_the_same_end(estate: Store, holds: Holds, count: int) -> None:
    add_filter(estate, "linux", where="os_family = 'linux'")
    add_filter(estate, "hand", members=["ada"])
    estate.write(lambda unit: TARGETS.add(unit, "t", {"filters": ["linux"], "excludes": ["hand"]}))
    for n in range(count):
        estate.write(lambda unit, n=n: COMPUTERS.add(unit, f"pc{n:03}", {"os_family": "linux"}))
    delta(estate)
    assert len(holds("linux")) == count + 3
    assert len(holds("t", "target")) == count + 2
    settled(estate)


def test_freshen_does_nothing_where_nothing_waits(estate: Store) -> None:
    delta(estate)
    assert estate.write(update.freshen) is None
    change(estate, "ada", os_family="mac")
    with estate.read() as reader:
        assert update.wanted(reader)
    assert estate.write(update.freshen) is not None


def test_a_dry_run_changes_nothing(estate: Store, holds: Holds) -> None:
    add_filter(estate, "linux", where="os_family = 'linux'")
    change(estate, "dan", os_family="linux")
    assert estate.write(update.delta, dry_run=True).added == 1
    assert holds("linux") == ["ada", "bob", "cyd"]
    assert delta(estate)[3] == 1


def test_membership_is_in_the_audit_as_counts(estate: Store) -> None:
    add_filter(estate, "linux", where="os_family = 'linux'")
    change(estate, "dan", os_family="linux")
    delta(estate)
    with estate.read() as reader:
        summary = reader.scalar(sa.select(change_sets.c.summary).order_by(change_sets.c.seq.desc()).limit(1))
        assert summary == {"member": {"added": 1, "removed": 0}}
        assert chain.verify(reader.connection) > 0
