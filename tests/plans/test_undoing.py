"""What undoing means, by cases: steps, conflicts, batches."""

from __future__ import annotations

from typing import Any

import pytest

from itmsctl.plans import undoing
from itmsctl.plans.undoing import KeptChange, UndoStep

A, B, C = {"name": "a", "x": 1, "y": 1}, {"name": "b", "x": 2, "y": 1}, {"name": "a", "x": 3, "y": 1}
KEY = ("site", "g")


def change(before: Any, after: Any, guid: str = "g", kind: str = "site") -> KeptChange:
    return KeptChange(kind, guid, (after or before)["name"], before, after)


@pytest.mark.parametrize(
    ("changes", "present", "undone", "steps"),
    [
        ([(None, A)], A, "removed", [("removes", A)]),
        ([(A, None)], None, "created", [("whole", A)]),
        ([(A, B)], B, "updated", [("", {"name": "a", "x": 1})]),
        ([(A, B), (B, C)], C, "updated", [("", {"name": "b", "x": 2}), ("", {"name": "a", "x": 1})]),
        ([(None, A), (A, None)], None, "unchanged", [("whole", A), ("removes", A)]),
        ([(A, B), (B, A)], A, "unchanged", [("", {"name": "b", "x": 2}), ("", {"name": "a", "x": 1})]),
        # a field that only a later change-set touched stays as it is
        ([(A, B)], {**B, "y": 9}, "updated", [("", {"name": "a", "x": 1})]),
        # one that went and came back here, and was changed later, stays too
        ([(A, {**A, "y": 2}), ({**A, "y": 2}, A)], {**A, "y": 9}, "unchanged", [("", {}), ("", {})]),
    ],
)
def test_steps_turn_changes_round(changes: Any, present: Any, undone: str, steps: Any) -> None:
    found = undoing.plan([change(*pair) for pair in changes], {KEY: present}, {})
    assert [net.undone for net in found.nets] == [undone]
    assert found.conflicts == []
    assert [("removes" * s.removes + "whole" * s.whole, dict(s.fields)) for s in found.steps] == steps


@pytest.mark.parametrize(
    ("before", "after", "present", "why"),
    [
        (None, A, None, "it was removed since"),
        (None, A, {**A, "y": 2}, "y is `2`, not `1`"),
        (A, None, A, "it is there again"),
        (A, B, {**B, "x": 7}, "x is `7`, not `2`"),
        (A, B, {**B, "name": "c"}, "name is `c`, not `b`"),
        (A, B, {**B, "x": None}, "x is empty, not `2`"),
        (A, B, None, "it was removed since"),
    ],
)
def test_what_was_changed_since_is_a_conflict(before: Any, after: Any, present: Any, why: str) -> None:
    found = undoing.plan([change(before, after)], {KEY: present}, {})
    assert [conflict.why for conflict in found.conflicts] == [why]
    assert found.steps == []


def test_what_is_reported_is_nobodys_conflict() -> None:
    seen = {**A, "last_seen": "2026-01-05"}
    found = undoing.plan([change(None, A)], {KEY: seen}, {"site": {"last_seen"}})
    assert found.conflicts == []
    assert undoing.unfinished({KEY: A}, {KEY: seen}, {"site": {"last_seen"}}) == []
    assert [c.why for c in undoing.unfinished({KEY: A}, {KEY: C}, {})] == ["it would not be as it was before: x"]


def test_batches_hold_one_kind_one_way_and_no_object_twice() -> None:
    def step(guid: str, kind: str = "site", *, removes: bool = False) -> UndoStep:
        return UndoStep(kind, guid, guid, {}, removes=removes)

    steps = [step("a"), step("b"), step("a"), step("c", removes=True), step("d", removes=True), step("e", "subnet")]
    assert [[s.guid for s in batch] for batch in undoing.batches(steps)] == [["a", "b"], ["a"], ["c", "d"], ["e"]]
    assert list(undoing.batches([])) == []
