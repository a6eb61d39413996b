"""The one form of rows, their digests, and differences between two reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.inventory.canonical import form_of
from itmsctl.inventory.definition import ClassColumn, DataClass
from itmsctl.inventory.delta import ClassReport, DeltaMismatchError, apply, diff, report
from itmsctl.inventory.forming import Fault, class_digest
from itmsctl.values.kind import Type

DISKS = DataClass(
    "disks",
    "Disks.",
    (
        ClassColumn("name", Type.TEXT, "Name."),
        ClassColumn("bay", Type.INT, "Bay."),
        ClassColumn("model", Type.TEXT, "Model."),
        ClassColumn("paths", Type.LIST, "Paths."),
        ClassColumn("free_bytes", Type.INT, "Free.", "B", is_volatile=True),
    ),
    key=("name", "bay"),
)
SHARING = replace(
    DISKS, columns=tuple(replace(one, is_shared=one.name in {"name", "bay", "model"}) for one in DISKS.columns)
)
ONE = DataClass("bios", "BIOS.", (ClassColumn("version", Type.TEXT, "Version."), ClassColumn("rom", Type.INT, "Size.")))


@pytest.mark.parametrize(
    ("kind", "given_value", "expected"),
    [
        (Type.TEXT, "  a b\n", "a b"),
        (Type.TEXT, "", None),
        (Type.TEXT, " \t", None),
        (Type.TEXT, "Cafe\u0301", "Caf\u00e9"),
        (Type.TEXT, "a\0b", "a\u2400b"),
        (Type.TEXT, "\0\0", None),
        (Type.TEXT, "a\ud800", "a\ufffd"),
        (Type.TEXT, 5, "5"),
        (Type.TEXT, True, "true"),
        (Type.TEXT, "x" * 70000, "x" * 65536 + "...(cut)"),
        (Type.VERSION, " 1.10 ", "1.10"),
        (Type.INT, " 12 ", 12),
        (Type.INT, 12.0, 12),
        (Type.INT, -(2**63) + 1, -(2**63) + 1),
        (Type.REAL, "2.50", 2.5),
        (Type.REAL, -0.0, 0.0),
        (Type.REAL, float("nan"), None),
        (Type.BOOL, "Yes", True),
        (Type.BOOL, 0, False),
        (Type.TIME, "2026-01-31T23:59:59.7+01:00", datetime(2026, 1, 31, 22, 59, 59, tzinfo=UTC)),
        (Type.TIME, datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), datetime(2026, 1, 1, tzinfo=UTC)),
        (Type.DURATION, "90", 90.0),
        (Type.GUID, "{4C4C4544-0042-3510-8054-B4C04F4A3158}", "4c4c4544-0042-3510-8054-b4c04f4a3158"),
        (Type.ADDRESS, "2001:DB8:0::5", "2001:db8::5"),
        (Type.ADDRESS, "fe80::1%eth0", "fe80::1"),
        (Type.PREFIX, "10.1.0.0/16", "10.1.0.0/16"),
        (Type.LIST, ["b", "a", "b", "", None], ["a", "b"]),
        (Type.LIST, "one", ["one"]),
        (Type.LIST, [], None),
        (Type.MAP, {"b": 1, "a": "x", "": "y", "c": None}, {"a": "x", "b": "1"}),
        (Type.MAP, {}, None),
    ],
)
def test_a_value_has_one_form(kind: Type, given_value: Any, expected: Any) -> None:
    column = ClassColumn("c", kind, "C.")
    found = form_of(column)(given_value)
    assert (found, type(found)) == (expected, type(expected))
    assert form_of(column)(found) == found, "a second time nothing changes"


def test_a_list_keeps_its_order_where_that_means_something() -> None:
    column = ClassColumn("c", Type.LIST, "C.", is_ordered=True)
    assert form_of(column)(["b", "a", "b"]) == ["b", "a"]


@pytest.mark.parametrize(
    ("kind", "given_value"),
    [
        (Type.TEXT, ["a"]),
        (Type.TEXT, {"script": "x"}),
        (Type.INT, "1.5"),
        (Type.INT, 1.5),
        (Type.INT, "1_000"),
        (Type.INT, "\u0661"),
        (Type.INT, 2**70),
        (Type.INT, float("inf")),
        (Type.INT, True),
        (Type.INT, "9" * 5000),
        (Type.REAL, "inf"),
        (Type.REAL, "1e999"),
        (Type.BOOL, "maybe"),
        (Type.TIME, "0000-00-00"),
        (Type.TIME, 5),
        (Type.GUID, "Default string"),
        (Type.ADDRESS, "host"),
        (Type.PREFIX, "10.0.0.0/99"),
        (Type.LIST, 5),
        (Type.LIST, [["a"]]),
        (Type.MAP, ["a"]),
    ],
)
def test_what_is_not_of_its_type_is_left_out_and_noted(kind: Type, given_value: Any) -> None:
    one = DataClass("c", "C.", (ClassColumn("name", Type.TEXT, "N."), ClassColumn("c", kind, "C.")))
    found = report(one, [{"c": given_value, "name": "x"}])
    assert list(found.rows.values()) == [{"name": "x"}]
    assert [(fault.column, fault.why.partition(":")[0]) for fault in found.faults] == [
        ("c", f"not a value of type {kind.value}")
    ]
    assert len(found.faults[0].why) < 200


def test_what_hurts_is_one_row_and_never_the_report() -> None:
    found = report(DISKS, [{"name": "a", "bay": "x", "colour": "red"}, ["b"], {"model": "M"}, {}, {"name": "c"}])
    assert sorted(found.rows.values(), key=str) == [{"name": "a"}, {"name": "c"}]
    assert {fault.column for fault in found.faults} == {"", "bay", "colour"}
    assert Fault("", "a row says nothing of its key: name, bay") in found.faults


def test_a_million_faults_are_a_hundred() -> None:
    rows = [{"name": "a", f"x{n}": n} for n in range(5000)]
    found = report(DISKS, rows)
    assert len(found.faults) == 100
    assert report(DISKS, rows[::-1]).faults == found.faults


def test_columns_stand_in_the_order_of_the_class() -> None:
    (row,) = report(DISKS, [{"model": "M", "bay": 1, "name": "a"}]).rows.values()
    assert list(row) == ["name", "bay", "model"]


ROWS: list[dict[str, Any]] = [
    {"name": "a", "bay": 1},
    {"name": "a", "bay": 1, "model": "M"},
    {"name": "a", "bay": 1, "model": "N"},
    {"name": "a", "bay": 1, "model": "N", "free_bytes": 3},
    {"name": "a", "bay": 1, "free_bytes": 9},
]
BOTH = pytest.mark.parametrize("of", [DISKS, SHARING], ids=["alone", "sharing"])


@BOTH
def test_of_several_rows_with_one_key_the_fullest_counts_in_any_order(of: DataClass) -> None:
    for rows in permutations(ROWS):
        found = report(of, rows)
        assert list(found.rows.values()) == [{"name": "a", "bay": 1, "model": "N", "free_bytes": 3}]
        assert found.faults == (Fault("", 'several rows have the key ["a",1]'),)


@BOTH
def test_equal_rows_are_one_without_a_word(of: DataClass) -> None:
    assert report(of, [ROWS[1], ROWS[1]]).faults == ()


def test_a_single_row_class_has_one_row() -> None:
    found = report(ONE, [{"version": "1"}, {"version": "1", "rom": 5}, {}])
    assert found.rows == {bytes(8): {"version": "1", "rom": 5}}
    assert report(ONE, [{}]).rows == {}


def key_of(row: dict[str, Any]) -> bytes:
    (key,) = report(DISKS, [row]).rows
    return key


A1 = key_of(ROWS[0])
CASES: list[tuple[str, list[Any], list[Any], tuple[set[bytes], set[bytes], set[bytes]]]] = [
    ("nothing", [], [], (set(), set(), set())),
    ("the same", [ROWS[1]], [ROWS[1]], (set(), set(), set())),
    ("a volatile column", [ROWS[2]], [ROWS[3]], (set(), set(), set())),
    ("added", [], [ROWS[1]], ({A1}, set(), set())),
    ("removed", [ROWS[1]], [], (set(), set(), {A1})),
    ("changed", [ROWS[1]], [ROWS[2]], (set(), {A1}, set())),
    ("a column that was filled", [ROWS[0]], [ROWS[1]], (set(), {A1}, set())),
    ("another key", [ROWS[0]], [{"name": "a"}], ({key_of({"name": "a"})}, set(), {A1})),
]


@BOTH
@pytest.mark.parametrize(("what", "before", "after", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_difference(what: str, before: list[Any], after: list[Any], expected: Any, of: DataClass) -> None:
    found = diff(report(of, before).packed, report(of, after).packed)
    assert (found.added, found.changed, found.removed) == expected
    assert found.is_empty == (report(of, before).digest == report(of, after).digest)


def test_a_digest_does_not_change_between_releases() -> None:
    """What computers keep, or send to be compared, must mean the same tomorrow."""
    row = {"name": "caf\u00e9", "bay": 1, "paths": ["b", "a"], "free_bytes": 7}
    one = report(DISKS, [row])
    key = sha256(rb'["caf\u00e9",1]').digest()[:8]
    assert one.packed == key + sha256(rb'{"bay":1,"name":"caf\u00e9","paths":["a","b"]}').digest()[:8]
    assert one.digest == sha256(one.packed).hexdigest()[:32]
    assert report(DISKS, []).digest == "e3b0c44298fc1c149afbf4c8996fb924"
    shared = sha256(rb'{"bay":1,"name":"caf\u00e9"}').digest()
    assert report(SHARING, [row]).packed == key + sha256(shared + b'{"paths":["a","b"]}').digest()[:8]


def test_a_class_may_grow_without_changing_what_is_known() -> None:
    wider = DataClass("disks", "Disks.", (*DISKS.columns, ClassColumn("wwn", Type.TEXT, "WWN.")), DISKS.key)
    assert report(wider, ROWS).digest == report(DISKS, ROWS).digest


def test_equal_values_of_other_types_are_not_taken_for_each_other() -> None:
    """What was formed once is remembered: 1, 1.0 and yes are equal to Python, and not to us."""
    one = DataClass("c", "C.", (
        ClassColumn("name", Type.TEXT, "N.", is_shared=True),
        ClassColumn("size", Type.INT, "S.", is_shared=True),
        ClassColumn("flag", Type.BOOL, "F.", is_shared=True),
    ), key=("name",))  # fmt: skip
    for row in (
        {"name": "a", "size": 1, "flag": True},
        {"name": "a", "size": True, "flag": 1.0},
        {"name": 1, "size": 1},
    ):
        first = report(one, [row])
        again = report(DataClass(one.name, one.help, one.columns, one.key), [row])
        assert (first.rows, first.faults) == (again.rows, again.faults)


def test_a_difference_that_does_not_fit_is_refused() -> None:
    before, other = report(DISKS, [ROWS[1]]), report(DISKS, [{"name": "b"}])
    (b,) = other.rows
    with pytest.raises(DeltaMismatchError, match="a row went that was not there"):
        apply(before.packed, [], [b])
    with pytest.raises(DeltaMismatchError, match="both went and came"):
        apply(before.packed, before.formed.rows.values(), [A1])
    with pytest.raises(DeltaMismatchError, match="no digests of whole rows"):
        apply(before.packed[1:], [], [])


# Names that differ in form only, so that keys meet: blanks around, composed and not, empty.
_NAMES = st.sampled_from(["a", " a", "b", "\u00e9", "e\u0301", "", "a\0", None, 5])
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
_ROW = st.fixed_dictionaries(
    {"name": _NAMES},
    optional={
        "bay": st.integers(0, 2) | st.sampled_from(["1", " 2 ", "x"]),
        "model": st.sampled_from(["M", "N", "", None]),
        "paths": st.lists(st.sampled_from(["x", "y", "z"]), max_size=3),
        "free_bytes": st.integers(0, 5),
    },
)
_REPORT = st.lists(_ROW, max_size=8)


def stable(rows: Any) -> Any:
    return {key: {name: row[name] for name in DISKS.stable if name in row} for key, row in rows.items()}


def applied(before: ClassReport, after: ClassReport) -> bytes:
    delta = diff(before.packed, after.packed)
    come = [after.formed.rows[key] for key in delta.added | delta.changed]
    return apply(before.packed, come, delta.removed)


@BOTH
@given(_REPORT, _REPORT)
def test_a_difference_makes_the_later_report(of: DataClass, before: list[Any], after: list[Any]) -> None:
    old, new = report(of, before), report(of, after)
    made = applied(old, new)
    assert made == new.packed
    assert class_digest(made) == new.digest
    assert diff(made, new.packed).is_empty


@BOTH
@given(_REPORT, _REPORT)
def test_digests_are_equal_where_the_rows_are_and_nowhere_else(of: DataClass, one: list[Any], other: list[Any]) -> None:
    first, second = report(of, one), report(of, other)
    assert (first.digest == second.digest) == (stable(first.rows) == stable(second.rows))


@BOTH
@given(_REPORT)
def test_what_is_shared_changes_no_row(of: DataClass, rows: list[Any]) -> None:
    assert report(of, rows).rows == report(DISKS, rows).rows
    assert report(of, rows).faults == report(DISKS, rows).faults


@given(_REPORT, st.randoms(use_true_random=False))
def test_the_order_of_a_report_does_not_matter(rows: list[Any], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert report(DISKS, shuffled) == report(DISKS, rows)


@BOTH
@given(st.lists(st.dictionaries(st.text(max_size=4) | st.sampled_from(sorted(DISKS.by_name)), _ANY) | _ANY, max_size=4))
def test_nothing_that_is_reported_raises(of: DataClass, rows: list[Any]) -> None:
    found = report(of, rows)
    again = report(of, list(found.rows.values()))
    assert again.rows == found.rows, "the one form is its own form"
    assert again.digest == found.digest


@given(st.sampled_from(sorted(set(Type) - {Type.REF}, key=lambda kind: kind.value)), _ANY)
def test_a_form_is_its_own_form_whatever_is_given(kind: Type, value: Any) -> None:
    column = ClassColumn("c", kind, "C.")
    try:
        found = form_of(column)(value)
    except (ValueError, TypeError, OverflowError):
        return
    assert form_of(column)(found) == found
