"""Exceptions: what they fit, how long they count, what is said once they have expired."""

from __future__ import annotations

from datetime import date

import pytest

from itmsctl.errors import FieldError
from itmsctl.sites.findings import SiteFinding, SiteSeverity
from itmsctl.sizing.exceptions import Exempted, sort_out, split
from itmsctl.values.times import last_day

LAST = date(2026, 3, 1)


def finding(id: str = "SZ-101", about: str = "hq") -> SiteFinding:  # noqa: A002 - the field's own name
    return SiteFinding(id, SiteSeverity.ERROR, about, "what", "why", "SIZE-3", "itmsctl help")


@pytest.mark.parametrize(
    ("exception", "ignored"),
    [
        (("SZ-101", ""), True),
        (("SZ-101", "hq"), True),
        (("SZ-101", "HQ"), False),  # names are told apart as they are stored
        (("SZ-101", "other"), False),
        (("SZ-10", ""), False),
    ],
)
def test_what_an_exception_fits(exception: tuple[str, str], ignored: bool) -> None:
    result = sort_out([finding()], [Exempted(*exception, LAST, "because")], LAST)
    assert (len(result.ignored), len(result.found)) == ((1, 0) if ignored else (0, 1))
    assert result.expired == []


def test_it_counts_to_its_last_day() -> None:
    exception = Exempted("SZ-101", "hq", LAST, "new disks are ordered")
    assert sort_out([finding()], [exception], LAST).found == []
    late = sort_out([finding(), finding(about="other")], [exception], date(2026, 3, 2))
    assert [one.why for one in late.found] == ["why; it was ignored until 2026-03-01: new disks are ordered", "why"]
    assert [one.name for one in late.expired] == ["SZ-101:hq"]


def test_one_that_counts_wins_over_one_that_has_expired() -> None:
    exceptions = [Exempted("SZ-101", "hq", LAST, "old"), Exempted("SZ-101", "", date(2027, 1, 1), "new")]
    result = sort_out([finding()], exceptions, date(2026, 6, 1))
    assert (result.found, result.expired) == ([], [])


def test_an_expired_one_without_a_finding_is_not_told() -> None:
    assert sort_out([], [Exempted("SZ-101", "hq", LAST, "old")], date(2027, 1, 1)).expired == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [("SZ-1", ("SZ-1", "")), ("SZ-1:a:b", ("SZ-1", "a:b")), (" x : 10.0.0.0/8 ", ("x", "10.0.0.0/8"))],
)
def test_split(text: str, parts: tuple[str, str]) -> None:
    assert split(text) == parts


@pytest.mark.parametrize("text", ["", ":hq", " : "])
def test_no_id_is_refused(text: str) -> None:
    with pytest.raises(FieldError):
        split(text)


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "2026-02-30", ""])
def test_no_day_is_refused(text: str) -> None:
    with pytest.raises(FieldError):
        last_day(text)
