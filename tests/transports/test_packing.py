"""A tar stream of ours is what the library of Python reads, and is sent in whole packets."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import InputError
from itmsctl.transports.packing import PACKET_BYTES, Packer


class Sent:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.parts.append(data)
        return len(data)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=120
)


@given(st.dictionaries(NAMES, st.integers(0, 400_000), max_size=6))
def test_members_come_back_as_they_were(sizes: dict[str, int]) -> None:
    sent = Sent()
    packer = Packer(sent)
    for name, size in sizes.items():
        packer.add(tarfile.TarInfo(f"d/{name}"), bytes([size % 251]) * size)
    packer.end()
    with tarfile.open(fileobj=io.BytesIO(b"".join(sent.parts)), mode="r:") as tar:
        assert {m.name: m.size for m in tar} == {f"d/{name}": size for name, size in sizes.items()}
    assert all(len(part) % PACKET_BYTES == 0 for part in sent.parts[:-1])


def test_a_file_that_became_shorter_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    info = tarfile.TarInfo("f")
    info.size = 5
    with (tmp_path / "f").open("rb") as file, pytest.raises(InputError, match="changed while"):
        Packer(Sent()).add_file(info, file)
