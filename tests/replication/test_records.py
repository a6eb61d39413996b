"""Records of a batch: one written form, bounded, and nothing else is read."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.errors import BadRecordError
from itmsctl.replication import records
from itmsctl.replication.complete_list import CompleteList
from itmsctl.replication.part_check import PartCheck, part_of
from itmsctl.replication.records import (
    Gone,
    HierarchyEvent,
    ObjectPut,
    Record,
    SentRows,
    TargetMembers,
)

G = "11111111-1111-4111-8111-111111111111"
AT = datetime(2026, 12, 1, 10, tzinfo=UTC)
SHA = "a" * 64
RECORDS: dict[str, Record] = {
    "put": ObjectPut("policy", G, "daily", SHA, G, AT, {"enabled": True}, {"task/t": G}, ("enabled", "schedule")),
    "rows": SentRows("software", G, AT, SHA[:32], ("name", "size"), [["vim", 1.5]]),
    "gone": Gone("policy", G, "daily", AT, purge=True),
    "event": HierarchyEvent("merge", "computer", G, AT, {"loser": G}),
    "members": TargetMembers(G, (G,)),
    "check": PartCheck("policy", 3, 10, SHA, 7),
    "complete": CompleteList("policy", (G,)),
    "complete, a part": CompleteList("policy", (G,), G, f"2{G[1:]}"),
}


def _parse(line: bytes) -> Record:
    return records.read(records.parsed(line))


@pytest.mark.parametrize("op", RECORDS)
def test_a_record_is_read_as_it_was_written(op: str) -> None:
    line = records.written(RECORDS[op])
    assert json.loads(line)["op"] == op.partition(",")[0]
    assert _parse(line) == RECORDS[op]


@pytest.mark.parametrize("op", RECORDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_record_with_one_member_spoilt_is_refused_or_read_as_its_type(op: str, data: st.DataObject) -> None:
    plain = json.loads(records.written(RECORDS[op]))
    member = data.draw(st.sampled_from(sorted(plain)))
    plain[member] = data.draw(st.one_of(st.none(), st.integers(), st.text(max_size=5), st.lists(st.integers())))
    line = records.canonical(plain)
    with contextlib.suppress(BadRecordError):
        assert records.written(_parse(line)) == line


HOSTILE: dict[str, tuple[bytes, str]] = {
    "too long": (b'{"a":"' + b"x" * records.LARGEST + b'"}', "bytes, more than"),
    "too deep": (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nests more than"),
    "too many": (b'{"a":[' + b"1," * records.MOST_MEMBERS + b"1,1]}", "more than 400000 values"),
    "no JSON": (b"{", "not JSON"),
    "no UTF-8": (b'{"a":"\xff"}', "not JSON"),
    "no object": (b"[]", "not an object"),
    "a key twice": (b'{"op":"gone","op":"put"}', "one written form"),
    "not a number": (b'{"a":NaN}', "not JSON"),
    "infinity": (b'{"a":1e999}', "not JSON"),
    "other spaces": (b'{"op": "gone"}', "one written form"),
    "a lone surrogate": (b'{"a":"\\ud800"}', "not JSON"),
    "a NUL": (b'{"a":"\\u0000"}', "no database takes"),
    "a long number": (b'{"a":' + b"9" * 10_000 + b"}", "not JSON"),
    "another version": (b'{"op":"drop"}', "`drop` is not a record"),
    "a member more": (records.canonical({**json.loads(records.written(RECORDS["gone"])), "x": 1}), "`x` of a record"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_record_is_refused(case: str) -> None:
    line, said = HOSTILE[case]
    with pytest.raises(BadRecordError) as refused:
        _parse(line)
    assert said in refused.value.message
    assert refused.value.exit_status == 14


def test_brackets_in_texts_nest_nothing() -> None:
    deep = '"' + "[" * 50 + "\\" * 3
    read = _parse(records.written(HierarchyEvent("key", "server", G, AT, {"text": deep})))
    assert isinstance(read, HierarchyEvent)
    assert read.data["text"] == deep


CHANGES: dict[str, tuple[dict[str, Any], bool]] = {
    "same": ({}, True),
    "other order": ({"fields": {"b": 2, "a": 1}}, True),
    "a field": ({"fields": {"a": 1, "b": 3}}, False),
    "a local field": ({"fields": {"a": 1, "b": 2, "here": 9}, "local": ("here",)}, True),
    "the name": ({"name": "y"}, False),
    "what is open": ({"editable": ("a",)}, False),
}


@pytest.mark.parametrize("case", CHANGES)
def test_the_hash_of_an_object(case: str) -> None:
    changed, same = CHANGES[case]
    base: dict[str, Any] = {"name": "x", "fields": {"a": 1, "b": 2}}
    assert (records.content_hash(**base) == records.content_hash(**{**base, **changed})) is same


def test_parts_cover_all_and_each_object_stands_in_one() -> None:
    guids = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(1000)]
    parts = [part_of(guid, 10) for guid in guids]
    assert set(parts) == set(range(10))
    assert all(parts.count(n) > 60 for n in range(10))


def test_the_head_of_a_line_leaves_its_rows_out() -> None:
    tricky = SentRows("software", G, AT, SHA[:32], ("name",), [[',"rows":['], ['{"class":']])
    found = records.head(records.written(tricky))
    assert (found["op"], found["class"], found["guid"], found["digest"], "rows" in found) == (
        "rows", "software", G, SHA[:32], False,
    )  # fmt: skip
    put = RECORDS["put"]
    assert records.head(records.written(put)) == records.parsed(records.written(put))
