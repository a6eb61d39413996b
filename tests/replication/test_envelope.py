"""Headers of batches: signed, bounded, and never read in two ways; and what their numbers say of a batch."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from itmsctl.errors import BatchDamagedError, BatchSignatureError, BatchTooLargeError, IntegrityError
from itmsctl.packages.trust.keys import SigningKey, VerifyKey
from itmsctl.replication.envelope import (
    GOOD_FOR,
    MAX_HEADER,
    MAX_SIZE,
    BatchBody,
    BatchHeader,
    BatchMark,
    opened,
    sealed,
)
from itmsctl.replication.sequence import BatchStanding as Standing
from itmsctl.replication.sequence import TakenBatch, judged

ORIGIN, TO = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
NOW = datetime(2026, 1, 5, tzinfo=UTC)
HEADER = BatchHeader(
    ORIGIN, "aa", TO, BatchMark(1, 7), BatchMark(1, 6), None, "run", 1, True, NOW, NOW + GOOD_FOR,
    BatchBody(10, "00" * 32, 1, 20), (TO,), {"rule": "down", "mode": "complete"},
)  # fmt: skip


def _key() -> SigningKey:
    private = Ed25519PrivateKey.generate()
    return SigningKey(VerifyKey(private.public_key().public_bytes_raw()), private.sign)


def test_a_signed_header_is_read_back() -> None:
    key = _key()
    line = sealed(HEADER, key)
    assert opened(line).believed(key.public) == HEADER
    with pytest.raises(BatchSignatureError):
        opened(line).believed(_key().public)


@pytest.mark.parametrize("name", sorted(HEADER.signed_form()))
def test_every_member_is_signed_and_judged(name: str) -> None:
    key = _key()
    value = json.loads(sealed(HEADER, key))
    for other in (None, "x", -1, 8, [1, 8], {}, True, ORIGIN.replace("1", "3"), "2026-01-06T00:00:00Z", ["x" * 5000]):
        if value["signed"][name] == other:
            continue
        changed = {"sig": value["sig"], "signed": value["signed"] | {name: other}}
        with pytest.raises(IntegrityError):
            opened(json.dumps(changed).encode()).believed(key.public)


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[]", b"null", b'{"sig":"","signed":{}}', b"[" * 60_000, b'{"sig":1,"signed":[]}', b"\xff"]
)
def test_what_is_no_header_is_refused(line: bytes) -> None:
    with pytest.raises(BatchDamagedError):
        opened(line)


def test_a_header_or_a_batch_of_hostile_size_is_refused() -> None:
    with pytest.raises(BatchTooLargeError):
        opened(b"x" * (MAX_HEADER + 1))
    with pytest.raises(BatchTooLargeError):
        opened(sealed(replace(HEADER, body=replace(HEADER.body, size=MAX_SIZE + 1)), _key()))
    with pytest.raises(BatchTooLargeError):
        sealed(replace(HEADER, more={"rule": "x" * MAX_HEADER}), _key())


AT = datetime(2026, 1, 1, tzinfo=UTC)
LAST = TakenBatch(BatchMark(1, 6), "11" * 32, "aa", AT)
CASES: list[tuple[dict[str, Any], TakenBatch | None, Standing]] = [
    ({"after": None}, None, Standing.NEXT),
    ({}, None, Standing.GAP),
    ({}, LAST, Standing.NEXT),
    ({"after": None}, LAST, Standing.NEXT),
    ({"after": BatchMark(1, 5)}, LAST, Standing.GAP),
    ({"after": BatchMark(1, 9), "mark": BatchMark(1, 10)}, LAST, Standing.GAP),
    ({"mark": BatchMark(1, 6)}, replace(LAST, sha256="00" * 32), Standing.ALREADY),
    ({"mark": BatchMark(1, 6)}, LAST, Standing.CLONED),
    ({"mark": BatchMark(1, 5)}, LAST, Standing.REPLAYED),
    ({"mark": BatchMark(1, 5), "after": None}, LAST, Standing.REPLAYED),
    ({"nonce": "bb"}, LAST, Standing.CLONED),
    ({"nonce": "bb", "mark": BatchMark(2, 1), "after": None}, LAST, Standing.NEXT),
    ({"nonce": "bb", "mark": BatchMark(2, 1), "after": BatchMark(1, 4)}, LAST, Standing.GAP),
    ({"nonce": "bb", "mark": BatchMark(1, 5)}, LAST, Standing.CLONED),
    ({"mark": BatchMark(1, 9)}, replace(LAST, mark=BatchMark(2, 1), nonce="bb"), Standing.REPLAYED),
]


@pytest.mark.parametrize(("change", "last", "expected"), CASES)
def test_what_a_batch_is_by_its_number(change: dict[str, Any], last: TakenBatch | None, expected: Standing) -> None:
    assert judged(replace(HEADER, **change), last) is expected


@pytest.mark.parametrize(
    ("after", "expected"), [(BatchMark(1, 6), Standing.GAP), (None, Standing.NEXT)], ids=["follows", "begins again"]
)
def test_a_link_that_was_made_again_follows_nothing(after: BatchMark | None, expected: Standing) -> None:
    header = replace(HEADER, after=after)
    assert judged(header, LAST, AT + timedelta(seconds=1)) is expected
    assert judged(header, LAST, AT) is Standing.NEXT
