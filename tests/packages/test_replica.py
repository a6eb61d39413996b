"""One copy over the transport to this machine: pace, what is in the way, and what a server may not send."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from itmsctl.errors import TransferError
from itmsctl.packages.copies import CopyState
from itmsctl.packages.manifest import PackageFile, PackageManifest
from itmsctl.packages.readback import ReadBack
from itmsctl.packages.service import copying
from itmsctl.packages.service.replica import Replica, piece_reader
from itmsctl.transports.base import Credentials, Endpoint
from itmsctl.transports.handing import Pace
from itmsctl.transports.local import LocalTransport

PACE = Pace()
CONTENT = bytes(range(256)) * 400
DIGEST = hashlib.sha256(CONTENT).hexdigest()
MANIFEST = PackageManifest("tool", "1", 1, (PackageFile("a b/f", len(CONTENT), DIGEST),))


@pytest.fixture
def way() -> Iterator[LocalTransport]:
    """Return the transport to this machine."""
    with LocalTransport(Endpoint("g", "here", ()), Credentials()) as transport:
        yield transport


def _copied(way: LocalTransport, folder: Path, pace: Pace = PACE) -> tuple[copying.Copied, Path]:
    (folder / DIGEST).write_bytes(CONTENT)
    root = folder / "root"
    root.mkdir(mode=0o755, exist_ok=True)
    read = piece_reader(lambda sha256: str(folder / sha256))
    return copying.copy(Replica(way, str(root), MANIFEST, pace), read), root


def test_a_pace_is_kept_both_ways(way: LocalTransport, tmp_path: Path) -> None:
    begin = time.monotonic()
    done, _ = _copied(way, tmp_path, Pace(rate=200_000))
    assert done.state is CopyState.READY
    assert time.monotonic() - begin >= 2 * len(CONTENT) / 200_000 * 0.9


def test_a_folder_that_others_may_write_to_is_not_used(way: LocalTransport, tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root").chmod(0o777)
    with pytest.raises(TransferError) as caught:
        _copied(way, tmp_path)
    assert "others may write" in caught.value.why


def test_links_in_the_way_are_not_followed(way: LocalTransport, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    part = tmp_path / "root" / f".part-{MANIFEST.digest}" / "a b"
    part.mkdir(parents=True)
    part.parent.chmod(0o700)
    (tmp_path / "root").chmod(0o755)
    (part / "f").symlink_to(outside)
    done, root = _copied(way, tmp_path)
    assert done.state is CopyState.READY
    assert outside.read_bytes() == b"mine"
    assert (root / MANIFEST.digest / "a b" / "f").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("stream", "good", "faulty"),
    [
        (b"F 0 102400\n" + CONTENT + b"E\n", 1, False),
        (b"F 0 102400\n" + CONTENT[:-1] + b"xE\n", 0, False),
        (b"L 0 102401\nE\n", 0, False),
        (b"M 0\nE\n", 0, False),
        (b"F 0 102401\n" + CONTENT, 0, True),
        (b"F 1 102400\n" + CONTENT, 0, True),
        (b"F 0 102400\n" + CONTENT + b"more", 1, False),
        (b"F 0 102400\n" + CONTENT + b"more\n", 1, True),
        (b"x" * 500, 0, True),
        (b"E\nM 0\n", 0, True),
        (b"", 0, False),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_what_comes_back_counts_byte_by_byte(stream: bytes, good: int, faulty: bool, size: int) -> None:
    if size == 1 and len(stream) > 1000:
        stream_parts = [stream[at : at + 997] for at in range(0, len(stream), 997)]
    else:
        stream_parts = [stream[at : at + size] for at in range(0, len(stream), size)]
    back = ReadBack(MANIFEST)
    for part in stream_parts:
        back.feed(part)
    assert (len(back.good), bool(back.faulty)) == (good, faulty)
    assert back.wrong() == ([] if good else [0])
