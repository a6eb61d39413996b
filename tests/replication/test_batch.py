"""Streams of batches: written in parts of bounded size, read at constant memory, and nothing beyond the header."""

from __future__ import annotations

import io
import tracemalloc
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import BatchDamagedError, BatchTooLargeError, IntegrityError
from itmsctl.replication import batch
from itmsctl.replication.batch import PendingLines, digest_of, lines_of, take_in, write_part
from itmsctl.replication.envelope import BatchBody


def _written(lines: list[bytes]) -> list[tuple[BatchBody, bytes]]:
    pending, parts = PendingLines(lines), []
    while not parts or pending.next_size is not None:
        out = io.BytesIO()
        parts.append((write_part(out, pending), out.getvalue()))
    return parts


@given(st.lists(st.binary(max_size=40).map(lambda data: data.replace(b"\n", b"")), max_size=30))
def test_what_is_written_is_read(lines: list[bytes]) -> None:
    ((body, data),) = _written(lines)
    assert (body.size, body.records) == (len(data), len(lines))
    assert list(lines_of(io.BytesIO(data), body)) == lines


def test_a_run_is_cut_into_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "PART_RECORDS", 3)
    monkeypatch.setattr(batch, "PART_RAW", 100)
    lines = [b"a" * 10] * 7 + [b"b" * 90] * 2 + [b"c" * 120]
    parts = _written(lines)
    assert [body.records for body, _ in parts] == [3, 3, 1, 1, 1, 1]
    assert [line for body, data in parts for line in lines_of(io.BytesIO(data), body)] == lines


def test_a_record_that_no_batch_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "LARGEST_LINE", 50)
    with pytest.raises(BatchTooLargeError):
        _written([b"a" * 51])


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_changed_byte_is_never_believed(at: int, other: int) -> None:
    ((body, data),) = _written([b"%d %d" % (n, n * n) for n in range(200)])
    changed = bytearray(data)
    changed[at % len(data)] ^= other
    with pytest.raises(IntegrityError):
        take_in(io.BytesIO(bytes(changed)), io.BytesIO(), body, *digest_of(io.BytesIO()))


@pytest.mark.parametrize("cut", [0, 1, 100, 300])
def test_what_was_cut_goes_on(cut: int) -> None:
    ((body, data),) = _written([b"%d %d" % (n, n * n) for n in range(200)])
    kept = io.BytesIO()
    with pytest.raises(BatchDamagedError):
        take_in(io.BytesIO(data[:cut]), kept, body, *digest_of(io.BytesIO()))
    assert kept.getvalue() == data[:cut]
    take_in(io.BytesIO(data[cut:]), kept, body, *digest_of(io.BytesIO(kept.getvalue())))
    assert kept.getvalue() == data


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"records": 199}, BatchTooLargeError),
        ({"records": 201}, BatchDamagedError),
        ({"raw": 10}, BatchTooLargeError),
        ({"raw": 10_000}, BatchDamagedError),
    ],
)
def test_a_stream_is_what_its_header_says(change: dict[str, int], error: type[IntegrityError]) -> None:
    ((body, data),) = _written([b"%d" % n for n in range(200)])
    with pytest.raises(error):
        list(lines_of(io.BytesIO(data), replace(body, **change)))


@pytest.mark.parametrize("data", [b"", b"x", zlib.compress(b"a\n")[:-3], zlib.compress(b"a\n") + b"more"])
def test_what_is_no_stream_is_refused(data: bytes) -> None:
    with pytest.raises(BatchDamagedError):
        list(lines_of(io.BytesIO(data), BatchBody(len(data), "", 1, 2)))


def test_a_bomb_is_refused_at_constant_memory() -> None:
    packer, data = zlib.compressobj(9), io.BytesIO()
    for _ in range(256):
        data.write(packer.compress(bytes(1 << 20)))
    data.write(packer.flush())
    bomb = data.getvalue()
    tracemalloc.start()
    try:
        with pytest.raises(BatchTooLargeError):
            list(lines_of(io.BytesIO(bomb), BatchBody(len(bomb), "", 5, 256 << 20)))
        assert tracemalloc.get_traced_memory()[1] < 40 << 20
    finally:
        tracemalloc.stop()
