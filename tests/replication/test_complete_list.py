"""What a server has of a kind, told in parts: together they are the whole, and each takes away only within its ends."""

from __future__ import annotations

import itertools
import random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.errors import BadRecordError
from itmsctl.replication import records
from itmsctl.replication.complete_list import MOST_LISTED, CompleteList, complete_lists
from itmsctl.sites.kinds import SITE
from tests.replication.servers import TestServer

GUIDS = st.sets(st.integers(0, 2**128 - 1).map(lambda n: str(UUID(int=n))), max_size=40)


@given(there=GUIDS, gone=GUIDS, most=st.integers(1, 9), data=st.data())
@settings(max_examples=200, deadline=None)
def test_parts_in_any_order_are_the_whole_and_missing_ones_take_nothing_away(
    there: set[str], gone: set[str], most: int, data: st.DataObject
) -> None:
    gone -= there
    parts = list(complete_lists("computer", there, most))
    assert all(len(part.guids) <= most for part in parts)
    assert sorted(itertools.chain.from_iterable(part.guids for part in parts)) == sorted(there)
    for guid in there | gone:
        assert sum(part.covers(guid) for part in parts) == 1
    arrived = data.draw(st.lists(st.sampled_from(parts), unique=True))
    held = there | gone
    for part in arrived:
        assert records.read(records.parsed(records.written(part))) == part
        held -= {guid for guid in held if part.covers(guid) and guid not in part.guids}
    assert held == there | {guid for guid in gone if not any(part.covers(guid) for part in arrived)}


def test_a_million_computers_fit_into_records() -> None:
    guids = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(1_000_000)]
    lines = list(map(records.written, complete_lists("computer", guids)))
    assert (len(lines), max(map(len, lines)) < 1_000_000) == (50, True)
    assert len(records.parsed(lines[-1])["guids"]) == MOST_LISTED


@pytest.mark.parametrize("ends", [{"first": "b"}, {"before": "b"}, {"first": ""}, {"before": 3}])
def test_ends_that_are_none_are_refused(ends: dict[str, object]) -> None:
    with pytest.raises(BadRecordError):
        records.read({"op": "complete", "kind": "computer", "guids": [], **ends})


def test_a_part_that_names_what_lies_outside_its_ends_is_refused() -> None:
    low, high = (str(UUID(int=n, version=4)) for n in (1, 2**100))
    for outside in (CompleteList("computer", (low,), first=high), CompleteList("computer", (high,), before=high)):
        with pytest.raises(BadRecordError, match="outside its ends"):
            records.read(records.parsed(records.written(outside)))


def test_parts_that_arrive_take_away_their_share(here: TestServer, parent: TestServer) -> None:
    """Both engines compare GUIDs as the sender does; what came by another rule, or is this server's own, stays."""
    guids = sorted(parent.add(SITE, f"site-{n:02}") for n in range(12))
    own = here.add(SITE, "own")
    parent.send(here, parent.puts([SITE]))
    by_another_rule = parent.add(SITE, "other")
    puts = [one for one in parent.puts([SITE]) if one["guid"] == by_another_rule]
    parent.send(here, puts, rule="another")
    left = [guid for n, guid in enumerate(guids) if n % 3]
    parts = list(complete_lists("site", left, 2))
    random.Random(7).shuffle(parts)
    missing = parts.pop()
    parent.send(here, [records.parsed(records.written(one)) for one in parts])
    stays = {guid for guid in guids if missing.covers(guid)} - set(left)
    assert here.all(SITE).keys() - {own, by_another_rule} == {*left, *stays}
    parent.send(here, [records.parsed(records.written(missing))])
    assert here.all(SITE).keys() == {*left, own, by_another_rule}
