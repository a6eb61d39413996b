"""Files of metadata as strangers write them: read in one way or not at all, and never with another error."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuf.api.metadata import Metadata

from itmsctl.errors import IntegrityError
from itmsctl.packages.trust.envelope import opened, sealed
from itmsctl.packages.trust.metadata import CATALOGUE, ROLES, CatalogueEntry, CatalogueRecord, signed_form
from itmsctl.packages.trust.written import canonical, read
from tests.packages.catalogues import LIVES, NOW, entry, shelf

GOOD = shelf("nano")
FILES = {
    "root": "2.root.json",
    "timestamp": "timestamp.json",
    "snapshot": "2.snapshot.json",
    CATALOGUE: "2.targets.json",
}
SIMPLE = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats()
VALUES = st.recursive(
    SIMPLE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@pytest.mark.parametrize("role", ROLES)
def test_what_is_written_is_read_again_by_us_and_by_the_reference(role: str) -> None:
    data = GOOD.files[FILES[role]]
    file = opened(data, role, FILES[role])
    assert signed_form(file.record()) == file.signed
    theirs = Metadata.from_bytes(data)
    assert theirs.signed_bytes == canonical(file.signed)
    assert theirs.signed.type == role


def code_of(data: bytes, role: str) -> str:
    try:
        opened(data, role, "the file").record()
    except IntegrityError as error:
        return f"{error.code} {error.message}"
    return ""


@pytest.mark.parametrize("role", ROLES)
@given(data=st.data())
def test_a_part_that_is_anything_else_is_refused_with_its_name(role: str, data: st.DataObject) -> None:
    value = json.loads(GOOD.files[FILES[role]])
    part = value["signed"]
    key = data.draw(st.sampled_from(sorted(part)))
    while isinstance(part[key], dict) and part[key] and data.draw(st.booleans()):
        part = part[key]
        key = data.draw(st.sampled_from(sorted(part)))
    part[key] = data.draw(VALUES)
    code = code_of(json.dumps(value).encode("utf-8", "surrogatepass"), role)
    assert code in {"", "CATALOG-DAMAGED the file of the catalogue of packages cannot be used"}


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"null", b"{", b"\xff", b'{"a":1,"a":2}', b'{"a":1.5}', b'{"a":NaN}', b"[" * 200_000, b"1" * 5000,
        b'{"signatures":{},"signed":{}}', b'{"signatures":[],"signed":[]}', b'{"signatures":[{"keyid":1}],"signed":{}}',
        b'{"signatures":[{"keyid":"a","sig":"zz"}],"signed":{}}', b'{"signatures":[' + b"{}," * 100 + b"{}]}",
    ],
)  # fmt: skip
def test_what_is_no_metadata_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityError, match="the file"):
        opened(data, CATALOGUE, "the file").record()


@pytest.mark.parametrize("text", ["a\nb", "a\x00", "\x1b[2J", "\ud800"])
def test_a_control_character_is_signed_by_nobody(text: str) -> None:
    with pytest.raises(IntegrityError, match="catalogue"):
        canonical({"a": text})


def test_a_quote_and_a_backslash_are_signed_as_the_reference_does() -> None:
    entries = {'a"b\\c ü/1': CatalogueEntry(1, entry("x").sha256, 'v"\\u0000', {})}
    data = sealed(CatalogueRecord(1, NOW + LIVES.catalogue, entries), GOOD.keys[CATALOGUE])
    assert Metadata.from_bytes(data).signed_bytes == canonical(read(data, "x")["signed"])
