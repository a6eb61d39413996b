"""Sets over collections: deciding for one computer, storing, expanding; and groups inside groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import IntegrityError
from itmsctl.targeting import sets
from itmsctl.targeting.definition import Definition
from itmsctl.targeting.grouping import GroupPlace, ancestors, parts_of
from itmsctl.targeting.sets import AnyOf, Both, Either, Everything, SetTree, Without


def some(*ids: int) -> AnyOf:
    return AnyOf(frozenset(ids))


@pytest.mark.parametrize(
    ("tree", "bits", "inside"),
    [
        (Everything(), set(), True),
        (some(1), {1}, True),
        (some(1), {2}, False),
        (some(1, 2), {2, 3}, True),
        (some(), {1}, False),
        (Both(some(1), some(2)), {1}, False),
        (Both(some(1), some(2)), {1, 2}, True),
        (Either(some(1), some(2)), {2}, True),
        (Either(some(1), some(2)), {3}, False),
        (Without(Everything(), some(2)), set(), True),
        (Without(some(1), some(2)), {1, 2}, False),
    ],
)
def test_one_computer_is_decided(tree: SetTree, bits: set[int], inside: bool) -> None:
    assert sets.decider(tree)(bits) is inside


LEAVES = st.one_of(st.just(Everything()), st.frozensets(st.integers(1, 6), min_size=1).map(AnyOf))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Both, inner, inner), st.builds(Either, inner, inner), st.builds(Without, inner, inner)
    ),
    max_leaves=6,
)


@given(TREES)
def test_the_stored_form_reads_back(tree: SetTree) -> None:
    assert sets.from_json(sets.to_json(tree)) == tree


@given(TREES, st.frozensets(st.integers(1, 6)))
def test_strangers_are_those_of_no_collection(tree: SetTree, bits: frozenset[int]) -> None:
    assert sets.holds_strangers(tree) is sets.decider(tree)(frozenset())
    expanded = sets.expanded(tree, {i: frozenset({i, i + 10}) for i in range(1, 7)})
    assert sets.decider(expanded)(bits) is sets.decider(tree)(bits)
    assert sets.decider(expanded)({i + 10 for i in bits}) is sets.decider(tree)(bits)


def test_a_damaged_form_is_refused() -> None:
    with pytest.raises(IntegrityError):
        sets.from_json(["xor", ["all"], ["all"]])


@pytest.mark.parametrize(
    ("definition", "bits", "inside"),
    [
        (Definition(), set(), True),
        (Definition(everywhere=True, filters=(5,)), {5}, True),
        (Definition(everywhere=True, views=(9,), filters=(5,)), {5}, True),
        (Definition(views=(9,), filters=(5,)), {5}, False),
        (Definition(views=(9,), groups=(8,), filters=(5,)), {5, 8}, True),
        (Definition(filters=(5, 6)), {5}, False),
        (Definition(filters=(5, 6), excludes=(7,)), {5, 6}, True),
        (Definition(filters=(5, 6), excludes=(7, 4)), {5, 6, 4}, False),
        (Definition(fits=Without(some(1), some(2)), filters=(5,)), {1, 5}, True),
        (Definition(fits=Without(some(1), some(2)), filters=(5,)), {1, 2, 5}, False),
    ],
)
def test_a_target_is_any_view_every_filter_no_exclusion(definition: Definition, bits: set[int], inside: bool) -> None:
    """TGT-9."""
    assert sets.decider(definition.tree)(bits) is inside
    assert Definition.from_json(definition.to_json()) == definition


def test_groups_hold_what_lies_in_them() -> None:
    places = [GroupPlace(1, 100, None), GroupPlace(2, 100, 1), GroupPlace(3, 100, 2), GroupPlace(4, 101, None)]
    assert parts_of(places) == {
        1: frozenset({1, 2, 3}),
        2: frozenset({2, 3}),
        3: frozenset({3}),
        4: frozenset({4}),
        100: frozenset({1, 2, 3}),
        101: frozenset({4}),
    }
    assert ancestors(3, {p.id: p for p in places}) == [2, 1]


def test_a_ring_of_parents_ends() -> None:
    places = [GroupPlace(1, 9, 2), GroupPlace(2, 9, 1)]
    assert parts_of(places)[1] == frozenset({1, 2})
