"""What deviates: by tables of cases, and as properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.baselines.comparing import Deviation, ItemRows, PickedRows, by_item, compared
from itmsctl.baselines.written import rows_in, text_of
from itmsctl.errors import FieldError

SHOULD: ItemRows = {"/a": {"sha256": "1", "size_bytes": 5}, "/b": {"sha256": "2"}}


@pytest.mark.parametrize(
    ("found", "allow_extra", "deviations", "compliance"),
    [
        (SHOULD, False, [], 1.0),
        ({"/a": SHOULD["/a"]}, False, [Deviation("/b", "missing")], 0.5),
        ({}, False, [Deviation("/a", "missing"), Deviation("/b", "missing")], 0.0),
        (
            {**SHOULD, "/a": {"sha256": "9", "size_bytes": 6}},
            False,
            [Deviation("/a", "changed", "sha256", "1", "9"), Deviation("/a", "changed", "size_bytes", 5, 6)],
            0.5,
        ),
        ({**SHOULD, "/a": {"sha256": "1"}}, False, [Deviation("/a", "changed", "size_bytes", 5, None)], 0.5),
        ({**SHOULD, "/b": {"sha256": "2", "size_bytes": 7}}, False, [], 1.0),  # it says nothing of that size
        ({**SHOULD, "/c": {"sha256": "3"}}, False, [Deviation("/c", "extra")], 2 / 3),
        ({**SHOULD, "/c": {"sha256": "3"}}, True, [], 1.0),
    ],
)
def test_what_deviates(found: ItemRows, allow_extra: bool, deviations: list[Deviation], compliance: float) -> None:
    comparison = compared(SHOULD, found, ("sha256", "size_bytes"), allow_extra=allow_extra)
    assert list(comparison.deviations) == deviations
    assert comparison.compliance == pytest.approx(compliance)
    assert comparison.state == ("deviating" if deviations else "compliant")


@pytest.mark.parametrize(
    ("include", "exclude", "kept"),
    [
        ((), (), "/usr/bin/a /usr/bin/A /etc/x\ny"),
        (("/usr/*",), (), "/usr/bin/a /usr/bin/A"),
        (("/usr/bin/a",), (), "/usr/bin/a"),
        ((), ("*/A", "/etc/*"), "/usr/bin/a"),
        (("/nowhere/*",), (), ""),
        (("/etc/*",), (), "/etc/x\ny"),
    ],
)
def test_which_rows_count(include: tuple[str, ...], exclude: tuple[str, ...], kept: str) -> None:
    rows: ItemRows = {item: {} for item in ("/usr/bin/a", "/usr/bin/A", "/etc/x\ny")}
    assert " ".join(PickedRows(include, exclude).of(rows)) == kept


ROWS = st.dictionaries(
    st.text(min_size=1),
    st.fixed_dictionaries({"size_bytes": st.integers() | st.none(), "sha256": st.text() | st.none()}),
    min_size=1,
    max_size=8,
)


@given(ROWS, ROWS)
def test_a_baseline_is_met_by_itself_and_every_row_is_told_once(one: ItemRows, other: ItemRows) -> None:
    columns = ("sha256", "size_bytes")
    assert compared(one, one, columns, allow_extra=False).state == "compliant"
    both = compared(one, other, columns, allow_extra=False)
    assert both.counts["missing"] == len(one.keys() - other.keys())
    assert both.counts["extra"] == len(other.keys() - one.keys())
    assert both.matching + both.counts["changed"] == len(one.keys() & other.keys())
    assert 0 <= both.compliance <= 1


@given(ROWS)
def test_rows_are_written_and_read_again(rows: ItemRows) -> None:
    held = by_item(["path"], ({"path": item, **row} for item, row in rows.items()))
    assert rows_in(text_of(held), ["path"], ["path", "sha256", "size_bytes"]) == held


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "needs a row"),
        ("\n \n", "needs a row"),
        ('{"path": "/a"}\n{', "line 2 of the rows is not valid JSON"),
        ("[" * 100_000, "line 1 of the rows"),
        ("[]", "not a JSON object"),
        ('{"path": "/a", "hash": "1"}', "`hash`"),
        ('{"sha256": "1"}', "has no key"),
        ('{"path": "/a"}\n{"path": "/a", "sha256": "1"}', "same key"),
    ],
)
def test_rows_that_are_none_are_refused(text: str, said: str) -> None:
    with pytest.raises(FieldError) as raised:
        rows_in(text, ["path"], ["path", "sha256"])
    assert said in raised.value.message
