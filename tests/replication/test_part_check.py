"""Verification by parts: many objects are cut into small ones, so that no answer grows with how many there are."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.errors import BadRecordError
from itmsctl.replication.applied import MOST_HELD, Applied
from itmsctl.replication.part_check import MOST_IN_PART, MOST_PARTS, PartCheck, checks_of, part_digest, part_of
from itmsctl.replication.records import parsed, written
from itmsctl.schedules.kinds import SCHEDULE
from tests.replication.servers import TestServer


@given(count=st.integers(0, 2000), parts=st.sampled_from([1, 3, 10, 100, 9999]), data=st.data())
@settings(max_examples=30, deadline=None)
def test_small_parts_are_the_part_and_bounded(count: int, parts: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, parts - 1))
    guids = (f"{n:08x}-0000-4000-8000-000000000000" for n in range(count))
    hashes = {guid: f"{guid}#" for guid in guids if part_of(guid, parts) == part}
    checks = list(checks_of("computer", hashes, part, parts))
    assert sum(one.count for one in checks) == len(hashes)
    for one in checks:
        its = {guid: found for guid, found in hashes.items() if part_of(guid, one.parts) == one.part}
        assert (one.count, one.digest) == (len(its), part_digest(its))
        assert one.part < one.parts <= MOST_PARTS
        assert one.part % parts == part
        assert one.count < 2 * MOST_IN_PART or one.parts > MOST_PARTS // 2


def test_an_answer_names_a_bounded_number_of_objects() -> None:
    applied = Applied()
    held = {f"{n:08x}-0000-4000-8000-000000000000": "a" * 64 for n in range(MOST_HELD - 1)}
    for part in range(2000):
        applied.differ("virtual-machine", part, MOST_PARTS, held)
    answer = applied.as_dict()["differing"]
    assert len(json.dumps(answer)) < 500_000
    assert [one[3] is None for one in answer] == [False, *[True] * 1999]


def test_checks_of_a_kind_cut_it_in_one_way(here: TestServer, parent: TestServer) -> None:
    parent.send(here, parent.puts([SCHEDULE]))
    checks = [PartCheck("schedule", 0, parts, part_digest({}), 0) for parts in (2, 3)]
    with pytest.raises(BadRecordError, match="in several ways"):
        parent.send(here, [parsed(written(one)) for one in checks])
