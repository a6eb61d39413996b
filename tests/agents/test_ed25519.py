"""Ed25519 in plain Python against the library that the server signs with."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.agents.endpoint.ed25519 import is_signed, public_of, sign

ORDER = 2**252 + 27742317777372353535851937790883648493
SECRET = bytes(range(32))


@settings(max_examples=12)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_it_signs_and_checks_as_the_library_does(secret: bytes, message: bytes) -> None:
    library = Ed25519PrivateKey.from_private_bytes(secret)
    public = library.public_key().public_bytes_raw()
    assert public_of(secret) == public
    assert sign(secret, message) == library.sign(message)
    assert is_signed(public, message, library.sign(message))


def _with_order(signature: bytes) -> bytes:
    number = int.from_bytes(signature[32:], "little") + ORDER
    return signature[:32] + number.to_bytes(32, "little")


GOOD = sign(SECRET, b"said")


@pytest.mark.parametrize(
    ("public", "message", "signature"),
    [
        (public_of(SECRET), b"sait", GOOD),
        (public_of(b"x" * 32), b"said", GOOD),
        (public_of(SECRET), b"said", GOOD[:-1]),
        (public_of(SECRET), b"said", bytes([GOOD[0] ^ 1]) + GOOD[1:]),
        (public_of(SECRET), b"said", _with_order(GOOD)),  # the same answer, written in a second way
        (b"\xff" * 32, b"said", GOOD),
        (b"\x02" + b"\0" * 31, b"said", GOOD),  # no point of the curve
        (b"", b"said", GOOD),
        (b"\0" * 32, b"said", b"\0" * 64),
    ],
)
def test_what_is_not_signed(public: bytes, message: bytes, signature: bytes) -> None:
    assert not is_signed(public, message, signature)
